"""Instructions, flash, RAM and stack of models on emulated boards and on this machine, compared with Keras.

    python benchmarks/boards.py FOLDER [--models W4,W6] [--targets host,nucleo_f401re] [--numerics float32,int8]

FOLDER holds ``NAME.keras`` with ``NAME_io.npz`` beside it (``in_0`` ..: the first eight samples calibrate integers, the
first two are run). Instructions are those of a call, or of a step of a model that steps; they are not cycles. Flash is
the library with its tables, RAM its state and working memory; inputs and outputs are the caller's and told apart. What
is emulated is a board's core, not the board.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from gatesmith.core.errors import GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.flow.validate import validate

TARGETS = "host,nucleo_f401re,mps3_an547,esp32,pico"
"""This machine, Cortex-M4F, Cortex-M55, LX6, Cortex-M0+."""
COLUMNS = ("target", 14), ("model", 6), ("type", 9), ("instructions", 13), ("per", 5), ("flash", 9), ("RAM", 8)
HEAD = " ".join(f"{title:>{width}}" for title, width in (*COLUMNS, ("stack", 6), ("I/O", 7)))


def line(model: Path, target: str, numeric: str, folder: Path) -> str:
    """A row of the table, or why there is none."""
    with np.load(model.with_name(f"{model.stem}_io.npz")) as data:
        inputs = {name: data[name][:8] for name in data.files if name.startswith("in_")}
    np.savez(folder / "shown.npz", **inputs)
    np.savez(folder / "in.npz", **{name: x[:2] for name, x in inputs.items()})
    calibration = None if numeric.startswith("float") else str(folder / "shown.npz")
    settings = Settings(
        target=target, numeric=numeric, calibration=calibration, emulate=target != "host", budget=False, cache=False
    )
    head = f"{target:14} {model.stem:6} {numeric:9}"
    try:
        result = validate(model, settings, folder / "in.npz", measured=True)
    except GatesmithError as error:
        return f"{head} {error.what}"
    facts, cost = result.report, result.report.cost()
    count, per = (f"{cost[1].value:,.0f}", cost[1].per or "step") if cost else ("", "")
    stack = "" if facts.stack is None else f"{facts.stack:,}"
    flash = "" if facts.flash is None else f"{facts.flash:,}"
    ports = sum(x[0].nbytes for x in inputs.values()) // (4 if numeric == "int8" else 1)
    verdict = f"error {facts.max_abs_error:.1e}" if result.passed else "FAILED"
    return f"{head} {count:>13} {per:5} {flash:>9} {facts.ram or 0:>8,} {stack:>6} {ports:>7,}  {verdict}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", default="")
    parser.add_argument("--targets", default=TARGETS)
    parser.add_argument("--numerics", default="float32,int8")
    args = parser.parse_args()
    wanted = args.models.split(",") if args.models else [path.stem for path in sorted(args.folder.glob("*.keras"))]
    print(HEAD)
    for target in args.targets.split(","):
        for name in wanted:
            for numeric in args.numerics.split(","):
                with tempfile.TemporaryDirectory() as folder:
                    print(line(args.folder / f"{name}.keras", target, numeric, Path(folder)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
