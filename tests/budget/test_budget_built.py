"""Budgets beside programs that the boards' own compilers linked, and the stack that emulated boards paint."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import workloads
import write_budget
from everything import EVERYTHING
from workloads import read

from gatesmith.boards import target
from gatesmith.budget.budget import Budget
from gatesmith.core.errors import BudgetError, UnsupportedError
from gatesmith.core.settings import SYNTHETIC, Settings
from gatesmith.flow import budget as budgets
from gatesmith.flow.built import compiled
from gatesmith.flow.plan import plan
from gatesmith.flow.program import buffers, program
from gatesmith.flow.run import run as run_model
from gatesmith.importers.reading import load
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import board as firmware
from gatesmith.run.toolchain import host

FAMILIES = ("uno", "microbit", "nucleo_f446re", "nucleo_l552ze_q", "esp32c3", "esp8266")
"""A board of each of six families."""
TYPES = ("float32", "int8") if EVERYTHING else ("float32",)
WITHIN = 0.10
"""Nine of ten estimated totals are within this share of the program's flash."""
FEW = 6
"""Small models where not everything is asked for; of all models each family takes every third one."""
ROOM, LEFT = 64, 0.75
"""Bytes that a line item may be off, and the share of a part that linkers leave at least: they shorten jumps and drop
functions that nothing calls."""
PAINTED = ("microbit", "nucleo_f446re", "uno")


def lacking(board: target.Target) -> str:
    return firmware.missing_software(board, emulator.load(board.emulator))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Of real size, and small ones that nobody compiled for the sizes: 60 in all where everything is asked for."""
    folder = tmp_path_factory.mktemp("models")
    seeds = workloads.SEEDS if EVERYTHING else workloads.SEEDS[:FEW]
    return [*workloads.real(folder), *write_budget.models(folder, seeds)]


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each model is read once, and the same program linked once: where two ways write one text for one board, the
    second is given the first's program."""
    link, programs = firmware.link_firmware, dict[str, tuple[host.Binary, Path]]()

    def linked(board: target.Target, stand_in: Any, model: Any, glue: Any, out: Path, flags: Any) -> Any:
        texts = [(path.name, path.read_text("utf-8")) for path in sorted(model[0].parent.glob("*.[ch]"))]
        key = repr((board, stand_in, texts, flags))
        if key not in programs or not programs[key][1].is_file():
            programs[key] = link(board, stand_in, model, glue, out, flags)
        return programs[key]

    monkeypatch.setattr(firmware, "link_firmware", linked)
    monkeypatch.setattr(budgets, "load", lambda path, _: read(path)[0])


@pytest.fixture(params=FAMILIES)
def board(request: pytest.FixtureRequest) -> target.Target:
    loaded = target.load(request.param)
    if reason := lacking(loaded):
        pytest.skip(f"{request.param}: {reason}")
    return loaded


def linked(path: Path, board: target.Target, numeric: str, folder: Path) -> dict[str, int]:
    """A linked program's sections, and its parts by their objects before they are linked, without a map file."""
    chosen = plan(Settings(target=board.name, numeric=numeric, calibration=SYNTHETIC, emulate=True), runs=True)
    generated = program(read(path)[0], chosen)
    lengths, _ = buffers(generated, board.ram)
    one = compiled(generated, chosen, lengths, folder)
    whole = host.section_sizes([one.path], one.size_tool)
    ties = [at for source, at in one.objects.items() if source.name in (f"{generated.name}_link.c", "gatesmith_link.c")]
    model, link = (host.section_sizes(objects, one.size_tool).flash for objects in (one.model_objects, ties))
    tables = sum(table.bytes for table in generated.tables)
    return {
        "flash": whole.flash,
        "static": whole.ram,
        "weights and tables": tables,
        "model code": model - tables,
        "link": link,
    }


def near(stated: int, unlinked: int) -> bool:
    return LEFT * unlinked - ROOM <= stated <= unlinked + ROOM


def static(estimate: Budget) -> int:
    return sum(part.bytes for part in estimate.ram.parts if part.name != "stack")


@dataclass
class Beside:
    """A model's budget beside the linked program.

    Args:
        flash: of the program.
        off: the estimate of that, relative.
        items: bytes by which each compiled line item is smaller than before it was linked.
        static, stack: bytes by which the estimate is over the program's static RAM, over its stack.
        wrong: what a budget must not be.
    """

    name: str
    flash: int
    off: float
    items: dict[str, int]
    static: int
    stack: int
    wrong: list[tuple[Any, ...]]


