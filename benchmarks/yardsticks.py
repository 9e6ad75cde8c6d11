"""A hand-written LSTM in int8 beside the generated one, on emulated cores without SIMD: instructions, and bits.

    python benchmarks/yardsticks.py MODEL.keras DATA.npz [--targets microbit,esp32c3]

The model is one causal LSTM of sigmoids and hyperbolic tangents. ``yardsticks/lstm.c`` is what a person would write who
knows each shift and each table; both run in one program, on the same inputs, states carried from step to step. What is
told: instructions of a step generated, by hand, their ratio, and how many outputs differ.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from gatesmith.boards import target
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load
from gatesmith.layers.integer.cells import IntegerLstm
from gatesmith.numerics.fixed import TANH_TABLE
from gatesmith.run.standins import emulator

HERE = Path(__file__).resolve().parent / "yardsticks"
LINKED = ("--oslib=semihost", "--crt0=semihost", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")
SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")


def tables(op: IntegerLstm) -> str:
    """What ``lstm.c`` includes: a unit's four rows side by side, weights plus 128."""
    units = op.units

    def by_units(rows: np.ndarray) -> np.ndarray:
        """(..., 4 units), gate by gate -> (units, ..., 4)"""
        return np.moveaxis(rows.reshape(*rows.shape[:-1], 4, units), -1, 0)

    def array(kind: str, name: str, values: np.ndarray) -> str:
        return f"static const {kind} {name}[] = {{ {', '.join(map(str, values.reshape(-1).tolist()))} }};"

    own, past, narrow = op.own, op.past, op.narrow
    if narrow is None or narrow.pre or len(own.rescales) + len(past.rescales) > 2:
        raise SystemExit("the yardstick is for gates that share their shifts, and outputs in int8")
    first, second = own.rescale(0), past.rescale(0)
    keep, new, argument = op.bits
    numbers = {"INPUTS": op.inputs, "UNITS": units, "PRE": first.pre, "POST": first.post, "PAST_PRE": second.pre}
    numbers |= {"PAST_POST": second.post, "KEEP": keep, "NEW": new, "ARGUMENT": argument, "LAST": op.last}
    numbers |= {"OWN_FITS": int(first.bounded), "PAST_FITS": int(second.bounded), "PAST_BIASED": int(past.bias.any())}
    numbers |= {"NARROW": narrow.single, "NARROW_POST": narrow.post}
    lines = [f"enum {{ {', '.join(f'{name} = {value}' for name, value in numbers.items())} }};"]
    lines += [array("int16_t", "tanh_points", TANH_TABLE)]
    for name, one in (("own", own), ("past", past)):
        plus = one.weights.astype(np.int16) + 128
        lines += [
            array("uint8_t", f"{name}_w", by_units(plus)),
            array("int32_t", f"{name}_bias", by_units(one.bias + one.halves)),
            array("int16_t", f"{name}_m", by_units(one.multipliers)),
        ]
    return "\n".join(lines) + "\n"


def compared(model: Path, data: Path, name: str) -> str:
    """A line of the table."""
    board = target.load(name)
    stand_in = emulator.load(board.emulator)
    with np.load(data) as stored, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        np.savez(folder / "shown.npz", in_0=stored["in_0"][:8])
        settings = Settings(target=name, numeric="int8", calibration=str(folder / "shown.npz"), name="generated")
        made, _ = program(load(model, settings), plan(settings))
        (op,) = [node.op for node in made.graph.nodes if isinstance(node.op, IntegerLstm)]
        for file, text in {**made.files, "tables.h": tables(op)}.items():
            (folder / file).write_text(text, "utf-8")
        flags = [*board.compiler.flags(False), *stand_in.cflags, *LINKED, *stand_in.ldflags, f"-I{folder}"]
        sources = [str(HERE / "lstm.c"), str(folder / "generated.c")]
        elf = folder / "a.elf"
        subprocess.run([board.compiler.command, *flags, *sources, "-o", str(elf)], check=True, timeout=120)
        words = [str(elf) if word == "{firmware}" else word for word in stand_in.command]
        if "-chardev" in words:
            at = words.index("-chardev")
            words[at : at + 4] = ["-serial", "none"]
        extra = () if "-semihosting-config" in words else SEMIHOSTING
        done = subprocess.run([*words, *extra], capture_output=True, text=True, timeout=120, check=True)
    told = (done.stdout + done.stderr).splitlines()[
        -1
    ]  # semihosting's output is QEMU's standard error, behind warnings
    generated, by_hand, differ = map(int, told.split())
    return f"{name:10} {generated:10,} {by_hand:10,} {generated / by_hand:8.3f} {differ:8}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--targets", default="microbit,esp32c3")
    args = parser.parse_args()
    print(f"{'target':10} {'generated':>10} {'by hand':>10} {'ratio':>8} {'differ':>8}")
    for name in args.targets.split(","):
        print(compared(args.model, args.data, name), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
