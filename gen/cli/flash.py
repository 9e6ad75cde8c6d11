"""``gatesmith flash``: a model onto a board."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import BACKEND, HOLD, MODEL, PORT, TARGET, Json, repeated, takes
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..core.settings import Settings


ModelOrFolder = Annotated[
    Path, typer.Argument(metavar="MODEL|DIR", help="A model, or a folder that build or generate wrote for the board.")
]


@takes(TARGET, BACKEND, PORT, HOLD, MODEL)
def flash(
    model: ModelOrFolder,
    settings: Settings,
    as_json: Json = False,
) -> None:
    """Put a model on a board: C through PlatformIO, modules for MicroPython into its file system."""
    from ..boards import target
    from ..flow import flash as flow
    from ..report.build import flash_json, flash_page

    model_id = flow.flash(model, settings, progress(None))
    facts = (model, target.load(settings.target), settings.port, model_id)
    if as_json:
        json_(flash_json(*facts))
    else:
        backend = f" --backend {settings.backend}" if settings.backend else ""
        page(flash_page(*facts, backend + repeated(settings), ascii_only=ascii_only(sys.stdout)))
