"""Rounding of float models: the distance of a step of the C from exact arithmetic, for inputs and states within
ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from ..core.functions import Function
from ..core.graph import Array, Graph, Node, Op, Port, Shape, Tensor
from ..files.scratch import scratch
from ..flow.built import built_here
from ..flow.plan import Plan
from ..flow.program import program
from ..importers.reading import Model, blank, fitted
from ..layers.integer import Ranges
from ..oracle.reference import Reference
from ..quantization.observations import Observed, input_spans
from .facts import EXCEEDED, STREAMED, RoundingFacts
from .rounded import Bounded, NoBoundError, Rounded, bounded, stored

SMALL = 2.0**-100
"""No error is too large for values below it."""
Span = tuple[Any, Any]
"""The least and the largest value of a tensor, in shapes that broadcast to it."""


def stored_op(op: Op, kind: type[Function] = Function) -> Any:
    """An op with its numbers in float32, as in C; its functions are replaced by those of ``kind``."""

    def of(value: Any) -> Any:
        if isinstance(value, Function):
            return kind(value.name, tuple((key, of(number)) for key, number in value.params))
        real = isinstance(value, (float, np.ndarray)) and np.asarray(value).dtype.kind == "f"
        return np.float32(value) if real else value

    known: Any = op
    return replace(known, **{weight.name: of(getattr(op, weight.name)) for weight in fields(known)})


def with_states(graph: Graph, spans: Sequence[Span], seen: Ranges, by_layer: bool) -> tuple[Graph, dict[int, Span]]:
    """A graph in which initial states of ops are inputs, if they can be; and the ranges of its inputs.

    Args:
        spans: ranges of the graph's inputs.
        seen: ranges of all other tensors.
        by_layer: whether each layer is by itself, recurrent ones for one step: then the tensors that a layer reads are
            inputs, and those that it writes are outputs.
    """
    tensors, nodes, inputs = list(graph.tensors), list[Node](), [] if by_layer else list(graph.inputs)
    ranges: dict[int, Span] = {**seen.tensors, **{p.tensor: span for p, span in zip(graph.inputs, spans, strict=True)}}

    def add(shape: Shape, span: Span) -> int:
        tensors.append(Tensor(len(tensors), f"given_{len(tensors)}", shape))
        inputs.append(Port(tensors[-1].name, tensors[-1].id))
        ranges[tensors[-1].id] = span
        return tensors[-1].id

    for node in (node for node in graph.nodes if not (by_layer and node.op.moves)):
        op, sources, at = stored_op(node.op), node.inputs, node.lead
        outer, cell = graph.shape(sources[0])[:at], "initial" in vars(op)
        if by_layer:
            shapes = [list(graph.shape(ident)) for ident in (*sources, node.outputs[0])]
            for shape in (*shapes[: 1 + op.masked], shapes[-1]) if cell else ():
                shape[at] = 1
            tensors[node.outputs[0]] = replace(tensors[node.outputs[0]], shape=tuple(shapes.pop()))
            sources = tuple(add(tuple(shape), ranges[ident]) for shape, ident in zip(shapes, sources, strict=True))
        if cell and not op.initial:
            op = replace(op, initial=True, stateful=False)
            states = (add((*outer, *op.state_shape), seen.inner[node.name][name]) for name in op.memories)
            sources = (*sources, *states)
        nodes.append(replace(node, op=op, inputs=sources))
    written = [ident for node in nodes for ident in node.outputs[-len(node.op.states) :]]
    outputs = tuple(Port(f"output_{ident}", ident) for ident in written) if by_layer else graph.outputs
    parts = replace(graph, tensors=tuple(tensors), nodes=tuple(nodes), inputs=tuple(inputs), outputs=outputs)
    return parts.check(), ranges


@np.errstate(all="ignore")
def bounds(graph: Graph, ranges: Mapping[int, Span]) -> dict[int, Rounded | str]:
    """For each tensor, sizes of its exact values and their error for inputs within ranges, or why there is no bound."""
    values: dict[int, Any] = {}
    for port in graph.inputs:
        shape = [n or 1 for n in graph.shape(port.tensor)]
        ends = np.maximum(*map(np.abs, _broadcast_range(ranges[port.tensor], shape)))
        values[port.tensor] = bounded(np.broadcast_to(ends, (1, *shape)))
    for node in graph.nodes:
        inputs = [values[ident] for ident in node.inputs]
        missing = [x for x in inputs if isinstance(x, str)]
        results = missing[:1] * len(node.outputs) if missing else _results(node, inputs)
        values |= dict(zip(node.outputs, results, strict=True))
    return values


def _results(node: Node, inputs: Sequence[Rounded]) -> Sequence[Any]:
    lead = inputs[0].shape[: node.lead + 1]
    cores: list[Any] = [x.reshape(-1, *x.shape[node.lead + 1 :]) for x in inputs]
    if node.op.carry is not None and node.op.carry.stateful:
        return [f"{node.layer}: its states go on from call to call"] * len(node.outputs)
    try:
        if node.op.indices and not cores[0].fields[1].any():  # constants, picked as they are
            indices = np.arange(node.op.indices + 1.0).reshape(-1, *[1] * (cores[0].ndim - 1))
            each = node.op.run([np.broadcast_to(indices, (len(indices), *cores[0].shape[1:]))])[0]
            outputs: Sequence[Any] = [
                bounded(np.repeat(np.abs(y).max(axis=0, keepdims=True), len(cores[0]), axis=0)) for y in each
            ]
        else:
            outputs = stored_op(node.op, Bounded).run(cores)[0]
    except NoBoundError as error:
        return [f"{node.layer}: {error}"] * len(node.outputs)
    if not all(isinstance(y, Rounded) for y in outputs):
        return [f"{node.layer}: what it does is not followed"] * len(node.outputs)
    return [stored(y).reshape(*lead, *y.shape[1:]) for y in outputs]


def _broadcast_range(span: Span, shape: Sequence[int]) -> tuple[Array, Array]:
    """A range that broadcasts to a shape; one for all values if steps had their own ranges."""
    low, high = (np.asarray(end, np.float32) for end in span)
    if low.ndim and low.shape[-1] not in (1, shape[-1]):
        return np.asarray(low.min()), np.asarray(high.max())
    return low, high


def vectors(graph: Graph, ranges: Mapping[int, Span]) -> list[Array]:
    """Inputs within ranges: noise and the ends."""
    rng, rows = np.random.default_rng(0), []
    for port in graph.inputs:
        shape = [16, *(n or 1 for n in graph.shape(port.tensor))]
        low, high = _broadcast_range(ranges[port.tensor], shape[1:])
        batches = rng.uniform(low, high, shape), np.where(rng.integers(0, 2, shape), low, high)
        rows.append(np.concatenate(batches).astype(np.float32).clip(low, high))
    return rows


def rounding(model: Model, plan: Plan, observed: Observed, stepped: bool) -> tuple[RoundingFacts, ...]:
    """For each layer by itself and for the model's outputs: the bound, and the largest error of the target's C,
    compiled by this machine.

    Args:
        stepped: whether a step of the model is one step of its sequences, not a whole sequence.
    """
    whole, facts = observed.fits[-1][0], []
    single = blank([(1, *whole.shape(port.tensor)[1:]) for port in whole.inputs])
    streamed, plan = plan.settings.stream, replace(plan, settings=replace(plan.settings, stream=False))
    for by_layer in (True, False):
        if not by_layer and streamed:
            facts += [RoundingFacts(name=port.name, output=True, why=STREAMED) for port in whole.outputs]
            continue
        graph = whole if by_layer or not stepped else fitted(model, single).fused
        parts, ranges = with_states(graph, input_spans(observed), observed.ranges, by_layer)
        if not parts.nodes:
            continue
        facts += _measured(parts, ranges, model, plan, by_layer)
    return tuple(facts)


def _measured(
    parts: Graph, ranges: Mapping[int, Span], model: Model, plan: Plan, by_layer: bool
) -> Iterator[RoundingFacts]:
    """For each result, its bound and the largest error of C."""
    limits, samples = bounds(parts, ranges), vectors(parts, ranges)
    with scratch() as place, built_here(model, plan, place, program(model, plan, graph=parts)).start() as device:
        rows = [device.run([x[k] for x in samples], reset=True) for k in range(len(samples[0]))]
    names = set[str]()
    for port, *ours, exact in zip(parts.outputs, *rows, Reference(parts).run(samples), strict=True):
        name = parts.tensor(port.tensor).name if by_layer else port.name
        error = float(np.abs(np.stack(ours) - exact).max())
        why, bound = _verdict(limits[port.tensor], float(np.abs(exact).max()), error)
        full = f"{name} (state)" if by_layer and name in names else name
        names.add(name)
        seen = error if np.isfinite(error) else None
        yield RoundingFacts(name=full, output=not by_layer, bound=bound, why=why, seen=seen)


def _verdict(limit: Rounded | str, most: float, error_seen: float) -> tuple[str, float | None]:
    """The reason if there is no bound, else an empty string; and the bound."""
    if not np.isfinite(error_seen):
        return "values leave float32", None
    if isinstance(limit, str):
        return limit, None
    error = float(limit.fields[1].max())
    return (EXCEEDED, None) if error > max(most, SMALL) else ("", error)
