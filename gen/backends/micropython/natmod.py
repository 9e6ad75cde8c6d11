"""A C model as a native module for MicroPython: glue, a class in Python, and a Makefile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..base import Generated
from .text import page

FOLDER = "natmod"


def files(core: Generated, modules: Generated, arch: str, flags: Sequence[str], version: str) -> dict[str, str]:
    """A folder that builds ``NAME_native.mpy``.

    Args:
        core: the model, from the C backend.
        modules: the model as modules, for the names.
        arch: MicroPython's name of the default architecture.
        flags: the target's own compiler flags.
    """
    scales = np.array([port.format.scale for port in (*core.inputs, *core.outputs)], "<f4").tobytes()
    glue = {
        f"{core.name}_native.c": page("natmod/native.c.mako", g=core),
        f"{core.name}_model.py": page(
            "natmod/model.py.mako",
            g=core,
            names=[p.name for p in (*modules.inputs, *modules.outputs)],
            scales=repr(scales),
            version=version,
        ),
        "Makefile": page("natmod/Makefile.mako", g=core, arch=arch, flags=" ".join(flags)),
    }
    return {f"{FOLDER}/{path}": text for path, text in {**core.files, **glue}.items()}
