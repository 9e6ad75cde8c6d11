"""``gatesmith targets``: the registry."""

from __future__ import annotations

from typing import Annotated

from .options import Argument, Json
from .streams import json_, page


def targets(
    name: Annotated[str | None, Argument("One target, or words of several; all without it.", "NAME")] = None,
    as_json: Json = False,
) -> None:
    """List the targets, or explain one."""
    from ..report import targets as pages

    if as_json:
        json_(pages.targets_report(name).as_json())
    else:
        page(pages.targets_page(name))
