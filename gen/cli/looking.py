"""Commands that look: at a file, at Keras's layouts, at the targets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ExitCode, UsageError
from .options import MODEL, Input, Json, KerasBackend, ModelArgument, StopBefore, Weights, takes
from .streams import ascii_only, json_, page, progress, say

if TYPE_CHECKING:
    from ..flow import Settings


def inspect(
    model: ModelArgument,
    gates: Annotated[bool, typer.Option("--gates", help="Which slice of which array is which gate.")] = False,
    as_json: Json = False,
    code: Annotated[bool, typer.Option("--code", help="NumPy lines that take this file's gates.")] = False,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="GATES.npz", help="Write every gate's W, U and b.")
    ] = None,
    weights: Weights = None,
    keras_backend: KerasBackend = None,
    stop_before: StopBefore = None,
) -> None:
    """Show what a model file holds, down to its gates."""
    if sum((gates, as_json, code)) > 1:
        raise UsageError("--gates, --json and --code are different answers", fix="give one of them")
    from ..report import inspect as pages

    summary = pages.read(model, weights, keras_backend, stop_before)
    if save is not None:
        from ..report.save import save as save_gates

        written = save_gates(summary, save)
        say(f"saved {save}: {len(written)} arrays, {next(iter(written))} ...")
    if code:
        from ..report.code import script

        sys.stdout.write(script(summary, weights))
    elif as_json:
        json_(pages.as_json(summary))
    elif gates:
        page(pages.gates_page(summary, ascii_only(sys.stdout)))
    elif save is None:
        page(pages.overview(summary, ascii_only(sys.stdout)))


@takes(MODEL)
def budget(
    model: ModelArgument,
    settings: Settings,
    targets_: Annotated[
        list[str] | None,
        typer.Option(
            "--target", metavar="NAME", help="A board, or a TOML file's path; again for more. All without it."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold a model against boards: flash, RAM, stack and work, before anything is built."""
    from ..budgeting import table
    from ..report import budget as pages

    named = tuple(targets_ or ())
    found = table(model, settings, named, progress(2))
    held = pages.Held(found.model.reading.source, found.generated, found.budgets, named, found.unknown)
    if as_json:
        json_(pages.as_json(held))
    else:
        page(pages.budget_page(held, ascii_only(sys.stdout)))
    if named and any(all(one.fits == "no" for one in found.of(name)) for name in {b.target for b in found.budgets}):
        raise typer.Exit(ExitCode.BUDGET)


@takes(MODEL)
def calibrate(
    model: ModelArgument,
    settings: Settings,
    input_file: Input = None,
    as_json: Json = False,
) -> None:
    """Show an integer type's ranges and scales, and what it costs: each value beside float, and end to end."""
    from ..calibrating import survey
    from ..report import calibration as pages

    found = survey(model, settings, input_file, progress(3))
    source = found.model.reading.source
    if as_json:
        json_(pages.calibration_json(found, source))
    else:
        page(pages.calibration_page(found, source, ascii_only(sys.stdout)))


def layouts(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="LSTM, GRU or SimpleRNN; all without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how each Keras generation stores gates."""
    from ..report import layouts as pages

    if as_json:
        json_(pages.as_json(kind))
    else:
        page(pages.layouts_page(kind, ascii_only(sys.stdout)))


def targets(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One target; all without it.")] = None,
    as_json: Json = False,
) -> None:
    """List the targets, or explain one."""
    from ..report import targets as pages

    if as_json:
        json_(pages.as_json(name))
    else:
        page(pages.targets_page(name, ascii_only(sys.stdout)))
