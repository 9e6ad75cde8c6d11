"""Integer forms of the layers: what each float op becomes when its ranges are known."""

from __future__ import annotations

from . import cells, dense, dot, elementwise, layer_norm, moves, vector
from .base import RULES, Ranges, Task
from .requantize import requantize

FORMS = (cells, dense, dot, elementwise, layer_norm, moves, vector)
"""The rooms that register rules."""

__all__ = ["FORMS", "RULES", "Ranges", "Task", "requantize"]
