"""Generated C as a shared library in this process: many models a compiler call, no process a model."""

import ctypes
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith.backends.base import Generated
from gatesmith.run.toolchain.host import WARNINGS, find_compiler

Array = npt.NDArray[Any]
FLAGS = (*WARNINGS, "-Og", "-ffp-contract=off", "-fPIC", "-shared")
GUARD = np.float32(-7654321.0)
ROOM = 16
"""Values behind each output that must stay as they are."""


def compile_all(models: Sequence[Generated], folder: Path) -> dict[str, ctypes.CDLL | Exception]:
    """A library for each name; where one model does not compile, the others still do."""
    folder.mkdir(parents=True, exist_ok=True)
    for made in models:
        for path, text in made.files.items():
            (folder / path).write_text(text, "utf-8")
    try:
        library = _compile([made.name for made in models], folder)
    except AssertionError as error:
        if len(models) == 1:
            return {models[0].name: error}
        return {name: found for made in models for name, found in compile_all([made], folder).items()}
    return {made.name: library for made in models}


def _compile(names: Sequence[str], folder: Path) -> ctypes.CDLL:
    target = folder / f"{names[0]}.so"
    command = [*find_compiler().split(), *FLAGS, *(f"{name}.c" for name in names), "-o", target.name, "-lm"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return ctypes.CDLL(str(target))


class Instance:
    """One state of a model, and its functions on it."""

    def __init__(self, made: Generated, library: ctypes.CDLL) -> None:
        self.made = made
        self.library = library
        self.state = np.full(made.state_bytes // 4, np.nan, np.float32)
        self.reset()

    def reset(self) -> None:
        self._call("reset", [])

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """A whole sample; one array an output."""
        given = [self._input(x) for x in inputs]
        lengths: dict[int, int] = {}
        for port, x in zip(self.made.inputs, given, strict=True):
            if port.axis is not None:
                lengths[port.axis] = len(x)
        steps = [ctypes.c_size_t(lengths[index]) for index, axis in enumerate(self.made.axes) if axis.fixed is None]
        for index, axis in enumerate(self.made.axes):
            lengths.setdefault(index, axis.fixed or 0)
        shapes = []
        for port in self.made.outputs:
            shape = port.shape if port.axis is None else (lengths[port.axis], *port.shape[1:])
            shapes.append(tuple(int(n or 0) for n in shape))
        return self._outputs("run", given, steps, shapes)

    def step(self, inputs: Sequence[Array]) -> list[Array]:
        """One time step: a frame of each input that has time, all of the others."""
        shapes = [port.shape if port.axis is None else port.shape[1:] for port in self.made.outputs]
        return self._outputs("step", [self._input(x) for x in inputs], [], [tuple(map(int, s)) for s in shapes])

    def steps(self, inputs: Sequence[Array]) -> list[Array]:
        """A whole sample by steps alone, put together as ``run`` puts it."""
        walked = [port.axis is not None for port in self.made.inputs]
        count = max((len(x) for x, walks in zip(inputs, walked, strict=True) if walks), default=1)
        turns = [
            self.step([x[t] if walks else x for x, walks in zip(inputs, walked, strict=True)]) for t in range(count)
        ]
        return [
            np.stack([turn[k] for turn in turns]) if port.axis is not None else turns[-1][k]
            for k, port in enumerate(self.made.outputs)
        ]

    def _outputs(
        self, function: str, inputs: Sequence[Array], steps: Sequence[Any], shapes: Sequence[tuple[int, ...]]
    ) -> list[Array]:
        sizes = [int(np.prod(shape)) for shape in shapes]
        buffers = [np.full(size + ROOM, GUARD, np.float32) for size in sizes]
        self._call(function, [*map(_pointer, inputs), *steps, *map(_pointer, buffers)])
        for buffer, size in zip(buffers, sizes, strict=True):
            assert (buffer[size:] == GUARD).all(), f"{function} wrote behind an output"
        return [buffer[:size].reshape(shape) for buffer, size, shape in zip(buffers, sizes, shapes, strict=True)]

    def _call(self, function: str, arguments: Sequence[Any]) -> None:
        entry = self.library[f"{self.made.name}_{function}"]
        entry.restype = None
        entry(_pointer(self.state), *arguments)

    @staticmethod
    def _input(x: Array) -> Array:
        return np.ascontiguousarray(x, np.float32)


def _pointer(x: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(x.ctypes.data)
