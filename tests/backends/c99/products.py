"""Products of matrices and vectors, as every instruction set's kernels write them: what a kernel is asked for in each
storage, the C that computes it, and the sums that it must give."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gatesmith.backends.c99.blocks import Blocks, Layout
from gatesmith.backends.c99.kernels import Ask, Gemv, Kernels, Product, sets
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.storage import PACKED, Storage

SHAPES = [
    *[(1, 8, 1), (2, 4, 3), (3, 1, 1), (7, 12, 1), (8, 20, 1), (9, 2, 1), (13, 32, 4), (16, 5, 3), (17, 24, 4)],
    *[(31, 1, 4), (32, 6, 4), (33, 5, 3), (64, 10, 3), (65, 16, 2), (70, 3, 1), (130, 24, 1), (200, 6, 4)],
]
"""Inputs, units, gates."""
MANY = [
    (inputs, units, gates)
    for inputs in (1, 2, 3, 15, 16, 31, 63, 64, 65, 257, 513)
    for units, gates in (*((units, 1) for units in (1, 2, 5, 8, 9, 33, 130, 640)), (3, 4), (20, 4), (40, 3))
]
"""Of a set whose functions have many forms."""
SIZES = [1.0, 1e-7, 1e6, 3e-4, 7e4]
PAIRS = {
    (kind.weights.name, "float32" if not kind.integer else kind.dtype.name): kind.weights for kind in NUMERICS.values()
}
"""Storages of weights beside types of inputs."""


def layout(isa: str) -> Layout:
    return Layout(120, 8, (isa,)) if isa == "vectors" else Layout(8, 1, (isa,))


@dataclass(frozen=True, eq=False)
class Case:
    """A product.

    Args:
        meant: (inputs, rows): the weights, as exactly as they are stored.
        begin: (blocks, rows): what is in the sums before.
    """

    kernel: Gemv
    ask: Ask
    blocks: Blocks
    layout: Layout
    meant: Any
    x: Any
    begin: Any

    @cached_property
    def products(self) -> tuple[Product, ...]:
        return self.kernel.functions(self.ask, self.blocks, self.layout)

    @cached_property
    def tables(self) -> list[Any]:
        """The weights', and the scales' where the function takes them."""
        scales, packed = self.ask.scales, self.kernel.pack(self.ask, self.blocks)
        if self.ask.integer or scales is None:
            return [packed]
        return [packed, self.kernel.pack_scales(scales, self.ask.values, self.blocks)]

    @property
    def wanted(self) -> Any:
        """(blocks, rows): int64, or float64."""
        return self.begin + self.blocks.pack(self.x.astype(self.meant.dtype) @ self.meant)

    @property
    def allowed(self) -> Any:
        """(blocks, rows): what roundings may do to sums in float32; weights in bytes may be half a step larger where
        several share a word."""
        if self.ask.integer:
            return 0
        sizes = np.abs(self.meant)
        if self.ask.storage == "int8":
            sizes = sizes + 0.5 * np.asarray(self.ask.scales)
        most = self.blocks.pack(np.abs(self.x).astype(np.float64) @ sizes)
        return (len(self.x) + 4) * 2.0**-24 * (np.abs(self.begin) + most)

    def wrapper(self, name: str) -> str:
        """A C function with the same arguments for all cases: a block's sums, their initial values, the tables, x."""
        tables = [table_of(f"t{k}", table) for k, table in enumerate(self.tables)]
        x = f"const {c_type(self.x)} *x"
        args = ", ".join([f"{c_type(self.begin)} *sums", f"const {c_type(self.begin)} *begin", *tables, x, "int n"])
        called = [f"t{k}" for k in range(len(tables))]
        statement = self.kernel.call(self.products[-1].name, "sums", called, "x", "n")
        if self.kernel.begins:
            begun = self.kernel.begin(self.products[-1].name, "sums", "begin", called, "x", "n")
            statement = f"if (begin != 0) {{ {begun} }} else {{ {statement} }}"
        return f"void {name}({args});\nvoid {name}({args})\n{{\n(void)begin;\n(void)n;\n{statement}\n}}"


def c_type(values: Any) -> str:
    return "float" if values.dtype == np.float32 else f"{values.dtype.name}_t"


def table_of(name: str, table: Any) -> str:
    """A parameter for a block of a table."""
    return f"const {c_type(table)} " + (f"*{name}" if table.ndim == 2 else f"(*{name})[{table.shape[2]}]")


