"""C99: a header and a source for the library, an example, a self-test, and the glue to the device link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from shlex import quote

from ...core.graph import Array
from ...passes.memory import Program
from ..base import Generated, Origin
from ..templates import Template, templates
from . import fixed, spelling
from .examples import ARDUINO, BARE, ESP_IDF, NATIVE, ZEPHYR, Platform, example, push, sketch
from .function import LayerFunction
from .literals import table
from .model import ModelView, Options
from .stages import passed
from .streams import bounds
from .text import tidy

__all__ = [
    "ARDUINO", "BARE", "ESP_IDF", "NATIVE", "ZEPHYR", "ModelView", "Options", "Platform", "example", "generate", "glue",
    "makefile", "push", "selftest", "sketch", "tidy",
]  # fmt: skip

MANY = 17
"""Turns of a loop that no compiler writes out, or more."""
CALLS = (1, 2, 3, 4, 7)
"""Calls of a helper, told apart as compilers do: so many, or more."""
TEMPLATES = Path(__file__).parent / "templates"


def _template(path: str) -> Template:
    return templates(TEMPLATES).get_template(path)


def generate(program: Program, origin: Origin, options: Options, version: str) -> Generated:
    """The library of a program: ``NAME.h`` and ``NAME.c``, the same bytes for the same input.

    Raises:
        UsageError: the target's layout names an instruction set that there is no folder of.
    """
    view = ModelView(program, origin, options)
    layers = [_layer(view, f) for f in view.functions]
    names, helpers = _helpers(view)
    primitives = [*helpers, *view.kernels.write(tuple(view.needed.products), view.spaced)]
    context = {
        "m": view,
        "origin": origin,
        "options": options,
        "version": version,
        "primitives": primitives,
        "layers": layers,
        "passed": lambda stage, walking: passed(
            stage, view.names, [view.steps(a) for a in range(len(view.axes))], walking
        ),
    }
    source = tidy(_template("model.c.mako").render(**context))
    tables = tuple(view.needed.constants.values())
    weight_bytes = sum(each.bytes for each in tables) if view.integer else view.weight_bytes
    header = tidy(_template("model.h.mako").render(**context, weight_bytes=weight_bytes))
    made = view.generated({f"{view.name}.h": header, f"{view.name}.c": source}, weight_bytes)
    limits = bounds(view.stream) if view.stream is not None else ()
    return replace(made, tables=tables, pieces=_pieces(view, names), bounds=limits)


def _pieces(view: ModelView, helpers: Sequence[str]) -> tuple[str, ...]:
    """What the source is made of, as :class:`gatesmith.backends.base.Generated` names it."""
    places, walks = view.needed.places, {f.name for f in view.functions if f.op.row_walk(*f.ins) is not None}
    called, callees = sum(places.values(), Counter()), view.kernels.callees(_needs(view), view.integer)
    called.update(f"helper {callee}" for name in helpers for callee in callees.get(name, ()))
    made = [f"helper {name} {called[f'helper {name}']}" for name in helpers]
    inside = {name for layer in walks for name in places[layer] if name.startswith("product") and called[name] == 1}
    products = [f"product {product.name}" for product in sorted(view.needed.products)]
    made += [f"{name} {called[name]}" for name in products if name not in inside]
    for f in view.functions:
        layer = f"{f.op.kind} {_turns(f)}"
        made.append(f"layer {layer}")
        for name, count in places[f.name].items():
            if name.startswith("helper"):
                most = max(calls for calls in CALLS if calls <= called[name])
                made += [f"in {name} {count} of x{most} {layer}"] * count
            elif name in inside:
                made.append(f"in {name} {layer}")
    made.append(f"frame {'integer' if view.integer else 'float'}")
    return (*made, *("call" for stage in view.stages for _ in stage.calls))


def _turns(f: LayerFunction) -> str:
    """How often the loop over a layer's values turns, as far as compilers see it, which write short loops out: ``4`` of
    four units in one block; ``4+`` of blocks of four, ``4-`` where the last is not full. Of a layer without blocks its
    values, or those of a row. Before that, of a layer that goes along rows, how many it makes (``x5``), or looks at
    where its function makes one (``row x3``)."""
    walk = f.op.row_walk(*f.ins)
    if (b := f.rows) is not None:
        turns = str(b.total) if b.count == 1 else f"{b.units}{'-' if b.padded else '+'}"
    else:
        turns = str(min(prod(n or 1 for n in (f.outs[0] if walk is None else f.outs[0][-1:])), MANY))
    if walk is None:
        return turns
    row = f.by_rows or "forward" not in f.forms
    made = f.outs[0][0] if len(f.outs[0]) > 1 and not row else walk.kernel
    return f"{'row ' if row else ''}x{min(made or MANY, MANY)} {turns}"


def _layer(view: ModelView, f: LayerFunction) -> str:
    """A layer's function: by a kernel that has all of it, else by its own template."""
    view.needed.enter(f.name)
    template = (None if f.by_rows else view.kernels.layer(f)) or _template(f"layers/{f.op.kind}.mako")
    return str(template.get_def("define").render(f=f)).strip("\n")


def _helpers(view: ModelView) -> tuple[list[str], list[str]]:
    """The names of helpers that layers and products call; the text of these and of their tables."""
    libm, space = view.options.math == "libm", view.spaced
    names = view.kernels.closure(view.needed.helpers, _needs(view), view.integer)
    facts = {"libm": libm, "exact": view.options.math == "exact", "asm": view.options.asm, "space": space}

    def plain(name: str) -> str:
        return view.kernels.plain(name, space)

    def one(name: str) -> str:
        if view.integer and name in fixed.TABLES:
            return values(name, fixed.TABLES[name])
        definition = view.kernels.primitive(name, view.integer)
        return str(definition.render(**facts, plain=plain, counted=view.needed.constant)).strip("\n")

    def values(name: str, numbers: Array) -> str:
        view.needed.constant(name, len(numbers), "int16")
        definition = view.kernels.primitive("table", view.integer)
        return str(definition.render(name=name, values=numbers, text=table, space=space)).strip("\n")

    tables = [values(name, numbers) for name, numbers in view.needed.tables.items()]
    last = ["load"] if view.needed.load else []
    return [*names, *last], [*map(one, names), *tables, *map(one, last)]


def _needs(view: ModelView) -> Mapping[str, tuple[str, ...]]:
    """Helper -> helpers it calls, in plain C."""
    return fixed.NEEDS if view.integer else spelling.needs(view.options.math == "libm")


def glue(made: Generated, numeric: str, lengths: Sequence[int]) -> str:
    """The C file that ties the library to the device link; its buffers hold sequences of these lengths, one an axis."""
    return tidy(_template("glue.c.mako").render(g=made, numeric=numeric, lengths=list(lengths)))


def selftest(
    made: Generated, inputs: Sequence[Array], outputs: Sequence[Array], lengths: Sequence[int], tolerance: float
) -> str:
    """A program that runs golden vectors, samples first, and compares with the answers given."""
    template = _template("selftest.c.mako")
    return tidy(template.render(g=made, inputs=inputs, outputs=outputs, lengths=list(lengths), tolerance=tolerance))


def makefile(made: Generated, cflags: Sequence[str], cross: Sequence[str] = ()) -> str:
    """A Makefile for the example and the self-test on this machine.

    Args:
        cflags: for this machine.
        cross: the compiler and flags of another target, for which it makes the library's object as well.
    """
    return tidy(
        _template("Makefile.mako").render(g=made, cflags=list(map(quote, cflags)), cross=list(map(quote, cross)))
    )
