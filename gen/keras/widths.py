"""The last axis of every tensor, as far as the layers alone tell it: what a kernel's rows are checked against."""

from __future__ import annotations

from dataclasses import dataclass, field

from .allowed import MERGE_CLASSES
from .spec import Call, LayerSpec, ModelSpec, Ref

SAME = ("Identity", "Masking", "BatchNormalization", "LayerNormalization", "PReLU", "RepeatVector")
"""Classes whose output is as wide as their input. A Normalization or Rescaling may widen by broadcasting."""


@dataclass
class Widths:
    """Widths of the tensors of one model."""

    known: dict[Ref, int | None] = field(default_factory=dict)

    def of(self, ref: Ref) -> int | None:
        """Length of the last axis, None where it is not known."""
        return self.known.get(ref)

    def add_input(self, name: str, spec: LayerSpec) -> None:
        """An InputLayer."""
        shape = spec.config["shape"]
        self.known[Ref(name)] = shape[-1] if shape else None

    def add(self, call: Call, spec: LayerSpec | ModelSpec) -> None:
        """What a layer gives in this use."""
        given = [self.of(ref) for ref in call.inputs]
        if isinstance(spec, ModelSpec):
            inner = Widths()
            for ref, width in zip(spec.inputs, given, strict=True):
                inner.known[ref] = width
            for use in spec.calls:
                inner.add(use, spec.layers[use.layer])
            for index, ref in enumerate(spec.outputs):
                self.known[Ref(call.layer, call.call, index)] = inner.of(ref)
            return
        self.known[Ref(call.layer, call.call)] = _width(spec, given)
        if spec.class_name in ("LSTM", "GRU", "SimpleRNN"):
            for index in (1, 2):
                self.known[Ref(call.layer, call.call, index)] = spec.config["units"]


def _width(spec: LayerSpec, given: list[int | None]) -> int | None:
    name, first = spec.class_name, given[0]
    if name in ("LSTM", "GRU", "SimpleRNN", "Dense"):
        return int(spec.config["units"])
    if name == "Embedding":
        return int(spec.config["output_dim"])
    if name == "Activation":
        return None if spec.config["activation"].name == "glu" else first
    if name in SAME:
        return first
    if name in ("StackedRNN", "TimeDistributed"):
        inner = spec.inner[-1]
        return _width(inner, given) if isinstance(inner, LayerSpec) else None
    if name == "Bidirectional":
        halves = [_width(half, given) for half in spec.inner if isinstance(half, LayerSpec)]
        wide = [width for width in halves if width is not None]
        return sum(wide) if spec.config["merge_mode"] == "concat" else wide[0]
    if name == "Concatenate":
        wide = [width for width in given if width is not None]
        return sum(wide) if spec.config["axis"] == -1 and len(wide) == len(given) else None
    if name in MERGE_CLASSES and name != "Dot":
        return first if len(set(given)) == 1 else None
    return None
