"""``gatesmith diff``: a retrained model compared with the one before it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import ExitCode, UsageError
from .options import BACKEND, CACHE, HOLD, MODEL, REACH, TARGET, Input, Json, ModelArgument, takes
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..core.settings import Settings


@takes(TARGET, BACKEND, REACH, HOLD, CACHE, MODEL)
def diff(
    model: ModelArgument,
    settings: Settings,
    against: Annotated[
        Path | None, typer.Option("--against", metavar="OLD", help="The model before; else what convert kept.")
    ] = None,
    input_file: Input = None,
    as_json: Json = False,
) -> None:
    """Compare a retrained model with the last one: outputs, accuracy, bytes, instructions."""
    from ..flow import diff as flow
    from ..flow import project
    from ..report import diff as pages

    old = against or project.last()
    if old is None:
        raise UsageError(
            "there is no model to compare with",
            why="gatesmith convert keeps a copy of the model in .gatesmith, and has not been here",
            fix="--against OLD.keras",
        )
    found = flow.diff(model, old, settings, input_file, progress=progress(6))
    if as_json:
        json_(pages.as_json(found))
    else:
        page(pages.diff_page(found, ascii_only(sys.stdout)))
    if not found.after.passed:
        raise typer.Exit(ExitCode.VALIDATION)
