"""What every layer file builds on: how a Keras layer is read into nodes.

A layer file defines an :class:`~gatesmith.graph.Op` (shape, state, meaning in NumPy) and a reader that turns the
canonical description of a Keras layer into nodes. Readers register by canonical class name; the importer finds them
here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, UnsupportedError
from ..graph import LIMIT, Array, Node, Op, Shape, Tensor

FloatArray = npt.NDArray[np.float32]


class Spec(Protocol):
    """The canonical description of a layer, as the Keras room gives it (Keras 3 names, every option explicit)."""

    @property
    def name(self) -> str: ...
    @property
    def class_name(self) -> str: ...
    @property
    def config(self) -> Mapping[str, Any]: ...
    @property
    def weights(self) -> Mapping[str, FloatArray]: ...
    @property
    def inner(self) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Value:
    """A tensor and, if one travels with it, its mask of 0 and 1: (time,), or as many of the tensor's first axes as the
    layer that made it looked at."""

    tensor: int
    mask: int | None = None


@dataclass(frozen=True)
class Rules:
    """Where generations of Keras differ in what layers do together."""

    masks_meet: str = "or"
    """How merge layers combine masks: ``or`` (Keras 3; none if one is missing) or ``and`` (before)."""
    masked_output: str = "previous"
    """What a recurrent layer emits at a masked step: the ``previous`` output, zero before the first (tf.keras, Keras
    3), or the hidden ``state`` (multi-backend Keras)."""
    merges_mind_masks: bool = False
    """Whether Multiply, Maximum and Minimum leave masked steps of an input out (Keras 3)."""
    mask_beside_state: bool = True
    """Whether a mask reaches a recurrent layer that is called with an initial state. In Keras 3 it does not, unless
    passed by hand: ``Layer.__call__`` fills in ``mask`` only where there is one tensor argument. It is handed on to
    the output all the same."""


Reader = Callable[["Builder", Spec, Sequence[Value], Sequence[Value]], list[Value]]
READERS: dict[str, Reader] = {}


def reads(*class_names: str) -> Callable[[Reader], Reader]:
    """Register the reader of canonical class names: ``reader(builder, spec, inputs, initial_state) -> outputs``."""

    def register(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(class_names, reader))
        return reader

    return register


class Builder:
    """Collects nodes. Inside :meth:`deeper` (TimeDistributed), readers see tensors without their outermost axes."""

    def __init__(self, rules: Rules, call: Callable[[Any, Sequence[Value], Sequence[Value]], list[Value]]) -> None:
        self.rules = rules
        self.tensors: list[Tensor] = []
        self.nodes: list[Node] = []
        self.depth = 0
        self._names: set[str] = set()
        self._layer = ""
        self._call = call

    def tensor(self, name: str, shape: Shape) -> int:
        """A new tensor with its full shape.

        Raises:
            ModelError: it would be larger than generated code can index.
        """
        total = 1
        for axis in shape:
            total *= 1 if axis is None else axis
        if total > LIMIT or any(axis is not None and axis < 1 for axis in shape):
            raise ModelError(
                f'layer "{self._layer}" makes a tensor of shape {shape}, which cannot be',
                why=f"axes must be at least 1 and a tensor may hold {LIMIT} values",
            )
        self.tensors.append(Tensor(len(self.tensors), name, shape))
        return len(self.tensors) - 1

    def shape(self, value: Value | int) -> Shape:
        """Shape as the layer being read sees it."""
        ident = value if isinstance(value, int) else value.tensor
        return self.tensors[ident].shape[self.depth :]

    def add(self, op: Op, inputs: Sequence[int], lead: int = 0, suffix: str = "") -> list[int]:
        """Add a node; ``lead`` counts axes as the layer sees them. Returns its output tensors."""
        lead += self.depth
        outer = self.tensors[inputs[0]].shape[:lead]
        cores = op.shapes(*(self.tensors[t].shape[lead:] for t in inputs))
        name = self._unique(self._layer + suffix)
        outputs = [self.tensor(name, outer + core) for core in cores]
        self.nodes.append(Node(name, self._layer, op, tuple(inputs), tuple(outputs), lead))
        return outputs

    def call(self, spec: Any, inputs: Sequence[Value], initial: Sequence[Value] = ()) -> list[Value]:
        """Use another layer or model (what a wrapper wraps)."""
        return self._call(spec, inputs, initial)

    @contextmanager
    def layer(self, name: str) -> Iterator[None]:
        """Nodes added inside carry this layer's name."""
        before, self._layer = self._layer, name
        try:
            yield
        finally:
            self._layer = before

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Inside, the outermost visible axis is mapped over."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def refuse(self, what: str, fix: str = "") -> UnsupportedError:
        """The error to raise when the layer being read asks for something untranslated."""
        return UnsupportedError(f'layer "{self._layer}": {what}', fix=fix)

    def broken(self, what: str) -> ModelError:
        """The error to raise when the layer being read contradicts itself."""
        return ModelError(f'layer "{self._layer}": {what}')

    def _unique(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self._names:
            number += 1
            candidate = f"{name}_{number}"
        self._names.add(candidate)
        return candidate


def only(builder: Builder, inputs: Sequence[Value]) -> Value:
    """The single input of a layer that takes one."""
    if len(inputs) != 1:
        raise builder.broken(f"takes one input and is given {len(inputs)}")
    return inputs[0]


def rows(x: Array) -> Array:
    """(samples, *core) flattened to (samples, elements)."""
    return x.reshape(len(x), -1)


def cast(weights: Array, like: Array) -> Array:
    """Weights in the float type of the computation."""
    return weights.astype(like.dtype, copy=False)
