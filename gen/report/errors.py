"""A refusal as a person reads it: what, in which file and layer, why, and last the thing to do."""

from __future__ import annotations

import re
from typing import Any

from ..core.errors import ERROR_SCHEMA, BuildError, DeviceError, GatesmithError
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
        page.facts((f"{label:<3}", first), indent=2)
        for line in rest:
            page.verbatim(clean(line), indent=7)


def error_json(error: GatesmithError) -> dict[str, Any]:
    """An error as data, for ``--json``; fields as of :class:`gatesmith.flow.facts.ErrorFacts`."""
    where, why, code = error.where or None, error.why or None, int(error.exit_code)
    facts = {"what": error.what, "where": where, "why": why, "fix": list(error.fix), "exit_code": code}
    return {"schema": ERROR_SCHEMA, **facts}


def _lines(label: str, text: str, error: GatesmithError) -> list[str]:
    """Lines that a text was written in; words of a model file never begin one."""
    if label == "in":
        return NEIGHBOUR.split(text)
    if label == "why" and isinstance(error, (BuildError, DeviceError)):
        return text.split("\n")  # what a compiler or a device said
    return [text]
