"""A refusal as a person reads it: what, in which file and layer, why, and last the thing to do."""

from __future__ import annotations

from ..errors import GatesmithError
from .page import Page, Styled


def error_page(error: GatesmithError, ascii_only: bool = False) -> Page:
    """The page of an error that has its reason with it."""
    page = Page(ascii_only)
    page.line(Styled("error: ", "bad"), Styled(error.what, "head"), hang=7)
    fixes = [("" if index else "fix", fix) for index, fix in enumerate(error.fix)]
    for label, text in (("in", error.where), ("why", error.why), *fixes):
        if not text:
            continue
        first, *rest = text.split("\n")
        page.facts([(f"{label:<3}", first)])
        for line in rest:
            page.verbatim(line, indent=7)
    return page


def bug_page(error: BaseException, ascii_only: bool = False) -> Page:
    """The page of an error that should not have happened."""
    page = Page(ascii_only)
    words = str(error).strip().split("\n")[0][:300]
    page.line(Styled("error: ", "bad"), Styled("this is a bug in Gatesmith, not in your model", "head"))
    page.facts(
        [
            ("why", f"{type(error).__name__}: {words}" if words else type(error).__name__),
            ("fix", "report it with the command and, if you can, the model"),
            ("", "GATESMITH_DEBUG=1 shows where it happened"),
        ]
    )
    return page
