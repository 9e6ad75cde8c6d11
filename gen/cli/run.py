"""``gatesmith run``: a model on its target."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import (
    BACKEND,
    HOLD,
    MODEL,
    REACH,
    TARGET,
    Input,
    Json,
    ModelArgument,
    Report,
    takes,
)
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..core.settings import Settings


@takes(TARGET, BACKEND, REACH, HOLD, MODEL)
def run(
    model: ModelArgument,
    settings: Settings,
    input_file: Input = None,
    outputs: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write out_0, out_1, ... as Keras's predict, as .npz or .csv."),
    ] = None,
    stateful: Annotated[
        bool, typer.Option("--stateful", help="Arrays are (calls, rows, ...): reset once, then call in order.")
    ] = False,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Build a model for a target and send it samples."""
    from ..flow import run as flow
    from ..report.results import run_page

    watched = progress(3 if settings.port else 4)
    done = flow.run(model, settings, input_file, outputs, stateful, report, watched)
    if as_json:
        json_(done.report.as_json())
    else:
        page(run_page(done.outputs, done.source, done.generated, done.report, outputs, ascii_only(sys.stdout)))
