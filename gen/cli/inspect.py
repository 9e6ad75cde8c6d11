"""``gatesmith inspect``: what a model file holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import UsageError
from .options import (
    CarryState,
    Custom,
    Hop,
    Json,
    KerasBackend,
    Lambdas,
    Length,
    ModelArgument,
    NumericType,
    OwnInputs,
    OwnOutputs,
    StopBefore,
    Weights,
    Window,
    WrittenBy,
)
from .streams import ascii_only, json_, page, progress, say

if TYPE_CHECKING:
    from ..core.settings import Settings
    from ..report.summary import Summary


def inspect(
    model: ModelArgument,
    gates: Annotated[bool, typer.Option("--gates", help="Which slice of which array is which gate.")] = False,
    as_json: Json = False,
    code: Annotated[bool, typer.Option("--code", help="NumPy lines that take this file's gates.")] = False,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="GATES.npz", help="Write every gate's W, U and b.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="F.svg",
            help="Draw the layers, by Graphviz: .svg, .png, .pdf, .dot; with --gates weights, with --memory the arena.",
        ),
    ] = None,
    stream: Annotated[
        bool, typer.Option("--stream", help="What each layer holds and when it emits as frames come, or why it cannot.")
    ] = False,
    window: Window = None,
    hop: Hop = None,
    carry_state: CarryState = None,
    memory: Annotated[
        bool, typer.Option("--memory", help="What lies where in the generated C's working memory, and how long.")
    ] = False,
    numeric: NumericType = None,
    own_inputs: OwnInputs = False,
    own_outputs: OwnOutputs = False,
    weights: Weights = None,
    keras_backend: KerasBackend = None,
    stop_before: StopBefore = None,
    written_by: WrittenBy = None,
    length: Length = None,
    lambdas: Lambdas = None,
    custom: Custom = None,
) -> None:
    """Show what a model file holds, down to its gates."""
    stream = stream or window is not None or hop is not None
    _alone(gates=gates, code=code, save=save is not None, json=as_json, stream=stream, memory=memory)
    if (window is None) != (hop is None):
        raise UsageError("--window and --hop go together", fix="--window STEPS --hop STEPS")
    if carry_state is not None and hop is None:
        raise UsageError("--carry-state is for windows", fix="--window STEPS --hop STEPS")
    if memory:
        from ..core.settings import Settings

        settings = Settings(
            numeric=numeric,
            own_inputs=own_inputs,
            own_outputs=own_outputs,
            weights=weights,
            keras_backend=keras_backend,
            stop_before=stop_before,
            written_by=written_by,
            length=tuple(length or ()),
            lambdas=tuple(lambdas or ()),
            custom=custom,
        )
        _memory(model, settings, as_json, plot)
        return
    if numeric or own_inputs or own_outputs:
        raise UsageError("--numeric, --own-inputs and --own-outputs say how --memory is planned", fix="add --memory")
    from ..report import inspect as pages

    with progress(1).step("read"):
        read_by = (weights, keras_backend, stop_before, written_by, length or (), lambdas or (), custom)
        summary = pages.read(model, *read_by, gates_only=gates or code or save is not None)
    if summary.reading.source.format == "architecture" and (as_json or code or save or plot):
        raise UsageError(
            "the weights are missing: an architecture has no values", fix="--gates alone, or add --weights"
        )
    _files(summary, save, plot, gates)
    if code:
        from ..report.code import script

        sys.stdout.write(script(summary, weights))
    elif stream:
        from ..report import stream as streams

        seen = streams.read(summary, window, hop, carry_state)
        if as_json:
            json_(streams.as_json(seen))
        else:
            page(streams.page(seen, ascii_only(sys.stdout)))
    elif as_json:
        json_(pages.gates_json(summary) if gates else pages.as_json(summary))
    elif gates:
        page(pages.gates_page(summary, ascii_only(sys.stdout)))
    elif save is None and plot is None:
        page(pages.overview(summary, ascii_only(sys.stdout)))


def _files(summary: Summary, save: Path | None, plot: Path | None, gates: bool) -> None:
    """Write what is asked for as files."""
    if save is not None:
        from ..report.save import save as save_gates

        written = save_gates(summary, save)
        say(f"saved {save}: {len(written)} arrays, {next(iter(written))} ...")
    if plot is not None and gates:
        from ..report import plots

        plots.check(plot)
        say(plots.told(plots.inspected(summary, plot)))
    elif plot is not None:
        from ..report.structure import plot as draw

        draw(summary, plot)
        say(f"drew {plot}")


def _alone(**given: bool) -> None:
    """Refuse options that are different answers."""
    for one, others in (("code", "gates json"), ("stream", "gates code"), ("memory", "gates code save stream")):
        if given[one] and any(given[other] for other in others.split()):
            named = " and ".join(f"--{other}" for other in others.split())
            raise UsageError(f"--{one} is another answer than {named}", fix="give one of them")


def _memory(model: Path, settings: Settings, as_json: bool, plot: Path | None) -> None:
    """The plan of the working memory."""
    from ..flow.memory import memory
    from ..report.memory import memory_json, memory_page

    with progress(1).step("plan"):
        plan = memory(model, settings)
    if plot is not None:
        from ..report import plots

        plots.check(plot)
        say(plots.told(plots.planned(plan, plot)))
    if as_json:
        json_(memory_json(plan))
    else:
        page(memory_page(plan, ascii_only(sys.stdout)))
