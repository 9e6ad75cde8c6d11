"""Measures what a family's compiler makes of generated code, and writes it into the family's ``[budget]``.

    python tools/fit_budget.py cortex-m4f avr          # or nothing, for every family with an emulated board
    python tools/fit_budget.py --integer cortex-m4f    # only the code of integer types, added to what is there

Builds the firmware of random small models (``budget_models.py``) for a board of the family and compares sizes of the
linked programs with the features that ``gatesmith.budget`` counts: least squares of the relative error, with a little
ridge. The error that is written down is that of models which were left out of the fit, the largest of all.
A board whose emulator is not its family's gets firmware constants of its own.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import budget_models
import numpy as np

from gatesmith import pipeline, target
from gatesmith.backends import c99
from gatesmith.backends.base import Generated
from gatesmith.backends.c99 import inventory
from gatesmith.budget import FEATURES, features, frame
from gatesmith.building import goes_by_steps
from gatesmith.device import board as firmware
from gatesmith.device import emulator, host
from gatesmith.device.stack import stack_of
from gatesmith.errors import UnsupportedError

ROOT = Path(__file__).resolve().parent.parent / "targets"
MODELS = 80
INTEGERS = ("int8", "int16", "int16w8")
INTEGER_MODELS = 48
RIDGE = 0.3
STACK_MARGIN = {8: 24, 32: 48}
"""Bytes by which the painted stack may be deeper than the call graph says: arithmetic of the C library."""


@dataclass(frozen=True)
class Sample:
    """A model that was built.

    Args:
        held: what its library holds.
        glue: the C that ties it to the link.
        flash, ram: bytes of the whole program, without the stack.
        model_flash: of the model's own object.
        stack: the deepest chain of calls in it.
    """

    made: Generated
    held: inventory.Inventory
    glue: str
    flash: int
    ram: int
    model_flash: int
    stack: int
    word: int

    @property
    def fixed_flash(self) -> int:
        """Of the program without the model's object; what is named after the model is left out."""
        return self.flash - self.model_flash - len(self.made.name)

    @property
    def fixed_ram(self) -> int:
        """Of the program without the model's state and buffers."""
        return self.ram - self.held.state_bytes - sum(inventory.buffers(self.glue, self.word))


def models(folder: Path, seeds: Iterable[int]) -> Iterator[Path]:
    """Random models, each written when it is asked for."""
    for seed in seeds:
        path = folder / f"m{seed}.keras"
        budget_models.model(seed).save(path)
        yield path


def measure(
    board: target.Target, folder: Path, paths: Iterable[Path], numerics: Sequence[str] = ("float32",)
) -> Iterator[Sample]:
    """Build models for a board with the link, in a folder; numeric types take turns. What has no integer form is left
    out."""
    stand_in = emulator.load(board.emulator)
    compiler = board.compiler.command
    ports = host.firmware() / "ports"
    sources = [host.firmware() / "link" / "gatesmith_link.c", *(ports / source for source in stand_in.sources)]
    includes = [f"-I{path}" for path in dict.fromkeys((folder, *(source.parent for source in sources)))]
    defines = [f"-D{name}" for name in stand_in.defines]
    flags = ["-std=c99", *board.compiler.cflags, *firmware.SECTIONS, *stand_in.cflags, *defines, *includes]

    def compile_(source: Path, *more: str) -> Path:
        out = folder / f"{source.stem}.o"
        host.run_tool([compiler, *flags, *more, "-c", str(source), "-o", str(out)], 300)
        return out

    port = [compile_(source) for source in sources]
    for turn, path in enumerate(paths):
        numeric = numerics[turn % len(numerics)]
        settings = pipeline.Settings(target=board.name, numeric=numeric, calibration="synthetic")
        try:
            made, _, lengths = pipeline.program(pipeline.load(path, settings), settings)
        except UnsupportedError:
            continue
        if goes_by_steps(made, lengths, board.ram):
            lengths = (1,)
        texts = {**made.files, f"{made.name}_link.c": c99.glue(made, numeric, lengths)}
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
        model = compile_(folder / f"{made.name}.c", "-fcallgraph-info=su")
        glue = compile_(folder / f"{made.name}_link.c")
        linked = folder / "device"
        objects = map(str, (model, glue, *port))
        link = ["-Wl,--gc-sections", *stand_in.ldflags, "-lm"]
        host.run_tool([compiler, *flags, *objects, "-o", str(linked), *link], 300)
        size = re.sub(r"gcc$", "size", compiler)
        whole, alone = host.section_sizes([linked], size), host.section_sizes([model], size)
        held = inventory.take(made, board.word)
        names = [f"{made.name}_{suffix}" for suffix in (["step", "run"] if made.causal else ["run"])]
        deepest = max(stack_of(name, [model]).bytes or 0 for name in names)
        yield Sample(
            made, held, texts[f"{made.name}_link.c"], whole.flash, whole.ram, alone.flash, deepest, board.word
        )  # fmt: skip


