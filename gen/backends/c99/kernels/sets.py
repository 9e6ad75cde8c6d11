"""The instruction sets that are there, found by their folders, and a target's choice among them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import TypeVar

from ....core.errors import UsageError
from ...templates import Template, TemplateLookup, namespaces, templates, tidy
from .. import seen
from ..blocks import Blocks, Layout, choose
from ..fixed import TABLES
from ..text import folded
from .base import Ask, Gemv, InstructionSet, Kernel, Layer, LayerKernel, Product

PLAIN = "plain"
"""The set that has everything, in C99 alone: last in every order."""
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
WORD = re.compile(r"\w+(?:\((?!\*))?")
"""A word; with the bracket where it is called."""
DEFINED = re.compile(r"^static [^=;(]*?(\w+)\(", re.MULTILINE)
"""A function's name where a text defines it: people's own layers bring functions along."""
TEMPLATES = Path(__file__).parents[1] / "templates"
SEEN = f"from {seen.__name__} import {', '.join(seen.__all__)}"
"""What every template sees."""
SHARED = namespaces(cell="cell", frame="frame", gcc="gcc", rows="rows", sums="sums")
"""What those of kernels and layers see too."""
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

    def primitives(self) -> tuple[Template, ...]:
        """Its templates of helpers."""
        return tuple(template(path[1:] if path[0] == "/" else f"{self.name}/{path}") for path in self.set.primitives)

    @cached_property
    def helpers(self) -> Mapping[str, Callable[..., str]]:
        """What writes each of its helpers, by name in the order of its files: a def of that name, or the def ``helper``
        of what the file has in ``HELPERS`` for it."""
        found: dict[str, Callable[..., str]] = {}
        for room in self.primitives():
            for name in (*defs(room), *getattr(room.module, "HELPERS", ())):
                own = room.get_def(name).render if room.has_def(name) else partial(room.get_def("helper").render, name)
                found.setdefault(name, own)
        return found


def defs(room: Template) -> list[str]:
    """Names of a template's defs, in the order of its file."""
    names = set(room.list_defs()) - {"body", "helper"}
    return sorted(names, key=lambda name: getattr(room.module, f"render_{name}").__code__.co_firstlineno)


@cache
def _order(sets: tuple[KernelSet, ...]) -> dict[str, int]:
    """The place of each helper, plain C's first."""
    names = (name for one in sorted(sets, key=lambda one: one.name != PLAIN) for name in one.helpers)
    return {name: place for place, name in enumerate(dict.fromkeys([*names, *TABLES]))}


@lru_cache(1024)
def _words(text: str) -> tuple[set[str], set[str]]:
    """All words of C, and names that may be helpers': of functions and tables that it uses and does not define."""
    code = COMMENT.sub("", text)
    found = set(WORD.findall(code))
    words = {word.rstrip("(") for word in found}
    calls = {word.rstrip("(") for word in found if word.endswith(("(", "_table", "_words"))}
    calls |= {word.removeprefix("act_") for word in words if word.startswith("act_")}
    return words, calls.difference(DEFINED.findall(code))


def lookup() -> TemplateLookup:
    """All templates of kernels, by their paths in this folder, and of layers, by their paths in theirs."""
    return templates(Path(__file__).parent, TEMPLATES / "layers", head=SHARED, imports=SEEN)


def page(name: str, **context: object) -> str:
    """The text of a file that is no layer's."""
    text = tidy(templates(TEMPLATES, imports=SEEN).get_template(name).render(**context))
    return text if name == "Makefile.mako" else folded(text)


def template(path: str) -> Template:
    return lookup().get_template(path)


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

    def gemv(self, ask: Ask, blocks: Blocks | None = None, sliced: bool = False) -> Gemv:
        """The kernel that multiplies a matrix, in blocks that were chosen, or in its own; ``sliced`` where it must
        multiply runs of the inputs too.

        Raises:
            LookupError: not even plain C does, which is an error of ours.
        """

        def takes(kernel: Gemv) -> bool:
            return kernel.takes(ask) and (blocks is None or kernel.fits(blocks)) and kernel.sliced >= sliced

        kernel = self._first(lambda one: one.gemvs, takes, ask.integer)
        if kernel is None:
            raise LookupError(f"no kernel multiplies {ask.storage} with {ask.inputs}")
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

    def by_rows(self, storage: str) -> Gemv:
        """The kernel whose file reads a row of a table of floats: plain C's."""
        return next(kernel for kernel in kernel_set(PLAIN).gemvs if kernel.tables == storage)

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

    def primitive(self, name: str, integer: bool) -> Callable[..., str]:
        """What writes a helper.

        Raises:
            LookupError: no set has it, which is an error of ours.
        """
        for one in self._with_primitives(integer):
            if name in one.helpers:
                self.used.add(one.name)
                return one.helpers[name]
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
        return any(name in one.helpers for one in sets if one.name == PLAIN or self.math == "fast" or integer)

    def plain(self, name: str, space: str) -> str:
        """The text of a primitive in plain C."""
        return str(kernel_set(PLAIN).helpers[name](space=space)).strip()

    def ordered(self, names: Iterable[str], integer: bool) -> list[str]:
        """Names that are helpers', in the order of plain C's files."""
        order = _order(self._with_primitives(integer))
        return sorted(order.keys() & names, key=order.__getitem__)

    def called(self, text: str, integer: bool) -> list[str]:
        """The helpers that a text calls, or whose types it has."""
        words, calls = _words(text)
        types = {word: name for one in self._with_primitives(integer) for word, name in one.set.types.items()}
        return self.ordered([*calls, *(types[word] for word in types.keys() & words)], integer)

    def closure(
        self, callers: Iterable[str], written: Callable[[str], str], integer: bool = False, named: Iterable[str] = ()
    ) -> dict[str, str]:
        """The helpers that functions call, and all that these do, each with its text: callees first.

        Args:
            callers: the functions' texts.
            written: the text of a helper.
            integer: whether they are of integers, to which --math is nothing.
            named: helpers whose types and functions have other names.
        """
        texts: dict[str, str] = {}
        callees: dict[str, list[str]] = {}
        first = [name for name in self.called("\n".join(callers), integer) if name not in TABLES]
        pending = self.ordered([*named, *first], integer)
        for name in pending:
            if name not in texts:
                texts[name] = written(name)
                callees[name] = [other for other in self.called(texts[name], integer) if other != name]
                pending += callees[name]
        result: dict[str, str] = {}

        def visit(name: str) -> None:
            if name not in result:
                for callee in callees[name]:
                    visit(callee)
                result[name] = texts[name]

        for name in self.ordered(texts, integer):
            visit(name)
        return result

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
