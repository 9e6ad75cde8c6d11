"""C99: a header and a source for the library, an example, a self-test, and the glue to the device link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from shlex import quote

from ...core.graph import Array, Op
from ...passes.memory import Program
from ..base import EXAMPLE, File, Generated, Origin, Project
from ..templates import Template
from ..usage import Usage
from . import fixed
from .examples import ARDUINO, BARE, ESP_IDF, NATIVE, ZEPHYR, Platform, calls, example, push, sketch
from .function import LayerFunction
from .kernels.sets import TEMPLATES, lookup, page
from .literals import table
from .model import ModelView, Options
from .stages import call_arguments
from .text import indented

__all__ = [
    "ARDUINO", "BARE", "ESP_IDF", "NATIVE", "TEMPLATES", "ZEPHYR", "ModelView", "Options", "Platform", "calls",
    "example", "folder", "generate", "glue", "makefile", "push", "selftest", "sketch",
]  # fmt: skip

MATHEMATICS = re.compile(r"\b(?:sqrt|exp|log|log1p|tanh|erf|sin|cos|atan)$")
"""The end of a call's name before ``f(``, for functions of the C library's math.h: a search for whole calls would scan
every number."""
BLOCK = re.compile(r"(?<=_)(rest|few)?\d+(x\d+)?(?=_|$)")
"""A number in a function's name that is not part of a type: ``4x10`` of ``gemv_int8_4x10``."""
SELFTEST = "samples with their expected answers"


def _fast_math(view: ModelView, options: Options, primitives: Sequence[str]) -> str:
    """The reason why ``-ffast-math``, or of it ``-fassociative-math``, is refused; empty if it is not."""
    if options.math == "exact" and not view.integer:
        return "changes results: this model was generated to give the same bits everywhere"
    if any("12582912.0f" in text for text in primitives):  # 1.5 * 2^23, which is added and taken off to round
        return "makes exp, tanh or sin wrong here: compile this file without it, or generate with --math libm"
    return ""


def generate(program: Program, origin: Origin, options: Options, version: str) -> Generated:
    """The library of a program: ``NAME.h`` and ``NAME.c``, the same bytes for the same input.

    Raises:
        UsageError: the target's layout names an instruction set without a folder.
    """
    view = ModelView(program, origin, options)
    layers = [_layer(view, f) for f in view.functions]
    products = view.kernels.write(tuple(view.needed.products), view.spaced)
    names, helpers = _helpers(view, [*layers, *products])
    primitives = [*helpers, *products]
    context = {
        "m": view,
        "origin": origin,
        "options": options,
        "version": version,
        "primitives": primitives,
        "fast_math": _fast_math(view, options, primitives),
        "layers": layers,
        "mathematics": any(MATHEMATICS.search(x[-6:]) for y in (*primitives, *layers) for x in y.split("f(")[:-1]),
        "call_arguments": lambda stage, walking: call_arguments(
            stage, view.names, [view.steps(a) for a in range(len(view.axes))], walking
        ),
    }
    source = page("model.c.mako", **context)
    tables = tuple(view.needed.constants.values())
    weight_bytes = sum(each.bytes for each in tables) if view.integer else view.weight_bytes
    header = page("model.h.mako", **context, weight_bytes=weight_bytes)
    model = view.generated({f"{view.name}.h": header, f"{view.name}.c": source}, weight_bytes)
    purposes = {
        f"{view.name}.h": "the interface: read this one",
        f"{view.name}.c": "weights and code; no heap, no mutable globals",
    }
    return replace(
        model,
        tables=tables,
        sums=view.needed.sums,
        pieces=_pieces(view, names),
        checks_state=bool(view.bounds or view.counts),
        purposes=purposes,
    )


