"""``gatesmith inspect --stream``: the values that each layer stores, and its output steps, or why it cannot stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from ..backends.c99.signatures import ordinal
from ..backends.work import whole
from ..core.graph import Graph
from ..core.settings import Settings
from ..flow.reports import StreamReport
from ..importers.reading import Model, windowed
from ..passes.lower import lower
from ..passes.stream_facts import Clock, Role, StreamError, macs_per_step
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
        summary: summary of the file.
        report: the facts, as ``--json`` writes them.
        averages: whether it has a running mean.
        problem: why it cannot stream, in a sentence; empty if it can.
    """

    summary: Summary
    report: StreamReport
    averages: bool
    problem: str = ""


def read(summary: Summary, settings: Settings) -> StreamSummary:
    """A model as a stream, or in the settings' windows.

    The setting ``carry_state`` has the recordings on which the effect of carrying states is measured.
    """
    window, carries = settings.window, settings.carry_state is not None
    model = Model(Path(summary.reading.source.path), summary.reading, summary.graph)
    if window is not None:
        model = windowed(model, window)
    graph = lower(model.fused)
    lines = explain(graph, settings.hop, carries)
    facts: dict[str, Any] = {"file": summary.reading.source.path, "window": window, "hop": settings.hop}
    facts["layers"], averages = [_layer(line) for line in lines], any(line.node.op.averages for line in lines)
    try:
        stream = streaming(graph, settings.hop, carries)
    except StreamError as error:
        facts |= {"output": None, "finishes": False, "own_frames": 0, "carried": "", "macs_step": 0, "macs_anew": 0}
        report = StreamReport(streams=False, why=error.why, fix=error.fix, **facts)
        return StreamSummary(summary, report, averages, error.what)
    report = StreamReport(
        streams=True,
        why="",
        fix=(),
        output=_clock(stream.clock),
        finishes=stream.drains,
        own_frames=sum(buffer.before + buffer.behind for buffer in stream.frame_buffers),
        carried=carried_note(model.path, model.fused, settings) if carries else "",
        macs_step=round(macs_per_step(stream)),
        macs_anew=round(whole(graph) / stream.clock.stride),
        **facts,
    )
    return StreamSummary(summary, report, averages)


def _layer(line: Role) -> dict[str, Any]:
    """The facts of a node."""
    return {
        "node": line.node.name,
        "layer": line.node.layer,
        "role": line.role,
        "frames": line.holds[0],
        "values": line.holds[1],
        "emits": _clock(line.clock) if line.clock else None,
        "why": line.why,
        "fix": line.fix,
    }


def _clock(clock: Clock) -> dict[str, int]:
    return {"every": clock.stride, "first": clock.first + 1, "late": clock.lag}


@paged
def stream_page(page: Sheet, result: StreamSummary) -> None:
    """A table of layers, and the facts of the stream or the reason why there is none."""
    report = result.report
    header(page, result.summary)
    rows: list[Row] = []
    for line in report.layers:
        frames, values, why = line["frames"], line["values"], line["why"]
        holds = (
            "" if not frames else "state" if line["role"] == "cell" else f"{frames} frame{'s' if frames > 1 else ''}"
        )
        role: Part = Styled("cannot stream", "note") if why else ROLES.get(line["role"], line["role"])
        cells: Row = [line["layer"], role, holds, f"{values:,}" if values else "", emits(line["emits"])]
        if not rows or rows[-1] != cells:  # a layer may be several nodes, such as Dense and its softmax
            rows.append(cells)
        if why:
            rows.append(Span(4, (why,)))
            rows.append(Span(4, (Styled(f"fix: {line['fix']}", "dim"),)))
    page.table(COLUMNS, rows)
    page.blank()
    if result.problem:
        page.facts(("stream", result.problem), ("why", report.why), *(("fix", fix) for fix in report.fix))
        return
    page.facts(*_facts(result))
    options = f"{quote(report.file)}{result.summary.options}{' --stream' * (report.hop is None)}"
    following(page, [(f"gatesmith generate {options} -o DIR", "turn it into C")])


def emits(clock: Mapping[str, int] | None) -> str:
    """The steps with output frames, in words."""
    if clock is None:
        return ""
    steps = "every step" if clock["every"] == 1 else f"every {ordinal(clock['every'])} step"
    first = f", first at {clock['first']}" if clock["first"] > 1 else ""
    delay = f", {clock['late']} late" if clock["late"] else ""
    return steps + first + delay


def _facts(result: StreamSummary) -> Iterator[Fact]:
    report = result.report
    clock, anew = report.output, report.macs_anew
    yield "output", emits(clock)
    yield "holds", f"{sum(line['values'] for line in report.layers):,} values from step to step"
    yield "work", f"{report.macs_step:,} multiply-adds a step"
    if anew:
        times = anew / max(report.macs_step, 1)
        yield "restart", f"{anew:,} a step if every output were computed from scratch: {times:.1f} times as many"
    if report.own_frames:
        yield "its own", f"{report.own_frames} frames of each window, which padding decides, are made for it alone"
    yield "carried", report.carried
    if report.finishes and clock is not None:
        yield "finish", f"gives the outputs of the last {counted(clock['late'], 'step')}"
    if result.averages:
        yield "integers", "of a running mean are of C alone; MicroPython has it in float, or with --window"


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
