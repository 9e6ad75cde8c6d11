"""The page of an error: the problem, the file and layer, the reason, and last the remedy."""

from __future__ import annotations

import re
from typing import Any

from ..core.errors import ERROR_SCHEMA, BuildError, DeviceError, GatesmithError
from .page import Sheet, Styled, clean, paged

NEIGHBOUR = re.compile(r"\n(?= {2,}[> ] {1,3}\d+ )")
"""The line breaks in a location: those of the list of layers around it, but not those in a name."""


@paged
def error_page(page: Sheet, error: GatesmithError) -> None:
    """The page of an error."""
    page.line(Styled("error: ", "bad"), Styled(error.what, "head"), hang=7)
    fixes = [("", fix) if index else ("fix", fix.removeprefix("or ")) for index, fix in enumerate(error.fix)]
    for label, text in (("in", error.where), ("why", error.why), *fixes):
        if not text:
            continue
        first, *further = _lines(label, text, error)
        page.facts((f"{label:<3}", first), indent=2)
        for line in further:
            page.verbatim(clean(line), indent=7)


def error_json(error: GatesmithError) -> dict[str, Any]:
    """An error for ``--json``; fields as in :class:`gatesmith.flow.facts.ErrorFacts`."""
    where, why, code = error.where or None, error.why or None, int(error.exit_code)
    facts = {"what": error.what, "where": where, "why": why, "fix": list(error.fix), "exit_code": code}
    return {"schema": ERROR_SCHEMA, **facts}


def _lines(label: str, text: str, error: GatesmithError) -> list[str]:
    """The lines of a text; words of a model file never begin one."""
    if label == "in":
        return NEIGHBOUR.split(text)
    if label == "why" and isinstance(error, (BuildError, DeviceError)):
        return text.split("\n")  # output of a compiler or a device
    return [text]
