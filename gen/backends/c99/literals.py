"""Numbers as C spells them: exact, and no longer than that needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTH = 100
_omitted: ContextVar[bool] = ContextVar("omitted", default=False)


@contextmanager
def omitted() -> Iterator[None]:
    """Inside, tables are written without their values: bytes follow from what they declare, and millions of literals
    take minutes."""
    token = _omitted.set(True)
    try:
        yield
    finally:
        _omitted.reset(token)


def ctype(dtype: str) -> str:
    """C's name of a NumPy type."""
    return "float" if dtype == "float32" else f"{dtype}_t"


def number(value: float, dtype: str = "float32") -> str:
    """A literal of a type.

    Raises:
        ValueError: the value is not finite.
    """
    return literal(value) if dtype == "float32" else integer(int(value))


def integer(value: int) -> str:
    """An integer literal; the least int32 and int64 have none of their own."""
    if value < -(2**31) or value >= 2**31:
        return f"INT64_C({value})" if value > -(2**63) else "INT64_MIN"
    return str(value) if value > -(2**31) else "INT32_MIN"


def literal(value: float) -> str:
    """The shortest float literal that reads back as the same float32.

    Raises:
        ValueError: the value is not finite.
    """
    single = np.float32(value)
    if not np.isfinite(single):
        raise ValueError(f"{value} has no literal")
    return f"{single!s}f"


def table(values: npt.NDArray[Any], indent: int = 4) -> str:
    """The initialiser of an array, without its outermost braces: one pair of braces an axis, wrapped lines. What is not
    an array of integers is one of float32.

    Raises:
        ValueError: a value is not finite.
    """
    if _omitted.get():
        return ""
    if values.dtype.kind in "iu":
        return "\n".join(_lines(values, " " * indent))
    singles = np.asarray(values, np.float32)
    if not np.all(np.isfinite(singles)):
        raise ValueError("a table holds a value that has no literal")
    return "\n".join(_lines(singles, " " * indent))


def _lines(values: npt.NDArray[Any], pad: str) -> Iterator[str]:
    if values.ndim == 1:
        if values.dtype == np.uint32:
            yield from _wrapped([f"{v}u" for v in values.tolist()], pad)
        elif values.dtype.kind in "iu":
            yield from _wrapped([integer(v) for v in values.tolist()], pad)
        else:
            yield from _wrapped([f"{v!s}f" for v in values], pad)
        return
    for row in values:
        inner = list(_lines(row, ""))
        if row.ndim == 1 and len(inner) == 1 and len(pad) + len(inner[0]) + 5 <= WIDTH:
            yield f"{pad}{{ {inner[0].rstrip(',')} }},"
        else:
            yield f"{pad}{{"
            yield from (f"{pad}    {line}" for line in inner)
            yield f"{pad}}},"


def _wrapped(words: list[str], pad: str) -> Iterator[str]:
    line = pad
    for word in words:
        if len(line) + len(word) + 2 > WIDTH and line.strip():
            yield line.rstrip()
            line = pad
        line += f"{word}, "
    if line.strip():
        yield line.rstrip()
