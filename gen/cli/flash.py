"""``gatesmith flash``: a model onto a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..core.settings import MODEL, Settings
from .options import Json, takes
from .streams import answer, progress

ModelOrFolder = Annotated[
    Path, typer.Argument(metavar="MODEL|DIR", help="A model, or a folder that build or generate wrote for the board.")
]


@takes("target", "backend", "port", "budget", *MODEL)
def flash(
    model: ModelOrFolder,
    settings: Settings,
    as_json: Json = False,
) -> None:
    """Put a model on a board: C through PlatformIO, modules for MicroPython into its file system."""
    from ..flow import flash as flow
    from ..report.build import flash_page

    answer(flow.flash(model, settings, progress(None)), flash_page, as_json)
