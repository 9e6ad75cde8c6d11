"""The existing instruction sets, found by their folders, and a target's choice among them."""

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
"""The set that has everything, in C99 alone: always the last."""
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
WORD = re.compile(r"\w+(?:\((?!\*))?")
"""A word, with the bracket if it is called."""
DEFINED = re.compile(r"^static [^=;(]*?(\w+)\(", re.MULTILINE)
"""A function's name at its definition: users' own layers bring functions along."""
TEMPLATES = Path(__file__).parents[1] / "templates"
SEEN = f"from {seen.__name__} import {', '.join(seen.__all__)}"
"""Names for every template."""
SHARED = namespaces(cell="cell", frame="frame", gcc="gcc", rows="rows", sums="sums")
"""Namespaces for templates of kernels and layers."""
K = TypeVar("K", bound=Kernel)


@dataclass(frozen=True, eq=False)
class KernelSet:
    """A folder of kernels: its name, its ``SET``, and the ``KERNELS`` of all its files in order."""

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
        """The writer of each helper, by name in the order of its files: the def of that name, or the def ``helper`` for
        a name in the file's ``HELPERS``."""
        writers: dict[str, Callable[..., str]] = {}
        for room in self.primitives():
            for name in (*defs(room), *getattr(room.module, "HELPERS", ())):
                helper = partial(room.get_def("helper").render, name) if not room.has_def(name) else None
                writers.setdefault(name, helper or room.get_def(name).render)
        return writers


def defs(room: Template) -> list[str]:
    """Names of a template's defs, in the order of its file."""
    names = set(room.list_defs()) - {"body", "helper"}
    return sorted(names, key=lambda name: getattr(room.module, f"render_{name}").__code__.co_firstlineno)


@cache
def _order(sets: tuple[KernelSet, ...]) -> dict[str, int]:
    """The rank of each helper, plain C's first."""
    names = (name for one in sorted(sets, key=lambda one: one.name != PLAIN) for name in one.helpers)
    return {name: place for place, name in enumerate(dict.fromkeys([*names, *TABLES]))}


@lru_cache(1024)
def _words(text: str) -> tuple[set[str], set[str]]:
    """All words of C in a text; and names that may be helpers': functions and tables that it uses and does not
    define."""
    code = COMMENT.sub("", text)
    tokens = set(WORD.findall(code))
    words = {word.rstrip("(") for word in tokens}
    calls = {word.rstrip("(") for word in tokens if word.endswith(("(", "_table", "_words"))}
    calls |= {word.removeprefix("act_") for word in words if word.startswith("act_")}
    return words, calls.difference(DEFINED.findall(code))


def lookup() -> TemplateLookup:
    """All templates of kernels and layers, by their paths in their folders."""
    return templates(Path(__file__).parent, TEMPLATES / "layers", head=SHARED, imports=SEEN)


def page(name: str, **context: object) -> str:
    """The text of a file other than a layer."""
    text = tidy(templates(TEMPLATES, Path(__file__).parent, imports=SEEN).get_template(name).render(**context))
    return text if name == "Makefile.mako" else folded(text)


def template(path: str) -> Template:
    return lookup().get_template(path)


def names() -> list[str]:
    """The existing instruction sets, including plain C."""
    return sorted(info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)]) if info.ispkg)


@cache
def kernel_set(name: str) -> KernelSet:
    """An instruction set by the name of its folder.

    Raises:
        UsageError: there is no such instruction set.
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
    """The instruction sets among a target's that have kernels for floats, or for integers."""
    numbers = "integer" if integer else "float"
    return tuple(name for name in isa if any(numbers in kernel.serves for kernel in kernel_set(name).kernels))


