"""``gatesmith inspect --stream``: what each layer holds between steps and when it emits, or why it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from ..backends.c99.signatures import ordinal
from ..backends.work import whole
from ..core.graph import Graph
from ..core.settings import Settings
from ..flow.reports import StreamReport
from ..importers.reading import Model, blank, fitted
from ..passes.lower import lower
from ..passes.stream_facts import Clock, Line, StreamError, Streaming, work
from ..passes.streaming import explain, streaming
from ..quantization.prepare import carried_note
from .overview import following, header
from .page import Column, Fact, Part, Row, Sheet, Span, Styled, paged
from .quantities import counted
from .summary import Summary

COLUMNS = (
    Column("layer", style="name", folds=True),
    Column("is a", folds=True),
    Column("holds", right=True),
    Column("values", right=True),
    Column("emits", folds=True),
)
ROLES = {"whole": "whole, from scratch", "": "not reached"}
"""In words; the others are words."""


@dataclass(frozen=True)
class Streamed:
    """A model on its time axis.

    Args:
        summary: of the file. graph: as it would be computed.
        window, hop: of windows; None for a causal stream.
        carried: what it changes that states go on from window to window, where they do.
        lines: of every node.
        found: the stream; None where there is none, for the reasons in the lines, or for ``error``.
        macs: multiply-accumulates a step, on average. anew: the same if every output were computed from scratch.
    """

    summary: Summary
    graph: Graph
    window: int | None
    hop: int | None
    lines: tuple[Line, ...]
    stream: Streaming | None
    error: StreamError | None
    macs: int = 0
    anew: int = 0
    carried: str = ""

    @property
    def report(self) -> StreamReport:
        """For programs."""
        stream = self.stream
        return StreamReport(
            file=self.summary.reading.source.path,
            window=self.window,
            hop=self.hop,
            streams=stream is not None,
            why=self.error.why if self.error else "",
            fix=self.error.fix if self.error else (),
            output=_clock(stream.clock) if stream else None,
            finishes=stream.drains if stream else False,
            own_frames=sum(one.before + one.behind for one in stream.frame_buffers) if stream else 0,
            carried=self.carried,
            macs_step=self.macs,
            macs_anew=self.anew,
            layers=[
                {
                    "node": line.node.name,
                    "layer": line.node.layer,
                    "role": line.role,
                    "frames": line.holds[0],
                    "values": line.holds[1],
                    "emits": _clock(line.clock) if line.clock else None,
                    "why": line.why,
                    "fix": line.fix,
                }
                for line in self.lines
            ],
        )


def read(summary: Summary, settings: Settings) -> Streamed:
    """What a model is as a stream, or in the settings' windows.

    ``carry_state`` has the recordings on which it is measured what it changes that states go on between windows.
    """
    graph, window, hop, carry = summary.graph, settings.window, settings.hop, settings.carry_state
    model = Model(Path(summary.reading.source.path), summary.reading, graph)
    if window is not None:
        shapes = [(window, *graph.shape(port.tensor)[1:]) for port in graph.inputs]
        model = fitted(model, blank(shapes))
    graph = lower(model.fused)
    lines = explain(graph, hop, carry is not None)
    try:
        stream = streaming(graph, hop, carry is not None)
    except StreamError as error:
        return Streamed(summary, graph, window, hop, lines, None, error)
    carried = "" if carry is None else carried_note(model.path, model.fused, settings)
    macs, anew = round(work(stream)), round(whole(graph) / stream.clock.stride)
    return Streamed(summary, graph, window, hop, lines, stream, None, macs, anew, carried)


@paged
def stream_page(page: Sheet, seen: Streamed) -> None:
    """A table of layers, and what comes of it."""
    header(page, seen.summary)
    rows: list[Row] = []
    for line in seen.lines:
        frames, values = line.holds
        holds = "" if not frames else "state" if line.role == "cell" else f"{frames} frame{'s' if frames > 1 else ''}"
        role: Part = Styled("cannot stream", "note") if line.why else ROLES.get(line.role, line.role)
        cells: Row = [line.node.layer, role, holds, f"{values:,}" if values else "", emits(line.clock)]
        if not rows or rows[-1] != cells:  # a layer may be several nodes, as Dense and its softmax
            rows.append(cells)
        if line.why:
            rows.append(Span(4, (line.why,)))
            rows.append(Span(4, (Styled(f"fix: {line.fix}", "dim"),)))
    page.table(COLUMNS, rows)
    page.blank()
    if seen.stream is None:
        assert seen.error is not None
        page.facts(("stream", seen.error.what), ("why", seen.error.why), *(("fix", fix) for fix in seen.error.fix))
        return
    page.facts(*_facts(seen, seen.stream))
    options = f"{quote(seen.summary.reading.source.path)}{seen.summary.options}{' --stream' * (seen.hop is None)}"
    following(page, [(f"gatesmith generate {options} -o DIR", "turn it into C")])


def emits(clock: Clock | None) -> str:
    """When frames are there, in words."""
    if clock is None:
        return ""
    every = "every step" if clock.stride == 1 else f"every {ordinal(clock.stride)} step"
    first = f", first at {clock.first + 1}" if clock.first else ""
    late = f", {clock.lag} late" if clock.lag else ""
    return every + first + late


def _facts(seen: Streamed, stream: Streaming) -> Iterator[Fact]:
    clock = stream.clock
    yield "output", emits(clock)
    yield "holds", f"{sum(line.holds[1] for line in seen.lines):,} values from step to step"
    yield "work", f"{seen.macs:,} multiply-adds a step"
    if seen.anew:
        times = seen.anew / max(seen.macs, 1)
        yield "restart", f"{seen.anew:,} a step if every output were computed from scratch: {times:.1f} times as many"
    if stream.has_edge_frames:
        frames = seen.report.own_frames
        yield "its own", f"{frames} frames of each window, which padding decides, are made for it alone"
    yield "carried", seen.carried
    if stream.drains:
        yield "finish", f"gives the outputs of the last {counted(clock.lag, 'step')}"
    if any(line.node.op.averages for line in seen.lines):
        yield "integers", "of a running mean are of C alone; MicroPython has it in float, or with --window"


def _clock(clock: Clock) -> dict[str, int]:
    return {"every": clock.stride, "first": clock.first + 1, "late": clock.lag}


def hint(graph: Graph) -> str:
    """What a frame would cost, of a model that takes whole sequences of them now; empty where that cannot be."""
    if any(len(graph.shape(port.tensor)) != 2 for port in graph.inputs):
        return ""  # images have rows, but nobody feeds them row by row
    try:
        stream = streaming(lower(graph))
    except StreamError:
        return ""
    if not stream.windows:
        return ""
    return f"as frames come, --stream takes {round(work(stream)):,} multiply-adds a step"