def fit(samples: Sequence[Sample], word: int) -> dict[str, Any]:
    """The constants of a family."""
    fixed = min(s.fixed_flash for s in samples)
    return {
        "firmware_flash": fixed,
        "firmware_ram": max(s.fixed_ram for s in samples),
        "stack": _stack(samples, word),
        **code_of(samples, fixed),
    }


def code_of(samples: Sequence[Sample], fixed: int) -> dict[str, Any]:
    """Bytes of each feature beside ``fixed`` ones of firmware, and how far off models are that were left out."""
    counted = [features(s.held) for s in samples]
    matrix = np.array([[row[name] for name in FEATURES] for row in counted])
    size = np.array([s.flash - len(s.made.name) - s.held.table_bytes - fixed for s in samples], float)
    whole = size + fixed
    spread = matrix.std(axis=0)
    used = spread > 0
    used[FEATURES.index("one")] = True
    spread[~(spread > 0)] = 1.0
    rows = (matrix / spread)[:, used] / np.array([s.flash for s in samples])[:, None] * 10_000
    right = size / np.array([s.flash for s in samples]) * 10_000
    ridge = RIDGE * np.eye(rows.shape[1])
    inverse = np.linalg.inv(rows.T @ rows + ridge)
    found = inverse @ rows.T @ right
    # What each model's residual would have been, had it been left out.
    leverage = np.einsum("ij,jk,ik->i", rows, inverse, rows)
    left_out = np.abs(right - rows @ found) / (1 - leverage) * np.array([s.flash for s in samples]) / 10_000
    code = np.zeros(len(FEATURES))
    code[used] = found
    code /= spread
    return {
        "error": float(np.max(left_out / whole)),
        "of_all": [float(np.quantile(left_out / np.array([s.flash for s in samples]), q)) for q in (0.5, 0.9, 1.0)],
        "code": dict(zip(FEATURES, map(float, code), strict=True)),
    }


def _stack(samples: Sequence[Sample], word: int) -> dict[str, float]:
    """The least constants of a grid under which no model is deeper than its estimate."""
    best: tuple[float, dict[str, float]] | None = None
    for call in (8, 12, 16, 24, 32):
        for value in (0, 1, 2, 4):
            trial = {"base": 0.0, "call": float(call), "value": float(value)}
            depths = np.array([_depth(s.held, trial) for s in samples])
            right = np.array([s.stack for s in samples])
            base = float(np.max(right - depths))
            excess = float(np.mean(depths + base - right))
            if best is None or excess < best[0]:
                best = (excess, {**trial, "base": base + STACK_MARGIN[word]})
    assert best is not None
    return best[1]


def _depth(held: inventory.Inventory, constants: dict[str, float]) -> float:
    functions = {function.name: function for function in held.functions}
    known: dict[str, float] = {}

    def depth(name: str) -> float:
        if name not in functions:
            return 0.0
        if name not in known:
            known[name] = 0.0
            inner = max((depth(callee) for callee in functions[name].code.calls), default=0.0)
            known[name] = frame(functions[name], constants) + inner
        return known[name]

    return max(depth(name) for name in functions)


