"""Budgets against programs that the boards' own compilers built, and against the stack that emulated boards paint."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import workloads

from gatesmith import pipeline, target
from gatesmith.budget import Budget, budget
from gatesmith.building import budget_of, goes_by_steps
from gatesmith.device import emulator
from gatesmith.pipeline import Settings

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))
import fit_budget

BOARDS = (
    "microbit bluepill_f103c8 nucleo_f446re nucleo_h743zi nucleo_l552ze_q mps3_an547 uno mega2560 esp32c3 esp32c6"
    " virt_rv32imafc"
).split()
"""One for each emulator."""
PAINTED = ("microbit", "nucleo_f446re", "uno")
WITHIN = 0.05
"""Of the linked program's flash."""
ROOM = 16
"""Bytes by which static RAM may be overestimated."""


def lacking(board: target.Target) -> str:
    compiler = board.compiler.command
    if shutil.which(compiler) is None:
        return f"{compiler} is not installed (apt-get install {board.compiler.package})"
    package = emulator.load(board.emulator).firmware_package
    if package and not any(Path(p).exists() for p in (f"/usr/share/doc/{name}" for name in package.split())):
        return f"its C library is not installed (apt-get install {package})"
    return ""


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return list(workloads.real(tmp_path_factory.mktemp("real")))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return list(fit_budget.models(tmp_path_factory.mktemp("small"), workloads.SEEDS))


@pytest.fixture(params=BOARDS)
def board(request: pytest.FixtureRequest) -> target.Target:
    found = target.load(request.param)
    if reason := lacking(found):
        pytest.skip(f"{request.param}: {reason}")
    return found


def built(board: target.Target, paths: list[Path], folder: Path) -> Iterator[tuple[str, fit_budget.Sample, Budget]]:
    for path, sample in zip(paths, fit_budget.measure(board, folder, paths), strict=True):
        yield path.stem, sample, budget(sample.made, sample.glue, board, "float32")


def static(found: Budget) -> int:
    return sum(part.bytes for part in found.ram.parts if part.name != "stack")


def test_models_of_real_size(board: target.Target, real: list[Path], tmp_path: Path, record_property: Any) -> None:
    """Flash within 5 %, RAM never under, on whatever core."""
    told = []
    for name, sample, found in built(board, real, tmp_path):
        off = found.flash.used / sample.flash - 1
        told.append(f"{name} {off:+.1%}")
        assert abs(off) <= WITHIN, (name, sample.flash, found.flash)
        assert 0 <= static(found) - sample.ram <= ROOM, (name, sample.ram, found.ram)
        assert sample.stack <= found.stack, (name, sample.stack, found.stack)
    record_property("budget", f"{board.name}: {', '.join(told)}")


def test_small_models_that_the_constants_were_not_fitted_to(
    board: target.Target, small: list[Path], tmp_path: Path, record_property: Any
) -> None:
    """Mostly code: within what the budget itself calls possible, so that nothing that fits is refused."""
    told = []
    for name, sample, found in built(board, small, tmp_path):
        off = found.flash.used / sample.flash - 1
        told.append(f"{off:+.1%}")
        assert found.flash.least <= sample.flash <= found.flash.most, (name, sample.flash, found.flash)
        assert 0 <= static(found) - sample.ram <= ROOM, (name, sample.ram, found.ram)
        assert sample.stack <= found.stack, (name, sample.stack, found.stack)
        if board.costs is not None and board.costs.error < 0.15:
            assert abs(off) <= 1.4 * WITHIN, (name, sample.flash, found.flash)
    record_property("budget", f"{board.name}: {', '.join(told)}")


@pytest.mark.parametrize("name", PAINTED)
def test_no_stack_is_deeper_than_its_estimate(name: str, small: list[Path], tmp_path: Path) -> None:
    """As the emulated board paints it: with the C library's own calls and interrupts."""
    board = target.load(name)
    reason = lacking(board) or emulator.load(board.emulator).missing()
    if reason:
        pytest.skip(f"{name}: {reason}")
    settings = Settings(target=name, emulate=True)
    for path in (workloads.EXAMPLE, small[5]):
        model = pipeline.load(path, settings)
        made, _, lengths = pipeline.program(model, settings)
        by_steps = goes_by_steps(made, lengths, board.ram)
        found = budget_of(made, board, settings, (1,) if by_steps else lengths, by_steps)
        shape = [tuple(n or 4 for n in port.shape) for port in made.inputs]
        painted = _painted(path, settings, shape, tmp_path)
        assert 48 <= painted <= found.stack, (path.name, painted, found.stack)


def _painted(path: Path, settings: Settings, shapes: list[tuple[int, ...]], folder: Path) -> int:
    import numpy as np

    random = np.random.default_rng(1)
    arrays = {f"in_{i}": random.normal(size=(1, *shape)).astype(np.float32) for i, shape in enumerate(shapes)}
    np.savez(folder / "in.npz", **arrays)  # type: ignore[arg-type]
    report = pipeline.run(path, settings, input=folder / "in.npz", report=folder / "r.json").report
    return int(report["stack"])
