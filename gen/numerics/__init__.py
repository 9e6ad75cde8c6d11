"""The numeric types, by name."""

from __future__ import annotations

from collections.abc import Mapping

from .base import Numeric
from .float32 import FLOAT32
from .float32w8 import FLOAT32W8
from .int8 import INT8
from .int16 import INT16
from .int16w8 import INT16W8

NUMERICS: Mapping[str, Numeric] = {numeric.name: numeric for numeric in (FLOAT32, FLOAT32W8, INT16, INT16W8, INT8)}

__all__ = ["NUMERICS", "Numeric"]
