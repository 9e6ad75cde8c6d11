"""Does an integer cell drift from float? Ten thousand steps of a stateful LSTM and GRU, error by thousands, as bars.

.venv/bin/python tools/drift.py
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from gatesmith.core.settings import Settings
from gatesmith.importers.reading import fitted, load
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference
from gatesmith.quantization.prepare import quantized

STEPS, BLOCK, UNITS = 10_000, 1_000, 16
TYPES = ("int8", "int16w8", "int16")


def drift(kind: str, folder: Path, sequences: int = 100, types: Sequence[str] = TYPES) -> dict[str, Any]:
    """The largest error of the outputs in each thousand steps, by numeric type: evenly spread noise in, states kept.

    Calibrated on other sequences of 200 steps with the same ends: what is beyond the ranges seen saturates.
    """
    keras.utils.set_random_seed(11)
    x = keras.Input(batch_shape=(1, None, 4))
    layer = {"LSTM": keras.layers.LSTM, "GRU": keras.layers.GRU}[kind](UNITS, return_sequences=True, stateful=True)
    path = folder / f"{kind}.keras"
    keras.Model(x, layer(x)).save(path)
    rng = np.random.default_rng(5)
    shown = rng.uniform(-2, 2, (100, 200, 4)).astype(np.float32)
    np.savez(folder / "calibration.npz", in_0=shown[:sequences])
    long = rng.uniform(-2, 2, (1, STEPS, 4)).astype(np.float32)
    found = {}
    for name in types:
        settings = Settings(numeric=name, calibration=str(folder / "calibration.npz"))
        model = load(path, settings)
        made = quantized(fitted(model, [long]), settings, NUMERICS[name])
        port, out = made.graph.inputs[0].tensor, made.graph.outputs[0].tensor
        (right,) = Reference(made.plain, np.float64).run([long])
        (ours,) = Reference(made.graph, np.int64).run([made.graph.tensor(port).format.quantize(long)])
        error = np.abs(made.graph.tensor(out).format.real(ours) - right)[0].max(axis=1)
        found[name] = error.reshape(-1, BLOCK).max(axis=1)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("LSTM", "GRU"):
            for name, errors in drift(kind, Path(folder)).items():
                print(f"{kind}({UNITS}) {name}: largest error in each {BLOCK:,} of {STEPS:,} steps")
                for index, error in enumerate(errors):
                    bar = "#" * round(40 * error / errors.max())
                    print(f"  {index * BLOCK:>6,}  {error:.2e}  {bar}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
