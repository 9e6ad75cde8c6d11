"""A running model: arrays in, arrays out, on any device."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from ...backends.base import Generated
from ...core.errors import DataError
from ...core.graph import Array

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class MeasuredCost:
    """The cost of the last step or run.

    Args:
        kind: the unit: ``nanoseconds``, ``cycles``, ``instructions``, or empty if the port counts nothing.
        count: number of units.
        hertz: the rate of the counter, None if unknown.
        stack_bytes: the deepest stack observed, None if unknown.
    """

    kind: str
    count: int
    hertz: int | None
    stack_bytes: int | None


class RunningModel(ABC):
    """A running model, which was checked to be the expected one. A context manager: leaving it ends the model.

    Args:
        model: the model that the caller expects on the other side.
        run_timeout: seconds that one step or run may take.
    """

    def __init__(self, model: Generated, run_timeout: float) -> None:
        self.model = model
        self.run_timeout = run_timeout

    def __enter__(self) -> Self:
        try:
            self.hello()
        except BaseException:
            self._end(False)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(kind is None)

    @abstractmethod
    def hello(self) -> None:
        """Compare the device's model with the expected one.

        Raises:
            DeviceError: the device is silent, or has another model.
        """

    @abstractmethod
    def reset(self) -> None:
        """Set the state to zero."""

    @abstractmethod
    def cost(self) -> MeasuredCost:
        """The cost of the last step or run, as far as the device reports it."""

    @abstractmethod
    def _call(self, arrays: list[Array], lengths: Sizes | None, shapes: list[Sizes], *, reset: bool) -> list[Array]:
        """One run over sequences of these lengths, one per axis; None for a step."""

    @abstractmethod
    def _end(self, well: bool) -> None:
        """Release the device; ``well`` if there was no error."""

    def run(self, inputs: Sequence[Array], *, reset: bool = False) -> list[Array]:
        """One Keras call for one sample.

        Args:
            inputs: one array per model input, without batch axis; converted to the port's type.
            reset: set the state to zero first.

        Returns:
            One array per model output, shaped by the model and the lengths of the inputs.

        Raises:
            DataError: the number, shape or length of the inputs does not fit.
            DeviceError: the device is silent, refuses, or is gone.
        """
        arrays = self._check(inputs, whole=True)
        lengths = self._lengths(arrays)
        shapes = [port.shape_for(lengths) for port in self.model.outputs]
        return self._call(arrays, lengths, shapes, reset=reset)

    def step(self, inputs: Sequence[Array], *, reset: bool = False) -> list[Array]:
        """One time step: arrays as for ``run`` but without their time axis.

        Raises:
            DataError: the model has no step, or the inputs do not fit.
            DeviceError: the device is silent, refuses, or is gone.
        """
        if not self.model.stepped:
            raise DataError("this model has no step: it needs the whole sequence", where=self.model.name)
        shapes = [port.frame_shape for port in self.model.outputs]
        return self._call(self._check(inputs, whole=False), None, shapes, reset=reset)

    def run_by_steps(self, inputs: Sequence[Array], *, reset: bool = False) -> list[Array]:
        """As :meth:`run`, step by step: for a device that stores one step at a time.

        Raises:
            DataError, DeviceError: as in ``run`` and ``step``.
        """
        arrays = self._check(inputs, whole=True)
        ports = self.model.inputs
        lengths = self._lengths(arrays)
        answers = [
            self.step(
                [a if p.axis is None else a[t] for a, p in zip(arrays, ports, strict=True)], reset=reset and t == 0
            )
            for t in range(max(lengths, default=1))
        ]
        parts = zip(self.model.outputs, zip(*answers, strict=True), strict=True)
        return [part[-1] if port.axis is None else np.stack(part) for port, part in parts]

    def _check(self, inputs: Sequence[Array], *, whole: bool) -> list[Array]:
        ports = self.model.inputs
        if len(inputs) != len(ports):
            raise DataError(f"{len(inputs)} arrays for a model of {len(ports)} inputs", where=self.model.name)
        arrays = []
        for value, port in zip(inputs, ports, strict=True):
            array = np.asarray(value, dtype=port.dtype)
            steps = (None,) if whole and port.axis is not None else ()
            wanted: tuple[int | None, ...] = (*steps, *port.frame_shape)
            if array.ndim != len(wanted) or any(w not in (None, n) for w, n in zip(wanted, array.shape, strict=True)):
                raise DataError(
                    f"input {port.title} has shape {array.shape}, the model takes {wanted}", where=self.model.name
                )
            arrays.append(array)
        return arrays

    def _lengths(self, arrays: list[Array]) -> tuple[int, ...]:
        by_axis: list[int | None] = [axis.fixed for axis in self.model.axes]
        for array, port in zip(arrays, self.model.inputs, strict=True):
            if port.axis is None:
                continue
            length = by_axis[port.axis]
            if length not in (None, array.shape[0]):
                raise DataError(
                    f"input {port.title} has {array.shape[0]} time steps where {length} are expected",
                    where=self.model.name,
                )
            by_axis[port.axis] = array.shape[0]
        lengths: list[int] = []
        for axis, length in zip(self.model.axes, by_axis, strict=True):
            if not length:
                raise DataError(f"no time steps are given for {axis.name}", where=self.model.name)
            if axis.capacity and length > axis.capacity:
                raise DataError(
                    f"{length} time steps for {axis.name}; the program's buffers hold {axis.capacity}",
                    where=self.model.name,
                    fix="generate it for longer sequences",
                )
            lengths.append(length)
        return tuple(lengths)
