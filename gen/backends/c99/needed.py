"""What the functions written so far call, and the tables that they have."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from ...core.formats import Array, Format
from ..base import Table
from ..names import table_name
from .kernels import Gemv, Product


def gemv_of(products: Sequence[Product]) -> Gemv:
    """The kernel whose functions these are."""
    kernel = products[-1].kernel
    assert isinstance(kernel, Gemv)
    return kernel


def digest(values: Array | None) -> str:
    """What tells integers from others; empty of other values."""
    if values is None or values.dtype.kind not in "iu":
        return ""
    return hashlib.sha256(values.astype("<i8").tobytes()).hexdigest()


class Needed:
    """What the functions written so far call, beside helpers that their text alone names."""

    def __init__(self) -> None:
        self.helpers: set[str] = set()
        self.products: set[Product] = set()
        self.tables: dict[str, Array] = {}
        self.aligned: set[int] = set()
        self.constants: dict[str, Table] = {}
        self.sums: dict[str, tuple[int, int]] = {}
        """Of each table of weights of integers: what a row's sum, or a part of it, lies between."""
        self.places: dict[str, Counter[str]] = {}
        """Of each layer's function, by the layer's identifier: how often it names a helper."""
        self._place: Counter[str] = Counter()

    def enter(self, layer: str) -> None:
        """What is needed from now on, a layer's function calls."""
        self._place = self.places[layer] = Counter()

    def help(self, name: str) -> None:
        """A helper is called in one more place."""
        self.helpers.add(name)
        self._place[f"helper {name}"] += 1

    def constant(self, name: str, count: int, dtype: str, owner: str = "", values: Array | None = None) -> None:
        """A table was written: so many values of a type, by NumPy's name, for a layer or for none."""
        self.constants[name] = Table(name, count * Format(dtype).size, owner, digest(values))

    def kernel(self, products: Sequence[Product]) -> tuple[Gemv, str]:
        """The kernel of functions, which are then written, and the name of the last."""
        self.products.update(products)
        return gemv_of(products), products[-1].name

    def function_table(self, name: str, values: Array) -> str:
        """The name of a function's table of values; equal tables are one."""
        return table_name(self.tables, f"{name}_points", values)
