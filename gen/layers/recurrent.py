"""Base of LSTM, GRU and SimpleRNN: the scan over time, masks, states."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..core.formats import FLOAT, MASK, Format
from ..core.functions import Function, watched
from ..core.graph import Array, Op, Shape
from ..core.op import Carry, Inside, State, States, Walk
from .base import fed


class Scan(Op):
    """A cell carried over time. Core input: (time, ...); optional mask (time,) and initial states.

    Outputs: the output at every step (time, *shape), the last output, and each final state, of the same shape.
    A masked step leaves the states unchanged. ``masked_output`` names its output: the hidden ``state``, the
    ``previous`` output (zero before the first unmasked step) or ``zero``.
    """

    memories: ClassVar[Mapping[str, str]]
    """Descriptions of its states, by name; the first state is the output."""
    sums: ClassVar[frozenset[str]] = frozenset()
    """Names of the states that steps add to."""
    matrices: ClassVar[tuple[str, ...]] = ()
    """Names of the matrices whose vectors :meth:`observe` reports: that of the inputs, then that of the first state."""

    stateful: bool
    masked: bool
    initial: bool
    masked_output: str

    @property
    @abstractmethod
    def state_shape(self) -> tuple[int, ...]:
        """The shape of each state."""

    @abstractmethod
    def cell(self, x: Array, states: States) -> States:
        """One step on (samples, ...); the first new state is the output."""

    @property
    def state_formats(self) -> tuple[Format, ...]:
        """The formats of the states, in their order."""
        return (FLOAT,) * len(self.memories)

    @property
    def carry(self) -> Carry:
        pairs = zip(self.memories.items(), self.state_formats, strict=True)
        states = tuple(State(name, self.state_shape, note, form, name in self.sums) for (name, note), form in pairs)
        needs_output = self.masked and self.masked_output != "state"  # the last one, in addition to the states
        output = State("y", self.state_shape, "last output", states[0].format) if needs_output else None
        first = 2 if self.masked else 1
        return Carry(
            states,
            mask=1 if self.masked else None,
            masked_output=self.masked_output,
            output=output,
            initial=tuple(range(first, first + len(states))) if self.initial else (),
            finals=(output or states[0], *states),
            stateful=self.stateful,
        )

    @property
    def walk(self) -> Walk:
        return Walk(inputs=(0, 1) if self.masked else (0,))

    @property
    def raw(self) -> Mapping[int, Format]:
        return {1: MASK} if self.masked else {}

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        shape = self.state_shape
        return ((inputs[0][0], *shape), shape, *(shape for _ in self.memories))

    def split(self, inputs: Sequence[Array]) -> tuple[Array, Array | None, States | None]:
        """Inputs of the node by role: sequence, mask, initial states."""
        first = 2 if self.masked else 1
        return inputs[0], inputs[1] if self.masked else None, tuple(inputs[first:]) if self.initial else None

    def zero(self, x: Array) -> States:
        return tuple(np.zeros((len(x), *self.state_shape), x.dtype) for _ in self.memories)

    def steps(self, x: Array, mask: Array | None, states: States) -> Iterator[tuple[Array, States]]:
        """For x (samples, time, ...) the output of each step, and the states after it."""
        output = np.zeros((len(x), *self.state_shape), x.dtype)
        for t in range(x.shape[1]):
            new = self.cell(x[:, t], states)
            if mask is None:
                states, output = new, new[0]
            else:
                keep = mask[:, t, None] != 0
                masked = {"state": states[0], "previous": output, "zero": np.zeros_like(output)}[self.masked_output]
                output = np.where(keep, new[0], masked)
                states = tuple(np.where(keep, a, b) for a, b in zip(new, states, strict=True))
            yield output, states

    def run(self, inputs: Sequence[Array], carried: States = ()) -> tuple[tuple[Array, ...], States]:
        x, mask, initial = self.split(inputs)
        outputs, states = zip(*self.steps(x, mask, initial or carried or self.zero(x)), strict=True)
        return (np.stack(outputs, axis=1), outputs[-1], *states[-1]), states[-1] if self.stateful else ()

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return self.run(inputs)[0]

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        x, mask, initial = self.split(inputs)
        start = initial or carried or self.zero(x)
        outputs, states = zip(*watched(self, inside.value).steps(x, mask, start), strict=True)
        histories = [np.stack(values, axis=1) for values in zip(start, *states, strict=True)]
        for name, vectors in zip(self.matrices, (x, histories[0][:, :-1]), strict=False):
            inside.vectors(name, vectors)
        for name, values in zip(self.memories, histories, strict=True):
            inside.state(name, values)
        return (np.stack(outputs, axis=1), outputs[-1], *states[-1]), states[-1] if self.stateful else ()


@dataclass(frozen=True, eq=False)
class Recurrent(Scan):
    """A :class:`Scan` with matrices: core input (time, inputs), states (units,)."""

    stored: ClassVar[Mapping[str, int]] = {"kernel": 0, "recurrent": 0}
    matrices: ClassVar[tuple[str, ...]] = ("kernel", "recurrent")
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

    @property
    def functions(self) -> dict[str, Function]:
        """Activations by the letter of the gates they serve."""
        return {}

    @property
    def state_shape(self) -> tuple[int, ...]:
        return (self.units,)

    @property
    def read(self) -> Array | None:
        return self.kernel

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        kernel, bias = fed(self.kernel, self.bias, gain, offset)
        return replace(self, kernel=kernel, bias=bias)

    def function_key(self) -> str:
        """The key without masks and initial states: the loop around the function treats these."""
        return replace(self, stateful=False, masked=False, initial=False, masked_output="state").key()

    def macs(self, *inputs: Shape) -> int:
        return len(self.gates) * self.units * (self.inputs + self.units)
