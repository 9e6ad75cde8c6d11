"""Random models that can be computed step by step, and their C, step by step."""

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from graphs import SMOOTH, Maker, Pick
from images import taps
from layers.compiled import Instance

from gatesmith.backends.base import Generated
from gatesmith.backends.micropython.states import CODES
from gatesmith.core.functions import LINEAR, Function
from gatesmith.core.graph import Graph
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.convolution import Convolution, DepthwiseConvolution
from gatesmith.layers.layer_norm import LayerNorm
from gatesmith.layers.merge import Merge
from gatesmith.layers.pool import GlobalPool, Pool
from gatesmith.layers.reshape import Reshape
from gatesmith.layers.windows import Window

Array = npt.NDArray[Any]


def causal_graph(pick: Pick, seed: int, length: int | None = None) -> Graph:
    """A few layers of every kind that a causal stream may have.

    Args:
        length: of the input; without one, nothing is as the length decides.
    """
    m = Maker(pick, seed)
    bands = pick((0, 0, 5))
    x = m.input("input", length, *((bands, pick((1, 2))) if bands else (pick((1, 2, 4)),)))
    for number in range(pick((1, 2, 3, 4))):
        x = _layer(m, x, f"layer_{number}", length)
    end = pick(("all", "mean", "largest", "last", *(["flat"] if length else [])))
    if end == "last" and len(m.shape(x)) == 2:
        width = int(m.shape(x)[-1] or 0)
        _, x, *_ = m.add("rnn", m.cell(pick(("lstm", "gru")), width, 3), x)
    elif end in ("mean", "largest"):
        (x,) = m.add("pool", GlobalPool("max" if end == "largest" else "average"), x)
        x = m.add("head", m.dense(int(m.shape(x)[-1] or 0), 2), x)[0] if pick((True, False)) else x
    elif end == "flat":
        size = int(np.prod([n or 1 for n in m.shape(x)]))
        x = m.add("head", m.dense(size, 2), m.add("flat", Reshape((size,)), x)[0])[0]
    m.output("output", x)
    return m.graph()


def carried_graph(pick: Pick, seed: int, length: int) -> Graph:
    """Windows whose cells can go on from each to the next: layers that look back, then cells, then what sees the last
    state, or every state of the window."""
    m = Maker(pick, seed)
    x = m.input("input", length, pick((1, 2, 4)))
    for number in range(pick((1, 1, 2))):
        width, name = int(m.shape(x)[-1] or 0), f"layer_{number}"
        window = _back(m, pick(("valid", "causal")))
        kind = pick(("convolution", "depthwise", "pool"))
        if kind == "convolution":
            x = _convolved(m, x, name, window, pick((2, 3, 8)))
        elif kind == "depthwise":
            op = DepthwiseConvolution(m.weights(window.kernel, width), m.weights(width), (window,), width)
            (x,) = m.add(name, op, x)
        else:
            (x,) = m.add(name, Pool(pick(("max", "average")), (Window(pick((2, 3)), pick((1, 2))),)), x)
    kinds = [pick(("lstm", "gru", "gru_before", "simple_rnn")) for _ in range(pick((1, 1, 2)))]
    for number, kind in enumerate(kinds):
        rows, last, *_ = m.add(f"rnn_{number}", m.cell(kind, int(m.shape(x)[-1] or 0), pick((2, 5))), x)
        x = rows if number + 1 < len(kinds) or pick((True, False, False)) else last
    width = int(m.shape(x)[-1] or 0)
    m.output("output", m.add("head", m.dense(width, 3, pick(SMOOTH)), x, lead=len(m.shape(x)) - 1)[0])
    return m.graph()


def _layer(m: Maker, x: int, name: str, length: int | None) -> int:
    kind = m.pick(("convolution", "convolution", "depthwise", "pool", "dense", "norm", "residual", "branches", "cell"))
    width = int(m.shape(x)[-1] or 0)
    deep = len(m.shape(x)) == 3
    if kind == "convolution":
        groups = 2 if width % 2 == 0 and m.pick((True, False)) else 1
        return _convolved(m, x, name, _window(m, length), m.pick((2, 3, 9)) * groups, groups)
    if kind == "depthwise":
        windows = (_window(m, length), Window(3, left=1, right=1)) if deep else (_window(m, length),)
        many = width * m.pick((1, 2))
        op = DepthwiseConvolution(m.weights(taps(windows), many), m.weights(many), windows, width)
        return m.add(name, op, x)[0]
    if kind == "pool":
        window = _window(m, length, dilated=False)
        windows = (window, Window(2, 2)) if deep and int(m.shape(x)[1] or 0) > 1 else (window, Window(1))[: 1 + deep]
        return m.add(name, Pool(m.pick(("max", "average")), windows), x)[0]
    if kind == "residual":
        branch = _convolved(m, x, f"{name}_a", _same(m), width)
        if m.pick((True, False)):
            branch = _convolved(m, branch, f"{name}_b", _same(m), width)
        return m.add(name, Merge(m.pick(("add", "multiply"))), *m.pick(((x, branch), (branch, x))), lead=1)[0]
    if kind == "branches" and not deep:
        one, other = (_convolved(m, x, f"{name}_{side}", _same(m), 2) for side in "ab")
        return m.add(name, Concatenate(0), one, other, x, lead=1)[0]
    if kind == "cell" and not deep:
        return m.add(name, m.cell(m.pick(("lstm", "gru", "simple_rnn")), width, 3), x)[0]
    if kind == "norm":
        return m.add(name, LayerNorm(0.1, False, m.weights(width), m.weights(width)), x, lead=len(m.shape(x)) - 1)[0]
    if deep and m.pick((True, False)):
        rest = int(m.shape(x)[1] or 0) * width
        return m.add(name, Reshape((rest,)), x, lead=1)[0]
    return m.add(name, m.dense(width, 3, m.pick(SMOOTH)), x, lead=len(m.shape(x)) - 1)[0]


