"""The instruction sets that are there, found by their folders, and a target's choice among them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from ....core.errors import UnsupportedError, UsageError
from ...templates import Template, templates
from ..blocks import Blocks, Layout, choose
from .base import Ask, Gemv, InstructionSet, Kernel, Layer, LayerKernel, Product, RowKernel

PLAIN = "plain"
"""The set that has everything, in C99 alone: last in every order."""
LAYERS = Path(__file__).parents[1] / "templates" / "layers"
K = TypeVar("K", bound=Kernel)


@dataclass(frozen=True, eq=False)
class KernelSet:
    """A folder of kernels: its name, what its ``SET`` says, and the ``KERNELS`` of all its files, in their order."""

    name: str
    set: InstructionSet
    kernels: tuple[Kernel, ...]

    @property
    def gemvs(self) -> Iterator[Gemv]:
        return (kernel for kernel in self.kernels if isinstance(kernel, Gemv))

    @property
    def layers(self) -> Iterator[LayerKernel]:
        return (kernel for kernel in self.kernels if isinstance(kernel, LayerKernel))

    @property
    def rows(self) -> Iterator[RowKernel]:
        return (kernel for kernel in self.kernels if isinstance(kernel, RowKernel))

    def primitives(self) -> tuple[Template, ...]:
        """Its templates of helpers."""
        return tuple(template(path[1:] if path[0] == "/" else f"{self.name}/{path}") for path in self.set.primitives)

    def primitive(self, name: str) -> Template | None:
        """The def of a helper, if this set has one of its own."""
        return next((room.get_def(name) for room in self.primitives() if room.has_def(name)), None)


def template(path: str) -> Template:
    """A template by its path in this folder; it may use those of layers, by their paths in theirs."""
    return templates(Path(__file__).parent, LAYERS).get_template(path)


def names() -> list[str]:
    """The instruction sets that are there, plain C among them."""
    return sorted(info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)]) if info.ispkg)


@cache
def kernel_set(name: str) -> KernelSet:
    """An instruction set by the name of its folder.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in names():
        others = ", ".join(other for other in names() if other != PLAIN)
        raise UsageError(f'there is no instruction set "{name}"', fix=f"in [layout], isa is one or more of: {others}")
    package = importlib.import_module(f"{__package__}.{name}")
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name)
    ]
    kernels = tuple(kernel for module in modules for kernel in getattr(module, "KERNELS", ()))
    return KernelSet(name, package.SET, kernels)


def serving(isa: Sequence[str], integer: bool) -> tuple[str, ...]:
    """Those of a target's instruction sets that have kernels of floats, or of integers."""
    numbers = "integer" if integer else "float"
    return tuple(name for name in isa if any(numbers in kernel.serves for kernel in kernel_set(name).kernels))


