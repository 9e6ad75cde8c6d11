"""Instructions, bytes and error of the benchmark models on this machine. Instructions are not cycles.

    python benchmarks/bench.py [FOLDER] [--math fast] [--json FILE]

FOLDER holds ``NAME.keras`` with ``NAME_io.npz`` beside it (``in_0`` .., ``out_0`` .. by Keras); without it the bundled
example is measured. Instructions are counted by valgrind's callgrind: for a causal model in one step, else in one call.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from gatesmith.core.errors import GatesmithError, UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import MATHS
from gatesmith.flow.run import run as run_model

EXAMPLE = Path(__file__).resolve().parent.parent / "examples"


def measure(model: Path, data: Path, math: str) -> dict[str, Any]:
    """Costs of one model, and its error beside the outputs in ``data``."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        result = run_model(model, Settings(math=math), input=data, report=report)
    with np.load(data) as stored:
        wanted = [stored[f"out_{i}"] for i in range(len(result.outputs or []))]
    assert result.outputs is not None
    error = max(
        float(np.abs(got - right).max()) / float(np.abs(right).max())
        for got, right in zip(result.outputs, wanted, strict=True)
    )
    return {**result.report.as_json(), "relative_error": error}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--math", default="fast", choices=MATHS)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if args.folder:
        pairs = [(model, model.with_name(f"{model.stem}_io.npz")) for model in sorted(args.folder.glob("*.keras"))]
    else:
        pairs = [(EXAMPLE / "basic_motions.keras", EXAMPLE / "basic_motions_test.npz")]
    print(f"host, float32, math {args.math}; instructions by callgrind (not cycles); error of the largest output")
    print(f"{'model':16} {'instructions':>14} {'per':5} {'MAC':>10} {'flash':>10} {'RAM':>8} {'stack':>6} {'error':>9}")
    rows = {}
    for model, data in pairs:
        try:
            row = rows[model.stem] = measure(model, data, args.math)
        except UnsupportedError as error:
            print(f"{model.stem:16} not translated: {error.what}")
            continue
        except GatesmithError as error:
            print(f"{model.stem}: {error.what}\n{error.why}", file=sys.stderr)
            return int(error.exit_code)
        count = "-" if row["instructions"] is None else f"{row['instructions']:,.0f}"
        stack = "-" if row["stack"] is None else f"{row['stack']:,}"
        print(
            f"{model.stem:16} {count:>14} {row['instructions_per']:5} {row['macs']:>10,} {row['flash']:>10,} "
            f"{row['ram']:>8,} {stack:>6} {row['relative_error']:>9.1e}"
        )
    if args.json:
        args.json.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
