"""Where words go: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..flow.reports import Report
    from ..report.page import Page
    from ..report.progress import Progress

COLORS = ("auto", "always", "never")

_chosen = {"color": "auto", "head": ""}


def use_color(choice: str) -> None:
    """Begin a command: what ``--color`` says, for everything that is written from here on."""
    _chosen.update(color=choice, head="")


def head(text: str) -> None:
    """The first line of the command's page, on stderr where the command answers in JSON."""
    _chosen["head"] = text


def columns(stream: IO[str]) -> int:
    """How wide a page may be there."""
    from ..report.terminal import columns_of

    return columns_of(stream)


def page(content: Page, stream: IO[str] | None = None) -> None:
    """Write a page, to stdout if to nothing else; the command's first one begins with its head."""
    from ..report.page import show

    if first := _chosen["head"]:
        _chosen["head"] = ""
        content = content.under(first)
    show(content, stream or sys.stdout, _chosen["color"])


def json_(data: dict[str, Any]) -> None:
    """Write a result for programs."""
    if first := _chosen["head"]:
        _chosen["head"] = ""
        say(first)
    sys.stdout.write(json.dumps(data, indent=2, allow_nan=False) + "\n")


def answer(
    result: Any, page_of: Callable[[Any], Page], as_json: bool, report_of: Callable[[Any], Report] | None = None
) -> None:
    """Write what a flow gave: its report as data, or its page. A result that is no report has one, or one is made."""
    if as_json:
        json_((report_of(result) if report_of else getattr(result, "report", result)).as_json())
    else:
        page(page_of(result))


def say(text: str) -> None:
    """One line beside the results."""
    from ..report.page import Page, show

    show(Page(lambda sheet: sheet.line(text)), sys.stderr, _chosen["color"])


def progress(steps: int | None = None) -> Progress:
    """Progress of a command, whose number of steps may be known."""
    from ..report.progress import Progress

    return Progress(steps, sys.stderr, _chosen["color"])
