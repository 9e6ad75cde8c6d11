"""``gatesmith run``: runs a model on its target."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ..core.settings import MODEL, Flag, Settings
from .options import REACH, Input, Json, ModelArgument, Report, takes
from .streams import answer, progress


@takes("target", "backend", *REACH, "budget", *MODEL)
def run(
    model: ModelArgument,
    settings: Settings,
    input_file: Input = None,
    outputs: Annotated[
        Path | None, Flag("Write the outputs out_0, out_1, ... as .npz or .csv.", "FILE", ("--output",))
    ] = None,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Build a model for a target and send it samples."""
    from ..flow import run as flow
    from ..report.results import run_page

    watched = progress(3 if settings.port else 4)
    result = flow.run(model, settings, input_file, outputs, report, watched)
    answer(result, run_page, as_json)
