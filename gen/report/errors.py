"""A refusal as a person reads it: what, in which file and layer, why, and last the thing to do."""

from __future__ import annotations

import re
from typing import Any

from ..core.errors import BuildError, DeviceError, ExitCode, GatesmithError
from .page import Sheet, Styled, clean, paged

NEIGHBOUR = re.compile(r"\n(?= {2,}[> ] {1,3}\d+ )")
"""Where a place goes on in a new line: the list of layers around it. A line break in a name is no such place."""


@paged
def error_page(page: Sheet, error: GatesmithError) -> None:
    """The page of an error that has its reason with it."""
    page.line(Styled("error: ", "bad"), Styled(error.what, "head"), hang=7)
    fixes = [("", fix) if index else ("fix", fix.removeprefix("or ")) for index, fix in enumerate(error.fix)]
    for label, text in (("in", error.where), ("why", error.why), *fixes):
        if not text:
            continue
        first, *rest = _lines(label, text, error)
        page.facts([(f"{label:<3}", first)])
        for line in rest:
            page.verbatim(clean(line), indent=7)


def error_json(error: BaseException) -> dict[str, Any]:
    """An error as data: for ``--json``."""
    import msgspec

    from ..flow.facts import ERROR_SCHEMA, ErrorFacts  # NumPy and all readers come with it: an error's page needs none

    if isinstance(error, GatesmithError):
        told = ErrorFacts(
            schema=ERROR_SCHEMA, what=error.what, where=error.where or None, why=error.why or None,
            fix=list(error.fix), exit_code=int(error.exit_code),
        )  # fmt: skip
    else:
        why = f"{type(error).__name__}: {error}"[:300]
        told = ErrorFacts(
            schema=ERROR_SCHEMA, what="this is a bug in Gatesmith", where=None, why=why, fix=[],
            exit_code=int(ExitCode.BUG),
        )  # fmt: skip
    found: dict[str, Any] = msgspec.to_builtins(told)
    return found


def _lines(label: str, text: str, error: GatesmithError) -> list[str]:
    """Lines that a text was written in; words of a model file never begin one."""
    if label == "in":
        return NEIGHBOUR.split(text)
    if label == "why" and isinstance(error, (BuildError, DeviceError)):
        return text.split("\n")  # what a compiler or a device said
    return [text]


@paged
def bug_page(page: Sheet, error: BaseException) -> None:
    """The page of an error that should not have happened."""
    words = str(error).strip().split("\n")[0][:300]
    page.line(Styled("error: ", "bad"), Styled("this is a bug in Gatesmith, not in your model", "head"))
    page.facts(
        [
            ("why", f"{type(error).__name__}: {words}" if words else type(error).__name__),
            ("fix", "report it with the command and, if you can, the model"),
            ("", "GATESMITH_DEBUG=1 shows where it happened"),
        ]
    )
