"""Training for the integers that ship: without labels, or by one's own loop. Keras is imported when it is called."""

from .preparing import prepare, pruning, strip
from .tuned import Tuned, tune

__all__ = ["Tuned", "prepare", "pruning", "strip", "tune"]
