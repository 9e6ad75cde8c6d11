"""What a generated model looks like from outside: the facts that the host expects and the device confirms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Axis:
    """One sequence length, shared by the inputs and outputs that name it.

    Args:
        name: as the generated C calls it, for messages.
        fixed: the length in time steps if the model fixes it, else None.
        capacity: the longest length in time steps that the program's buffers hold; None if nothing limits it.
    """

    name: str
    fixed: int | None = None
    capacity: int | None = None


@dataclass(frozen=True)
class Port:
    """One input or output of one sample.

    Args:
        name: for messages.
        shape: without the batch axis; None where the length varies, which only the first entry may be.
        axis: index into the interface's axes if the first entry of ``shape`` counts time steps, else None.
        dtype: NumPy's name of what travels over the link.
    """

    name: str
    shape: tuple[int | None, ...]
    axis: int | None = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        varying = [i for i, n in enumerate(self.shape) if n is None]
        if varying not in ([], [0]) or (varying and self.axis is None) or (self.axis is not None and not self.shape):
            raise ValueError(f"port {self.name}: shape {self.shape} with axis {self.axis}")

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """The shape of one time step; the whole shape where there is no axis."""
        rest = self.shape if self.axis is None else self.shape[1:]
        return tuple(n for n in rest if n is not None)

    @property
    def frame(self) -> int:
        """Elements of one time step; of the whole where there is no axis."""
        return int(np.prod(self.frame_shape, dtype=np.int64))

    def shape_for(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of one sample when the axes have these lengths."""
        return self.frame_shape if self.axis is None else (lengths[self.axis], *self.frame_shape)


@dataclass(frozen=True)
class Interface:
    """A model as the device must present it.

    Args:
        name: the C identifier before ``_step``.
        model_id: 16 hexadecimal digits that change with structure, weights and numeric.
        numeric: ``float32``, ``int8``, ...
        inputs, outputs: in the order of the C function's arguments.
        axes: in the order of the C function's ``steps`` arguments, fixed ones among them.
        has_step: whether ``NAME_step`` exists.
        first, every: the step that gives the first output, and how many there are from each to the next.
        state_bytes: size of the state struct; None if only the compiler knows.
    """

    name: str
    model_id: str
    numeric: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    axes: tuple[Axis, ...] = ()
    has_step: bool = True
    first: int = 1
    every: int = 1
    state_bytes: int | None = None

    @property
    def integer(self) -> bool:
        """Whether integers are taken and given."""
        return all(port.dtype != "float32" for port in self.outputs)
