"""Emulators and MicroPythons that stand in for boards."""
