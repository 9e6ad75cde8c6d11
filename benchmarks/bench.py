"""Everything that is measured, in one run: peers raced on this machine, cores counted, the tool itself.

    python benchmarks/bench.py MODELS [--only peers,cores,tool,growth] [--workloads W1,W2] [--out FILE]
    python benchmarks/bench.py MODELS --diff FILE

MODELS holds ``NAME.keras`` with ``NAME_io.npz`` beside it (``in_0``, and ``out_0`` by Keras). Results go into one JSON
file; what a run leaves out stays as it was there. ``--diff`` counts cores again and lists what grew by 3 % beside FILE:
exit code 1 then. Instructions are not cycles, and what is emulated is a board's core, not the board.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import compared
import costs
import growth
import machine
import page
import racing
import silicon
import tool

from gatesmith.core.errors import GatesmithError

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results.json"
PARTS = ("peers", "cores", "tool", "growth")
NUMERICS = ("float32", "int8", "int8w4")


def cores(models: list[Path], targets: list[str], keep: Callable[[Any], None]) -> dict[str, Any]:
    """Target -> workload -> numeric type -> costs, or why there are none; kept again after each workload."""
    table: dict[str, Any] = {}
    for target in targets:
        for model in models:
            for numeric in NUMERICS:
                data = model.with_name(f"{model.stem}_io.npz")
                try:
                    row: dict[str, Any] = costs.measure(model, data, target, numeric)
                except GatesmithError as error:
                    row = {"refused": error.what}
                table.setdefault(target, {}).setdefault(model.stem, {})[numeric] = row
                print(f"{target:14} {model.stem:4} {numeric:8} {row}", flush=True)
            keep(table)
    return table


def merged(old: Any, new: Any) -> Any:
    """``new`` over ``old``, table by table."""
    if not (isinstance(old, dict) and isinstance(new, dict)) or "refused" in new or "refused" in old:
        return new
    return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--workloads", default="")
    parser.add_argument("--targets", default=",".join(page.CORES))
    parser.add_argument("--peers", default="")
    parser.add_argument("--peers-python", type=Path, default=ROOT / "out" / "peers" / "bin" / "python")
    parser.add_argument("--silicon", type=Path, help="a folder with the models of MLPerf Tiny: measured as well")
    parser.add_argument("--no-count", action="store_true", help="race peers, but do not count them under callgrind")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--diff", type=Path)
    args = parser.parse_args()
    wanted = [name for name in args.workloads.split(",") if name]
    models = [path for path in sorted(args.models.glob("*.keras")) if not wanted or path.stem in wanted]
    if not models:
        sys.exit(f"{args.models} holds no workload: NAME.keras with NAME_io.npz beside it")
    targets = args.targets.split(",")
    if args.diff:
        return compared.told(json.loads(args.diff.read_text("utf-8"))["cores"], cores(models, targets, lambda _: None))
    peers, python = [name for name in args.peers.split(",") if name], args.peers_python

    def keep(part: str, made: Any) -> None:
        results = json.loads(args.out.read_text("utf-8")) if args.out.exists() else {}
        timed = {} if part in ("cores", "silicon") else {"machine": machine.described()}
        results = merged(results, {**timed, part: made})
        if part == "peers":
            results["versions"] = machine.versions(python)
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(results, indent=1) + "\n", "utf-8")

    if args.silicon:
        silicon.measured(args.silicon, lambda made: keep("silicon", made))
    for part in filter(None, args.only.split(",")):
        if part == "peers":
            folder, count = ROOT / "out" / "bench", not args.no_count
            racing.races(python, models, folder, peers, count, lambda made: keep("peers", made))
        elif part == "cores":
            cores(models, targets, lambda made: keep("cores", made))
        elif part == "tool":
            keep(part, tool.measured())
        else:
            keep(part, growth.measured(ROOT / "docs" / "images"))
    if args.out == RESULTS:
        page.write(json.loads(args.out.read_text("utf-8")), ROOT / "docs" / "benchmarks.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
