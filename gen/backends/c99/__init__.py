"""C99: a header and a source for the library, an example, a self-test, and the glue to the device link."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from mako.lookup import TemplateLookup
from mako.template import Template

from ...graph import Array
from ...passes.memory import Program
from ..base import Generated, Origin
from . import integer
from .function import PART
from .integer import TABLES
from .inventory import table_bytes
from .literals import table
from .model import ModelView, Options
from .spelling import LIBM, closure
from .stages import passed

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _lookup() -> TemplateLookup:
    return TemplateLookup(directories=[str(TEMPLATES)], strict_undefined=True, input_encoding="utf-8")


def _template(path: str) -> Template:
    return _lookup().get_template(path)


def generate(program: Program, origin: Origin, options: Options, version: str) -> Generated:
    """The library of a program: ``NAME.h`` and ``NAME.c``, the same bytes for the same input."""
    view = ModelView(program, origin, options)
    space = f"{view.space} " if view.space else ""
    layers = [_template(f"layers/{f.op.kind}.mako").get_def("define").render(f=f).strip("\n") for f in view.functions]
    parts, math_header = (_integer_parts if view.integer else _float_parts)(view, options, space)
    context = {
        "m": view,
        "origin": origin,
        "options": options,
        "version": version,
        "primitives": parts,
        "layers": layers,
        "math_header": math_header,
        "passed": lambda stage, walking: passed(
            stage, program, view.tensor_names, [view.steps(a) for a in range(len(view.axes))], walking
        ),
    }
    source = tidy(_template("model.c.mako").render(**context))
    weight_bytes = table_bytes(source) if view.integer else view.weight_bytes
    header = tidy(_template("model.h.mako").render(**context, weight_bytes=weight_bytes))
    return Generated(
        name=view.name,
        files={f"{view.name}.h": header, f"{view.name}.c": source},
        inputs=view.inputs,
        outputs=view.outputs,
        axes=view.axes,
        causal=view.causal,
        model_id=view.model_id,
        weight_bytes=weight_bytes,
        state_bytes=view.state_bytes,
        integer=view.integer,
        macs=view.macs,
        graph=view.graph,
    )


def _float_parts(view: ModelView, options: Options, space: str) -> tuple[list[str], bool]:
    """The primitives of a float model, and whether it needs math.h."""
    libm, exact = options.math == "libm", options.math == "exact"
    helpers = closure(view.needed.helpers, libm)
    primitives = _template("primitives/float32.mako")
    parts = [primitives.get_def(name).render(libm=libm, exact=exact).strip("\n") for name in helpers]
    simd = options.layout.lanes > 1
    products = _template(f"primitives/{options.numeric.name}.mako")
    gemv = products.get_def("gemv")
    if view.needed.load:
        parts.append(primitives.get_def("load").render(space=space).strip("\n"))
    parts += [
        gemv.render(rows=r, rolled=simd and 1 < r <= 16, space=space).strip("\n") for r in sorted(view.needed.gemv)
    ]
    long = products.get_def("gemv_long")
    parts += [long.render(rows=r, part=PART, space=space).strip("\n") for r in sorted(view.needed.long)]
    return parts, view.needed.root or (libm and bool(LIBM.intersection(helpers)))


def _integer_parts(view: ModelView, options: Options, space: str) -> tuple[list[str], bool]:
    """The primitives of an integer model, which never needs math.h."""
    plain = _template("primitives/integer.mako")
    written = plain.get_def("table")
    isa = options.layout.isa
    special = _template(f"primitives/integer.{isa}.mako") if isa else plain

    def one(name: str, values: Array) -> str:
        return str(written.render(name=name, values=values, text=table, space=space)).strip("\n")

    def body(name: str) -> str:
        room = special if special.has_def(name) else plain
        return str(room.get_def(name).render(space=space, plain=plain)).strip("\n")

    names = integer.closure(view.needed.helpers)
    parts = [one(name, TABLES[name]) if name in TABLES else body(name) for name in names]
    parts += [one(name, values) for name, values in view.needed.tables.items()]
    for g in sorted(view.needed.products):
        room = special if g.isa else plain
        long = "gemv_long" if g.sums == "int64" and g.isa else "gemv"
        parts.append(room.get_def(long).render(g=g, space=space, plain=plain).strip("\n"))
    return parts, False


def glue(made: Generated, numeric: str, lengths: Sequence[int]) -> str:
    """The C file that ties the library to the device link; its buffers hold sequences of these lengths, one an axis."""
    return tidy(_template("glue.c.mako").render(g=made, numeric=numeric, lengths=list(lengths)))


def example(made: Generated, lengths: Sequence[int]) -> str:
    """A ``main.c`` that calls the library once."""
    return tidy(_template("main.c.mako").render(g=made, lengths=list(lengths)))


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
    return tidy(_template("Makefile.mako").render(g=made, cflags=list(cflags), cross=list(cross)))


def tidy(text: str) -> str:
    """No trailing spaces, no runs of empty lines, one newline at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
    return "\n".join(kept).strip("\n") + "\n"