class Kernels:
    """The kernels of a target, for one model: the first set with a suitable kernel answers each request.

    Args:
        layout: the target's block shapes and its instruction sets, the preferred one first.
        math: ``fast``, ``exact`` or ``libm``.
        asm: whether inline assembly is allowed.
    """

    def __init__(self, layout: Layout, math: str = "fast", asm: bool = True) -> None:
        self.layout = layout
        self.math = math
        self.asm = asm
        self.sets = tuple(kernel_set(name) for name in (*(name for name in layout.isa if name != PLAIN), PLAIN))
        self.used: set[str] = set()
        """Sets whose code the model uses."""

    def _first(self, among: Callable[[KernelSet], Iterator[K]], takes: Callable[[K], bool], integer: bool) -> K | None:
        """The first kernel that takes the work; None if there is none.

        Args:
            among: selects a set's kernels of the requested class.
            integer: whether the work is integer work, which --math does not affect.
        """
        numbers = "integer" if integer else "float"
        for one in self.sets:
            for kernel in among(one):
                if numbers in kernel.serves and (integer or self.math in kernel.maths) and takes(kernel):
                    self.used.add(one.name)
                    return kernel
        return None

    def gemv(self, ask: Ask, blocks: Blocks | None = None, sliced: bool = False) -> Gemv:
        """The kernel that multiplies a matrix, in the given blocks or in its own; with ``sliced``, also runs of its
        inputs.

        Raises:
            LookupError: not even plain C has one: a bug.
        """

        def takes(kernel: Gemv) -> bool:
            return kernel.takes(ask) and (blocks is None or kernel.fits(blocks)) and kernel.sliced >= sliced

        kernel = self._first(lambda one: one.gemvs, takes, ask.integer)
        if kernel is None:
            raise LookupError(f"no kernel multiplies {ask.storage} with {ask.inputs}")
        return kernel

    def blocks(self, units: int, gates: int, ask: Ask | None) -> Blocks:
        """The layout of the rows of units with their gates: that of the matrix's kernel, or the target's."""
        return self.gemv(ask).blocks(self.layout, units, gates) if ask else choose(self.layout, units, gates)

    def layer(self, f: Layer) -> Template | None:
        """The template of a kernel that writes a whole layer; None if the layer's own template does."""
        kernel = self._first(
            lambda one: one.layers, lambda k: f.op.kind in k.kinds and k.by_rows >= f.by_rows and k.takes(f), f.integer
        )
        return self.template_of(kernel) if kernel else None

    def each(self, f: Layer) -> LayerKernel | None:
        """The kernel that writes a layer's function for many positions."""
        return self._first(lambda one: one.layers, lambda k: f.op.kind in k.kinds and k.each(f), f.integer)

    def by_rows(self, storage: str) -> Gemv:
        """The kernel whose file reads a row of a table of floats; it is plain C's."""
        return next(kernel for kernel in kernel_set(PLAIN).gemvs if kernel.tables == storage)

    def template_of(self, kernel: Kernel) -> Template:
        """The file of a kernel's defs."""
        name = next(one.name for one in self.sets if kernel in one.kernels)
        return template(f"{name}/{kernel.template}")

    def _with_primitives(self, integer: bool) -> tuple[KernelSet, ...]:
        """The sets whose helpers may be used, the preferred one first. Float functions are plain C's unless
        ``--math fast``; with ``libm``, kernels use the other helpers of their set."""
        if integer or self.math == "fast":
            return self.sets
        plain = tuple(one for one in self.sets if one.name == PLAIN)
        return plain if self.math == "exact" else (*plain, *(one for one in self.sets if one.name != PLAIN))

    def primitive(self, name: str, integer: bool) -> Callable[..., str]:
        """The writer of a helper.

        Raises:
            LookupError: no set has it: a bug.
        """
        for one in self._with_primitives(integer):
            if name in one.helpers:
                self.used.add(one.name)
                return one.helpers[name]
        raise LookupError(f"no instruction set has the primitive {name}")

    @property
    def copies(self) -> int:
        """Bytes that an inline copy moves at once; 0 if copies are left to the C library."""
        return max(one.set.copies for one in self.sets)

    @property
    def multipliers(self) -> str:
        """NumPy's name of the type in tables of multipliers; empty for their own."""
        return "int32" if any(one.set.words for one in self.sets) else ""

    def has(self, name: str, integer: bool = False) -> bool:
        """Whether a set has a helper for layers' templates that plain C may lack."""
        sets = self._with_primitives(integer)
        return any(name in one.helpers for one in sets if one.name == PLAIN or self.math == "fast" or integer)

    def plain(self, name: str, space: str) -> str:
        """The text of a primitive in plain C."""
        return str(kernel_set(PLAIN).helpers[name](space=space)).strip()

    def ordered(self, names: Iterable[str], integer: bool) -> list[str]:
        """The names that are helpers', in the order of plain C's files."""
        order = _order(self._with_primitives(integer))
        return sorted(order.keys() & names, key=order.__getitem__)

    def called(self, text: str, integer: bool) -> list[str]:
        """The helpers that a text calls, or whose types it uses."""
        words, calls = _words(text)
        types = {word: name for one in self._with_primitives(integer) for word, name in one.set.types.items()}
        return self.ordered([*calls, *(types[word] for word in types.keys() & words)], integer)

    def closure(
        self, callers: Iterable[str], written: Callable[[str], str], integer: bool = False, named: Iterable[str] = ()
    ) -> dict[str, str]:
        """The helpers that functions call, and all helpers that these call, each with its text: callees first.

        Args:
            callers: the functions' texts.
            written: returns the text of a helper.
            integer: whether they are integer functions, which --math does not affect.
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
        """The sets in use besides plain C."""
        return tuple(one.name for one in self.sets if one.name in self.used and one.name != PLAIN)

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers of the sets in use, each with the macro that announces it."""
        return tuple(dict.fromkeys(header for one in self.sets if one.name in self.used for header in one.set.headers))

    def write(self, products: Sequence[Product], space: str) -> list[str]:
        """The C functions of products.

        Raises:
            ValueError: two kernels give functions the same name: a bug.
        """
        ordered = sorted(products)
        if len({g.name for g in ordered}) < len(ordered):
            raise ValueError(f"two kernels have one name: {', '.join(g.name for g in ordered)}")
        return [self._written(g, space) for g in ordered]

    def _written(self, g: Product, space: str) -> str:
        definition = self.template_of(g.kernel).get_def(g.define)
        text = definition.render(g=g, space=space, asm=self.asm, plain=lambda name: self.plain(name, space))
        return str(text).strip("\n")
