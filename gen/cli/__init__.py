"""The command line: a room a group of commands. Knows the pipeline and the reports, nothing else."""

from .entry import main

__all__ = ["main"]
