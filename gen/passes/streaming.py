"""A model as a causal stream: each node's role on the time axis, its clock and buffers, or why it cannot stream.

Each op on the time axis has one of four roles, which its traits determine:

    window  reads ``kernel`` steps, ``dilation`` apart, and emits one for every ``stride``; if it pads, zeros precede
            the first step and follow the last
    frame   one step in, one step out
    merge   the same step of several inputs; earlier frames wait in a queue
    cell    one step in, one step out, and states from each to the next

After t steps, the frames emitted are the model's output on those t steps. Frame j of a tensor is ready after step
``max(0, first + j stride)`` of the input: its ``Clock``. An input ticks (1, 0), a window of a tensor that ticks (S, O)
ticks (S stride, O + (reach - left) S), where ``reach = (kernel - 1) dilation``; a merge is as late as the latest of its
inputs. Zeros after the last step come when the stream is finished; until then the output lags.

With windows of the last steps, a frame is clean if it depends on no padding: it is then the same frame of the stream.
Frames before the first clean one come from a second stream over the window's first steps; those after the last one come
from a copy of the stream that is finished. So layers that pad stream too, up to the one from which on computing whole
windows from scratch takes less work.
"""

from __future__ import annotations

from math import inf

from ..core.graph import Graph
from .stream_facts import Role, StreamError, Streaming, macs_per_step
from .stream_nodes import Analysis, padded

WORTH = 0.9
"""Recomputing windows' edges separately must bring the work below this share."""


def streaming(graph: Graph, hop: int | None = None, carry: bool = False) -> Streaming:
    """A lowered graph as a causal stream.

    Args:
        hop: the outputs are then those of the whole model on the last steps, as many as the graph's inputs have, every
            ``hop`` steps. Frames that depend on a window's start are computed from scratch, the others once.
        carry: with windows: states of cells go on from each to the next, which differs from the model.

    Raises:
        StreamError: a layer cannot stream; the message names the first.
    """
    analysis = _analysis(graph, hop, carry)
    for line in analysis.lines:
        if line.why:
            raise StreamError(f'layer "{line.node.layer}" cannot be computed step by step', why=line.why, fix=line.fix)
    stream = analysis.result()
    if stream.fixed and any(graph.shape(port.tensor)[:1] == (None,) for port in graph.inputs):
        raise StreamError(
            "run must know how many outputs a sequence has, and the length of sequences is open",
            why="outputs are fewer than steps",
            fix="fix it by --length STEPS; step and finish go on beyond it",
        )
    read = {tensor for node in stream.graph.nodes for tensor in node.inputs}
    once = [port.name for port in graph.inputs if port.tensor in read and port.tensor not in stream.clocks]
    if once and stream.drains:
        raise StreamError(
            f"outputs remain after the last step, and the input {once[0]} has no steps",
            why="finish gives the outputs that remain, and takes no inputs",
            fix="leave out --stream, or train with padding='causal'",
        )
    return stream


def explain(graph: Graph, hop: int | None = None, carry: bool = False) -> tuple[Role, ...]:
    """The role of each node of a graph in a stream, or why it cannot stream; arguments as in :func:`streaming`."""
    return tuple(_analysis(graph, hop, carry).lines)


def _analysis(graph: Graph, hop: int | None, carry: bool) -> Analysis:
    """The analysis with the least work: with windows, it chooses how many of the first nodes stream although they pad.
    If none can stream, it is the one with the most such nodes."""
    best = Analysis(graph, hop, 0, carry)
    best.run()
    least = inf if best.refused else macs_per_step(best.result()) * WORTH
    for along in [number for number, node in enumerate(graph.nodes, 1) if padded(node)] if hop is not None else []:
        candidate = Analysis(graph, hop, along, carry)
        candidate.run()
        work = inf if candidate.refused else macs_per_step(candidate.result())
        if work < least or (best.refused and candidate.refused):
            best, least = candidate, work * WORTH
    return best
