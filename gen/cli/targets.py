"""``gatesmith targets``: the registry of targets."""

from __future__ import annotations

from typing import Annotated

from .options import Argument, Json
from .streams import answer


def targets(
    words: Annotated[tuple[str, ...], Argument("One target, or words of several; all without it.", "NAME")] = (),
    as_json: Json = False,
) -> None:
    """List the targets, or explain one."""
    from ..report import targets as pages

    answer(" ".join(words) or None, pages.targets_page, as_json, pages.targets_report)
