"""Float graph in, integer graph out: each op's integer form, the format of each tensor, and a requantization wherever
a reader needs another format than the maker gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from ..errors import UnsupportedError
from ..formats import FLOAT, MASK, Format, covering, index_format
from ..graph import Graph, Node, Port, Tensor
from ..layers.activation import Activation, VectorActivation
from ..layers.concatenate import Concatenate
from ..layers.copy import Copy
from ..layers.dense import Dense
from ..layers.embedding import Embedding
from ..layers.integer import RULES, Ranges, Task, requantize
from ..layers.integer.base import Range
from ..layers.integer.moves import MOVES, markers
from ..layers.masking import Masking
from ..layers.merge import Merge
from ..layers.recurrent import Recurrent
from ..layers.select import Select
from ..numerics.base import Numeric

LARGEST = 1e30
"""What values must stay below."""
ROOM = 1.25
"""Times what calibration saw: what 16 bits hold may become so much larger before it saturates."""
APART = 1 / 32
"""How far beyond the values seen the value lies, as a share of their range, that stands for a masked step."""
PLAIN = (Activation, VectorActivation)
SHARES = ("softmax", "sigmoid")
"""Functions whose results are between 0 and 1."""
UNITED = 2.0
"""Inputs of a concatenation share one format where their ranges differ by no more than this factor."""


def quantize(graph: Graph, ranges: Ranges, numeric: Numeric, keep: Mapping[str, Numeric] | None = None) -> Graph:
    """The integer form of a graph.

    Args:
        graph: as imported.
        ranges: of its tensors, from calibration.
        numeric: an integer type.
        keep: other integer types by layer name.

    Raises:
        UnsupportedError: a layer has no integer form, or its values do not fit.
    """
    return _Quantizer(graph, ranges, numeric, keep or {}).run().check()


def _roomy(key: str, span: Range) -> Range:
    """The range of a value inside a cell; results of bounded functions and what they are mixed into need no room."""
    return (span[0] * ROOM, span[1] * ROOM) if key.startswith("source") or key == "c" else span


class _Quantizer:
    def __init__(self, graph: Graph, ranges: Ranges, numeric: Numeric, keep: Mapping[str, Numeric]) -> None:
        self.graph = graph
        self.numeric = numeric
        self.keep = keep
        self.inner = {name: {key: _roomy(key, span) for key, span in of.items()} for name, of in ranges.inner.items()}
        self.consumers = graph.consumers()
        self.range = {tensor: (low * ROOM, high * ROOM) for tensor, (low, high) in ranges.tensors.items()}
        self.narrow = {**ranges.tensors, **ranges.narrow, **self._shares(ranges)}
        self.narrow_inner = ranges.narrow_inner
        self.tensors = list(graph.tensors)
        self.nodes: list[Node] = []
        self.format: dict[int, Format] = {}
        self.changed: dict[tuple[int, Format], int] = {}
        self.fixed = self._fixed()
        self._widen()
        self._unite()

    def run(self) -> Graph:
        for port in self.graph.inputs:
            self._give(port.tensor, self.fixed.get(port.tensor) or self._input(port.tensor))
        for node in self.graph.nodes:
            self._convert(node)
        ports = [Port(port.name, self._port(port.tensor)) for port in self.graph.outputs]
        return replace(self.graph, tensors=tuple(self.tensors), nodes=tuple(self.nodes), outputs=tuple(ports))

    def _shares(self, ranges: Ranges) -> dict[int, Range]:
        """Shares and probabilities in 8 bits: with room too, up to 1."""
        found: dict[int, Range] = {}
        for node in self.graph.nodes:
            function = node.op.function if isinstance(node.op, PLAIN) else getattr(node.op, "activation", None)
            if isinstance(node.op, (*PLAIN, Dense)) and function is not None and function.name in SHARES:
                high = ranges.tensors[node.outputs[0]][1]
                found[node.outputs[0]] = (0.0, high + (ROOM - 1) * min(high, 1 - high))
        return found

    def numeric_of(self, node: Node) -> Numeric:
        return self.keep.get(node.layer, self.numeric)

    def _convert(self, node: Node) -> None:
        entry = RULES.get(type(node.op))
        if entry is None:
            raise UnsupportedError(
                f'layer "{node.layer}": there is no integer form of {node.op.kind} yet',
                fix="use float32 or float32w8 for this model",
            )
        task = Task(
            node=node,
            numeric=self.numeric_of(node),
            inputs=[self.format[t] for t in node.inputs],
            ranges=[self.range[t] for t in node.inputs],
            outputs=[self.range[t] for t in node.outputs],
            wide=[self._wide(t) for t in node.outputs],
            inner=self.inner.get(node.name, {}),
            cores=[self.graph.core(node, t) for t in node.inputs],
            narrow=([self.narrow[t] for t in node.inputs], [self.narrow[t] for t in node.outputs]),
            narrow_inner=self.narrow_inner.get(node.name, {}),
        )
        spans = [*(self.range[t] for t in (*node.inputs, *node.outputs)), *task.inner.values()]
        if not all(abs(end) < LARGEST for span in spans for end in span):
            raise task.refuse("its values are not finite, or beyond 1e30, on the calibration data")
        try:
            op, formats = entry.rule(node.op, task)
            inputs = tuple(self._as(t, form, node) for t, form in zip(node.inputs, task.inputs, strict=True))
        except OverflowError as error:
            raise task.refuse(f"its values are too large beside each other for 16-bit multipliers: {error}") from error
        for tensor, form in zip(node.outputs, formats, strict=True):
            self._give(tensor, form)
        self.nodes.append(replace(node, op=op, inputs=inputs))

    def _give(self, tensor: int, form: Format) -> None:
        self.format[tensor] = form
        self.tensors[tensor] = replace(self.tensors[tensor], format=form)

    def _as(self, tensor: int, form: Format, reader: Node) -> int:
        """The tensor in a format, requantized once if it has another."""
        own = self.format[tensor]
        if own == form:
            return tensor
        if own.raw or form.raw or FLOAT in (own, form):
            raise UnsupportedError(
                f'layer "{reader.layer}": what it reads as a mask or as indices is computed by another layer',
                fix="use float32 or float32w8 for this model",
            )
        if (tensor, form) not in self.changed:
            source = self.tensors[tensor]
            ident = len(self.tensors)
            self.tensors.append(Tensor(ident, f"{source.name}_{form.dtype}", source.shape, form))
            maker = next((n for n in self.graph.nodes if tensor in n.outputs), reader)
            lead = 1 if len(source.shape) > 1 else 0
            op = requantize(own, form)
            self.nodes.append(Node(f"{maker.name}_to_{form.dtype}_{ident}", maker.layer, op, (tensor,), (ident,), lead))
            self.format[ident] = form
            self.changed[tensor, form] = ident
        return self.changed[tensor, form]

    def _port(self, tensor: int) -> int:
        """A model output in the numeric type's own integers."""
        own = self.format[tensor]
        if own.dtype == self.numeric.dtype.name or own.raw:
            return tensor
        reader = Node("output", "output", Copy(), (tensor,), ())
        return self._as(tensor, self._covering(tensor, self.numeric.dtype.name), reader)

    def _input(self, tensor: int) -> Format:
        dtype = "int16" if self._wide(tensor) else self.numeric.dtype.name
        return self._covering(tensor, dtype)

    def _covering(self, tensor: int, dtype: str) -> Format:
        return covering(*(self.narrow if dtype == "int8" else self.range)[tensor], dtype)

    def _wide(self, tensor: int) -> bool:
        """Whether some reader would rather have 16 bits; what only moves values asks its own readers."""
        readers = self.consumers[tensor]
        if any(port.tensor == tensor for port in self.graph.outputs):
            return self.numeric.dtype.name == "int16"
        return any(self._asks(node) for node in readers)

    def _asks(self, node: Node) -> bool:
        if isinstance(node.op, (*MOVES, Masking)):
            return any(self._wide(t) for t in node.outputs)
        entry = RULES.get(type(node.op))
        return self.numeric_of(node).dtype.name == "int16" or (entry is not None and entry.wide)

    def _fixed(self) -> dict[int, Format]:
        """Tensors that hold indices or masks: those of embeddings and masks, back to where they are made."""
        found: dict[int, Format] = {}
        for node in reversed(self.graph.nodes):
            if isinstance(node.op, Embedding):
                self._fix(found, node.inputs[0], index_format(len(node.op.table)))
            if isinstance(node.op, Recurrent) and node.op.masked:
                self._fix(found, node.inputs[1], MASK)
            if isinstance(node.op, Select):
                self._fix(found, node.inputs[0], MASK)
            through = isinstance(node.op, (*MOVES, Merge))
            if through and node.outputs[0] in found:
                for tensor in node.inputs if isinstance(node.op, Merge) else node.inputs[:1]:
                    self._fix(found, tensor, found[node.outputs[0]])
        return found

    def _fix(self, found: dict[int, Format], tensor: int, form: Format) -> None:
        if tensor not in found or found[tensor].size < form.size:
            found[tensor] = form

    def _widen(self) -> None:
        """Ranges that hold the value by which steps are masked, back to where they are made; or, where it only marks,
        one that leaves integers at an end for it, which values seen do not have."""
        marks = markers(self.graph)
        wanted: dict[int, float] = {}
        for node in reversed(self.graph.nodes):
            if isinstance(node.op, Masking):
                wanted[node.inputs[0]] = node.op.mask_value
            if isinstance(node.op, MOVES) and node.outputs[0] in wanted:
                wanted.setdefault(node.inputs[0], wanted[node.outputs[0]])
        for tensor, value in wanted.items():
            for ranges in (self.range, self.narrow):
                low, high = ranges[tensor]
                room = (max(high, 0.0) - min(low, 0.0)) * APART if tensor in marks else inf
                ranges[tensor] = min(low, max(value, low - room)), max(high, min(value, high + room))

    def _unite(self) -> None:
        """Give what is concatenated one range, where that costs little."""
        for node in reversed(self.graph.nodes):
            if isinstance(node.op, Concatenate):
                spans = [self.range[t] for t in node.inputs]
                sizes = [max(-low, high) for low, high in spans]
                if max(sizes) <= UNITED * min(sizes):
                    union = (min(low for low, _ in spans), max(high for _, high in spans))
                    for tensor in (*node.inputs, *node.outputs):
                        self.range[tensor] = self.narrow[tensor] = union
