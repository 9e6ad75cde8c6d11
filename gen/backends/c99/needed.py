"""The helpers, products and tables that the functions written so far need."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from ...core.formats import Array, Format
from ..base import Table
from ..names import table_name
from .kernels import Gemv, Product


def gemv_of(products: Sequence[Product]) -> Gemv:
    """The kernel of these functions."""
    kernel = products[-1].kernel
    assert isinstance(kernel, Gemv)
    return kernel


def digest(values: Array | None) -> str:
    """A digest of integers; empty for other values."""
    if values is None or values.dtype.kind not in "iu":
        return ""
    return hashlib.sha256(values.astype("<i8").tobytes()).hexdigest()


class Needed:
    """The needs of the functions written so far, except helpers that only their text names."""

    def __init__(self) -> None:
        self.helpers: set[str] = set()
        self.products: set[Product] = set()
        self.tables: dict[str, Array] = {}
        self.aligned: set[int] = set()
        self.constants: dict[str, Table] = {}
        self.sums: dict[str, tuple[int, int]] = {}
        """For each table of integer weights, the bounds of a row's sum, or of a part of it."""
        self.places: dict[str, Counter[str]] = {}
        """By layer's identifier, how many times its function names each helper."""
        self._place: Counter[str] = Counter()

    def enter(self, layer: str) -> None:
        """Start a layer's function: further needs are counted for it."""
        self._place = self.places[layer] = Counter()

    def help(self, name: str) -> None:
        """Count a call of a helper."""
        self.helpers.add(name)
        self._place[f"helper {name}"] += 1

    def constant(self, name: str, count: int, dtype: str, owner: str = "", values: Array | None = None) -> None:
        """Record a table: ``count`` values of a type, by NumPy's name, for a layer or for none."""
        self.constants[name] = Table(name, count * Format(dtype).size, owner, digest(values))

    def kernel(self, products: Sequence[Product]) -> tuple[Gemv, str]:
        """The kernel of functions, and the name of the last function; all of them are then written."""
        self.products.update(products)
        return gemv_of(products), products[-1].name

    def function_table(self, name: str, values: Array) -> str:
        """The name of a table of a function's values; equal tables are shared."""
        return table_name(self.tables, f"{name}_points", values)
