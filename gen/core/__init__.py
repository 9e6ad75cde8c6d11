"""Graphs, storage formats, activation functions, errors and settings, which every room may import."""
