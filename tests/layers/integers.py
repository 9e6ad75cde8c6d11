"""Models in integers: calibrated, converted, compiled by the batch, and fed with integers of every kind.

What must hold is that C and the reference compute the same integers, whatever comes in: values of the calibration
data, zeros, the ends of every type, and noise over all of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from toolchain import CHECKED, generate

from gatesmith.backends.base import Generated
from gatesmith.backends.c99.blocks import Layout
from gatesmith.core.formats import Format
from gatesmith.core.graph import Graph
from gatesmith.layers.elementwise import Elementwise
from gatesmith.layers.embedding import Embedding
from gatesmith.layers.integer import Ranges
from gatesmith.numerics.base import Numeric
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.calibrate import Observer
from gatesmith.quantization.quantize import quantize

from . import compiled

Array = npt.NDArray[Any]
STRICT = ("-Wconversion", "-Wno-sign-conversion")
TIED = 0.02
"""Share of an output's range by which a tie moves it, at least."""


@dataclass
class Integers:
    """A model in integers.

    Args:
        graph: what it computes. made: its C. library: the same compiled, or what stopped the compiler.
    """

    graph: Graph
    code: Generated
    library: Any = None

    def reference(self) -> Reference:
        return Reference(self.graph, np.int64)

    def instance(self) -> compiled.Instance:
        if isinstance(self.library, Exception):
            raise self.library
        return compiled.Instance(self.code, self.library)


def convert(
    graph: Graph, inputs: Sequence[Sequence[Array]], numeric: Numeric, name: str, seen: Ranges | None = None
) -> Integers:
    """A float graph in integers, its ranges from inputs: a list of arrays a call, samples first; or as they were
    already seen of the fused graph."""
    float_graph = fuse(graph)
    quantized = quantize(float_graph, seen or ranges(float_graph, inputs), numeric)
    return Integers(quantized, generated(quantized, numeric, name))


def ranges(graph: Graph, inputs: Sequence[Sequence[Array]]) -> Ranges:
    """As calibration sees calls one after the other, states kept."""
    observer = Observer(graph)
    for call in inputs:
        observer.run(call)
    return observer.ranges


def generated(graph: Graph, numeric: Numeric, name: str, isa: tuple[str, ...] = ()) -> Generated:
    """The C of an integer graph, as for a small core, or one with other instructions."""
    return generate(graph, name=name, layout=Layout(8, 1, isa), numeric=numeric.name)


def compile_all(models: Sequence[Generated], folder: Path, *flags: str) -> dict[str, Any]:
    """A library for each name, which says at run time what it does wrong, unless other flags are given."""
    return compiled.compile_all(models, folder, (*STRICT, *(flags or CHECKED)))


def calm(inputs: Sequence[Sequence[Array]], kinds: str) -> list[list[Array]]:
    """The rows to calibrate with: those that do not saturate; the others are then far beyond the range."""
    rows = slice(0, 4) if "floats" in kinds else slice(None)
    return [[x[rows] for x in call] for call in inputs]


def feeds(model: Integers, inputs: Sequence[Sequence[Array]], rng: np.random.Generator) -> Iterator[list[Array]]:
    """Integers of every kind, samples first: those of each call; zeros, both ends, noise over all of a type, and its
    ends at random, in the shapes of the first call."""
    for call in inputs:
        yield model.code.take(call)
    shapes = [(5, *np.shape(x)[1:]) for x in inputs[0]]
    rows = []
    for port, (_, *shape) in zip(model.code.inputs, shapes, strict=True):
        low, high = port.format.low, port.format.high
        most = _indices(model, len(rows)) or high
        ends = rng.choice([low, high, port.format.zero], size=shape)
        rows.append(
            np.stack(
                [
                    np.full(shape, port.format.zero),
                    np.full(shape, low),
                    np.full(shape, high),
                    rng.integers(min(low, most), most + 1, size=shape),
                    ends,
                ]
            )
        )
    yield rows


