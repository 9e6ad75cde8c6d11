"""Ops: what a node computes, and the traits by which passes and backends tell one op from another.

No pass, numeric type or backend asks an op for its class. A trait that an op does not declare has the value of an op
that does nothing special: it sees its core as a whole, keeps nothing, and computes new values.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from math import prod
from typing import ClassVar, Protocol

import numpy as np

from .formats import FLOAT, Array, Format

Shape = tuple[int | None, ...]
States = tuple[Array, ...]
"""Values of an op's states, (samples, *shape) each, in the order of its states."""


@dataclass(frozen=True)
class State:
    """A value that an op keeps from step to step.

    Args:
        name: an identifier, the op's own: a member of the generated state.
        shape: of one sequence's.
        note: what it is, for readers of generated code.
        format: how it is stored.
        sums: whether steps add to it without a bound, so that integers leave room beyond what was seen.
    """

    name: str
    shape: tuple[int, ...]
    note: str
    format: Format = FLOAT
    sums: bool = False

    @property
    def size(self) -> int:
        """Values."""
        return prod(self.shape)


@dataclass(frozen=True)
class Scratch:
    """Working memory of one application: ``size`` values that hold nothing before it and nothing behind it."""

    size: int
    format: Format = FLOAT


@dataclass(frozen=True)
class Carry:
    """How an op of lead 0 is led through a sequence: its function computes one step, and states go from each to the
    next.

    Its first input is the sequence, its first output what each step puts out; the outputs behind that are values of
    states after the last step.

    Args:
        states: what the function is given, beside a step's input and output.
        mask: position of the input that says, by 0, which steps leave all states as they are; None without one.
        held: what such a step puts out: the first ``state``, the ``previous`` output (zero before the first), ``zero``.
        output: where the last output is kept, if no state is it.
        initial: positions of the inputs that the states start from, one a state; none where they start at zero.
        finals: the state whose last value each output from the second on is.
        stateful: whether the states last from one sequence to the next.
    """

    states: tuple[State, ...]
    mask: int | None = None
    held: str = "state"
    output: State | None = None
    initial: tuple[int, ...] = ()
    finals: tuple[State, ...] = ()
    stateful: bool = False

    @property
    def members(self) -> tuple[State, ...]:
        """All that lasts from step to step, the last output with it."""
        return self.states if self.output is None else (*self.states, self.output)


@dataclass(frozen=True)
class Walk:
    """How an op of lead 0 goes along time, the first axis of its core: output step t is made of the input steps
    ``t stride + k dilation - padding[0]``, with k from 0 to ``kernel - 1``, and of what the op carries.

    Args:
        inputs, outputs: positions of the tensors that it walks along; it sees all others as a whole. Without inputs the
            op itself fixes the number of steps.
        kernel: steps that an output step sees.
        stride: input steps from one output step to the next.
        dilation: input steps from one that is seen to the next.
        padding: steps of zeros before the first and behind the last.
    """

    inputs: tuple[int, ...] = (0,)
    outputs: tuple[int, ...] = (0,)
    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    padding: tuple[int, int] = (0, 0)

    @property
    def stepwise(self) -> bool:
        """Whether each output step is made of one input step, in the same order."""
        return self.kernel == 1 and self.stride == 1 and self.padding == (0, 0)


@dataclass(frozen=True)
class RowWalk:
    """How an op's function in C goes along the first axis of its core and of its first input: row j of the output is
    made of the input rows ``j stride + k dilation - left``, k from 0 to ``kernel - 1``, and rows are made in order.

    Args:
        call: how one row is made alone: by ``NAME_row``, from ``pointers`` to the input's rows; by ``NAME_frame``, from
            the input's ``frames``, which lie side by side (layers that take turns have the op's ``by_rows`` instead);
            or ``NAME_fold`` takes each input row as it comes, into the one row that there is. Empty where only all rows
            are made, by ``NAME_forward``.
        sums: how a fold keeps what it has taken, where the output's own values cannot.
    """

    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    left: int = 0
    call: str = ""
    sums: Format | None = None

    @property
    def folds(self) -> bool:
        return self.call == "fold"


class View(IntEnum):
    """How an op's output can be read where its first input lies, so that nothing is computed: the value is how many
    steps of the input each step of the output moves."""

    SAME = 1
    """The same values in the same order, whatever the shape: always a view."""
    REVERSED = -1
    """From the last step to the first: a view in a loop over the steps."""
    REPEATED = 0
    """The whole input again at every step: a view in a loop over the steps."""


class Inside(Protocol):
    """Is told what values occur inside an op while it runs."""

    def value(self, name: str, values: Array) -> None:
        """Any value, by a name that is the op's own."""

    def state(self, name: str, values: Array) -> None:
        """(samples, steps + 1, *shape) of a state, from what it starts at."""

    def vectors(self, name: str, values: Array) -> None:
        """(..., inputs): what a matrix is multiplied with, by its name."""


