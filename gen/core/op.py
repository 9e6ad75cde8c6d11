"""Ops: the computation of a node, and the traits by which passes and backends distinguish ops.

No pass, numeric type or backend asks an op for its class. The defaults of all traits describe an op that sees its
whole core at once, has no state, and computes new values.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from math import prod
from typing import ClassVar, Protocol

import numpy as np

from .formats import FLOAT, Array, Format, index_format

Shape = tuple[int | None, ...]
States = tuple[Array, ...]
"""Values of an op's states, (samples, *shape) each, in the order of its states."""


@dataclass(frozen=True)
class State:
    """A value that an op keeps between steps.

    Args:
        name: an identifier, unique in the op: a member of the generated state.
        shape: for one sequence.
        note: a description for readers of generated code.
        format: its storage format.
        sums: whether steps add to it without a bound, so that integers leave room beyond the calibrated range.
    """

    name: str
    shape: tuple[int, ...]
    note: str
    format: Format = FLOAT
    sums: bool = False

    @property
    def size(self) -> int:
        """Number of values."""
        return prod(self.shape)


@dataclass(frozen=True)
class Scratch:
    """Working memory of one application: ``size`` values, undefined before and after it."""

    size: int
    format: Format = FLOAT


@dataclass(frozen=True)
class Carry:
    """How an op of lead 0 computes a sequence. Its function computes one step, and states go from each step to the
    next.

    The first input is the sequence. The first output has the outputs of all steps; further outputs are states after
    the last step.

    Args:
        states: arguments of the function besides a step's input and output.
        mask: position of the mask input; a step whose mask is 0 leaves all states unchanged. None without a mask.
        masked_output: the output of a masked step: the first ``state``, the ``previous`` output (zero before the
            first), ``zero``.
        output: the state of the last output, if it is not one of ``states``.
        initial: positions of the inputs with the initial states, one per state; empty if they start at zero.
        finals: the state whose last value each output from the second on is.
        stateful: whether the states persist between sequences.
    """

    states: tuple[State, ...]
    mask: int | None = None
    masked_output: str = "state"
    output: State | None = None
    initial: tuple[int, ...] = ()
    finals: tuple[State, ...] = ()
    stateful: bool = False

    @property
    def members(self) -> tuple[State, ...]:
        """All values that persist between steps, including the last output."""
        return self.states if self.output is None else (*self.states, self.output)


@dataclass(frozen=True)
class Walk:
    """How an op of lead 0 moves along time, the first axis of its core: output step t is computed from the input steps
    ``t stride + k dilation - padding[0]``, with k from 0 to ``kernel - 1``, and of what the op carries.

    Args:
        inputs, outputs: positions of the tensors with a time axis; the op sees all others whole. Without inputs the op
            itself fixes the number of steps.
        kernel: steps that an output step sees.
        stride: input steps from one output step to the next.
        dilation: distance between the input steps of an output step.
        padding: steps of zeros before the first and after the last.
    """

    inputs: tuple[int, ...] = (0,)
    outputs: tuple[int, ...] = (0,)
    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    padding: tuple[int, int] = (0, 0)

    @property
    def stepwise(self) -> bool:
        """Whether each output step is computed from one input step, in the same order."""
        return self.kernel == 1 and self.stride == 1 and self.padding == (0, 0)


@dataclass(frozen=True)
class RowWalk:
    """How an op's function in C moves along the first axis of its core and of its first input: row j of the output is
    computed from the input rows ``j stride + k dilation - left``, k from 0 to ``kernel - 1``, in order of the rows.

    Args:
        call: the function that computes one row: ``NAME_row`` from ``pointers`` to the input's rows; ``NAME_frame``
            from the input's ``frames``, which are contiguous (interleaved layers use the op's ``by_rows`` instead); or
            ``NAME_fold``, which adds each input row to the only output row. Empty if only ``NAME_forward`` exists,
            which computes all rows.
        sums: format of a fold's partial sums, if the output's own format cannot hold them.
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
    """How an op's output can be read from its first input's memory, so that nothing is computed: the value is the
    number of input steps by which each output step moves."""

    SAME = 1
    """The same values in the same order, in any shape: always a view."""
    REVERSED = -1
    """From the last step to the first: a view in a loop over the steps."""
    REPEATED = 0
    """The whole input again at every step: a view in a loop over the steps."""


class Inside(Protocol):
    """Receives the values inside an op while it runs."""

    def value(self, name: str, values: Array) -> None:
        """Any value, by a name that is unique in the op."""

    def state(self, name: str, values: Array) -> None:
        """(samples, steps + 1, *shape) of a state, its initial value first."""

    def vectors(self, name: str, values: Array) -> None:
        """(..., inputs): the vectors that a matrix multiplies, by the matrix's name."""


