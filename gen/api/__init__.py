"""The Python API: the same work as the command line, on models and arrays in memory."""

from .artifact import Artifact, Validation
from .choosing import Chosen, choose
from .conversion import convert
from .inspection import Gate, Inspection, inspect
from .registry import Registry, targets

__all__ = [
    "Artifact",
    "Chosen",
    "Gate",
    "Inspection",
    "Registry",
    "Validation",
    "choose",
    "convert",
    "inspect",
    "targets",
]
