"""Compilers and tools: their products, and the costs of these."""