def _pieces(view: ModelView, helpers: Sequence[str]) -> tuple[str, ...]:
    """The pieces of the source, named as in :class:`gatesmith.backends.base.Generated`."""
    pieces = [*map("helper {}".format, helpers), *(f"product {each.name}" for each in sorted(view.needed.products))]
    for f in view.functions:
        places = view.needed.places[f.name]
        pieces += [f"layer {f.op.kind}", *(f"in {name}" for name in places.elements() if name.startswith("helper"))]
    pieces.append(f"frame {'integer' if view.integer else 'float'}")
    pieces += ["call" for stage in view.stages for _ in stage.calls]
    return tuple(map(unnumbered, pieces))


def unnumbered(name: str) -> str:
    """A function's or a piece's name without the numbers of its block: ``gemv_int8_#``."""
    return BLOCK.sub("#", name)


def _layer(view: ModelView, f: LayerFunction) -> str:
    """A layer's function, by a kernel for the whole layer, or else by its template."""
    view.needed.enter(f.name)
    template = view.kernels.layer(f) or _of_op(f.op)
    whole = template.get_def("define") if template.has_def("define") else template
    return indented(str(whole.render(f=f)).strip("\n"))


def _of_op(op: Op) -> Template:
    """A layer's template. An integer layer without its own uses that of the float layer; a layer without any that only
    moves values uses the one for all such layers."""
    others = "moved" if op.moves else op.kind.removeprefix("integer_")
    kind = op.kind if lookup().has_template(f"{op.kind}.mako") else others
    return lookup().get_template(f"{kind}.mako")


def _helpers(view: ModelView, callers: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names of helpers that layers and products call; the text of these and of their tables."""
    libm, space = view.options.math == "libm", view.spaced
    facts = {"libm": libm, "exact": view.options.math == "exact", "asm": view.options.asm, "space": space}

    def plain(name: str) -> str:
        return view.kernels.plain(name, space)

    def one(name: str) -> str:
        if view.integer and name in fixed.TABLES:
            return values(name, fixed.TABLES[name])
        write = view.kernels.primitive(name, view.integer)
        return str(write(**facts, plain=plain, counted=view.needed.constant)).strip("\n")

    def values(name: str, numbers: Array) -> str:
        view.needed.constant(name, len(numbers), "int16")
        write = view.kernels.primitive("table", view.integer)
        return str(write(name=name, values=numbers, text=table, space=space)).strip("\n")

    helpers = view.kernels.closure(callers, one, view.integer, view.needed.helpers)
    tables = [values(name, numbers) for name, numbers in view.needed.tables.items()]
    return [*helpers], [*helpers.values(), *tables]


def glue(model: Generated, numeric: str, lengths: Sequence[int]) -> str:
    """The C file that ties the library to the device link; its buffers hold sequences of these lengths, one per
    axis."""
    return page("glue.c.mako", g=model, numeric=numeric, lengths=list(lengths))


def selftest(
    model: Generated, inputs: Sequence[Array], outputs: Sequence[Array], lengths: Sequence[int], tolerance: float
) -> str:
    """A program that runs golden vectors, (samples, ...), and compares the outputs with the expected ones."""
    answers = {"inputs": inputs, "outputs": outputs, "lengths": list(lengths), "tolerance": tolerance}
    return page("selftest.c.mako", g=model, **answers)


def folder(usage: Usage, selftest: str, makefile: str) -> Project:
    """The library with an example and a self-test, and the Makefile of :func:`makefile`."""
    name = usage.model.name
    files = {
        **usage.model.listed,
        **push(usage),
        f"{name}_selftest.c": File(selftest, SELFTEST),
        "main.c": File(example(usage), EXAMPLE, yours=True),
        "Makefile": File(makefile, "builds example and self-test: yours to change", yours=True),
    }
    return Project(files, (("make -C {folder} test", "build and run the self-test"),), calls(usage))


def makefile(model: Generated, cflags: Sequence[str], cross: Sequence[str] = ()) -> str:
    """A Makefile for the example and the self-test on this machine.

    Args:
        cflags: flags for this machine.
        cross: the compiler and flags of another target; the Makefile then builds the library's object for it too.
    """
    words = {"cflags": list(map(quote, cflags)), "cross": list(map(quote, cross))}
    return page("Makefile.mako", g=model, **words)