@dataclass(frozen=True, eq=False)
class Op(ABC):
    """What a node computes on its cores. Subclasses are frozen dataclasses whose fields are all that matters."""

    kind: ClassVar[str]

    view: ClassVar[View | None] = None
    """Where reading the first input elsewhere is as good as computing the output."""
    moves: ClassVar[bool] = False
    """Whether the output holds values of the first input, all as they are, so that both have one format."""
    united: ClassVar[bool] = False
    """Whether values of all inputs lie side by side in the output, so that they had better have one range."""
    in_place: ClassVar[bool] = False
    """Whether value k of the output depends on no value of an input of the output's size but value k, so that the
    output may be written over such an input."""

    stored: ClassVar[Mapping[str, int]] = {}
    """Weights that are kept as a numeric type stores matrices, by field: the axis that a row runs along, whose values
    may share a scale. All others are kept as they are."""

    @abstractmethod
    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Core shapes of the outputs from core shapes of the inputs."""

    @abstractmethod
    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        """The meaning in NumPy: each array is (samples, *core); computes in the inputs' float type."""

    def run(self, inputs: Sequence[Array], carried: States = ()) -> tuple[tuple[Array, ...], States]:
        """The same from states that an earlier run left: the outputs, and the states that the next run gets."""
        del carried
        return self.apply(*inputs), ()

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        """As :meth:`run`, telling ``inside`` the values whose ranges an integer form must know."""
        del inside
        return self.run(inputs, carried)

    def macs(self, *inputs: Shape) -> int:
        """Multiply-accumulates for one core (one time step where something is carried)."""
        del inputs
        return 0

    def then(self, reader: Op) -> Op | None:
        """The op that computes this and then ``reader`` on its output, if one op can."""
        del reader
        return None

    @property
    def read(self) -> Array | None:
        """(features, ...) of factors by which the output, or what it is a function of, follows each feature of the
        first input: each place along its last axis; None where :meth:`fed` is None."""
        return None

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        """The op that computes from ``x`` what this computes from ``gain x + offset``, both along the last axis of its
        first input; None where no op of its kind does. Without an offset, zeros are still zeros."""
        del gain, offset
        return None

    def giving(self, gain: Array, offset: Array, positive: bool) -> Op | None:
        """The op that computes ``y`` where this computes ``gain y + offset``, both along the last axis of its only
        output, or one number for all; None where no op of its kind does.

        Args:
            positive: whether no value below 0 is asked for, so that it does not matter if this would cut it.
        """
        del gain, offset, positive
        return None

    @property
    def carry(self) -> Carry | None:
        """How it is led through a sequence; None where it sees its core at once."""
        return None

    @property
    def states(self) -> tuple[State, ...]:
        """What its function keeps from step to step."""
        return () if self.carry is None else self.carry.states

    @property
    def walk(self) -> Walk | None:
        """How it goes along time; None where it needs the sequence as a whole."""
        return None

    def row_walk(self, *inputs: Shape) -> RowWalk | None:
        """How its function in C goes along the first axis of cores of these shapes; None where it sees all at once."""
        del inputs
        return None

    @property
    def by_rows(self) -> Op | None:
        """The op, along the same walk, whose function in C is also there as ``NAME_row``: one output step from pointers
        to the steps that it sees, NULL where one is padding. None where there is none."""
        return None

    def running(self, *cores: Shape) -> Op | None:
        """An op that carries what this one makes of a whole sequence: its first output is what this one's output would
        be after each step, its second what it is after the last. None where more than the steps so far is needed.

        Args:
            cores: core shapes of the inputs.
        """
        del cores
        return None

    @property
    def whole(self) -> str:
        """Why it needs the sequence at once, for people; empty where that is plain from what it is."""
        return ""

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """Working memory that one application needs beside its inputs, outputs and states: what its function in C is
        given last, in this order."""
        return ()

    @property
    def raw(self) -> Mapping[int, Format]:
        """Inputs, by position, that hold masks or indices, and how integers store those."""
        return {}

    @property
    def indices(self) -> int:
        """Of how many things the first input holds indices; 0 where it holds none."""
        return 0

    def alike(self, inputs: int) -> Sequence[int]:
        """Which of so many inputs hold a mask, or indices, where the output does."""
        return range(min(inputs, 1) if self.moves else 0)

    def integral(self, wholes: Sequence[bool]) -> bool:
        """Whether all outputs are whole numbers, where ``wholes`` says which inputs are."""
        return self.moves and wholes[0]

    @property
    def marker(self) -> float | None:
        """The value of the first input by which a step is marked as masked; None where none is."""
        return None

    def usual(self, x: Array) -> Array:
        """What the first input is like in use, from values around 0 that differ from it by about 1."""
        return x

    @property
    def span(self) -> tuple[float, float] | None:
        """Least and largest value of the output, where the file itself says them: integers then have that range, and
        not what calibration saw. None where it says nothing."""
        return None

    @property
    def shares(self) -> bool:
        """Whether the output holds probabilities, or shares of a whole: from 0 to 1."""
        return False

    @property
    def chooses(self) -> bool:
        """Whether the largest value along the last axis of the output is the answer: softmax and its kin."""
        return False

    def arrays(self) -> dict[str, Array]:
        """Weights by field name."""
        pairs = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in pairs if isinstance(value, np.ndarray)}

    def key(self) -> str:
        """Equal for ops that compute the same: a shared layer becomes one function, whoever calls it."""
        known = self.__dict__.get("_key")
        if known is not None:
            return str(known)
        digest = hashlib.sha256(self.kind.encode())
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                digest.update(f"{field.name}{value.shape}{value.dtype}".encode() + value.tobytes())
            else:
                digest.update(f"{field.name}={value!r};".encode())
        self.__dict__["_key"] = digest.hexdigest()  # all of an op is frozen, and weights take a while to hash
        return digest.hexdigest()

    def function_key(self) -> str:
        """Equal for ops whose generated functions are the same, however the calls around those differ."""
        return self.key()
