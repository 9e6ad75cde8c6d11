"""ModelSpec -> Graph: follows the wiring and asks the layers, by class name, for nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...core.errors import GatesmithError, ModelError, UnsupportedError
from ...core.graph import Graph, Node, Port, Shape
from ...core.limits import MAX_NODES
from ...layers.reshape import Reshape
from .dialect.config import refuse_unread
from .dialect.generations import Rules, rules
from .dialect.ledger import unread
from .dialect.spec import Call, LayerSpec, ModelSpec, Reading, Ref
from .layers.base import READERS, Builder, Value, no_complex
from .layers.narrow import type_of
from .removed_masks import RemovedMasks


def build(reading: Reading, shapes: Sequence[Shape] | None = None) -> Graph:
    """The graph of a model that was read.

    Args:
        reading: the model.
        shapes: input shapes to build for instead of the file's, if the data's sequences have other lengths.

    Raises:
        UnsupportedError: a layer, or a use of it, that has no translation.
        ModelError: shapes or options that contradict each other.
    """
    importer = Importer(rules(reading.writer), reading.source.path)
    graph = importer.model(reading.model, shapes)
    shares = any(node.op.shares for node in graph.nodes for port in graph.outputs if port.tensor in node.outputs)
    return replace(graph, logits=reading.logits and not shares)


class Importer:
    """Builds one model's graph; pages derive from it to record each layer's shapes and masks."""

    def __init__(self, rules: Rules, path: str) -> None:
        self.builder = Builder(rules, self.use)
        self.path = path
        self.prefix = ""
        self.layer_uses = 0
        self.stateful: set[int] = set()
        """Ids of the specs of stateful layers that were used."""
        self.unsure: set[int] = set()
        """Tensors whose masks Keras may have removed when it runs the model."""

    def model(self, model: ModelSpec, shapes: Sequence[Shape] | None) -> Graph:
        """The graph of a model; errors raised inside without a location get the model's path."""
        self.builder.bounded = shapes is None
        try:
            values = [self._input(model, index, shapes) for index in range(len(model.inputs))]
            self.builder.hold_ports(values)
            results = self.inline(model, values)
            self.builder.hold_ports(results)
            for ref, value in zip(model.outputs, results, strict=True):
                with self.builder.layer(ref.layer):
                    no_complex(self.builder, [value])
        except GatesmithError as error:
            error.where = error.where or self.path
            raise
        inputs = _ports(model.input_keys or [ref.layer for ref in model.inputs], values)
        outputs = _ports(model.output_keys or [ref.layer for ref in model.outputs], results)
        graph = Graph(model.name, tuple(self.builder.tensors), tuple(self.builder.nodes), inputs, outputs)
        return graph.pruned().check()

    def _input(self, model: ModelSpec, index: int, shapes: Sequence[Shape] | None) -> Value:
        """The tensor of an input, and its type in Keras."""
        layer, builder = model.layers[model.inputs[index].layer], self.builder
        assert isinstance(layer, LayerSpec)
        with builder.layer(layer.name):
            ident = builder.tensor(layer.name, shapes[index] if shapes else tuple(layer.config["shape"]))
        if kind := type_of(str(layer.config.get("dtype", ""))):
            builder.types[ident] = kind
        return Value(ident)

    def inline(self, model: ModelSpec, inputs: Sequence[Value]) -> list[Value]:
        """Adds a model's nodes on these inputs, and returns its outputs."""
        outputs = _Outputs(zip(model.inputs, inputs, strict=True))
        removed = RemovedMasks(self.builder, self.unsure)
        for call in model.calls:
            spec = model.layers[call.layer]
            if isinstance(spec, LayerSpec) and spec.class_name == "InputLayer":
                continue
            with self.builder.layer(self.prefix + call.layer):
                results = self._called(call, spec, outputs, removed)
            outputs.update({Ref(call.layer, call.call, index): value for index, value in enumerate(results)})
        return [outputs[ref] for ref in model.outputs]

    def _called(self, call: Call, spec: LayerSpec | ModelSpec, outputs: _Outputs, removed: RemovedMasks) -> list[Value]:
        """The outputs of one call, with the masks that reach it and those that its outputs carry on."""
        builder, feeds = self.builder, [outputs[ref] for ref in call.inputs]
        if call.mask is not None:
            feeds = [Value(feeds[0].tensor, self._mask(feeds[0], outputs[call.mask]))]
        elif call.must_carry and all(value.mask is None for value in feeds):
            raise builder.refuse(
                "is given by hand the mask of an input whose mask ended on the way",
                fix="leave the mask out, or compute it by operations of the model's own",
            )
        unseen = None
        if call.initial_state and call.mask is None and not (call.mask_of_input or builder.rules.mask_beside_state):
            unseen, feeds = feeds[0].mask, [Value(feeds[0].tensor)]
        first, builder.turn = len(builder.nodes), call.call
        results = self.use(spec, feeds, [outputs[ref] for ref in call.initial_state])
        if isinstance(spec, LayerSpec):
            self._check_states(spec, builder.nodes[first:])
        if unseen is not None:
            results = _with_mask(spec, results, unseen)
        removed.record(call, spec, feeds, results)
        return results

    def _check_states(self, spec: LayerSpec, nodes: Sequence[Node]) -> None:
        """Refuses a second use of a stateful layer: in Keras it starts from the states that the first use left."""
        carries = [carry for node in nodes if (carry := node.op.carry) is not None]
        if not any(carry.stateful for carry in carries):
            return
        if id(spec) in self.stateful:
            raise self.builder.refuse(
                "is stateful and used more than once: each use goes on from the states of the one before",
                fix="build a layer for each use, or build it with stateful=False",
            )
        self.stateful.add(id(spec))

    def _mask(self, value: Value, mask: Value) -> int:
        """A mask that the model was built with, as (time,)."""
        builder = self.builder
        shape, steps = builder.shape(mask), builder.shape(value)[:1]
        if shape == steps:
            return mask.tensor
        if shape == (*steps, 1):
            return builder.add(Reshape(()), [mask.tensor], lead=1, suffix="_mask")[0]
        raise builder.refuse(f"is given a mask of shape {shape} for an input of shape {builder.shape(value)}")

    def use(self, spec: LayerSpec | ModelSpec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
        """One use of a layer or of a nested model. Nested models that use each other again and again have too many."""
        self.layer_uses += 1
        if self.layer_uses > MAX_NODES:
            raise UnsupportedError(
                f"the model uses more than {MAX_NODES:,} layers; those of nested models count at each use",
                fix="build the model without so many repeated nested models",
            )
        if isinstance(spec, ModelSpec):
            outer, self.prefix = self.prefix, f"{self.prefix}{spec.name}/"
            results = self.inline(spec, inputs)
            self.prefix = outer
            return results
        reader = READERS.get(spec.class_name)
        with self.builder.layer(self.prefix + spec.name):
            if reader is None:
                raise UnsupportedError(f'layer "{spec.name}": {spec.file_class} is not translated')
            if "operator" not in spec.config:
                no_complex(self.builder, [*inputs, *initial])
            results = reader(self.builder, spec, inputs, initial)
            refuse_unread(unread(spec.config), lambda what, why, fix: self.builder.refuse(what, fix))
            return results


class _Outputs(dict[Ref, Value]):
    """The outputs of a model's layers so far."""

    def __missing__(self, ref: Ref) -> Value:
        count = sum((one.layer, one.call) == (ref.layer, ref.call) for one in self)
        raise ModelError(f'output {ref.output} of layer "{ref.layer}" is used, and it has {count}')


def _ports(names: Sequence[str], values: Sequence[Value]) -> tuple[Port, ...]:
    return tuple(Port(name, value.tensor) for name, value in zip(names, values, strict=True))


def _with_mask(spec: LayerSpec | ModelSpec, results: list[Value], mask: int) -> list[Value]:
    """A recurrent layer's outputs with a mask that the layer ignored."""
    if isinstance(spec, ModelSpec) or not spec.config["return_sequences"]:
        return results
    sequences = 2 if spec.config.get("merge_mode", "") is None else 1
    return [Value(value.tensor, mask if index < sequences else None) for index, value in enumerate(results)]
