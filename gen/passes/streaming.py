"""A model as a causal stream: what each node is on the time axis, when it emits, what it holds, or why it cannot.

Each op on the time axis is one of four things, told by its traits:

    window  reads ``kernel`` steps, ``dilation`` apart, and emits one for every ``stride``; zeros stand before the first
            step and behind the last where it is padded
    frame   one step in, one step out
    merge   the same step of several inputs; what comes earlier waits in a queue
    cell    one step in, one step out, and states from each to the next

After t steps, what has been emitted is the model's output on those t steps. Frame j of a tensor is there once step
``max(0, first + j stride)`` of the input came: its ``Clock``. An input ticks (1, 0), a window of a tensor that ticks
(S, O) ticks (S stride, O + (reach - left) S), where ``reach = (kernel - 1) dilation``; a merge is as late as the latest
of its inputs. Zeros behind the last step come when the stream is finished; until then the output lags behind.

Of windows of the last steps, a frame is clean if it sees no padding: it is then the same frame of the stream. Frames
before the first clean one come from a stream of their own that goes along the window's first steps, those behind the
last one from a copy of the stream that is finished. So a layer that pads goes along too, up to the one from which on it
takes less work to compute whole windows anew.
"""

from __future__ import annotations

from math import inf

from ..core.graph import Graph
from .stream_facts import Line, StreamError, Streaming, work
from .stream_nodes import Analysis, padded

WORTH = 0.9
"""Part of the work that must be left where frames of windows' ends are made apart."""


def streaming(graph: Graph, hop: int | None = None, carry: bool = False) -> Streaming:
    """A lowered graph as a causal stream.

    Args:
        hop: the outputs are then those of the whole model on the last steps, as many as the graph's inputs have, anew
            after so many steps. What depends on where these begin is computed anew, the rest once.
        carry: of windows: states of cells go on from each to the next, which is not what the model does.

    Raises:
        StreamError: a layer cannot stream; the first of them is named.
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
    return stream


def explain(graph: Graph, hop: int | None = None, carry: bool = False) -> tuple[Line, ...]:
    """What each node of a graph is on the time axis, or why it cannot stream; arguments as of :func:`streaming`."""
    return tuple(_analysis(graph, hop, carry).lines)


def _analysis(graph: Graph, hop: int | None, carry: bool) -> Analysis:
    """Of windows, the way that takes least work: how many of the first nodes go along though they pad. Where none can
    stream, the reason why is that of the farthest."""
    best = Analysis(graph, hop, 0, carry)
    best.run()
    least = inf if best.refused else work(best.result()) * WORTH
    for along in [number for number, node in enumerate(graph.nodes, 1) if padded(node)] if hop is not None else []:
        other = Analysis(graph, hop, along, carry)
        other.run()
        taken = inf if other.refused else work(other.result())
        if taken < least or (best.refused and other.refused):
            best, least = other, taken * WORTH
    return best