def asked(storage: Storage, inputs: str, shape: tuple[int, int, int], numbers: np.random.Generator) -> tuple[Ask, Any]:
    """A matrix, and what it means. The ends of the type abound; a row is 0; rows of floats are of very different sizes
    in every other shape, subnormal halves among them."""
    count, across = shape[0], shape[1] * shape[2]
    if inputs != "float32":
        low, high = storage.levels
        values = numbers.integers(low, high + 1, (count, across)).astype(storage.dtype)
        values[0], values[-1] = low, numbers.choice(np.array([low, high]), across)
        most = -np.iinfo(inputs).min
        if storage in PACKED:
            scales = numbers.choice(storage.multiples, (-(-count // storage.group), across))
            values[:32], scales[0] = (low, abs(storage.multiples).max()) if count == 32 else (values[:32], scales[0])
            meant = values.astype(np.int64) * storage.each(scales, count)
            return Ask(storage.name, inputs, values, scales, 1 << 20), meant
        bound = most * int(np.abs(values.astype(np.int64)).sum(axis=0).max())
        return Ask(storage.name, inputs, values, None, bound), values.astype(np.int64)
    weights = numbers.normal(0, 1, (count, across))
    if count % 2:
        weights *= numbers.choice(SIZES, across)
        weights[1:-1:3] = numbers.integers(-1024, 1024, weights[1:-1:3].shape) * 2.0**-24
    weights[:, across // 2] = 0
    values, stored = storage.store(weights)
    halves = values.view(np.float16) if values.dtype == np.uint16 else values
    scale: Any = 1 if stored is None else stored if stored.ndim == 1 else storage.each(stored, count)
    return Ask(storage.name, inputs, values, stored), halves.astype(np.float64) * scale


def cases(isa: str, storage: Storage, inputs: str, shapes: Iterable[tuple[int, int, int]]) -> Iterator[Case]:
    """Of the kernel of an instruction set that takes a pair first, in the blocks that it likes; and of the one that
    does where it is not known how large sums become."""
    numbers = np.random.default_rng(0)
    for shape in shapes:
        known, meant = asked(storage, inputs, shape, numbers)
        x = numbers.normal(0, 1e6 if shape[0] % 3 == 0 else 1, shape[0]).astype(np.float32)
        if inputs != "float32":
            ends = np.iinfo(inputs)
            x = numbers.integers(ends.min, ends.max + 1, shape[0]).astype(inputs)
            x[0] = x[-1] = ends.min
            x = np.full_like(x, ends.min) if shape[0] == 32 else x
        taken = {kernel_of(isa, ask, *shape[1:]): ask for ask in (replace(known, bound=0), known)}
        for kernel, ask in taken.items():
            if kernel is not None:
                blocks = kernel.blocks(layout(isa), *shape[1:])
                size = (blocks.count, blocks.rows)
                begin = numbers.normal(0, 1 if x.dtype == np.float32 else 2**20, size).astype(ask.sums)
                yield Case(kernel, ask, blocks, layout(isa), meant, x, begin)


def kernel_of(isa: str, ask: Ask, units: int, gates: int) -> Gemv | None:
    """The first of a set that takes a matrix."""
    for kernel in sets.kernel_set(isa).gemvs:
        serves = ("integer" if ask.integer else "float") in kernel.serves
        if serves and kernel.takes(ask) and kernel.fits(kernel.blocks(layout(isa), units, gates)):
            return kernel
    return None


def text(every: Sequence[Case], asm: bool) -> list[str]:
    """The C of all their products, and before it of what they call."""
    (isa,), integer = every[0].layout.isa, every[0].ask.integer
    kernels = Kernels(every[0].layout, asm=asm)
    products = kernels.write(sorted({g for one in every for g in one.products}), "")
    facts = {"libm": False, "exact": False, "asm": asm, "space": "", "plain": lambda name: kernels.plain(name, "")}

    def written(name: str) -> str:
        return str(kernels.primitive(name, integer)(**facts))

    head = ["#include <stdint.h>", "#include <string.h>"]
    head += [f"#define ALIGNED_{n} __attribute__((aligned({n})))" for n in {one.kernel.align for one in every} - {0}]
    for header, macro in sets.kernel_set(isa).set.headers:
        head += [f"#if defined({macro})", f"#include <{header}>", "#endif"]
    return [*head, *kernels.closure(products, written, integer).values(), *products]