def _convolved(m: Maker, x: int, name: str, window: Window, filters: int, groups: int = 1) -> int:
    width = int(m.shape(x)[-1] or 0)
    windows = (window, Window(3, left=1, right=1)) if len(m.shape(x)) == 3 else (window,)
    kernel = m.weights(taps(windows) * width // groups, filters)
    bias = m.weights(filters) if m.pick((True, False)) else None
    op = Convolution(kernel, bias, windows, groups, m.pick((LINEAR, Function("relu"), Function("tanh"))))
    return m.add(name, op, x)[0]


def _same(m: Maker) -> Window:
    """As long as the input."""
    kernel, dilation = m.pick((1, 2, 3, 4)), m.pick((1, 2))
    reach = (kernel - 1) * dilation
    left = reach if m.pick((True, False)) else reach // 2
    return Window(kernel, 1, dilation, left, reach - left)


def _window(m: Maker, length: int | None, dilated: bool = True) -> Window:
    return _back(m, m.pick(("valid", "causal", "same")), dilated)


def _back(m: Maker, how: str, dilated: bool = True) -> Window:
    stride = m.pick((1, 1, 2, 3)) if how != "same" else 1
    kernel = m.pick((1, 2, 3, 5))
    dilation = m.pick((1, 2, 3)) if dilated and stride == 1 else 1
    reach = (kernel - 1) * dilation
    left = {"valid": 0, "causal": reach, "same": reach // 2}[how]
    return Window(kernel, stride, dilation, left, reach - left if how == "same" else 0)


class Stream(ABC):
    """One state of a model, fed frame by frame."""

    def __init__(self, code: Generated) -> None:
        self.code = code
        (self.port,) = code.outputs

    @abstractmethod
    def reset(self) -> None:
        """Forget everything."""

    @abstractmethod
    def fork(self) -> Stream:
        """A copy that goes on by itself."""

    @abstractmethod
    def run(self, x: Array, shape: Sequence[int]) -> Array:
        """A whole sequence; ``shape`` of the output."""

    @abstractmethod
    def _output(self, function: str, *frame: Array) -> Array | None: ...

    def step(self, frame: Array) -> Array | None:
        """The output of a step, if there is one."""
        return self._output("step", np.ascontiguousarray(frame, self.code.inputs[0].dtype))

    def finish(self) -> list[Array]:
        """The outputs that ``finish`` still gives."""
        frames: list[Array] = []
        while self.code.rate is not None and self.code.rate.finishes and (y := self._output("finish")) is not None:
            frames.append(y)
        return frames


class ModuleStream(Stream):
    """A stream by MicroPython's modules, imported here: integers are computed in plain Python."""

    def __init__(self, code: Generated, new: Callable[[], Any]) -> None:
        super().__init__(code)
        self.new, self.model = new, new()

    def reset(self) -> None:
        self.model.reset()

    def fork(self) -> Stream:
        other = ModuleStream(self.code, self.new)
        other.model.state = self.model.state
        return other

    def run(self, x: Array, shape: Sequence[int]) -> Array:
        if not self.code.integer:
            return np.array(self.model.predict(x.ravel().tolist()), np.float32).reshape(tuple(shape))
        y = array(CODES[self.port.dtype], [0] * int(np.prod(shape)))
        self.model.run_q(self._as_array(x), y)
        return np.array(y).reshape(tuple(shape))

    def _as_array(self, x: Array) -> array[int]:
        """Not NumPy's integers, which overflow."""
        return array(CODES[self.code.inputs[0].dtype], x.ravel().tolist())

    def _output(self, function: str, *frame: Array) -> Array | None:
        if not self.code.integer:
            y = getattr(self.model, function)(*(x.ravel().tolist() for x in frame))
            return None if y is None else np.array(y, np.float32)
        into = array(CODES[self.port.dtype], [0] * self.port.step)
        ready = getattr(self.model, f"{function}_q")(*map(self._as_array, frame), into)
        return np.array(into) if ready else None


class CStream(Stream):
    """By the C."""

    def __init__(self, code: Generated, library: ctypes.CDLL) -> None:
        super().__init__(code)
        self.instance = Instance(code, library)

    def reset(self) -> None:
        self.instance.call("reset", [])

    def fork(self) -> Stream:
        other = CStream(self.code, self.instance.library)
        other.instance.state[:] = self.instance.state
        return other

    def run(self, x: Array, shape: Sequence[int]) -> Array:
        return self.instance.run([x])[0].reshape(tuple(shape))

    def _output(self, function: str, *frame: Array) -> Array | None:
        y = np.full(self.port.step + 4, 77, self.port.dtype)
        ready = self.instance.call(function, [ctypes.c_void_p(each.ctypes.data) for each in (*frame, y)])
        assert ready in (0, 1), ready
        assert (y[self.port.step :] == 77).all(), f"{function} wrote behind the output"
        assert ready or (y == 77).all(), f"{function} wrote an output that it did not have"
        return y[: self.port.step] if ready else None
