"""``gatesmith inspect``: shows the contents of a model file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..core.errors import UsageError
from ..core.settings import READING, Flag, Settings
from .options import Json, ModelArgument, takes
from .streams import answer, json_, page, progress, say

if TYPE_CHECKING:
    from ..report.summary import Summary


STREAMED = ("window", "hop", "carry_state")
PLANNED = ("numeric", "own_inputs", "own_outputs")


@takes(*STREAMED, *PLANNED, *READING, from_project=False)
def inspect(
    model: ModelArgument,
    settings: Settings,
    gates: Annotated[bool, Flag("Show the array and slice of each gate.")] = False,
    as_json: Json = False,
    code: Annotated[bool, Flag("Print NumPy lines that read this file's gates.")] = False,
    save: Annotated[Path | None, Flag("Write every gate's W, U and b.", "GATES.npz")] = None,
    plot: Annotated[
        Path | None,
        Flag(
            "Draw the layers, by Graphviz: .svg, .png, .pdf, .dot; with --gates weights, with --memory the arena.",
            "F.svg",
        ),
    ] = None,
    stream: Annotated[bool, Flag("Show what each layer stores and when it emits, frame by frame.")] = False,
    memory: Annotated[bool, Flag("Show the layout of the working memory and the tensors' lifetimes.")] = False,
) -> None:
    """Show a model file's layers, options, weights and gates."""
    stream = stream or settings.window is not None or settings.hop is not None
    _check_exclusive(gates=gates, code=code, save=save is not None, json=as_json, stream=stream, memory=memory)
    from ..flow.plan import check_windows

    check_windows(settings)
    if memory:
        _memory(model, settings, as_json, plot)
        return
    if any(getattr(settings, name) for name in PLANNED):
        raise UsageError("--numeric, --own-inputs and --own-outputs say how --memory is planned", fix="add --memory")
    from ..report import inspect as pages

    with progress(1).step("read"):
        summary = pages.read(model, settings, gates_only=gates or code or save is not None)
    if summary.reading.source.format == "architecture" and (as_json or code or save or plot):
        raise UsageError(
            "the weights are missing: an architecture has no values", fix="--gates alone, or add --weights"
        )
    _files(summary, save, plot, gates)
    if code:
        from ..report.code import script

        sys.stdout.write(script(summary, settings.weights))
    elif stream:
        from ..report import stream as streams

        answer(streams.read(summary, settings), streams.stream_page, as_json)
    elif as_json:
        json_((pages.gates_report(summary) if gates else pages.report(summary)).as_json())
    elif gates:
        page(pages.gates_page(summary))
    elif save is None and plot is None:
        page(pages.overview(summary))


def _files(summary: Summary, save: Path | None, plot: Path | None, gates: bool) -> None:
    """Write the requested files."""
    if save is not None:
        from ..report.save import save as save_gates

        written = save_gates(summary, save)
        say(f"saved {save}: {len(written)} arrays, {next(iter(written))} ...")
    if plot is not None and gates:
        from ..report import plots

        plots.check(plot)
        say(plots.written_note(plots.inspected(summary, plot)))
    elif plot is not None:
        from ..report.structure import plot as draw

        draw(summary, plot)
        say(f"drew {plot}")


def _check_exclusive(**options: bool) -> None:
    """Refuse options that exclude each other."""
    for one, others in (("code", "gates json"), ("stream", "gates code"), ("memory", "gates code save stream")):
        if options[one] and any(options[other] for other in others.split()):
            names = " and --".join(others.split())
            raise UsageError(f"--{one} is another answer than --{names}", fix="give one of them")


def _memory(model: Path, settings: Settings, as_json: bool, plot: Path | None) -> None:
    """Show the plan of the working memory."""
    from ..flow.memory import memory
    from ..report.memory import memory_page

    with progress(1).step("plan"):
        plan = memory(model, settings)
    if plot is not None:
        from ..report import plots

        plots.check(plot)
        say(plots.written_note(plots.planned(plan, plot)))
    answer(plan, memory_page, as_json)
