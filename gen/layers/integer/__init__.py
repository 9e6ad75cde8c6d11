"""Integer forms of the layers, computed from each float op and its calibrated ranges. Importing the package registers
the rules of all its files."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from .base import RULES, Ranges, Task
from .requantize import requantize

__all__ = ["RULES", "Ranges", "Task", "requantize"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
