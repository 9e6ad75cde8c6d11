"""The numeric types, by name: each file of this folder with a ``NUMERIC`` defines one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from .base import Numeric
from .storage import Storage


def _numeric_types() -> list[Numeric]:
    """All numeric types: floats before integers, wide before narrow."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    types = [module.NUMERIC for module in modules if hasattr(module, "NUMERIC")]
    return sorted(types, key=lambda numeric: (numeric.integer, -numeric.size, -numeric.weights.bits, numeric.name))


NUMERICS: Mapping[str, Numeric] = {numeric.name: numeric for numeric in _numeric_types()}

__all__ = ["NUMERICS", "Numeric", "Storage"]
