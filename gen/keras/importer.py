"""ModelSpec -> Graph: follows the wiring and asks the layers, by class name, for nodes."""

from __future__ import annotations

from collections.abc import Sequence

from .. import layers as _layers  # noqa: F401  (registers the readers)
from ..errors import GatesmithError, UnsupportedError
from ..graph import Graph, Port, Shape
from ..layers.base import READERS, Builder, Rules, Value
from ..layers.reshape import Reshape
from .spec import LayerSpec, ModelSpec, Reading, Ref

RULES = {
    "Keras 3": Rules(masks_meet="or", masked_output="previous", merges_mind_masks=True, mask_beside_state=False),
    "tf.keras 2": Rules(masks_meet="and", masked_output="previous"),
}
MULTI_BACKEND = Rules(masks_meet="and", masked_output="state")


def build(reading: Reading, shapes: Sequence[Shape] | None = None) -> Graph:
    """The graph of a model that was read.

    Args:
        reading: the model.
        shapes: input shapes to build for instead of the file's, where data has sequences of its own length.

    Raises:
        UnsupportedError: a layer, or a use of it, that has no translation.
        ModelError: shapes or options that contradict each other.
    """
    importer = Importer(RULES.get(reading.source.generation, MULTI_BACKEND), reading.source.path)
    return importer.model(reading.model, shapes)


class Importer:
    """Follows one model; pages derive from it to see each layer's shapes and masks go by."""

    def __init__(self, rules: Rules, path: str) -> None:
        self.builder = Builder(rules, self.use)
        self.path = path
        self.prefix = ""

    def model(self, model: ModelSpec, shapes: Sequence[Shape] | None) -> Graph:
        builder = self.builder
        inputs, values = [], []
        for index, ref in enumerate(model.inputs):
            layer = model.layers[ref.layer]
            assert isinstance(layer, LayerSpec)
            with builder.layer(layer.name):
                ident = builder.tensor(layer.name, shapes[index] if shapes else tuple(layer.config["shape"]))
            inputs.append(Port(layer.name, ident))
            values.append(Value(ident))
        results = self.inline(model, values)
        outputs = tuple(Port(ref.layer, value.tensor) for ref, value in zip(model.outputs, results, strict=True))
        graph = Graph(model.name, tuple(builder.tensors), tuple(builder.nodes), tuple(inputs), outputs)
        return graph.pruned().check()

    def inline(self, model: ModelSpec, inputs: Sequence[Value]) -> list[Value]:
        """The nodes of a model on given inputs; its outputs."""
        known: dict[Ref, Value] = dict(zip(model.inputs, inputs, strict=True))
        for call in model.calls:
            spec = model.layers[call.layer]
            if isinstance(spec, LayerSpec) and spec.class_name == "InputLayer":
                continue
            feeds = [known[ref] for ref in call.inputs]
            if call.mask is not None:
                feeds = [Value(feeds[0].tensor, self._mask(call.layer, feeds[0], known[call.mask]))]
            unseen = None
            if call.initial_state and call.mask is None and not (call.own_mask or self.builder.rules.mask_beside_state):
                unseen, feeds = feeds[0].mask, [Value(feeds[0].tensor)]
            results = self.use(spec, feeds, [known[ref] for ref in call.initial_state])
            if unseen is not None:
                results = _handed_on(spec, results, unseen)
            known |= {Ref(call.layer, call.call, index): value for index, value in enumerate(results)}
        return [known[ref] for ref in model.outputs]

    def _mask(self, layer: str, value: Value, mask: Value) -> int:
        """A mask that the model was built with, as (time,)."""
        builder = self.builder
        with builder.layer(self.prefix + layer):
            shape, steps = builder.shape(mask), builder.shape(value)[:1]
            if shape == steps:
                return mask.tensor
            if shape == (*steps, 1):
                return builder.add(Reshape(()), [mask.tensor], lead=1, suffix="_mask")[0]
            raise builder.refuse(f"is given a mask of shape {shape} for an input of shape {builder.shape(value)}")

    def use(self, spec: LayerSpec | ModelSpec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
        """One use of a layer or of a nested model."""
        if isinstance(spec, ModelSpec):
            outer, self.prefix = self.prefix, f"{self.prefix}{spec.name}/"
            results = self.inline(spec, inputs)
            self.prefix = outer
            return results
        reader = READERS.get(spec.class_name)
        with self.builder.layer(self.prefix + spec.name):
            if reader is None:
                raise UnsupportedError(f'layer "{spec.name}": {spec.file_class} is not translated', where=self.path)
            try:
                return reader(self.builder, spec, inputs, initial)
            except GatesmithError as error:
                error.where = error.where or self.path
                raise


def _handed_on(spec: LayerSpec | ModelSpec, results: list[Value], mask: int) -> list[Value]:
    """A recurrent layer's outputs with a mask that it did not look at."""
    if isinstance(spec, ModelSpec) or not spec.config["return_sequences"]:
        return results
    sequences = 2 if spec.config.get("merge_mode", "") is None else 1
    return [Value(value.tensor, mask if index < sequences else None) for index, value in enumerate(results)]
