"""``gatesmith targets``: the registry."""

from __future__ import annotations

from typing import Annotated

from .options import Argument, Json
from .streams import json_, page


def targets(
    words: Annotated[tuple[str, ...], Argument("One target, or words of several; all without it.", "NAME")] = (),
    as_json: Json = False,
) -> None:
    """List the targets, or explain one."""
    from ..report import targets as pages

    name = " ".join(words) or None
    if as_json:
        json_(pages.targets_report(name).as_json())
    else:
        page(pages.targets_page(name))
