"""Output of commands: results to stdout, everything else to stderr."""

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
    """Begin a command: set the value of ``--color`` for all further output."""
    _chosen.update(color=choice, head="")


def head(text: str) -> None:
    """Set the first line of the command's page; it goes to stderr if the result is JSON."""
    _chosen["head"] = text


def columns(stream: IO[str]) -> int:
    """The width of a page on a stream."""
    from ..report.terminal import columns_of

    return columns_of(stream)


def page(content: Page, stream: IO[str] | None = None) -> None:
    """Write a page, by default to stdout; the command's first page begins with its head."""
    from ..report.page import show

    if first := _chosen["head"]:
        _chosen["head"] = ""
        content = content.with_head(first)
    show(content, stream or sys.stdout, _chosen["color"])


def json_(data: dict[str, Any]) -> None:
    """Write a result as JSON."""
    if first := _chosen["head"]:
        _chosen["head"] = ""
        say(first)
    sys.stdout.write(json.dumps(data, indent=2, allow_nan=False) + "\n")


def answer(
    result: Any, page_of: Callable[[Any], Page], as_json: bool, report_of: Callable[[Any], Report] | None = None
) -> None:
    """Write a flow's result: its report as JSON, or its page. The report is ``report_of`` the result, its attribute
    ``report``, or the result itself."""
    if as_json:
        json_((report_of(result) if report_of else getattr(result, "report", result)).as_json())
    else:
        page(page_of(result))


def say(text: str) -> None:
    """Write one line to stderr."""
    from ..report.page import Page, show

    show(Page(lambda sheet: sheet.line(text)), sys.stderr, _chosen["color"])


def progress(steps: int | None = None) -> Progress:
    """Progress of a command; ``steps`` is the number of its steps, if known."""
    from ..report.progress import Progress

    return Progress(steps, sys.stderr, _chosen["color"])
