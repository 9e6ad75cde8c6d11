"""Numbers as C spells them: exact, and no longer than that needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTH = 100


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
    """The initialiser of a float array, without its outermost braces: one pair of braces an axis, wrapped lines.

    Raises:
        ValueError: a value is not finite.
    """
    singles = np.asarray(values, np.float32)
    if not np.all(np.isfinite(singles)):
        raise ValueError("a table holds a value that has no literal")
    return "\n".join(_lines(singles, " " * indent))


def _lines(values: npt.NDArray[np.float32], pad: str) -> Iterator[str]:
    if values.ndim == 1:
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
