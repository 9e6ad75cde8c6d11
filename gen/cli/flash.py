"""``gatesmith flash``: writes a model to a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ..core.settings import MODEL, Settings
from .options import Argument, Json, takes
from .streams import answer, progress

ModelOrFolder = Annotated[
    Path, Argument("A model, or a folder that build or generate wrote for the board.", "MODEL|DIR")
]


@takes("target", "backend", "port", "budget", *MODEL)
def flash(
    model: ModelOrFolder,
    settings: Settings,
    as_json: Json = False,
) -> None:
    """Write a model to a board, by PlatformIO or as MicroPython modules."""
    from ..flow import flash as flow
    from ..report.build import flash_page

    answer(flow.flash(model, settings, progress(None)), flash_page, as_json)
