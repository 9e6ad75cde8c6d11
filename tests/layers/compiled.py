"""Generated C as a shared library in this process: many models a compiler call, no process a model."""

import ctypes
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith.backends.base import Generated
from gatesmith.run.toolchain.host import WARNINGS, find_compiler

Array = npt.NDArray[Any]
FLAGS = (*WARNINGS, "-ffp-contract=off", "-fPIC", "-shared")
GUARD = 99
ROOM = 16
"""Values behind each output that must stay as they are."""
FUNCTION = r"^(?:[A-Z_]+ |__attribute__\(\(.*?\)\) )*static [^;={]*?\b(\w+)(?:\(|\[| =)"
OWN = re.compile(FUNCTION + r"|^typedef (?!struct)[^;(,]*?\b(\w+);|^} (\w+);", re.M)
CONSTANTS = re.compile(r"^(?:typedef )?enum \{(.*?)\}", re.M | re.S)
MACRO = re.compile(r"^ *# *define (\w+)", re.M)


def compile_all(
    models: Sequence[Generated], folder: Path, flags: Sequence[str] = ("-Og",)
) -> dict[str, ctypes.CDLL | Exception]:
    """A library for each name, from one compiler call; if one model does not compile, the others still do."""
    if not models:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    for code in models:
        for path, text in code.files.items():
            (folder / path).write_text(text, "utf-8")
    try:
        library = _compile(models, folder, flags)
    except AssertionError as error:
        if len(models) == 1:
            return {models[0].name: error}
        return {name: library for code in models for name, library in compile_all([code], folder, flags).items()}
    return {code.name: library for code in models}


def _compile(models: Sequence[Generated], folder: Path, flags: Sequence[str]) -> ctypes.CDLL:
    """The first by itself, all others as one file: to start a compiler costs more than a small model."""
    sources, (first, *others) = [f"{models[0].name}.c"], models
    target = folder / f"{first.name}.so"
    if others:
        sources.append(f"{first.name}_others.c")
        (folder / sources[-1]).write_text(included(others), "utf-8")
    command = [*find_compiler().split(), *FLAGS, *flags, *sources, "-o", target.name, "-lm"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    return ctypes.CDLL(str(target))


def included(models: Sequence[Generated]) -> str:
    """A file of several models' C."""
    return "".join(map(_included, models))


def _included(code: Generated) -> str:
    """A model's C for such a file: its private names get the model's name as prefix."""
    text = code.files[f"{code.name}.c"]
    macros = set(MACRO.findall(text))
    private = {name for groups in OWN.findall(text) for name in groups if name}
    private |= {name for body in CONSTANTS.findall(text) for name in re.findall(r"(\w+) =", body)}
    renamed = "".join(f"#define {name} {code.name}_{name}\n" for name in sorted(private - macros))
    return f'{renamed}#include "{code.name}.c"\n' + "".join(f"#undef {name}\n" for name in sorted(private | macros))


def lengths(code: Generated, inputs: Sequence[Array]) -> list[int]:
    """Steps of each axis under these inputs."""
    steps = {port.axis: len(x) for port, x in zip(code.inputs, inputs, strict=True) if port.axis is not None}
    return [axis.fixed or steps.get(index, 0) for index, axis in enumerate(code.axes)]


class Instance:
    """One state of a model, and its functions on it."""

    def __init__(self, code: Generated, library: ctypes.CDLL) -> None:
        self.code = code
        self.library = library
        self.state = np.full(-(-code.state_bytes // 8) + 2, -1, np.int64)
        """Rubbish until it is reset: bytes of 255, which are NaN to floats. The last two stay so."""
        self.call("reset", [])

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """A whole sample, in the ports' own types; one array an output."""
        steps = lengths(self.code, inputs)
        free = [ctypes.c_size_t(n) for n, axis in zip(steps, self.code.axes, strict=True) if axis.fixed is None]
        shapes = []
        for port in self.code.outputs:
            shape = port.shape if port.axis is None else (steps[port.axis], *port.shape[1:])
            shapes.append(tuple(int(n or 0) for n in shape))
        return self._outputs("run", inputs, free, shapes)

    def step(self, inputs: Sequence[Array]) -> list[Array]:
        """One time step: a frame of each input that has time, all of the others."""
        shapes = [port.shape if port.axis is None else port.shape[1:] for port in self.code.outputs]
        return self._outputs("step", inputs, [], [tuple(int(n or 0) for n in shape) for shape in shapes])

    def steps(self, inputs: Sequence[Array]) -> list[Array]:
        """A whole sample by steps alone, put together as ``run`` puts it."""
        walked = [port.axis is not None for port in self.code.inputs]
        count = max((len(x) for x, walks in zip(inputs, walked, strict=True) if walks), default=1)
        turns = [
            self.step([x[t] if walks else x for x, walks in zip(inputs, walked, strict=True)]) for t in range(count)
        ]
        return [
            np.stack([turn[k] for turn in turns]) if port.axis is not None else turns[-1][k]
            for k, port in enumerate(self.code.outputs)
        ]

    def _outputs(
        self, function: str, inputs: Sequence[Array], steps: Sequence[Any], shapes: Sequence[tuple[int, ...]]
    ) -> list[Array]:
        arrays = [np.array(x, port.dtype, order="C") for x, port in zip(inputs, self.code.inputs, strict=True)]
        sizes = [int(np.prod(shape)) for shape in shapes]
        buffers = [np.full(size + ROOM, GUARD, port.dtype) for size, port in zip(sizes, self.code.outputs, strict=True)]
        self.call(function, [*map(_pointer, arrays), *steps, *map(_pointer, buffers)])
        for buffer, size in zip(buffers, sizes, strict=True):
            assert (buffer[size:] == GUARD).all(), f"{function} wrote behind an output"
        return [buffer[:size].reshape(shape) for buffer, size, shape in zip(buffers, sizes, shapes, strict=True)]

    def call(self, function: str, arguments: Sequence[Any]) -> int:
        """The function's result, if it has one: a stream's step returns whether there is an output."""
        entry = self.library[f"{self.code.name}_{function}"]
        entry.restype = ctypes.c_int if function in ("step", "finish", "state_valid") else None
        done = int(entry(_pointer(self.state), *arguments) or 0)
        assert (self.state[-2:] == -1).all(), f"{function} wrote behind the state"
        return done


def _pointer(x: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(x.ctypes.data)
