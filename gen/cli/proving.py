"""Commands that run a model on its target."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode
from .options import MODEL, REACH, TARGET, Input, Json, ModelArgument, Report, takes
from .streams import ascii_only, json_, page, progress

if TYPE_CHECKING:
    from ..flow import Settings


@takes(TARGET, REACH, MODEL)
def run(
    model: ModelArgument,
    settings: Settings,
    input_file: Input = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="OUT.npz", help="Write out_0, out_1, ... as Keras's predict.")
    ] = None,
    stateful: Annotated[
        bool, typer.Option("--stateful", help="Arrays are (calls, rows, ...): reset once, then call in order.")
    ] = False,
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Build a model for a target and send it samples."""
    from .. import pipeline
    from ..report.results import run_page

    done = pipeline.run(
        model, settings, input=input_file, output=output, stateful=stateful, report=report, progress=progress(4)
    )
    if as_json:
        json_(done.report)
    else:
        page(run_page(done.outputs, done.source, done.generated, done.report, output, ascii_only(sys.stdout)))


@takes(TARGET, REACH, MODEL)
def validate(
    model: ModelArgument,
    settings: Settings,
    input_file: Input = None,
    report: Report = None,
    tolerance: Annotated[
        float | None, typer.Option(min=0.0, metavar="X", help="Largest error allowed, x max(1, largest answer).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Lay a target's outputs beside Keras's."""
    from .. import pipeline
    from ..report.results import validate_page

    done = pipeline.validate(
        model, settings, input=input_file, report=report, tolerance=tolerance, progress=progress(5)
    )
    if as_json:
        json_({**done.report, "schema": "gatesmith/validate/1"})
    else:
        page(
            validate_page(
                done.outputs, done.passed, done.tolerance, done.samples, done.oracle, done.source, done.generated,
                done.report, done.how, done.input_note, ascii_only(sys.stdout),
            )
        )  # fmt: skip
    if not done.passed:
        raise typer.Exit(ExitCode.VALIDATION)
