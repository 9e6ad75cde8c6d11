"""What a workload costs on a target: instructions counted, bytes, and the error beside Keras's stored outputs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from gatesmith.core.settings import Settings
from gatesmith.flow.run import run

SHOWN, SENT = 8, 2
"""Samples that calibrate integers, and that are run."""
FACTS = ("instructions", "instructions_per", "cycles", "estimated_cycles", "flash_waits", "flash", "ram", "stack")


def measure(
    model: Path, data: Path, target: str, numeric: str, math: str = "fast", optimize: str | None = None
) -> dict[str, Any]:
    """Costs of one model on one target, an emulated core where it is a board.

    Raises:
        GatesmithError: the model or its type is refused there, or the target's tools are missing.
    """
    with np.load(data) as stored:
        inputs = {name: stored[name] for name in stored.files if name.startswith("in_")}
        wanted = [stored[f"out_{i}"][:SENT] for i in range(sum(name.startswith("out_") for name in stored.files))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "shown.npz", **{name: x[:SHOWN] for name, x in inputs.items()})
        np.savez(folder / "in.npz", **{name: x[:SENT] for name, x in inputs.items()})
        calibration = None if numeric.startswith("float") else str(folder / "shown.npz")
        settings = Settings(
            target=target,
            numeric=numeric,
            calibration=calibration,
            math=math,
            optimize=optimize,
            emulate=target != "host",
            budget=True,
            cache=False,
        )
        result = run(model, settings, input=folder / "in.npz", report=folder / "report.json")
    assert result.outputs is not None
    pairs = zip(result.outputs, wanted, strict=True)
    error = max(float(np.abs(y - right).max() / max(1.0, np.abs(right).max())) for y, right in pairs)
    facts = result.report.as_json()
    return {**{key: facts[key] for key in FACTS if facts.get(key) is not None}, "error": float(f"{error:.2g}")}
