"""What LSTM, GRU and SimpleRNN share: the scan over time, masks, states, and how Keras's options become nodes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..formats import FLOAT, Format
from ..functions import Function
from ..graph import Array, Op, Shape
from .base import Builder, Spec, Value, only
from .reverse import Reverse

States = tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class Recurrent(Op):
    """A cell carried over time. Core input: (time, inputs); optional mask (time,) and initial states (units,).

    Outputs: the output at every step (time, units), the last output (units,), and each final state (units,).
    A masked step holds the states; its output is as ``masked_output`` says: the hidden ``state``, the ``previous``
    output (zero before the first unmasked step) or ``zero``.
    """

    states: ClassVar[tuple[str, ...]]
    gates: ClassVar[str]

    units: int
    inputs: int
    kernel: Array
    recurrent: Array
    bias: Array | None
    stateful: bool
    masked: bool
    initial: bool
    masked_output: str

    @abstractmethod
    def cell(self, x: Array, states: States) -> States:
        """One step on (samples, inputs); the first new state is the output."""

    @property
    def functions(self) -> dict[str, Function]:
        """Activations by the letter of the gates they serve."""
        return {}

    @property
    def keeps_output(self) -> bool:
        """Whether the output needs a memory of its own beside the states."""
        return self.masked and self.masked_output != "state"

    @property
    def state_formats(self) -> tuple[Format, ...]:
        """How the states are stored, in their order."""
        return (FLOAT,) * len(self.states)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        time = inputs[0][0]
        return ((time, self.units), (self.units,), *((self.units,) for _ in self.states))

    def split(self, inputs: Sequence[Array]) -> tuple[Array, Array | None, States | None]:
        """Inputs of the node by role: sequence, mask, initial states."""
        rest = list(inputs[1:])
        mask = rest.pop(0) if self.masked else None
        return inputs[0], mask, tuple(rest) if self.initial else None

    def zero(self, x: Array) -> States:
        return tuple(np.zeros((len(x), self.units), x.dtype) for _ in self.states)

    def scan(self, x: Array, mask: Array | None, states: States) -> tuple[Array, Array, States]:
        """Run over (samples, time, inputs): the outputs, the last output, the final states."""
        output = np.zeros((len(x), self.units), x.dtype)
        outputs = np.zeros((len(x), x.shape[1], self.units), x.dtype)
        for t in range(x.shape[1]):
            new = self.cell(x[:, t], states)
            if mask is None:
                states, output = new, new[0]
            else:
                keep = mask[:, t, None] != 0
                held = {"state": states[0], "previous": output, "zero": np.zeros_like(output)}[self.masked_output]
                output = np.where(keep, new[0], held)
                states = tuple(np.where(keep, a, b) for a, b in zip(new, states, strict=True))
            outputs[:, t] = output
        return outputs, output, states

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x, mask, initial = self.split(inputs)
        outputs, last, states = self.scan(x, mask, initial or self.zero(x))
        return (outputs, last, *states)

    def macs(self, *inputs: Shape) -> int:
        del inputs
        return len(self.gates) * self.units * (self.inputs + self.units)


Make = Callable[[Mapping[str, Any]], Recurrent]
"""Builds the op from the fields that all cells share; the layer adds its own."""


def read_recurrent(
    builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value], make: Make
) -> list[Value]:
    """Keras's RNN layer around a cell: go_backwards, masks, states in and out, return_sequences, return_state."""
    value = only(builder, inputs)
    shape = builder.shape(value)
    if len(shape) != 2 or shape[1] is None:
        raise builder.broken(f"needs a (time, features) sequence and is given {shape}")
    if value.mask is not None and builder.shape(value.mask) != shape[:1]:
        raise builder.refuse(f"is given a mask of shape {builder.shape(value.mask)} for a sequence of shape {shape}")
    config = spec.config
    stateful = bool(config["stateful"])
    if stateful and builder.depth:
        raise builder.refuse("is stateful inside TimeDistributed", fix="build the wrapped layer with stateful=False")
    masked_output = masked_rule(builder, spec, stateful or bool(initial))
    op = make(
        {
            "units": config["units"],
            "inputs": shape[1],
            "kernel": spec.weights["kernel"],
            "recurrent": spec.weights["recurrent_kernel"],
            "bias": spec.weights.get("bias"),
            "stateful": stateful,
            "masked": value.mask is not None,
            "initial": bool(initial),
            "masked_output": masked_output,
        }
    )
    if initial and len(initial) != len(op.states):
        raise builder.broken(f"has {len(op.states)} states and is given {len(initial)} initial states")
    for given in initial:
        if builder.shape(given) != (op.units,):
            raise builder.broken(f"needs initial states of shape ({op.units},) and is given {builder.shape(given)}")
    sequence, mask = value.tensor, value.mask
    if config["go_backwards"]:
        sequence, mask = reverse(builder, sequence), None if mask is None else reverse(builder, mask)
    feeds = [sequence, *([] if mask is None else [mask]), *(v.tensor for v in initial)]
    outputs, last, *states = builder.add(op, feeds)
    out = Value(outputs, value.mask) if config["return_sequences"] else Value(last)
    return [out, *map(Value, states)] if config["return_state"] else [out]


def masked_rule(builder: Builder, spec: Spec, carried: bool) -> str:
    """What a masked step puts out. Before any state is carried in, the previous output is the hidden state."""
    if spec.config["zero_output_for_mask"]:
        return "zero"
    return "previous" if builder.rules.masked_output == "previous" and carried else "state"


def reverse(builder: Builder, tensor: int) -> int:
    """The tensor with its time axis turned round."""
    (turned,) = builder.add(Reverse(), [tensor], suffix="_reversed")
    return turned


def elementwise(builder: Builder, spec: Spec, name: str) -> Function:
    """A cell's activation, which must act on each unit alone."""
    found: Function = spec.config[name]
    if not found.elementwise:
        raise builder.refuse(f"{name} {found} mixes the units of a cell", fix="use an activation of single values")
    return found
