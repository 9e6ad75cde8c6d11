"""Estimated cycles beside what is counted: the trace sees every instruction, and the M0+'s table meets rp2040js."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from stand_ins import emulated

from gatesmith.backends.c99.text import owners_of_lines
from gatesmith.boards.schema import Waits
from gatesmith.core.settings import Settings
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.plan import plan
from gatesmith.flow.run import run
from gatesmith.importers.reading import load
from gatesmith.run.costs import cost_on_device
from gatesmith.run.standins.trace import flash_of, traced

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
CALIBRATION = EXAMPLE.with_name("basic_motions_calibration.npz")


def test_the_trace_counts_what_the_core_counts(tmp_path: Path) -> None:
    emulated("microbit_v2")
    settings = Settings(target="microbit_v2", emulate=True)
    chosen = plan(settings, runs=True)
    with linked(prepared(load(EXAMPLE, settings), chosen), chosen) as build:
        assert build.program is not None and build.route.emulator is not None
        source = f"{build.generated.name}.c"
        owners = owners_of_lines(build.generated.files[source], source)
        assert {*owners.values()} >= {"lstm", "activity"}
        seen = traced(build.program, tmp_path, owners)
        assert seen is not None
        with build.start(seen.command) as device:
            _, counted, _ = cost_on_device(
                device, build.route.emulator.counter.kind, build.route.emulator.counter.ticks, None, build.lengths
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
        emulated(name)
    cycles = {}
    for name in ("zero", "pico"):
        data = str(CALIBRATION) if numeric == "int8" else None
        settings = Settings(target=name, emulate=True, numeric=numeric, calibration=data)
        facts = run(EXAMPLE, settings, report=tmp_path / "r.json").report
        cycles[name] = facts.estimated_cycles or facts.cycles
    assert cycles["zero"] == pytest.approx(cycles["pico"], rel=0.05), "targets/cycles/cortex-m0plus.toml says 5 %"


def test_waits_for_flash_are_lines_read_past_the_caches(tmp_path: Path) -> None:
    """A step reads each weight once: as many lines as the weights fill, none if a cache holds the model, and one a load
    without any."""
    name = "nucleo_l4r5zi"
    emulated(name)
    settings = Settings(target=name, emulate=True)
    chosen, reads = plan(settings, runs=True), {}
    waits = chosen.target.waits
    assert waits is not None and (waits.states, waits.line) == (5, 8), "RM0432: 120 MHz, 64 bits a read of two banks"
    kinds = {
        "as it is": waits,
        "large": replace(waits, code=1 << 15, constants=1 << 15),
        "none": replace(waits, constants=0),
    }
    with linked(prepared(load(EXAMPLE, settings), chosen), chosen) as build:
        assert build.program is not None and build.route.emulator is not None
        for kind, each in {**kinds, "shared": Waits(states=1, line=8, source="", code=1 << 15)}.items():
            folder = tmp_path / kind
            folder.mkdir()
            seen = traced(build.program, folder, {}, flash_of(each, build.route.emulator.firmware.ldflags))
            assert seen is not None
            with build.start(seen.command) as device:
                cost_on_device(
                    device, build.route.emulator.counter.kind, build.route.emulator.counter.ticks, None, build.lengths
                )
            executed, calls = seen.executed()
            reads[kind] = [count / calls for count in seen.reads()]
        loads = sum(one.count for one in executed if one.mnemonic.startswith(("ldr", "vldr", "ldm", "vldm"))) / calls
        bytes_of_weights = build.generated.weight_bytes
    assert bytes_of_weights / 8 <= reads["as it is"][1] <= 1.1 * bytes_of_weights / 8
    assert reads["large"][0] + reads["large"][1] < 0.2 * bytes_of_weights / 8, "the first of all calls alone reads them"
    assert reads["shared"] == pytest.approx(reads["large"], rel=0.2, abs=20)
    assert reads["as it is"][1] < reads["none"][1] and 0.3 * loads < reads["none"][1]
