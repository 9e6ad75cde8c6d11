"""Training for integers: tuning without labels, or the user's own loop. Keras is imported on the first call."""

from .preparing import prepare, pruning, strip
from .tuned import Tuned, tune

__all__ = ["Tuned", "prepare", "pruning", "strip", "tune"]
