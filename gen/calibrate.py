"""What values a model's tensors take on given data: the ranges that integer formats cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from .functions import Function
from .graph import Array, Graph, Node
from .layers.dense import Dense
from .layers.integer import Ranges
from .layers.recurrent import Recurrent
from .reference import Reference

Range = tuple[float, float]


class Spans:
    """Least and largest values, by name."""

    def __init__(self) -> None:
        self.of: dict[Any, Range] = {}

    def see(self, key: Any, values: Array) -> None:
        """Widen the range of ``key`` to hold these values."""
        if not values.size:
            return
        low, high = self.of.get(key, (np.inf, -np.inf))
        self.of[key] = (min(low, float(values.min())), max(high, float(values.max())))


@dataclass(frozen=True)
class Watched(Function):
    """A function whose arguments and results are seen."""

    spans: Spans = field(default_factory=Spans)

    def __call__(self, x: Array) -> Array:
        y = Function(self.name, self.params)(x)
        plain = Function(self.name, self.params)
        self.spans.see(f"source {plain}", x)
        self.spans.see(f"result {plain}", y)
        return y


class _Observer(Reference):
    """A reference that looks at every tensor and into every op with an activation."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph, np.float32)
        self.tensors = Spans()
        self.inner: dict[str, Spans] = {}

    def _seen(self, ident: int, value: Array) -> None:
        self.tensors.see(ident, value)

    def _apply(self, node: Node, cores: Sequence[Array]) -> Sequence[Array]:
        spans = self.inner.setdefault(node.name, Spans())
        op = node.op
        if isinstance(op, (Recurrent, Dense)):
            watched = {
                f.name: Watched(value.name, value.params, spans)
                for f in fields(op)
                if isinstance(value := getattr(op, f.name), Function)
            }
            op = replace(op, **watched)  # type: ignore[arg-type]
        if isinstance(op, Recurrent):
            return self._scan(node, op, cores, spans)
        return op.apply(*cores)

    def _scan(self, node: Node, op: Recurrent, cores: Sequence[Array], spans: Spans) -> Sequence[Array]:
        """The scan again for the states between steps, which the op itself does not tell."""
        x, mask, initial = op.split(cores)
        start = initial or (self._states.get(node.name) if op.stateful else None) or op.zero(x)
        results = op.scan(x, mask, start)
        states = start
        for t in range(x.shape[1]):
            for name, value in zip(op.states, states, strict=True):
                spans.see(name, value)
            new = op.cell(x[:, t], states)
            keep = np.ones((len(x), 1), bool) if mask is None else mask[:, t, None] != 0
            states = tuple(np.where(keep, a, b) for a, b in zip(new, states, strict=True))
        for name, value in zip(op.states, states, strict=True):
            spans.see(name, value)
        if op.stateful:
            self._states[node.name] = results[2]
        return (results[0], results[1], *results[2])


def calibrate(graph: Graph, inputs: Sequence[Array]) -> Ranges:
    """The ranges that a graph's values take on inputs, (samples, ...) one a model input."""
    observer = _Observer(graph)
    observer.run(inputs)
    return Ranges(observer.tensors.of, {name: spans.of for name, spans in observer.inner.items()})
