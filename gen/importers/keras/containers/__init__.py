"""Bytes to a description: files of every format are opened, bounded and parsed; nothing in them has a meaning yet."""
