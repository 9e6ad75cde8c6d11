"""Random graphs over rows: images and sequences through convolutions, pools, residual blocks and what goes between."""

import math
import random
from collections.abc import Callable, Sequence

from graphs import Maker

from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.activation import Activation
from gatesmith.layers.convolution import Convolution, DepthwiseConvolution
from gatesmith.layers.dense import Dense
from gatesmith.layers.merge import Merge
from gatesmith.layers.pool import GlobalPool, Pool
from gatesmith.layers.reshape import Reshape
from gatesmith.layers.windows import Window

RELU = Function("relu")


def taps(windows: Sequence[Window]) -> int:
    """Places that a kernel sees."""
    return math.prod(window.kernel for window in windows)


class Image:
    """Adds layers to a tensor (axes..., channels)."""

    def __init__(self, seed: int, ranks: tuple[int, ...] = (1, 2, 2, 2, 3)) -> None:
        self.choose: Callable[..., int] = random.Random(seed).choice  # type: ignore[assignment]
        self.maker = Maker(self.choose, seed)
        self.rank = self.choose(ranks)
        sizes = {1: (7, 12, 23), 2: (5, 8, 11), 3: (4, 5)}[self.rank]
        self.x = self.maker.input("image", *(self.choose(sizes) for _ in range(self.rank)), self.choose((1, 3, 4)))
        self.named = 0

    @property
    def shape(self) -> list[int]:
        return [n or 0 for n in self.maker.shape(self.x)]

    def add(self, op: object, *inputs: int, lead: int = 0) -> int:
        self.named += 1
        return self.maker.add(f"layer_{self.named}", op, *inputs, lead=lead)[0]  # type: ignore[arg-type]

    def windows(
        self, kernels: tuple[int, ...] = (1, 2, 3, 4), strides: tuple[int, ...] = (1, 1, 2)
    ) -> tuple[Window, ...]:
        result = []
        for n in self.shape[: self.rank]:
            kernel, stride = self.choose(kernels), self.choose(strides)
            dilation = self.choose((1, 1, 2)) if stride == 1 else 1
            reach = (kernel - 1) * dilation
            if reach >= n:
                kernel, dilation, reach = 1, 1, 0
            left, right = self.choose(((0, 0), (reach // 2, reach - reach // 2), (reach, 0)))
            result.append(Window(kernel, stride, dilation, left, right))
        return tuple(result)

    def convolution(self, filters: int, windows: tuple[Window, ...] | None = None) -> int:
        windows = windows or self.windows()
        weights = self.maker.weights
        kernel = weights(taps(windows) * self.shape[-1], filters)
        return self.add(
            Convolution(kernel, weights(filters), windows, 1, self.choose((RELU, Function("tanh")))), self.x
        )

    def layer(self) -> None:
        kind = self.choose("conv conv depthwise depthwise pointwise pool max residual residual activation".split())
        channels, rank = self.shape[-1], self.rank
        if kind == "conv":
            self.x = self.convolution(self.choose((2, 5, 8)))
        elif kind == "depthwise":
            windows = self.windows()
            op = DepthwiseConvolution(self.maker.weights(taps(windows), channels), None, windows, channels, RELU)
            self.x = self.add(op, self.x)
        elif kind == "pointwise":
            units = self.choose((3, 8))
            self.x = self.add(Dense(self.maker.weights(channels, units), None, RELU), self.x, lead=rank)
        elif kind in ("pool", "max"):
            plain = [Window(min(2, n), self.choose((1, 2))) for n in self.shape[:rank]]
            self.x = self.add(Pool("max" if kind == "max" else "average", tuple(plain)), self.x)
        elif kind == "activation":
            self.x = self.add(Activation(Function("sigmoid")), self.x, lead=self.choose((0, 1)))
        else:
            self._residual()

    def _residual(self) -> None:
        """A block whose shortcut is the tensor, or a strided convolution of it."""
        start, stride, filters = self.x, self.choose((1, 1, 2)), self.shape[-1]
        around = tuple(
            Window(3, stride, 1, 1 if stride == 1 else 0, 1) if n > 2 else Window(1, stride)
            for n in self.shape[: self.rank]
        )
        if stride == 2:
            filters = 6
        inner = self.convolution(filters, around)
        self.x = inner
        same = tuple(Window(3, 1, 1, 1, 1) for _ in range(self.rank))
        inner = self.convolution(filters, same)
        self.x = start
        if stride == 2:
            start = self.convolution(filters, tuple(Window(1, 2) for _ in range(self.rank)))
            if self.maker.shape(start) != self.maker.shape(inner):
                self.x = inner
                return
        self.x = self.add(Merge("add"), start, inner, lead=self.choose((0, 1)))
        if self.choose((True, False)):
            self.x = self.add(Activation(RELU), self.x, lead=1)

    def end(self) -> Graph:
        kind = self.choose("whole flat average max min sum pool".split() + ["lstm"] * (3 if self.rank == 1 else 0))
        if kind in ("average", "max", "min", "sum"):
            self.x = self.add(GlobalPool(kind), self.x)
        elif kind == "pool":
            sizes = self.shape[: self.rank]
            self.x = self.add(Pool("average", tuple(Window(n, n) for n in sizes)), self.x)
        if kind == "lstm":
            self.x = self.add(self.maker.cell("lstm", self.shape[-1], 4), self.x)
            self.named += 1
            _, self.x, *_ = self.maker.add("last", self.maker.cell("lstm", 4, 3), self.x)
        if kind != "whole":
            size = math.prod(self.shape)
            self.x = self.add(Reshape((size,)), self.x)
            self.x = self.add(Dense(self.maker.weights(size, 4), self.maker.weights(4)), self.x)
        self.maker.output("answer", self.x)
        return self.maker.graph()


def random_image(seed: int) -> Graph:
    """Two to nine layers over an image, a sequence or a volume, and an end."""
    image = Image(seed)
    for _ in range(image.choose((2, 3, 5, 9))):
        image.layer()
    return image.end()
