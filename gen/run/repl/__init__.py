"""Models on MicroPython, reached through its REPL."""
