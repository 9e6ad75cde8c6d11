"""The summary of a model, layer by layer: shapes, parameters, multiply-adds and state, as imported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

import numpy as np

from ..core import graph as graphs
from ..core.functions import Function
from ..core.graph import Graph, Node, Shape, known
from ..importers.keras.dialect.generations import rules
from ..importers.keras.dialect.kinds import KINDS, Kind
from ..importers.keras.dialect.spec import LayerSpec, ModelSpec, Reading
from ..importers.keras.importer import Importer
from ..importers.keras.layers.base import Value

FLOAT = 4
"""Bytes of a value in float32."""
shape_text = partial(graphs.shape_text, unknown="?")


@dataclass(frozen=True)
class CallView:
    """One call of a layer."""

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    masked: bool
    makes_mask: bool
    nodes: tuple[str, ...]
    """Names of its nodes, without those of layers inside."""


@dataclass(frozen=True)
class ModelCost:
    """Multiply-adds and state."""

    macs_per_step: int = 0
    """Multiply-adds for one time step, of nodes that work step by step."""
    macs_once: int = 0
    """Multiply-adds of nodes that work on the whole sample at once."""
    macs_total: int | None = 0
    """Multiply-adds for a whole sample; None if a length is not fixed."""
    steps: int | None = None
    state_bytes: int = 0
    """Bytes carried from step to step, as float32."""


@dataclass(frozen=True)
class LayerView:
    """A layer and the layers inside it."""

    name: str
    path: tuple[str, ...]
    spec: LayerSpec | ModelSpec
    uses: tuple[CallView, ...]
    cost: ModelCost
    inner: tuple[LayerView, ...] = ()

    @property
    def parameters(self) -> int:
        return self.direct_parameters + sum(view.parameters for view in self.inner)

    @property
    def direct_parameters(self) -> int:
        return 0 if isinstance(self.spec, ModelSpec) else sum(int(w.size) for w in self.spec.weights.values())

    def walk(self, depth: int = 0) -> Iterator[tuple[int, LayerView]]:
        """This layer, then everything inside it, with depth."""
        yield depth, self
        for view in self.inner:
            yield from view.walk(depth + 1)


@dataclass(frozen=True)
class Summary:
    """All facts of a model for the pages."""

    reading: Reading
    graph: Graph
    layers: tuple[LayerView, ...]
    cost: ModelCost
    options: str = ""
    """The options with which the file was read, for another command line; begins with a blank."""

    @property
    def parameters(self) -> int:
        """Weights of all layers, whether an output needs them or not."""
        return sum(view.parameters for view in self.layers)

    def walk(self) -> Iterator[tuple[int, LayerView]]:
        """Every layer with its depth."""
        for view in self.layers:
            yield from view.walk()


@dataclass
class _Frame:
    """A layer that is being read."""

    spec: Any
    calls: int = 0
    """Number of layers inside it so far."""
    inside: set[str] = field(default_factory=set)
    """Nodes of layers inside it."""


class _Watcher(Importer):
    """An importer that records the inputs and outputs of every layer."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(rules(reading.writer), reading.source.path)
        self.uses: dict[int, list[CallView]] = {}
        self.frames: list[_Frame] = []

    def use(self, spec: Any, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
        builder, outer = self.builder, self.frames[-1] if self.frames else _Frame(None)
        is_layer = isinstance(spec, (LayerSpec, ModelSpec))
        key = id(spec if is_layer else outer.spec.inner[outer.calls])  # a cell of a stack is wrapped on the way
        outer.calls += 1
        frame, first = _Frame(spec), len(builder.nodes)
        shapes_in = tuple(builder.shape(value) for value in inputs)
        self.frames.append(frame)
        results = super().use(spec, inputs, initial)
        self.frames.pop()
        nodes = [node.name for node in builder.nodes[first:]]
        outer.inside.update(nodes)
        masked = any(value.mask is not None for value in inputs)
        makes = not masked and any(value.mask is not None for value in results)
        direct = tuple(name for name in nodes if name not in frame.inside)
        shapes_out = tuple(builder.shape(value) for value in results)
        self.uses.setdefault(key, []).append(CallView(shapes_in, shapes_out, masked, makes, direct))
        return results


def summarize(reading: Reading) -> Summary:
    """The summary of a model that was read.

    Raises:
        UnsupportedError: a layer, or a use of it, that has no translation.
        ModelError: shapes or options that contradict each other.
    """
    watcher = _Watcher(reading)
    graph = watcher.model(reading.model, None)
    nodes = {node.name: node for node in graph.nodes}
    views = tuple(
        _view(spec, (), watcher.uses, nodes, graph)
        for spec in reading.model.layers.values()
        if spec.class_name != "InputLayer"
    )
    return Summary(reading, graph, views, _sum([view.cost for view in views]))


def _view(
    spec: LayerSpec | ModelSpec,
    outer: tuple[str, ...],
    uses: dict[int, list[CallView]],
    nodes: dict[str, Node],
    graph: Graph,
) -> LayerView:
    calls = tuple(uses.get(id(spec), ()))
    path = (*outer, spec.name)
    parts = spec.layers.values() if isinstance(spec, ModelSpec) else spec.inner
    inner = tuple(_view(part, path, uses, nodes, graph) for part in parts if part.class_name != "InputLayer")
    costs = [_cost(nodes[name], graph) for use in calls for name in use.nodes if name in nodes]
    return LayerView(spec.name, path, spec, calls, _sum(costs + [view.cost for view in inner]), inner)


def _cost(node: Node, graph: Graph) -> ModelCost:
    shape = graph.shape(node.inputs[0])
    lead, macs = shape[: node.lead], node.op.macs(*(graph.core(node, t) for t in node.inputs))
    if node.op.carry is not None:
        times = prod(axis or 1 for axis in lead)
        values = sum(state.size for state in node.op.carry.members)
        steps = shape[node.lead]
        total = None if steps is None or not known(lead) else macs * steps * times
        return ModelCost(macs * times, 0, total, steps, values * FLOAT)
    if not macs:
        return ModelCost()
    if lead:
        each = macs * prod(axis or 1 for axis in lead[1:])
        return ModelCost(each, 0, each * lead[0] if lead[0] is not None else None, lead[0])
    return ModelCost(0, macs, macs)


def _sum(costs: Sequence[ModelCost]) -> ModelCost:
    totals = [cost.macs_total for cost in costs]
    steps = {cost.steps for cost in costs if cost.macs_per_step}
    return ModelCost(
        sum(cost.macs_per_step for cost in costs),
        sum(cost.macs_once for cost in costs),
        None if None in totals else sum(total or 0 for total in totals),
        steps.pop() if len(steps) == 1 else None,
        sum(cost.state_bytes for cost in costs),
    )


def title(spec: LayerSpec | ModelSpec) -> str:
    """``LSTM(32)``, ``Dense(6, softmax)``: the class as in the file, and its positional arguments."""
    if isinstance(spec, ModelSpec):
        return f"{spec.class_name} model"
    kind = KINDS[spec.class_name]
    placed = [option(spec.config[name]) for name in kind.placed if name in spec.config]
    defaults = _defaults(kind)
    placed += [option(spec.config[n]) for n in kind.placed_unless_default if str(spec.config[n]) != defaults[n]]
    label = spec.file_class
    return f"{label}({', '.join(placed)})" if placed else label


def options(spec: LayerSpec | ModelSpec) -> list[str]:
    """Options that are not in the title and differ from Keras 3's defaults."""
    if isinstance(spec, ModelSpec):
        return []
    kind = KINDS[spec.class_name]
    defaults = _defaults(kind)
    hidden = {*kind.placed, *kind.placed_unless_default, *kind.hidden}
    if kind.cell is not None and spec.file_class.endswith("Cell"):
        hidden.update(set(defaults) - {option.name for option in kind.cell.options})
    texts = []
    for key, value in spec.config.items():
        plain = str(value) if isinstance(value, Function) else value
        usual = key in defaults and _is_equal(plain, defaults[key])
        if key in hidden or (usual and key not in kind.shown):
            continue
        texts.append(key if value is True and key not in kind.shown else f"{key}={option(value)}")
    return texts


def _defaults(kind: Kind) -> dict[str, Any]:
    return {option.name: option.default_in("Keras 3") for option in kind.options}


def _is_equal(value: Any, default: Any) -> bool:
    try:
        return bool(value == default)
    except ValueError:
        return False


def option(value: Any) -> str:
    """An option's value in few words."""
    if isinstance(value, Function):
        return formula_name(value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"array of shape {shape_text(value.shape)}"
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(option, value))}{',' if len(value) == 1 else ''})"
    return str(value)


def formula_name(function: Function) -> str:
    """``hard_sigmoid 0.2 x + 0.5``: the name, and the slope if generations differ in it."""
    if function.name == "hard_sigmoid":
        return f"hard_sigmoid [{slope_text(function)}]"
    return str(function)


def slope_text(function: Function) -> str:
    """``0.2 x + 0.5`` or ``x / 6 + 0.5``."""
    slope = function["slope"]
    return f"{'x / 6' if abs(slope - 1 / 6) < 1e-9 else f'{slope:g} x'} + {function['offset']:g}"


def shapes_text(shapes: Sequence[Shape]) -> str:
    """Several shapes; more than two equal ones with their number."""
    texts = [shape_text(shape) for shape in shapes]
    if len(texts) > 2 and len(set(texts)) == 1:
        return f"{len(texts)} x {texts[0]}"
    return " ".join(texts)
