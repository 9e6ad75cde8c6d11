"""``python tools/write_figures.py``: tables of measured numbers in docs/costs.md, written between their markers.

Each is the bundled example on one board of every core, by ``gatesmith validate --json``. Numbers of emulated cores:
instructions, or cycles where the emulator counts those. tests/docs/test_figures.py measures one core of them anew.
"""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from gatesmith import cli

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples"
CORES: Mapping[str, str] = {
    "Cortex-M0": "microbit",
    "Cortex-M0+ (RP2040)": "pico",
    "Cortex-M3": "bluepill_f103c8",
    "Cortex-M4F": "nucleo_f446re",
    "Cortex-M7": "nucleo_h743zi",
    "Cortex-M33": "nucleo_l552ze_q",
    "Cortex-M55": "mps3_an547",
    "RV32IMC": "esp32c3",
    "RV32IMAFC": "virt_rv32imafc",
    "Xtensa LX6": "esp32",
    "Xtensa LX106": "esp8266",
    "ATmega2560": "mega2560",
    "ATmega328P": "uno",
}
"""A core, and the board that it is measured on."""
TYPES = ("float32", "int8", "int16w8", "int16")
FLOAT = "| core | board | error | a step | flash of the model | stack |\n| --- | --- | --- | --- | --- | --- |"
INTEGER = (
    "| core | float | int8 | int16w8 | int16 | flash, int8 | RAM, int8 |\n| --- | --- | --- | --- | --- | --- | --- |"
)
PAGE = ROOT / "docs" / "costs.md"

Facts = Mapping[str, Any]


def measured(numeric: str, boards: Sequence[str]) -> dict[str, Facts]:
    """Facts of each board that ran the bundled example's test set in a numeric type."""
    command = ["validate", str(EXAMPLE / "basic_motions.keras"), "--json"]
    command += ["--input", str(EXAMPLE / "basic_motions_test.npz"), "--samples", "8"]
    command += ["--numeric", numeric, "--emulate"]
    if numeric != "float32":
        command += ["--calibration", str(EXAMPLE / "basic_motions_calibration.npz")]
    for board in ["host", *boards]:
        command += ["--target", board]
    with redirect_stdout(io.StringIO()) as said:
        code = cli.main(command)
    if code:
        raise SystemExit(code)
    return {row["target"]: row for row in json.loads(said.getvalue())["targets"]}


def cost(row: Facts) -> str:
    """Cycles where they are counted, else instructions."""
    unit = "cycles" if row.get("cycles") else "instructions"
    return f"{row[unit]:,.0f} {unit}"


def float_row(core: str, row: Facts) -> str:
    stack, flash = f"{row['stack']:,} B", f"{row['flash']:,} B"
    return f"| {core} | {row['target']} | {row['max_abs_error']:.1e} | {cost(row)} | {flash} | {stack} |"


def integer_row(core: str, rows: Sequence[Facts]) -> str:
    """One core in the four types; int8's flash and RAM."""
    unit = " (cycles)" if cost(rows[0]).endswith("cycles") else ""
    costs = " | ".join(cost(row).split()[0] for row in rows)
    return f"| {core}{unit} | {costs} | {rows[1]['flash']:,} B | {rows[1]['ram']:,} B |"


def table(text: str, name: str) -> str:
    """The lines between a table's markers.

    Raises:
        ValueError: there are no such markers.
    """
    match = re.search(f"<!-- figures: {name} -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    if match is None:
        raise ValueError(f"no table named {name}")
    return match[1]


def main() -> None:
    types = {numeric: measured(numeric, list(CORES.values())) for numeric in TYPES}
    lines = {
        "float": [FLOAT, *(float_row(core, types["float32"][board]) for core, board in CORES.items())],
        "integer": [
            INTEGER,
            *(integer_row(core, [types[numeric][board] for numeric in TYPES]) for core, board in CORES.items()),
        ],
    }
    text = PAGE.read_text("utf-8")
    for name, rows in lines.items():
        text = text.replace(table(text, name), "\n".join(rows))
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