def beside(path: Path, board: target.Target, numeric: str, folder: Path) -> Beside | None:
    """None of a model that cannot be linked for the board, or has no form in the numeric type: its budget says so too.
    Nor of one whose weights the compiler leaves out, as behind a multiplier of 0, where values are all 0 as calibrated.
    """
    settings = Settings(numeric=numeric)
    (estimated,) = budgets.table(path, settings, [board.name]).budgets
    if estimated.fits == "no":
        return None
    folder.mkdir()
    true = None
    with suppress(BudgetError, UnsupportedError):
        true = linked(path, board, numeric, folder)
    (exact,) = budgets.table(path, settings, [board.name], compiling=True).budgets
    if true is None:
        assert exact.fits == "no" or (not exact.compiled and exact.not_compiled)
        return None
    if true["model code"] < 0:
        return None
    items = {part.name: part.bytes for part in exact.flash.parts if part.name in true}
    wrong: list[tuple[Any, ...]] = [(k, v, true[k]) for k, v in items.items() if not near(v, true[k])]
    if not (exact.compiled and exact.flash.used == true["flash"] and static(exact) == true["static"]):
        wrong.append(("compiled", exact.flash.used, true["flash"]))
    if not estimated.flash.least <= true["flash"] <= estimated.flash.most:
        wrong.append(("bounds", estimated.flash.used, true["flash"]))
    return Beside(
        path.stem,
        true["flash"],
        estimated.flash.used / true["flash"] - 1,
        {k: true[k] - v for k, v in items.items()},
        static(estimated) - true["static"],
        estimated.stack - exact.stack,
        [(path.stem, *each) for each in wrong],
    )


@pytest.mark.parametrize("numeric", TYPES)
def test_budgets_beside_linked_programs(
    board: target.Target, numeric: str, models: list[Path], tmp_path: Path, once: None
) -> None:
    """Compiled: totals are exact, and every line item is what linkers leave of it. Estimated: nine totals of ten are
    near, and none is off by more than the stated error. RAM is never underestimated."""
    mine = models if EVERYTHING else models[FAMILIES.index(board.name) % 3 :: 3]
    results = [beside(path, board, numeric, tmp_path / str(n)) for n, path in enumerate(mine)]
    compared = [each for each in results if each is not None]
    line = summary(compared)
    print(f"\n{board.name}, {numeric}: {line}")
    assert compared
    wrong = [each for one in compared for each in one.wrong]
    wrong += [(one.name, "RAM", one.static, one.stack) for one in compared if one.static < 0 or one.stack < 0]
    far = [(one.name, "estimate", one.flash, one.off) for one in compared if abs(one.off) > WITHIN]
    wrong += far[len(compared) // 10 :] if EVERYTHING else []
    assert not wrong, line


def summary(compared: list[Beside]) -> str:
    """Errors of the estimated totals (median, 9 of 10, worst), and the worst errors of items and of RAM."""
    offs = sorted(abs(one.off) for one in compared)
    shares = ", ".join(f"{offs[round(share * (len(offs) - 1))]:.1%}" for share in (0.5, 0.9, 1.0))
    over = [f"{one.name} {one.flash} B {one.off:+.1%}" for one in compared if abs(one.off) > WITHIN]
    items = max((abs(size) for one in compared for size in one.items.values()), default=0)
    return (
        f"{len(compared)} programs; estimated totals off by {shares} (middle, 9 of 10, worst)"
        f"{', over 10 %: ' + ', '.join(over) if over else ''}; compiled items shortened by {items} B at most;"
        f" static RAM over by {min(one.static for one in compared)} to {max(one.static for one in compared)} B,"
        f" stack by {min(one.stack for one in compared)} B at least"
    )


def test_the_second_time_no_compiler_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = target.load("esp32c3")
    if reason := lacking(board):
        pytest.skip(f"esp32c3: {reason}")
    monkeypatch.setenv("GATESMITH_CACHE", str(tmp_path))
    first = budgets.table(workloads.EXAMPLE, Settings(), ["esp32c3"], compiling=True)
    with monkeypatch.context() as patch:
        patch.setattr(firmware, "link_firmware", lambda *_: pytest.fail("it was compiled again"))
        again = budgets.table(workloads.EXAMPLE, Settings(), ["esp32c3"], compiling=True)
    assert first.budgets == again.budgets and all(one.compiled for one in first.budgets)
    for cached in tmp_path.iterdir():
        cached.write_text("{}", "utf-8")
    (one,) = budgets.table(workloads.EXAMPLE, Settings(numeric="int8"), ["esp32c3"], compiling=True).budgets
    assert one in first.budgets


@pytest.mark.parametrize("name", PAINTED)
def test_no_stack_is_deeper_than_it_is_told(name: str, models: list[Path], tmp_path: Path) -> None:
    """The emulated board paints its stack: the measurement includes the C library's calls and interrupts."""
    board = target.load(name)
    if reason := lacking(board):
        pytest.skip(f"{name}: {reason}")
    for path in (workloads.EXAMPLE, models[9]):
        settings = Settings(target=name, emulate=True)
        generated = program(load(path, settings), plan(settings))
        shape = [tuple(n or 4 for n in port.shape) for port in generated.inputs]
        painted = _painted(path, settings, shape, tmp_path)
        for compiling in (True, False):
            estimate = budgets.table(path, Settings(numeric=board.numerics[0]), [name], compiling=compiling).budgets[0]
            assert 48 <= painted <= estimate.stack, (path.name, compiling, painted, estimate.stack)


def _painted(path: Path, settings: Settings, shapes: list[tuple[int, ...]], folder: Path) -> int:
    import numpy as np

    random = np.random.default_rng(1)
    arrays = {f"in_{i}": random.normal(size=(1, *shape)).astype(np.float32) for i, shape in enumerate(shapes)}
    np.savez(folder / "in.npz", **arrays)  # type: ignore[arg-type]
    report = run_model(path, settings, input=folder / "in.npz", report=folder / "r.json").report
    assert report.stack is not None
    return report.stack
