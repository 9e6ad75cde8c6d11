"""How figures are written, once for all pages: empty, or ``-`` in a table, where nothing is known."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 array``, ``12 arrays``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(count: int | None, how: str = "") -> str:
    """Bytes, and how they are known."""
    return "" if count is None else f"{count:,} B{f'  ({how})' if how else ''}"


def plain(value: float) -> str:
    """Four digits; of large values all before the point, up to those that a float32 holds."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.4g}"


def error_text(error: float | str, form: str = ".2e") -> str:
    """An error; what is no number is a word."""
    return error if isinstance(error, str) else f"{error:{form}}"


def percent(share: float | None) -> str:
    """A share; nothing short of all shows as 100 %."""
    if share is None:
        return "-"
    text = f"{100 * share:.1f} %"
    return "99.9 %" if text == "100.0 %" and share < 1 else text


def portion(share: float) -> str:
    """A share of values, of which few matter too: not rounded to nothing."""
    if share == 0:
        return "0"
    return percent(share) if share >= 0.0005 else "< 0.1 %"
