"""Estimated cycles beside what is counted: the trace sees every instruction, and the M0+'s table meets rp2040js."""

from pathlib import Path

import pytest

from gatesmith.backends.c99.text import owners_of_lines
from gatesmith.boards import target
from gatesmith.core.settings import SILENT, Settings
from gatesmith.flow.built import built
from gatesmith.flow.plan import plan
from gatesmith.flow.run import run
from gatesmith.importers.reading import load
from gatesmith.run.costs import cost_on_device
from gatesmith.run.standins import emulator
from gatesmith.run.standins.trace import traced
from gatesmith.run.toolchain import board as firmware

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
CALIBRATION = EXAMPLE.with_name("basic_motions_calibration.npz")


def require(name: str) -> None:
    board = target.load(name)
    if lacking := firmware.lacking(board, emulator.load(board.emulator)):
        pytest.skip(f"{name}: {lacking}")


def test_the_trace_counts_what_the_core_counts(tmp_path: Path) -> None:
    require("microbit_v2")
    settings = Settings(target="microbit_v2", emulate=True)
    chosen = plan(settings, runs=True)
    with built(load(EXAMPLE, settings), chosen, SILENT) as made:
        assert made.program is not None and made.emulator is not None
        source = f"{made.generated.name}.c"
        owners = owners_of_lines(made.generated.files[source], source)
        assert {*owners.values()} >= {"lstm", "activity"}
        seen = traced(made.program, tmp_path, owners)
        assert seen is not None
        with made.start(seen.command) as device:
            _, counted, _ = cost_on_device(
                device, made.emulator.counter.kind, made.emulator.counter.ticks, None, made.lengths
            )
        executed, calls = seen.executed()
    total = sum(one.count for one in executed) / calls
    assert counted.value is not None
    assert abs(total - counted.value) <= 30, "the port's own few instructions around a step"
    by_layer = {layer: sum(one.count for one in executed if one.layer == layer) / calls for layer in seen.layers}
    assert by_layer["lstm"] > 0.9 * total, "its products, called or in line, are its own"
    assert by_layer["activity"] > 0 and by_layer[""] < 0.02 * total
    assert 0 < sum(one.taken for one in executed) < sum(one.count for one in executed)


@pytest.mark.parametrize("numeric", ["float32", "int8"])
def test_the_m0plus_s_table_meets_an_emulator_that_counts_cycles(numeric: str, tmp_path: Path) -> None:
    for name in ("zero", "pico"):
        require(name)
    found = {}
    for name in ("zero", "pico"):
        data = str(CALIBRATION) if numeric == "int8" else None
        settings = Settings(target=name, emulate=True, numeric=numeric, calibration=data)
        facts = run(EXAMPLE, settings, report=tmp_path / "r.json").report
        found[name] = facts.estimated_cycles or facts.cycles
    assert found["zero"] == pytest.approx(found["pico"], rel=0.05), "targets/cycles/cortex-m0plus.toml says 5 %"
