"""Products of narrow weights and floats by Arm's floating point: their C as the kernel writes it, and what they get."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from gatesmith.backends.c99.blocks import Blocks, Layout
from gatesmith.backends.c99.kernels import Ask, Gemv, Kernels, sets
from gatesmith.backends.c99.kernels.vfp.halves import VfpHalves
from gatesmith.backends.c99.spelling import NEEDS
from gatesmith.numerics import NUMERICS

LAYOUT = Layout(8, 1, ("vfp",))
SHAPES = [(1, 8, 1), (3, 4, 1), (7, 12, 1), (8, 20, 1), (13, 32, 4), (32, 5, 4), (33, 8, 3), (64, 10, 3), (64, 16, 2)]
SHAPES += [(65, 8, 1), (130, 24, 1), (200, 6, 4), (129, 12, 3), (70, 3, 1), (31, 1, 4)]
"""Inputs, units, gates."""


@dataclass(frozen=True, eq=False)
class Case:
    """A product: the kernel's ask, its blocks, its tables, x, and what was in the sums before.

    Args:
        name: of its C function.
        begin: (blocks, rows).
    """

    ask: Ask
    blocks: Blocks
    name: str
    table: Any
    scales: Any
    x: Any
    begin: Any

    def wanted(self) -> Any:
        """(blocks, rows) sums in float64."""
        assert self.ask.scales is not None
        sums = self.x.astype(np.float64) @ self.ask.values.astype(np.float64) * self.ask.scales
        return self.begin + self.blocks.pack(sums)

    def allowed(self) -> Any:
        """(blocks, rows): what roundings may do to a sum in float32 whose weights are half a step larger."""
        assert self.ask.scales is not None
        most = np.abs(self.x.astype(np.float64)) @ (np.abs(self.ask.values.astype(np.float64)) + 0.5) * self.ask.scales
        return (len(self.x) + 4) * 2.0**-24 * (np.abs(self.begin) + self.blocks.pack(most))

    def plain(self) -> Any:
        """(blocks, rows): what plain C gives, in float32, input by input."""
        sums = np.zeros(self.ask.values.shape[1], np.float32)
        for weights, x in zip(self.ask.values.astype(np.float32), self.x, strict=True):
            sums += weights * x
        return self.begin + self.blocks.pack(np.asarray(sums * self.ask.scales, np.float32))


def kernel() -> Gemv:
    """The kernel in question."""
    (found,) = (one for one in sets.kernel_set("vfp").kernels if one.template == "narrow.mako")
    assert isinstance(found, Gemv)
    return found


def case(shape: tuple[int, int, int], numbers: np.random.Generator) -> Case:
    """A product of a shape: each row's largest weight is 127, but one row has none, and weights at both ends abound."""
    inputs, units, gates = shape
    one, rows = kernel(), units * gates
    values = np.clip(numbers.normal(0, 60, (inputs, rows)).round(), -127, 127).astype(np.int8)
    values[numbers.integers(0, inputs, rows), np.arange(rows)] = numbers.choice(np.array([-127, 127], np.int8), rows)
    values[:, rows // 2] = 0
    ask = Ask("int8", "float32", values, (numbers.uniform(0.1, 1, rows) / 127).astype(np.float32))
    ask.scales[rows // 2] = 1  # type: ignore[index]  # as a row without weights is stored
    assert one.takes(ask)
    blocks = one.blocks(LAYOUT, units, gates)
    assert one.fits(blocks)
    assert ask.scales is not None
    return Case(
        ask,
        blocks,
        one.functions(ask, blocks, LAYOUT)[-1].name,
        one.pack(ask, blocks),
        one.pack_scales(ask.scales, values, blocks),
        numbers.normal(0, 1, inputs).astype(np.float32),
        numbers.normal(0, 1, (blocks.count, blocks.rows)).astype(np.float32),
    )


HALF_SHAPES = [(1, 8, 1), (7, 12, 1), (8, 20, 1), (33, 5, 3), (64, 10, 3), (70, 1, 1), (130, 24, 1), (200, 6, 4)]
"""The same of products of halves: every number of rows that a block has."""


def halves() -> Gemv:
    """The kernel of halves."""
    (found,) = (one for one in sets.kernel_set("vfp").kernels if isinstance(one, VfpHalves))
    return found


def half_case(shape: tuple[int, int, int], numbers: np.random.Generator) -> Case:
    """A product of halves, those of some rows large or small enough for scales in every other: subnormal ones, too."""
    inputs, units, gates = shape
    one, storage = halves(), NUMERICS["float32w16"].weights
    weights = numbers.normal(0, 1, (inputs, units * gates)) * 2.0 ** numbers.integers(-9, 1, (inputs, units * gates))
    if numbers.integers(2):
        weights *= 2.0 ** numbers.integers(-20, 20, units * gates)
    weights[:, 0] = np.sign(weights[:, 0])
    weights[-1] = 2.0**-9 * np.sign(weights[-1]) if inputs > 1 else 1
    weights[1:-1:3] = numbers.integers(-1024, 1024, weights[1:-1:3].shape) * 2.0**-24
    values, scales = storage.store(weights)
    ask = Ask("float16", "float32", values, scales)
    blocks = one.blocks(LAYOUT, units, gates)
    return Case(
        ask,
        blocks,
        one.functions(ask, blocks, LAYOUT)[-1].name,
        one.pack(ask, blocks),
        None if scales is None else one.pack_scales(scales, values, blocks),
        numbers.normal(0, 1, inputs).astype(np.float32),
        numbers.normal(0, 1, (blocks.count, blocks.rows)).astype(np.float32),
    )


def functions(cases: list[Case], asm: bool, ending: str = "", own: Gemv | None = None) -> str:
    """The C of all their products.

    Args:
        asm: whether assembly is written where the core has it, or C alone.
        ending: of all names, which are else the kernel's.
        own: the kernel, if it is not :func:`kernel`.
    """
    by = own or kernel()
    products = sorted({g for one in cases for g in by.functions(one.ask, one.blocks, LAYOUT)})
    template = sets.template(f"vfp/{by.template}")
    text = "\n".join(str(template.get_def(g.define).render(g=g, asm=asm)) for g in products)
    for name in {g.name for g in products} if ending else ():
        text = text.replace(f"{name}(", f"{name}{ending}(")
    return text


def helpers(asm: bool, ending: str = "") -> str:
    """The C of what products of halves call."""
    kernels = Kernels(LAYOUT, asm=asm)
    names = kernels.closure(["float_of_half"], NEEDS)
    texts = [
        kernels.primitive(name, False).render(asm=asm, plain=lambda name: kernels.plain(name, "")) for name in names
    ]
    return re.sub(r"\b(act_\w+|float_of_half)\(", rf"\1{ending}(", "\n".join(map(str, texts)))
