"""How cost grows with a model: instructions against units, layers and steps, with the exponents that fit."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from gatesmith.core.settings import Settings
from gatesmith.flow.run import run

MAKE = """\
import sys
import keras
from keras import layers
keras.utils.set_random_seed(1)
kind, folder = sys.argv[1], sys.argv[2]
for size in map(int, sys.argv[3:]):
    units, deep = (size, 1) if kind == "units" else (32, size)
    x = h = keras.Input((8, 16))
    for n in range(deep):
        h = layers.LSTM(units, return_sequences=n < deep - 1)(h)
    keras.Model(x, h).save(f"{folder}/{size}.keras")
"""
SIZES = {"units": (16, 32, 64, 128), "layers": (1, 2, 4, 8)}
TARGETS = {"host": "this machine", "nucleo_f446re": "Cortex-M4F"}


def counted(model: Path, target: str) -> float:
    """Instructions of a step."""
    data = model.with_suffix(".npz")
    np.savez(data, in_0=np.random.default_rng(0).normal(size=(1, 8, 16)).astype(np.float32))
    settings = Settings(target=target, emulate=target != "host", budget=False, cache=False)
    result = run(model, settings, input=data, report=model.with_suffix(".json"))
    return float(result.report.as_json()["instructions"])


def exponent(sizes: list[int], counts: list[float]) -> float:
    """Of the power law that fits: the slope of the logarithms."""
    return round(float(np.polyfit(np.log(sizes), np.log(counts), 1)[0]), 3)


def measured(images: Path) -> dict[str, Any]:
    """Growth -> target -> sizes, instructions a step, exponent; and ``growth.png`` in ``images``."""
    table: dict[str, Any] = {}
    for kind, sizes in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", MAKE, kind, folder, *map(str, sizes)]
            subprocess.run(command, check=True, capture_output=True, timeout=300)
            for target in TARGETS:
                counts = [counted(Path(folder) / f"{size}.keras", target) for size in sizes]
                row = {"sizes": list(sizes), "instructions": counts, "exponent": exponent(list(sizes), counts)}
                table.setdefault(kind, {})[target] = row
                print(f"growth with {kind}, {target}: {row}", flush=True)
    drawn(table, images / "growth.png")
    return table


def drawn(table: dict[str, Any], file: Path) -> None:
    """The picture."""
    import matplotlib  # noqa: PLC0415  (slow, and for this only)

    matplotlib.use("Agg")
    from matplotlib import pyplot  # noqa: PLC0415

    figure, axes = pyplot.subplots(1, len(table), figsize=(4.5 * len(table), 3.5), layout="constrained")
    for axis, (kind, targets) in zip(np.atleast_1d(axes), table.items(), strict=True):
        for target, row in targets.items():
            label = f"{TARGETS[target]}, exponent {row['exponent']:.2f}"
            axis.loglog(row["sizes"], row["instructions"], "o-", label=label)
        axis.set(xlabel=f"{kind} of LSTM", ylabel="instructions a step")
        axis.set_xticks(row["sizes"], list(map(str, row["sizes"])), minor=False)
        axis.minorticks_off()
        axis.legend()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=100, metadata={"Software": None})
    pyplot.close(figure)
