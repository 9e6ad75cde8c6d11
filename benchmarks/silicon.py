"""The four models of MLPerf Tiny in int8 on the emulated core of NUCLEO-L4R5ZI: cycles estimated by Arm's table, beside
what others have published of that board (``taken.json``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import costs

TARGET = "nucleo_l4r5zi"
MODELS = {
    "KWS": "mlperf_kws_dscnn",
    "IC": "mlperf_ic_resnet8.h5",
    "VWW": "mlperf_vww_96.h5",
    "AD": "mlperf_ad01.h5",
}
WAYS = ("balanced", "speed")


def measured(folder: Path) -> dict[str, dict[str, Any]]:
    """Model -> what it is optimised for -> its costs.

    Args:
        folder: the models, each with its .npz of inputs and outputs beside it.
    """
    table: dict[str, dict[str, Any]] = {}
    for name, file in MODELS.items():
        model = folder / file
        for way in WAYS:
            row = costs.measure(model, folder / f"{model.stem}.npz", TARGET, "int8", optimize=way)
            table.setdefault(name, {})[way] = row
            print(f"{TARGET:14} {name:4} {way:8} {row}", flush=True)
    return table
