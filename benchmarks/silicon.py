"""The four models of MLPerf Tiny in int8 on emulated cores of NUCLEO boards: cycles estimated by Arm's tables, beside
what others have published of boards with those cores (``taken.json``)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import costs

TARGETS = ("nucleo_l4r5zi", "nucleo_h743zi", "nucleo_u575zi_q")
"""Cortex-M4F, Cortex-M7, Cortex-M33."""
MODELS = {
    "KWS": "mlperf_kws_dscnn",
    "IC": "mlperf_ic_resnet8.h5",
    "VWW": "mlperf_vww_96.h5",
    "AD": "mlperf_ad01.h5",
}
WAYS = ("balanced", "speed")


def measured(folder: Path, keep: Callable[[Any], None]) -> None:
    """Keeps target -> model -> what it is optimised for -> its costs, after each model.

    Args:
        folder: the models, each with its .npz of inputs and outputs beside it.
    """
    for target in TARGETS:
        for name, file in MODELS.items():
            model, row = folder / file, {}
            for way in WAYS:
                row[way] = costs.measure(model, folder / f"{model.stem}.npz", target, "int8", optimize=way)
                print(f"{target:15} {name:4} {way:8} {row[way]}", flush=True)
            keep({target: {name: row}})
