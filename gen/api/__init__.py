"""The Python API: the same work as the command line, on models and arrays in memory."""

from .artifact import Artifact, Validation
from .calibration import Calibration
from .choosing import Chosen, choose
from .conversion import calibrate, convert
from .inspection import Gate, Inspection, inspect
from .registry import Registry, targets

__all__ = [
    "Artifact",
    "Calibration",
    "Chosen",
    "Gate",
    "Inspection",
    "Registry",
    "Validation",
    "calibrate",
    "choose",
    "convert",
    "inspect",
    "targets",
]