class Kernels:
    """The kernels of a target, for one model: what is asked of them is answered by the first set that has it.

    Args:
        layout: the target's block shapes and its instruction sets, the preferred one first.
        math: ``fast``, ``exact`` or ``libm``.
        asm: whether inline assembly may be written.
    """

    def __init__(self, layout: Layout, math: str = "fast", asm: bool = True) -> None:
        self.layout = layout
        self.math = math
        self.asm = asm
        self.sets = tuple(kernel_set(name) for name in (*(name for name in layout.isa if name != PLAIN), PLAIN))
        self.used: set[str] = set()
        """Sets that the model's code is from."""

    def _first(self, among: Callable[[KernelSet], Iterator[K]], takes: Callable[[K], bool], integer: bool) -> K | None:
        """The first kernel that takes the work; None where none does.

        Args:
            among: a set's kernels of the class that is asked for.
            integer: whether the work is one of integers, to which --math is nothing.
        """
        numbers = "integer" if integer else "float"
        for one in self.sets:
            for kernel in among(one):
                if numbers in kernel.serves and (integer or self.math in kernel.maths) and takes(kernel):
                    self.used.add(one.name)
                    return kernel
        return None

    def gemv(self, ask: Ask, blocks: Blocks | None = None) -> Gemv:
        """The kernel that multiplies a matrix, in blocks that were chosen, or in its own.

        Raises:
            LookupError: not even plain C does, which is an error of ours.
        """
        kernel = self._first(
            lambda one: one.gemvs, lambda k: k.takes(ask) and (blocks is None or k.fits(blocks)), ask.integer
        )
        if kernel is None:
            raise LookupError(f"no kernel multiplies {ask.storage} with {ask.inputs}")
        return kernel

    def sliced(self, ask: Ask, blocks: Blocks) -> Gemv:
        """The kernel that multiplies runs of a matrix's inputs.

        Raises:
            UnsupportedError: there is none for its storage.
        """
        kernel = self._first(lambda one: one.gemvs, lambda k: k.sliced and k.takes(ask) and k.fits(blocks), ask.integer)
        if kernel is None:
            raise UnsupportedError(f"there is no convolution with weights in {ask.storage} yet")
        return kernel

    def blocks(self, units: int, gates: int, ask: Ask | None) -> Blocks:
        """How the rows of units with so many gates lie: as the kernel of a matrix likes it, or the target."""
        return self.gemv(ask).blocks(self.layout, units, gates) if ask else choose(self.layout, units, gates)

    def layer(self, f: Layer) -> Template | None:
        """The template of a kernel that writes a whole layer; None where the layer's own does."""
        kernel = self._first(
            lambda one: one.layers, lambda k: f.op.kind in k.kinds and k.by_rows >= f.by_rows and k.takes(f), f.integer
        )
        return self.template_of(kernel) if kernel else None

    def each(self, f: Layer) -> LayerKernel | None:
        """The kernel that writes a layer's function of many positions."""
        return self._first(lambda one: one.layers, lambda k: f.op.kind in k.kinds and k.each(f), f.integer)

    def row(self, storage: str) -> RowKernel:
        """The kernel that reads a row of a table of floats.

        Raises:
            LookupError: not even plain C has one, which is an error of ours.
        """
        kernel = self._first(lambda one: one.rows, lambda k: k.takes(storage), integer=False)
        if kernel is None:
            raise LookupError(f"no kernel reads rows of {storage}")
        return kernel

    def template_of(self, kernel: Kernel) -> Template:
        """The file of a kernel's defs."""
        name = next(one.name for one in self.sets if kernel in one.kernels)
        return template(f"{name}/{kernel.template}")

    def _with_primitives(self, integer: bool) -> tuple[KernelSet, ...]:
        """The sets whose helpers may be used, the preferred one first. Functions of floats are plain C's but with
        ``--math fast``; with ``libm`` kernels have the other helpers of their set."""
        if integer or self.math == "fast":
            return self.sets
        plain = tuple(one for one in self.sets if one.name == PLAIN)
        return plain if self.math == "exact" else (*plain, *(one for one in self.sets if one.name != PLAIN))

    def primitive(self, name: str, integer: bool) -> Template:
        """The def of a helper.

        Raises:
            LookupError: no set has it, which is an error of ours.
        """
        for one in self._with_primitives(integer):
            if (definition := one.primitive(name)) is not None:
                self.used.add(one.name)
                return definition
        raise LookupError(f"no instruction set has the primitive {name}")

    @property
    def copies(self) -> int:
        """Bytes that a copy moves at once in line; 0 where the C library is left to it."""
        return max(one.set.copies for one in self.sets)

    @property
    def multipliers(self) -> str:
        """NumPy's name of the type that tables of multipliers are kept in; empty for their own."""
        return "int32" if any(one.set.words for one in self.sets) else ""

    def has(self, name: str, integer: bool = False) -> bool:
        """Whether a set has a helper that plain C may not have, which a layer's own template may call."""
        sets = self._with_primitives(integer)
        return any(
            one.primitive(name) is not None for one in sets if one.name == PLAIN or self.math == "fast" or integer
        )

    def plain(self, name: str, space: str) -> str:
        """The text of a primitive in plain C."""
        definition = kernel_set(PLAIN).primitive(name)
        assert definition is not None, name
        return str(definition.render(space=space)).strip()

    def callees(self, needs: Mapping[str, tuple[str, ...]], integer: bool) -> dict[str, tuple[str, ...]]:
        """Helper -> helpers it calls, as the sets write them; arguments as of :meth:`closure`."""
        sets = reversed(self._with_primitives(integer))
        called = {name: names for one in sets for name, names in one.set.needs.items()}
        return {**needs, **called} if integer or self.math == "fast" else {**called, **needs}

    def closure(self, helpers: Iterable[str], needs: Mapping[str, tuple[str, ...]], integer: bool = False) -> list[str]:
        """Helpers and all they call, callees first, else in the order of ``needs``, plain C's.

        Args:
            needs: helper -> helpers it calls.
            integer: whether they are of integers, to which --math is nothing.
        """
        whole = self.callees(needs, integer)
        wanted: set[str] = set()
        pending = list(helpers)
        while pending:
            name = pending.pop()
            if name not in wanted:
                wanted.add(name)
                pending.extend(whole[name])
        order: list[str] = []

        def visit(name: str) -> None:
            if name not in order:
                for callee in whole[name]:
                    visit(callee)
                order.append(name)

        for name in whole:
            if name in wanted:
                visit(name)
        return order

    @property
    def special(self) -> tuple[str, ...]:
        """The sets that were used beside plain C."""
        return tuple(one.name for one in self.sets if one.name in self.used and one.name != PLAIN)

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers of the sets that were used, each with the macro that promises it."""
        return tuple(dict.fromkeys(header for one in self.sets if one.name in self.used for header in one.set.headers))

    def write(self, products: Sequence[Product], space: str) -> list[str]:
        """The C functions of products.

        Raises:
            ValueError: two kernels give functions one name, which is an error of ours.
        """
        ordered = sorted(products)
        if len({g.name for g in ordered}) < len(ordered):
            raise ValueError(f"two kernels have one name: {', '.join(g.name for g in ordered)}")
        return [self._written(g, space) for g in ordered]

    def _written(self, g: Product, space: str) -> str:
        definition = self.template_of(g.kernel).get_def(g.define)
        text = definition.render(g=g, space=space, asm=self.asm, plain=lambda name: self.plain(name, space))
        return str(text).strip("\n")
