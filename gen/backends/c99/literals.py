"""Numbers in C: exact, and no longer than necessary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTH = 100
AT_ONCE = 1 << 16
"""Number of values whose literals are in memory together."""
_omitted: ContextVar[bool] = ContextVar("omitted", default=False)


@contextmanager
def omitted() -> Iterator[None]:
    """Inside, tables are written without their values: byte counts follow from the declarations, and millions of
    literals take minutes."""
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
    """An integer literal; the least int32 and int64 have no literal and get a macro."""
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
    """The initializer of an array, without its outermost braces: one pair of braces per axis, wrapped lines. Values
    that are not integers become float32.

    Raises:
        ValueError: a value is not finite.
    """
    if _omitted.get():
        return ""
    if values.dtype.kind not in "iu":
        values = np.asarray(values, np.float32)
        if not np.all(np.isfinite(values)):
            raise ValueError("a table holds a value that has no literal")
    return "\n".join(_lines(values, " " * indent, indent))


def _lines(values: npt.NDArray[Any], pad: str, counted: int) -> Iterator[str]:
    """The lines of an array. Words of many rows are created at once, but not those of a whole large table: they take 30
    times its memory.

    Args:
        counted: characters of the padding that count towards the width: the table's own indentation, not that of its
            levels.
    """
    if values.ndim <= 2:
        rows = len(values) or 1 if values.ndim == 1 else max(1, AT_ONCE // max(1, values.shape[1]))
        for start in range(0, len(values), rows):
            part = values[start : start + rows]
            yield from _laid(_words(part.reshape(-1)), part.shape, pad, counted)
        return
    for row in values:
        yield f"{pad}{{"
        yield from _lines(row, f"{pad}    ", 0)
        yield f"{pad}}},"


def _words(values: npt.NDArray[Any]) -> list[str]:
    if values.dtype == np.uint32:
        return [f"{v}u" for v in values.tolist()]
    if values.dtype.kind in "iu":
        return list(map(str if values.dtype.itemsize < 4 else integer, values.tolist()))
    return [f"{v!s}f" for v in values]


def _laid(words: list[str], shape: tuple[int, ...], pad: str, counted: int) -> Iterator[str]:
    """The lines of words for a row, or for rows, of this shape."""
    if len(shape) == 1:
        yield from _wrapped(words, pad, counted)
        return
    for start in range(0, len(words), shape[1] or 1):
        row = words[start : start + shape[1]]
        text = ", ".join(row)
        if counted + len(text) + 6 <= WIDTH:
            yield f"{pad}{{ {text} }},"
        else:
            yield f"{pad}{{"
            yield from _wrapped(row, f"{pad}    ", 0)
            yield f"{pad}}},"


def _wrapped(words: list[str], pad: str, counted: int) -> Iterator[str]:
    text, start = ", ".join([*words, ""]), 0
    while start < len(text):
        end = text.rfind(", ", start, start + WIDTH - counted)
        end = end if end > 0 else text.index(", ", start)  # a word that is longer than a line
        yield f"{pad}{text[start:end]},"
        start = end + 2
