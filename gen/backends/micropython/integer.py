"""Modules of integer models: the model, its weights, and its layers twice, for viper and in plain Python."""

from __future__ import annotations

import numpy as np

from ...passes.memory import Program
from ..base import Origin
from .assembly import FIELD, Options
from .fixed_model import IntegerView
from .product import kernel_names
from .states import CODES
from .text import model_files, page, template, underscored, written

INTEGER = "viper"
"""The name of the template folder."""
MOVES = ("copy", "move", "fill")
"""Helpers that the model itself calls, for each width of values."""


def modules(program: Program, origin: Origin, options: Options, version: str) -> tuple[IntegerView, dict[str, str]]:
    """The model, and its files by path; products in assembly too, if the target has an assembler and the model has
    products.

    Raises:
        UnsupportedError: there is no template for a layer kind.
    """
    helpers = template(f"{INTEGER}/helpers.mako")
    names = helpers.module.NAMES
    m = IntegerView(program, origin, options, frozenset([*names, "sums", *kernel_names()]))
    layers = {
        viper: written(functions, INTEGER, options.numeric.name)
        for viper, functions in ((True, m.functions), (False, m.plain))
    }
    called = MOVES if m.stream is not None else ("copy", "fill")
    needed = underscored([*layers[True], *layers[False]]) | {f"{move}{bits}" for move in called for bits in (8, 16)}
    chosen = [name for name in names if name in needed]
    m.weights.add("SCALES", np.asarray(m.scales), "of inputs and outputs")
    kernels = sorted(m.shared.kernels)
    assembled = sorted(m.shared.kernels - m.shared.beyond) if options.thumb else []
    used = {call.function for stage in m.stages for call in stage.calls}
    used |= {f"_{name}" for name in chosen if name.startswith(MOVES)}
    files = model_files(m, version, imports=["floor"], used=sorted(used))
    for name, viper in (("viper", True), ("plain", False)):
        texts = [helpers.get_def("sums_viper").render(each).strip("\n") for each in kernels] if viper else []
        texts += [helpers.get_def("sums_plain").render().strip("\n")] if kernels and not viper else []
        texts += [helpers.get_def("helper").render(each, viper).strip("\n") for each in chosen]
        files[f"{m.name}_{name}.py"] = page(
            f"{INTEGER}/kernels.mako",
            **{"m": m, "version": version, "viper": viper, "codes": CODES},
            **{"helpers": texts, "layers": layers[viper], "assembled": assembled},
        )
    if assembled:
        thumb = page(f"{INTEGER}/thumb.py.mako", m=m, version=version, kernels=assembled, field=FIELD)
        files[f"{m.name}_thumb.py"] = thumb
    return m, files
