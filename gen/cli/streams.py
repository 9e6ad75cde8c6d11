"""Where words go: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..report.page import Page
    from ..report.progress import Progress

COLORS = ("auto", "always", "never")

_chosen = {"color": "auto"}


def use_color(choice: str) -> None:
    """What ``--color`` says, for everything that is written from here on."""
    _chosen["color"] = choice


def ascii_only(stream: IO[str]) -> bool:
    """Whether a stream's encoding holds no more than ASCII."""
    from ..report.terminal import only_ascii

    return only_ascii(stream)


def columns(stream: IO[str]) -> int:
    """How wide a page may be there."""
    from ..report.terminal import columns_of

    return columns_of(stream)


def page(content: Page, stream: IO[str] | None = None) -> None:
    """Write a page, to stdout if to nothing else."""
    from ..report.page import show

    show(content, stream or sys.stdout, _chosen["color"])


def json_(data: dict[str, Any]) -> None:
    """Write a result for programs."""
    sys.stdout.write(json.dumps(data, indent=2, allow_nan=False) + "\n")


def say(text: str) -> None:
    """One line beside the results."""
    from ..report.page import Page

    line = Page(ascii_only(sys.stderr))
    line.line(text)
    page(line, sys.stderr)


def progress(steps: int | None = None) -> Progress:
    """Progress of a command, whose number of steps may be known."""
    from ..report.progress import Progress

    return Progress(steps, sys.stderr, _chosen["color"])
