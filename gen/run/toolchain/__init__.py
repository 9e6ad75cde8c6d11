"""Compilers and tools: what they make, and what that costs."""
