"""Training for the integers that ship: :func:`tune` without labels. Keras is imported when they are called."""

from .tuned import Tuned, tune

__all__ = ["Tuned", "tune"]
