"""What a stream can show: colour, letters, columns. Loads nothing, so that a page of help waits for nothing."""

from __future__ import annotations

import os
from typing import IO

WIDTH = 100
"""The page of a pipe or a file."""
LEAST = 60
"""The narrowest page; some tables need 80 columns."""


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
    """How wide a page may be there: the terminal's columns, or ``COLUMNS``; all of :data:`WIDTH` off a terminal."""
    if not stream.isatty():
        return WIDTH
    asked = os.environ.get("COLUMNS", "")
    try:
        columns = int(asked) if asked.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(LEAST, columns) if columns else WIDTH
