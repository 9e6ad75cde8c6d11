"""Modules of integer models: the model, its weights, and its layers twice, for viper and in plain Python."""

from __future__ import annotations

import numpy as np

from ...passes.memory import Program
from ..base import Origin
from .assembly import FIELD, Options
from .fixed_model import IntegerView
from .product import kernel_names
from .states import CODES
from .text import template, tidy, written
from .weights import LAYOUT

OWN = ("copy8", "copy16", "fill8", "fill16")
"""Helpers that the model itself calls."""


def view(program: Program, origin: Origin, options: Options, variant: str) -> IntegerView:
    names = template(f"{variant}/helpers.mako").module.NAMES
    return IntegerView(program, origin, options, frozenset([*names, "sums", *kernel_names()]))


def files(m: IntegerView, options: Options, variant: str, version: str) -> dict[str, str]:
    """The modules by path: one in assembly too, where the target has an assembler and there are products.

    Raises:
        UnsupportedError: a layer kind that the variant has no template for.
    """
    helpers = template(f"{variant}/helpers.mako")
    layers = {
        viper: written(side, variant, m.options.numeric.name) for viper, side in ((True, m.functions), (False, m.plain))
    }
    if m.stream is not None:
        m.shared.helpers |= {f"{name}{width}" for name in ("copy", "move", "fill") for width in (8, 16)}
    chosen = [name for name in helpers.module.NAMES if name in {*m.shared.helpers, *OWN}]
    m.weights.add("SCALES", np.asarray(m.scales), "of inputs and outputs")
    kernels = sorted(m.shared.kernels)
    assembled = sorted(m.shared.kernels - m.shared.beyond) if options.thumb else []
    called = {call.function for stage in m.stages for call in stage.calls}
    moves = [f"_{name}" for name in chosen if name.startswith(("copy", "move", "fill"))]
    context = {
        "m": m,
        "origin": m.origin,
        "options": m.options,
        "version": version,
        "layout": LAYOUT,
        "imports": ["floor"],
        "helpers": [],
        "layers": [],
        "used": sorted({*called, *moves}),
    }
    made = {
        f"{m.name}.py": template("module.py.mako").render(**context),
        f"{m.name}_weights.py": template("weights.py.mako").render(**context),
        f"{m.name}.pyi": template("stub.pyi.mako").render(**context),
    }
    for name, viper in (("viper", True), ("plain", False)):
        texts = [helpers.get_def("sums_viper").render(each).strip("\n") for each in kernels] if viper else []
        texts += [helpers.get_def("sums_plain").render().strip("\n")] if kernels and not viper else []
        texts += [helpers.get_def("helper").render(each, viper).strip("\n") for each in chosen]
        made[f"{m.name}_{name}.py"] = template(f"{variant}/kernels.mako").render(
            **{**context, "helpers": texts, "layers": layers[viper]}, viper=viper, assembled=assembled, codes=CODES
        )
    if assembled:
        page = template(f"{variant}/thumb.py.mako")
        made[f"{m.name}_thumb.py"] = page.render(**context, kernels=assembled, field=FIELD)
    return {path: tidy(text) for path, text in made.items()}
