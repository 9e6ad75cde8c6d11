"""The last axis of every tensor, as far as the layers alone tell it: what a kernel's rows are checked against."""

from __future__ import annotations

from dataclasses import dataclass, field

from .kinds import KINDS, width_of
from .spec import Call, LayerSpec, ModelSpec, Ref


@dataclass
class Widths:
    """Widths of the tensors of one model."""

    known: dict[Ref, int | None] = field(default_factory=dict)
    models: dict[tuple[int, tuple[int | None, ...]], list[int | None]] = field(default_factory=dict)
    """What a nested model gives for inputs of some widths, by its ``id``: it is looked into once, not at each use."""

    def of(self, ref: Ref) -> int | None:
        """Length of the last axis, None where it is not known."""
        return self.known.get(ref)

    def add_input(self, name: str, spec: LayerSpec) -> None:
        """An InputLayer."""
        shape = spec.config["shape"]
        self.known[Ref(name)] = shape[-1] if shape else None

    def add(self, call: Call, spec: LayerSpec | ModelSpec) -> None:
        """What a layer gives in this use."""
        widths = [self.of(ref) for ref in call.inputs]
        if isinstance(spec, ModelSpec):
            for index, width in enumerate(self._inside(spec, tuple(widths))):
                self.known[Ref(call.layer, call.call, index)] = width
            return
        kind = KINDS[spec.class_name]
        self.known[Ref(call.layer, call.call)] = width_of(spec, widths)
        if kind.cell is not None:
            for index in range(1, kind.outputs(spec)):
                self.known[Ref(call.layer, call.call, index)] = spec.config["units"]

    def _inside(self, spec: ModelSpec, widths: tuple[int | None, ...]) -> list[int | None]:
        """Widths of a nested model's outputs."""
        key = (id(spec), widths)
        if key not in self.models:
            inner = Widths(dict(zip(spec.inputs, widths, strict=True)), self.models)
            for use in spec.calls:
                inner.add(use, spec.layers[use.layer])
            self.models[key] = [inner.of(ref) for ref in spec.outputs]
        return self.models[key]