def _write(path: Path, lines: Sequence[str]) -> None:
    """Replace a TOML file's budget, which then stands at its end."""
    tables = re.split(r"^(?=\[)", path.read_text("utf-8"), flags=re.MULTILINE)
    kept = "".join(table for table in tables if not table.startswith("[budget")).rstrip("\n")
    path.write_text(kept + "\n\n" + "\n".join(lines) + "\n", "utf-8")


def _table(found: dict[str, Any], measured: str) -> list[str]:
    numbers = [f"{name} = {value:.2f}" for name, value in found["code"].items()]
    return [
        "[budget]",
        f'measured = "{measured}"',
        'numerics = ["float32"]',
        f"firmware_flash = {found['firmware_flash']}",
        f"firmware_ram = {found['firmware_ram']}",
        f"error = {found['error']:.3f}",
        "",
        "[budget.code]",
        *numbers,
        "",
        "[budget.stack]",
        *(f"{name} = {value:.1f}" for name, value in found["stack"].items()),
    ]


def add_integers(family: str) -> None:
    """Measure the code of integer types, beside a family's constants for the others."""
    board = next(b for b in map(target.load, target.names()) if b.family == family and b.emulator)
    assert board.costs is not None
    with tempfile.TemporaryDirectory(prefix="gatesmith-budget-") as place:
        folder = Path(place)
        samples = list(measure(board, folder, models(folder, range(INTEGER_MODELS)), INTEGERS))
    found = code_of(samples, board.costs.firmware_flash)
    path = ROOT / "families" / f"{family}.toml"
    tables = re.split(r"^(?=\[)", path.read_text("utf-8"), flags=re.MULTILINE)
    kept = [table.rstrip("\n") for table in tables if not table.startswith("[budget.integer]")]
    names = ", ".join(f'"{name}"' for name in ("float32", *INTEGERS))
    kept = [
        re.sub(r"(?<=\n)numerics = .*", f"numerics = [{names}]", table) if table.startswith("[budget]") else table
        for table in kept
    ]
    numbers = [f"error = {found['error']:.3f}", *(f"{name} = {value:.2f}" for name, value in found["code"].items())]
    path.write_text("\n\n".join([*kept, "\n".join(["[budget.integer]", *numbers])]) + "\n", "utf-8")
    told = ", ".join(f"{value:.1%}" for value in found["of_all"])
    print(f"{family}, integers: flash of {len(samples)} off by {told} (median, 9 of 10, all)", flush=True)


def main(families: Sequence[str]) -> None:
    """Measure families, and write what was found."""
    if families and families[0] == "--integer":
        for family in families[1:]:
            add_integers(family)
        return
    boards = [target.load(name) for name in target.names()]
    emulated = [b for b in boards if b.emulator and b.family and emulator.load(b.emulator).project is None]
    for family in families or sorted({board.family for board in emulated}):
        done: dict[str, dict[str, Any]] = {}
        for board in (board for board in emulated if board.family == family):
            if board.emulator in done:
                continue
            with tempfile.TemporaryDirectory(prefix="gatesmith-budget-") as place:
                seeds = range(MODELS if not done else 8)
                samples = list(measure(board, Path(place), models(Path(place), seeds)))
            version = subprocess.run(
                [board.compiler.command, "-dumpversion"], capture_output=True, text=True, check=True
            )
            if not done:
                found = fit(samples, board.word)
                measured = f"{board.compiler.command} {version.stdout.strip()}, {len(samples)} models on {board.name}"
                _write(ROOT / "families" / f"{family}.toml", _table(found, measured))
                told = ", ".join(f"{value:.1%}" for value in found["of_all"])
                print(f"{family}: flash off by {told} (median, 9 of 10, all); {found['stack']}", flush=True)
            else:
                fixed = min(s.fixed_flash for s in samples)
                lines = [f"firmware_flash = {fixed}", f"firmware_ram = {max(s.fixed_ram for s in samples)}"]
                for own in (other for other in emulated if other.emulator == board.emulator):
                    _write(ROOT / f"{own.name}.toml", ["[budget]", *lines])
                    print(f"{own.name}: {', '.join(lines)}", flush=True)
            done[board.emulator] = {}


if __name__ == "__main__":
    main(sys.argv[1:])
