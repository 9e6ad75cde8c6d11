"""``gatesmith inspect --stream``: the values that each layer stores, and its output steps, or why it cannot stream."""

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
from ..passes.stream_facts import Clock, Role, StreamError, Streaming, macs_per_step
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
"""Roles -> words; all other roles are words themselves."""


@dataclass(frozen=True)
class StreamSummary:
    """A model computed step by step.

    Args:
        summary: summary of the file. graph: the graph that would be computed.
        window, hop: steps of a window and between windows; None for a causal stream.
        carried: the effect of carrying states from window to window; empty if they are not.
        lines: the facts of every node.
        stream: the stream; None if there is none, because of ``error``.
        macs: multiply-accumulates per step, on average. macs_anew: the same if every output were computed from scratch.
    """

    summary: Summary
    graph: Graph
    window: int | None
    hop: int | None
    lines: tuple[Role, ...]
    stream: Streaming | None
    error: StreamError | None
    macs: int = 0
    macs_anew: int = 0
    carried: str = ""

    @property
    def report(self) -> StreamReport:
        """The report for ``--json``."""
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
            macs_anew=self.macs_anew,
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


def read(summary: Summary, settings: Settings) -> StreamSummary:
    """A model as a stream, or in the settings' windows.

    The setting ``carry_state`` has the recordings on which the effect of carrying states is measured.
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
        return StreamSummary(summary, graph, window, hop, lines, None, error)
    carried = "" if carry is None else carried_note(model.path, model.fused, settings)
    macs, anew = round(macs_per_step(stream)), round(whole(graph) / stream.clock.stride)
    return StreamSummary(summary, graph, window, hop, lines, stream, None, macs, anew, carried)


@paged
def stream_page(page: Sheet, result: StreamSummary) -> None:
    """A table of layers, and the facts of the stream or the reason why there is none."""
    header(page, result.summary)
    rows: list[Row] = []
    for line in result.lines:
        frames, values = line.holds
        holds = "" if not frames else "state" if line.role == "cell" else f"{frames} frame{'s' if frames > 1 else ''}"
        role: Part = Styled("cannot stream", "note") if line.why else ROLES.get(line.role, line.role)
        cells: Row = [line.node.layer, role, holds, f"{values:,}" if values else "", emits(line.clock)]
        if not rows or rows[-1] != cells:  # a layer may be several nodes, such as Dense and its softmax
            rows.append(cells)
        if line.why:
            rows.append(Span(4, (line.why,)))
            rows.append(Span(4, (Styled(f"fix: {line.fix}", "dim"),)))
    page.table(COLUMNS, rows)
    page.blank()
    if (error := result.error) is not None:
        page.facts(("stream", error.what), ("why", error.why), *(("fix", fix) for fix in error.fix))
        return
    assert result.stream is not None
    page.facts(*_facts(result, result.stream))
    options = f"{quote(result.summary.reading.source.path)}{result.summary.options}{' --stream' * (result.hop is None)}"
    following(page, [(f"gatesmith generate {options} -o DIR", "turn it into C")])


def emits(clock: Clock | None) -> str:
    """The steps with output frames, in words."""
    if clock is None:
        return ""
    steps = "every step" if clock.stride == 1 else f"every {ordinal(clock.stride)} step"
    first = f", first at {clock.first + 1}" if clock.first else ""
    delay = f", {clock.lag} late" if clock.lag else ""
    return steps + first + delay


def _facts(result: StreamSummary, stream: Streaming) -> Iterator[Fact]:
    clock, anew = stream.clock, result.macs_anew
    yield "output", emits(clock)
    yield "holds", f"{sum(line.holds[1] for line in result.lines):,} values from step to step"
    yield "work", f"{result.macs:,} multiply-adds a step"
    if anew:
        times = anew / max(result.macs, 1)
        yield "restart", f"{anew:,} a step if every output were computed from scratch: {times:.1f} times as many"
    if stream.has_edge_frames:
        frames = result.report.own_frames
        yield "its own", f"{frames} frames of each window, which padding decides, are made for it alone"
    yield "carried", result.carried
    if stream.drains:
        yield "finish", f"gives the outputs of the last {counted(clock.lag, 'step')}"
    if any(line.node.op.averages for line in result.lines):
        yield "integers", "of a running mean are of C alone; MicroPython has it in float, or with --window"


def _clock(clock: Clock) -> dict[str, int]:
    return {"every": clock.stride, "first": clock.first + 1, "late": clock.lag}


def hint(graph: Graph) -> str:
    """The work per frame as a stream, for a model that takes whole sequences; empty if it cannot stream."""
    if any(len(graph.shape(port.tensor)) != 2 for port in graph.inputs):
        return ""  # images are not fed row by row
    try:
        stream = streaming(lower(graph))
    except StreamError:
        return ""
    if not stream.windows:
        return ""
    return f"as frames come, --stream takes {round(macs_per_step(stream)):,} multiply-adds a step"
