"""Instructions of a sliding window's answer by one stream, and of the same window computed anew, on an emulated board.

    python benchmarks/windows.py MODEL DATA.npz --hop H [--target nucleo_f401re] [--numerics float32,int8]

DATA holds ``in_0``, (samples, steps, ...) of the model's length T: they calibrate integers, and one after the other
they are the frames. T + 8 H frames are given, one a ``step``; the answers behind the first are compared with those
windows' own, which the board computes anew by ``run``. Instructions are those between two answers, H frames, and not
cycles.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from gatesmith.core.settings import Settings
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.plan import plan
from gatesmith.importers.reading import load

HOPS = 8


def by_one_stream(model: Path, settings: Settings, frames: np.ndarray) -> tuple[list[np.ndarray], list[int]]:
    """After each frame: what lies in the output, and what the frame took."""
    answers, costs = [], []
    chosen = plan(settings, runs=True)
    with linked(prepared(load(model, settings), chosen), chosen) as made, made.start() as device:
        ticks = made.route.emulator.counter.ticks if made.route.emulator else 1.0
        device.reset()
        for frame in frames:
            answers.append(np.array(device.step([frame])[0]))
            costs.append(round(device.cost().count / ticks))
    return answers, costs


def anew(model: Path, settings: Settings, windows: list[np.ndarray]) -> tuple[list[np.ndarray], int]:
    """The windows' outputs, and what one takes."""
    chosen = plan(settings, runs=True)
    with linked(prepared(load(model, settings), chosen), chosen) as made, made.start() as device:
        answers, ticks = [], made.route.emulator.counter.ticks if made.route.emulator else 1.0
        for window in windows:
            device.reset()
            answers.append(np.array(device.run([window])[0]))
        return answers, round(device.cost().count / ticks)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--hop", type=int, required=True)
    parser.add_argument("--target", default="nucleo_f401re")
    parser.add_argument("--numerics", default="float32,int8")
    args = parser.parse_args()
    with np.load(args.data) as data:
        samples = data["in_0"]
    length = samples.shape[1]
    frames = np.concatenate(list(samples))[: length + HOPS * args.hop]
    windows = [frames[s : s + length] for s in range(args.hop, len(frames) - length + 1, args.hop)]
    for numeric in args.numerics.split(","):
        calibration = None if numeric.startswith("float") else str(args.data)
        common = {
            "target": args.target, "numeric": numeric, "calibration": calibration, "emulate": True, "cache": False,
        }  # fmt: skip
        wanted, whole = anew(args.model, Settings(**common), windows)
        streaming = Settings(**common, window=length, hop=args.hop)
        answers, costs = by_one_stream(args.model, streaming, frames)
        got = answers[length - 1 + args.hop :: args.hop]
        apart = max(float(np.abs(one - other).max()) for one, other in zip(got, wanted, strict=True))
        hop = sum(costs[length:]) / HOPS
        print(
            f"{args.model.stem} {numeric} on {args.target}, T {length}, H {args.hop}: {whole:,} anew, {hop:,.0f} by "
            f"one stream, {whole / hop:.1f} times less; {max(costs[length:]):,} at most a frame; {len(got)} answers, "
            f"at most {apart:.1e} apart",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
