"""Abilities of a stream: colour, characters, columns. Loads no large modules, so that help pages are fast."""

from __future__ import annotations

import os
from typing import IO

WIDTH = 100
"""Columns of a page in a pipe or a file."""
LEAST = 60
"""Columns of the narrowest page; some tables need 80."""


def colourful(stream: IO[str], choice: str) -> bool:
    """Whether a stream gets colour: ``always``, ``never``, or ``auto``, which asks the terminal and the environment."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def only_ascii(stream: IO[str]) -> bool:
    """Whether the stream's encoding is something other than UTF-8."""
    return (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "") not in ("utf8", "utf8sig")


def columns_of(stream: IO[str]) -> int:
    """The width of a page on a stream: ``COLUMNS``, or the terminal's columns; :data:`WIDTH` if it is no terminal."""
    if not stream.isatty():
        return WIDTH
    variable = os.environ.get("COLUMNS", "")
    try:
        columns = int(variable) if variable.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(LEAST, columns) if columns else WIDTH