def _indices(model: Integers, port: int) -> int:
    """Rows of the table whose indices a port takes; 0 where it takes none."""
    tensor = model.graph.inputs[port].tensor
    for node in model.graph.nodes:
        if isinstance(node.op, Embedding) and tensor in node.inputs:
            return len(node.op.table)
    return 0


def same(model: Integers, inputs: Sequence[Sequence[Array]]) -> None:
    """C and the reference agree in every integer, whole and by steps, and instances leave each other alone."""
    rng = np.random.default_rng(7)
    reference = model.reference()
    for call in feeds(model, inputs, rng):
        reference.reset()
        twice = [reference.run(call), reference.run(call)]
        instances = [model.instance() for _ in call[0]]
        for wanted in twice:
            for row, one in enumerate(instances):
                equal(one.run([x[row] for x in call]), [y[row] for y in wanted])
        if model.code.causal:
            for row in range(len(call[0])):
                equal(model.instance().steps([x[row] for x in call]), [y[row] for y in twice[0]])


def equal(got: Sequence[Array], wanted: Sequence[Array]) -> None:
    for index, (one, other) in enumerate(zip(got, wanted, strict=True)):
        np.testing.assert_array_equal(one, other, f"output {index}")


Change = Callable[[int, Format, Array], Array]
"""Of an input's position, format and values: other values that its integers may stand for."""


def _changes(graph: Graph, inputs: int) -> Iterator[Change]:
    """Half a step to either side; and what is so near to a constant, as the constant."""
    for index in range(inputs):
        for side in (-0.501, 0.501):
            yield lambda k, f, x, index=index, side=side: x + side * f.scale if k == index and not f.raw else x
    bounds = [node.op.constants for node in graph.nodes if isinstance(node.op, Elementwise)]
    for bound in {float(part.reshape(-1)[0]) for parts in bounds for part in parts if part is not None}:
        yield lambda k, f, x, bound=bound: np.where(np.abs(x - bound) <= 0.501 * f.scale, bound, x)


def distance(
    model: Integers, graph: Graph, inputs: Sequence[Sequence[Array]], marker: float = np.nan, steady: bool = False
) -> float:
    """The largest error beside float64 on what the input's integers mean, as a share of the range of the output's
    values. A value that marks masked steps is what it is, and outputs are held to the range that was seen.

    Args:
        steady: leave out outputs that ``_changes`` of half a step move by more than ``TIED`` of that range, which a tie
            decides. At least half of all must be left.
    """
    reference, exact = model.reference(), Reference(graph)
    taken = [model.code.take(call) for call in inputs]
    got = [reference.run(call) for call in taken]
    formats = [port.format for port in model.code.inputs]

    def in_floats(change: Change = lambda k, f, x: x) -> list[list[Array]]:
        return [
            exact.run(
                [
                    np.where(x == marker, x, change(k, f, f.real(q)))
                    for k, (x, q, f) in enumerate(zip(call, qs, formats, strict=True))
                ]
            )
            for call, qs in zip(inputs, taken, strict=True)
        ]

    wanted = in_floats()
    beside = [in_floats(change) for change in _changes(graph, len(formats))] if steady else []
    worst, left, all_ = 0.0, 0, 0
    for index, port in enumerate(model.code.outputs):
        ours = np.concatenate([port.format.real(call[index]) for call in got])
        form = port.format
        theirs = np.concatenate([call[index] for call in wanted])
        low, high = -np.inf, np.inf
        if form.integer and not form.raw:  # each feature may have ends of its own
            low, high = (form.real(np.full(theirs.shape, end)) for end in (form.low, form.high))
        theirs = theirs.clip(low, high)
        span = (max(float(theirs.max()), 0.0) - min(float(theirs.min()), 0.0)) or 1.0
        untied = np.ones(theirs.shape, bool)
        for other in beside:
            untied &= np.abs(np.concatenate([call[index] for call in other]).clip(low, high) - theirs) <= TIED * span
        left, all_ = left + int(untied.sum()), all_ + untied.size
        worst = max(worst, float(np.abs(ours - theirs)[untied].max(initial=0.0)) / span)
    assert 2 * left >= all_, f"{all_ - left} of {all_} outputs are ties"
    return worst
