"""From a float graph to an integer graph: each op's integer form, the format of each tensor, and a requantization if a
reader needs another format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from ..core.errors import UnsupportedError
from ..core.formats import FLOAT, Format, covering
from ..core.graph import Graph, Node, Op, Port, Tensor
from ..layers.copy import Copy
from ..layers.integer import RULES, Ranges, Task, requantize
from ..layers.integer.base import Range
from ..layers.integer.requantize import Requantize
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..numerics.rounding import Moments
from .feature_scaling import levelled, separate, side_by_side
from .markers import markers
from .output_ranges import FINER_BY_REQUANTIZING, OutputScaling, away, compensated, is_far_from_zero, scaling_of_output

LARGEST = 1e30
"""Limit of the absolute calibrated values."""
ROOM = 1.25
"""Headroom of 16-bit values: they saturate at this multiple of the calibrated range. On tools/integers.py it gains
3.5 dB of int16 in the mean, 27 dB where features never change, and .2 dB of int8."""
ROOM_OF_OUTPUTS = 1.6
"""The same for a model's outputs, where a single clipped value weighs more than finer steps: with 192 normal values to
calibrate, one of 256 others exceeds 1.25 times the largest in a third of all cases, which costs 45 dB of int16."""
MARKER_GAP = 1 / 32
"""Largest distance from the calibrated range to the value for a masked step, as a share of that range."""
UNITED = 2.0
"""Largest ratio of the ranges of concatenated tensors for one common format."""


def quantize(graph: Graph, ranges: Ranges, numeric: Numeric, keep: Mapping[str, Numeric] | None = None) -> Graph:
    """The integer form of a graph.

    Args:
        graph: the fused float graph.
        ranges: calibrated ranges of its tensors.
        numeric: an integer type.
        keep: other integer types by layer name.

    Raises:
        UnsupportedError: a layer has no integer form, or its values do not fit.
    """
    for node in graph.nodes:
        spans = [*(ranges.tensors[t] for t in (*node.inputs, *node.outputs)), *ranges.inner.get(node.name, {}).values()]
        if not all(abs(end) < LARGEST for span in spans for end in span):
            raise UnsupportedError(
                f'layer "{node.layer}": its values are not finite, or beyond 1e30, on the calibration data',
                fix="use float32 or float32w8 for this model",
            )
    return _Quantizer(compensated(graph, ranges.errors), ranges, numeric, keep or {}).run().check()


def _roomy(node: Node, spans: Mapping[str, Range]) -> dict[str, Range]:
    """The ranges of values inside an op with headroom, except for bounded functions and states mixed from them."""
    sums = {state.name for state in node.op.states if state.sums}
    return {
        key: (low * ROOM, high * ROOM) if key.startswith("source") or key in sums else (low, high)
        for key, (low, high) in spans.items()
    }


class _Quantizer:
    def __init__(self, graph: Graph, ranges: Ranges, numeric: Numeric, keep: Mapping[str, Numeric]) -> None:
        self.graph = graph
        self.numeric = numeric
        self.keep = keep
        inner = ranges.inner
        self.inner = {node.name: _roomy(node, inner[node.name]) for node in graph.nodes if node.name in inner}
        self.unseen = ranges.unseen
        self.consumers = graph.consumers()
        self.range = {tensor: (low * ROOM, high * ROOM) for tensor, (low, high) in ranges.tensors.items()}
        for tensor in {port.tensor for port in graph.outputs}:
            low, high = ranges.tensors[tensor]
            self.range[tensor] = low * ROOM_OF_OUTPUTS, high * ROOM_OF_OUTPUTS
        self.narrow = {**ranges.tensors, **ranges.narrow, **self._shares(ranges)}
        self.narrow_inner = ranges.narrow_inner
        self.moments = ranges.moments
        self.tensors = list(graph.tensors)
        self.nodes: list[Node] = []
        self.format: dict[int, Format] = {}
        self.changed: dict[tuple[int, Format], int] = {}
        self.fixed = self._fixed()
        self._widen()
        self._unite()
        self._take_spans_of_file()
        outputs = self._outputs(ranges)
        room = {"int8": 1.0, "int16": ROOM}
        self.scaling = separate(graph, self._feature_ranges(ranges), self._dtype, room, numeric.weights.most)
        for ranges_of in (self.range, self.narrow):
            ranges_of.update({tensor: scaling.span for tensor, scaling in self.scaling.items()})
            ranges_of.update({tensor: scaling.reach for tensor, scaling in outputs.items()})
        self.scaling.update(outputs)
        self.levelled = levelled(graph, self.range.__getitem__, self._dtype, numeric.weights.most) - set(outputs)

    def run(self) -> Graph:
        for port in self.graph.inputs:
            self._give(port.tensor, self.fixed.get(port.tensor) or self._input(port.tensor))
        for node in self.graph.nodes:
            self._convert(node)
        ports = [Port(port.name, self._port(port.tensor)) for port in self.graph.outputs]
        return replace(self.graph, tensors=tuple(self.tensors), nodes=tuple(self.nodes), outputs=tuple(ports))

    def _outputs(self, ranges: Ranges) -> dict[int, OutputScaling]:
        """Scalings of outputs, and of the tensors that they are moved from. Sets ``requantized``: the other outputs
        that are requantized from 16 bits to a range without 0."""
        dtype = self.numeric.dtype.name
        room = 1.0 if dtype == "int8" else 2 * ROOM - 1
        makers, span_of = self.graph.producer(), {**ranges.tensors, **ranges.narrow}.__getitem__
        scalings: dict[int, OutputScaling] = {}
        self.requantized: dict[int, Range] = {}
        for tensor in dict.fromkeys(port.tensor for port in self.graph.outputs):
            if tensor not in makers or tensor in self.fixed:
                continue
            span = span_of(tensor)
            scaling = scaling_of_output(self.graph, tensor, dtype, span_of, ranges.narrow_features.get(tensor), room)
            scalings.update(scaling)
            is_free = not scaling and not makers[tensor].op.shares and makers[tensor].op.span is None
            if is_free and dtype == "int8" and is_far_from_zero(*span, dtype, FINER_BY_REQUANTIZING):
                self.requantized[tensor] = span
        return scalings

    def _shares(self, ranges: Ranges) -> dict[int, Range]:
        """Ranges of shares and probabilities in 8 bits: with headroom too, but at most 1."""
        roomy: dict[int, Range] = {}
        for node in self.graph.nodes:
            if node.op.shares:
                high = ranges.tensors[node.outputs[0]][1]
                roomy[node.outputs[0]] = (0.0, high + (ROOM - 1) * min(high, 1 - high))
        return roomy

    def numeric_of(self, node: Node) -> Numeric:
        """The layer's numeric type; int16 before a layer that needs it."""
        readers = [RULES.get(type(reader.op)) for tensor in node.outputs for reader in self.consumers[tensor]]
        deep = any(entry is not None and entry.deep for entry in readers)
        return self.keep.get(node.layer, NUMERICS["int16"] if deep else self.numeric)

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
            inputs=[node.op.raw.get(k, self._format_of(t, entry.long)) for k, t in enumerate(node.inputs)],
            ranges=[self.range[t] for t in node.inputs],
            outputs=[self.range[t] for t in node.outputs],
            wide=[self._wide(t) for t in node.outputs],
            inner=self.inner.get(node.name, self.unseen.get(node.name, {})),
            cores=[self.graph.core(node, t) for t in node.inputs],
            narrow=([self.narrow[t] for t in node.inputs], [self.narrow[t] for t in node.outputs]),
            narrow_inner=self.narrow_inner.get(node.name, {}),
            moments=self._moments(node),
        )
        try:
            op, formats = self._side_by_side(node, task) or entry.rule(self._op(node), task)
            inputs = tuple(self._in_format(t, form, node) for t, form in zip(node.inputs, task.inputs, strict=True))
        except OverflowError as error:
            raise task.refuse(f"its values are too large beside each other for 16-bit multipliers: {error}") from error
        for tensor, form in zip(node.outputs, formats, strict=True):
            self._give(tensor, form)
        self.nodes.append(replace(node, op=op, inputs=inputs))

    def _format_of(self, tensor: int, long: bool) -> Format:
        """The format of a rule's input; powers of 31 bits get fewer bits unless the rule takes them."""
        form = self.format[tensor]
        return self._covering(tensor, self._dtype(tensor)) if form.long and not long else form

    def _side_by_side(self, node: Node, task: Task) -> tuple[Op, Sequence[Format]] | None:
        """A concatenation of branches that keep their scales; None for any other node."""
        tensor = node.outputs[0]
        if tensor not in self.levelled:
            return None
        dtype = self._dtype(tensor)
        forms = [task.input_format(k, dtype) for k in range(len(task.inputs))]
        scalings = side_by_side(self.graph, node, forms)
        if not scalings:  # zeros must stay zeros
            task.inputs[:] = [covering(*self.range[t], dtype, symmetric=True) for t in node.inputs]
            scalings = side_by_side(self.graph, node, task.inputs)
        self.scaling.update(scalings)
        for ranges in (self.range, self.narrow):
            ranges.update({ident: scaling.span for ident, scaling in scalings.items()})
        return node.op, [self.scaling[tensor].form]

    def _op(self, node: Node) -> Op:
        """The float op for the scaled values of its input and output."""
        op, source, result = node.op, self.scaling.get(node.inputs[0]), self.scaling.get(node.outputs[0])
        if op.moves or op.marker is not None:
            return op
        op = op if source is None else source.fed(op) or op
        return result.giving(op) or op if isinstance(result, OutputScaling) else op

    def _moments(self, node: Node) -> Mapping[str, Moments]:
        """The moments of its matrices' inputs, with the op's input scaled."""
        moments = self.moments.get(node.name, {})
        scaling = self.scaling.get(node.inputs[0])
        if scaling is None or "kernel" not in moments:
            return moments
        return {**moments, "kernel": moments["kernel"].fed(scaling.gain, scaling.offset)}

    def _feature_ranges(self, ranges: Ranges) -> dict[int, Sequence[Range]]:
        """Ranges of the features of inputs; for int8 those that 8 bits should cover."""
        narrow, inputs = ranges.narrow_features, {port.tensor for port in self.graph.inputs}
        return {
            tensor: narrow.get(tensor, spans) if self._dtype(tensor) == "int8" else spans
            for tensor, spans in ranges.features.items()
            if tensor not in self.fixed and tensor in inputs
        }

    def _give(self, tensor: int, form: Format) -> None:
        self.format[tensor] = form
        value_format = self.scaling[tensor].format_of_values(form) if tensor in self.scaling else form
        self.tensors[tensor] = replace(self.tensors[tensor], format=value_format)

    def _in_format(self, tensor: int, form: Format, reader: Node) -> int:
        """The tensor in a format; requantized, once for all readers, if it has another."""
        present = self.format[tensor]
        if present == form or (form.raw and present.whole and present.dtype == form.dtype):
            return tensor
        if form.raw and present.whole and (present.dtype, form.dtype) == ("int8", "int16"):
            return self._in_format(tensor, replace(form, raw=False), reader)
        if present.raw or form.raw or FLOAT in (present, form):
            raise UnsupportedError(
                f'layer "{reader.layer}": what it reads as a mask or as indices is computed by another layer',
                fix="use float32 or float32w8 for this model",
            )
        if (tensor, form) not in self.changed:
            self.changed[tensor, form] = self._requantized(tensor, requantize(present, form), form, reader)
        return self.changed[tensor, form]

    def _requantized(self, tensor: int, op: Requantize, form: Format, reader: Node) -> int:
        """Add a node that requantizes a tensor; returns the new tensor."""
        source, ident = self.tensors[tensor], len(self.tensors)
        self.tensors.append(Tensor(ident, f"{source.name}_{form.dtype}", source.shape, form))
        maker = next((n for n in self.graph.nodes if tensor in n.outputs), reader)
        lead = 1 if len(source.shape) > 1 else 0
        self.nodes.append(Node(f"{maker.name}_to_{form.dtype}_{ident}", maker.layer, op, (tensor,), (ident,), lead))
        self.format[ident] = form
        return ident

    def _port(self, tensor: int) -> int:
        """A model output in the numeric type's integers; booleans and counts are plain integers in every type."""
        form = self.format[tensor]
        reader = Node("output", "output", Copy(), (tensor,), ())
        if tensor in self.requantized and form.dtype == "int16":
            op, result = away(form, *self.requantized[tensor])
            return self._requantized(tensor, op, result, reader)
        if form.dtype == self.numeric.dtype.name or form.raw or form.whole:
            return tensor
        ident = self._in_format(tensor, self._covering(tensor, self.numeric.dtype.name), reader)
        if tensor in self.scaling:
            value_format = self.scaling[tensor].format_of_values(self.format[ident])
            self.tensors[ident] = replace(self.tensors[ident], format=value_format)
        return ident

    def _input(self, tensor: int) -> Format:
        return self.scaling[tensor].form if tensor in self.scaling else self._covering(tensor, self._dtype(tensor))

    def _dtype(self, tensor: int) -> str:
        """The integer type that the readers of a tensor prefer."""
        return "int16" if self._wide(tensor) else self.numeric.dtype.name

    def _covering(self, tensor: int, dtype: str) -> Format:
        return covering(*(self.narrow if dtype == "int8" else self.range)[tensor], dtype)

    def _wide(self, tensor: int) -> bool:
        """Whether a reader prefers 16 bits; the readers of an op that only moves values count in its place."""
        readers = self.consumers[tensor]
        if any(port.tensor == tensor for port in self.graph.outputs):
            return self.numeric.dtype.name == "int16" or tensor in self.requantized
        return any(self._asks(node) for node in readers)

    def _asks(self, node: Node) -> bool:
        if node.op.moves or node.op.marker is not None:
            return any(self._wide(t) for t in node.outputs)
        if node.op.in_place and any(t in self.requantized for t in node.outputs):
            return True
        entry = RULES.get(type(node.op))
        if entry is None or self.numeric_of(node).dtype.name == "int16":
            return entry is not None
        return entry.wide or entry.asks(node.op, self.range[node.inputs[0]], self.range[node.outputs[0]])

    def _fixed(self) -> dict[int, Format]:
        """The formats of tensors of indices or masks, back to where they are computed."""
        fixed: dict[int, Format] = {}
        for node in reversed(self.graph.nodes):
            forms = list(node.op.raw.items())
            if node.outputs[0] in fixed:
                forms += [(position, fixed[node.outputs[0]]) for position in node.op.alike(len(node.inputs))]
            for position, form in forms:
                tensor = node.inputs[position]
                if tensor not in fixed or fixed[tensor].size < form.size:
                    fixed[tensor] = form
        return fixed

    def _widen(self) -> None:
        """Widen ranges to cover the mask value, back to where it comes from. If the value only marks steps, a range
        leaves just some integers at an end for it, beyond the calibrated values."""
        marks = markers(self.graph)
        mask_values: dict[int, float] = {}
        for node in reversed(self.graph.nodes):
            if node.op.marker is not None:
                mask_values[node.inputs[0]] = node.op.marker
            if node.op.moves and node.outputs[0] in mask_values:
                mask_values.setdefault(node.inputs[0], mask_values[node.outputs[0]])
        for tensor, value in mask_values.items():
            for ranges in (self.range, self.narrow):
                low, high = ranges[tensor]
                room = (max(high, 0.0) - min(low, 0.0)) * MARKER_GAP if tensor in marks else inf
                ranges[tensor] = min(low, max(value, low - room)), max(high, min(value, high + room))

    def _take_spans_of_file(self) -> None:
        """Take the ranges that the file gives, also for the tensors that are brought into them and have no other
        reader."""
        ports, makers = {port.tensor for port in self.graph.outputs}, self.graph.producer()
        for node in reversed(self.graph.nodes):
            span, reader = node.op.span, node
            if span is None:
                continue
            self.range[node.outputs[0]] = self.narrow[node.outputs[0]] = span
            while len(self.consumers[reader.inputs[0]]) == 1 and reader.inputs[0] not in ports:
                tensor = reader.inputs[0]
                self.range[tensor] = self.narrow[tensor] = span
                if tensor not in makers or not makers[tensor].op.moves:
                    break
                reader = makers[tensor]

    def _unite(self) -> None:
        """Give concatenated tensors one range if theirs differ by at most the factor `UNITED`."""
        for node in reversed(self.graph.nodes):
            if node.op.united:
                spans = [self.range[t] for t in node.inputs]
                sizes = [max(-low, high) for low, high in spans]
                if max(sizes) <= UNITED * min(sizes):
                    union = (min(low for low, _ in spans), max(high for _, high in spans))
                    for tensor in (*node.inputs, *node.outputs):
                        self.range[tensor] = self.narrow[tensor] = union