def snake_case(name: str) -> str:
    """``GreaterEqual`` to ``greater_equal``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@dataclass(frozen=True, eq=False)
class Op(ABC):
    """The computation of a node on its cores. Subclasses are frozen dataclasses; their fields define them
    completely."""

    kind: ClassVar[str]
    """Its name in templates: the class's in snake case, unless the class says another."""

    view: ClassVar[View | None] = None
    """How the output can be read from the first input's memory; None if it must be computed."""
    moves: ClassVar[bool] = False
    """Whether all values of the output are unchanged values of the first input, so that both have one format."""
    united: ClassVar[bool] = False
    """Whether the output concatenates values of all inputs, so that they should have one range."""
    in_place: ClassVar[bool] = False
    """Whether value k of the output depends only on value k of each input of the output's size, so that the output may
    be written over such an input."""

    powers: ClassVar[bool] = False
    """Whether the output is powers of a signal, which are 0 in silence."""

    stored: ClassVar[Mapping[str, int]] = {}
    """Weights in the numeric type's storage for matrices: field -> axis of a row, whose values may share a scale. All
    other weights are stored unchanged."""

    def __init_subclass__(cls) -> None:
        if "kind" not in vars(cls):
            cls.kind = snake_case(cls.__name__)

    @abstractmethod
    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Core shapes of the outputs from core shapes of the inputs."""

    @abstractmethod
    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        """The meaning in NumPy: each array is (samples, *core); computes in the inputs' float type."""

    def run(self, inputs: Sequence[Array], carried: States = ()) -> tuple[tuple[Array, ...], States]:
        """The same from the states of an earlier run: the outputs, and the states for the next run."""
        return self.apply(*inputs), ()

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        """As :meth:`run`; passes the values whose ranges an integer form needs to ``inside``."""
        return self.run(inputs, carried)

    def macs(self, *inputs: Shape) -> int:
        """Multiply-accumulates for one core (for one time step, if the op has states)."""
        return 0

    def then(self, reader: Op) -> Op | None:
        """The op that computes this and then ``reader`` on its output, if one op can."""
        return None

    @property
    def read(self) -> Array | None:
        """(features, ...): the factors of each feature of the first input (each place along its last axis) in the
        output, or in the argument of the output's function; None if :meth:`fed` is None."""
        return None

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        """The op that computes from ``x`` what this computes from ``gain x + offset``, both along the last axis of its
        first input; None if no op of its kind does. Without an offset, zeros stay zeros."""
        return None

    def giving(self, gain: Array, offset: Array, positive: bool) -> Op | None:
        """The op that computes ``y`` if this computes ``gain y + offset``, both along the last axis of its only output,
        or one number for all; None if no op of its kind does.

        Args:
            positive: whether no value below 0 is needed, so that this op may clip them.
        """
        return None

    @property
    def affine(self) -> bool:
        """Whether it gives ``gain y + offset`` of ``gain x + offset`` for any gain above 0, both along the last axis of
        its output and of each input, as a maximum and a mean do."""
        return False

    @property
    def carry(self) -> Carry | None:
        """How it computes a sequence step by step; None if it sees its whole core at once."""
        return None

    @property
    def states(self) -> tuple[State, ...]:
        """Values that its function keeps between steps."""
        return () if self.carry is None else self.carry.states

    @property
    def walk(self) -> Walk | None:
        """How it moves along time; None if it needs the whole sequence."""
        return None

    def row_walk(self, *inputs: Shape) -> RowWalk | None:
        """How its function in C moves along the first axis of cores of these shapes; None if it sees all rows at
        once."""
        return None

    @property
    def by_rows(self) -> Op | None:
        """The op with the same walk that also has a C function ``NAME_row``: one output step from pointers to its input
        steps, NULL for padding. None if there is none."""
        return None

    def running(self, *cores: Shape) -> Op | None:
        """An op that computes this op's output of a whole sequence as a state: its first output is the value after each
        step, its second the value after the last. None if the op needs more than the steps so far.

        Args:
            cores: core shapes of the inputs.
        """
        return None

    @property
    def whole(self) -> str:
        """Why it needs the whole sequence, for people; empty if that is obvious."""
        return ""

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """Working memory of one application, besides its inputs, outputs and states: the last arguments of its function
        in C, in this order."""
        return ()

    @property
    def raw(self) -> Mapping[int, Format]:
        """Positions of the inputs with masks or indices -> their format in integer models."""
        return {0: index_format(self.indices)} if self.indices else {}

    @property
    def indices(self) -> int:
        """Number of things that the first input's values index; 0 if they are no indices."""
        return 0

    def alike(self, inputs: int) -> Sequence[int]:
        """Which inputs contain masks or indices if the output does."""
        return range(min(inputs, 1) if self.moves else 0)

    def integral(self, wholes: Sequence[bool]) -> bool:
        """Whether all outputs are integers, given which inputs are."""
        return self.moves and wholes[0]

    @property
    def marker(self) -> float | None:
        """The value of the first input that marks a masked step; None if there is none."""
        return None

    def usual(self, x: Array) -> Array:
        """Typical values of the first input, made from values around 0 with deviation 1."""
        return x

    @property
    def span(self) -> tuple[float, float] | None:
        """Least and largest value of the output, if the file gives them: integers then have that range instead of the
        calibrated one. None if it does not."""
        return None

    @property
    def shares(self) -> bool:
        """Whether the outputs are probabilities, or shares of a whole: from 0 to 1."""
        return False

    @property
    def chooses(self) -> bool:
        """Whether the largest value along the output's last axis is the decision: softmax and similar ops."""
        return False

    @property
    def averages(self) -> bool:
        """Whether, frame by frame, it needs the sums of all frames so far."""
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
