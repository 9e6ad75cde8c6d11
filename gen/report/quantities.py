"""Texts of numbers for all pages: empty, or ``-`` in a table, if a number is not known."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 array``, ``12 arrays``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(count: int | None, method: str = "") -> str:
    """Bytes, and the method by which they were found."""
    return "" if count is None else f"{count:,} B{f'  ({method})' if method else ''}"


def plain(value: float) -> str:
    """A number with four digits; from 1e4 to 1e7 with all digits before the point."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.4g}"


def error_text(error: float | str, form: str = ".2e") -> str:
    """An error; infinities and NaN are words."""
    return error if isinstance(error, str) else f"{error:{form}}"


def percent(share: float | None) -> str:
    """A share in per cent; a share below 1 is never rounded to 100 %."""
    if share is None:
        return "-"
    text = f"{100 * share:.1f} %"
    return "99.9 %" if text == "100.0 %" and share < 1 else text


def portion(share: float) -> str:
    """A share of values in per cent; a share above 0 is never rounded to 0."""
    if share == 0:
        return "0"
    return percent(share) if share >= 0.0005 else "< 0.1 %"
