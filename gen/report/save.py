"""``gatesmith inspect --save``: every gate's W, U and b by name, for hand-written C."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..core.distinct import distinct
from ..core.errors import UsageError
from ..files.arrays import KINDS, check_kind, write_npz
from ..importers.keras.dialect.spec import FloatArray, LayerSpec
from .code import SYMBOL
from .summary import Summary


def arrays(summary: Summary) -> dict[str, FloatArray]:
    """``layer/gate/W`` -> values; the two sets of biases of a GRU are ``b_in`` and ``b_rec``."""
    gates: dict[str, FloatArray] = {}
    used: dict[str, int] = {}
    for _, view in summary.walk():
        if not (isinstance(view.spec, LayerSpec) and view.spec.gates):
            continue
        layer = distinct("/".join(member(part) for part in view.path), used)
        for part in view.spec.gates:
            gates[f"{layer}/{part.gate}/{SYMBOL[part.role]}"] = np.ascontiguousarray(part.data, np.float32)
    return gates


def member(name: str) -> str:
    """A layer's name for a member of a zip, which can never be unpacked outside the folder."""
    return re.sub(r"[^\w.\- ]", "_", name).strip(". ") or "_"


def save(summary: Summary, path: Path) -> dict[str, FloatArray]:
    """Write the gates; an old file stays until the new one is complete.

    Raises:
        UsageError: the model has no gates, the file cannot be written, or its suffix is not ``.npz``.
    """
    check_kind("--save", path, KINDS[:1])
    gates = arrays(summary)
    if not gates:
        file = summary.reading.source.path
        raise UsageError(
            "there are no gates to save: the model has no recurrent layer", where=file, fix="leave out --save"
        )
    write_npz(path, gates)
    return gates
