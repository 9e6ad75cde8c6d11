"""What was measured is kept: by what it follows from, once for boards that run the same, safe on damage."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from gatesmith.core.errors import BudgetError, DeviceError
from gatesmith.core.settings import Settings
from gatesmith.files.store import Store, digest
from gatesmith.flow import measure
from gatesmith.flow import validate_many as many
from gatesmith.flow.measure import DeviceRun, Measurements
from gatesmith.flow.plan import plan
from gatesmith.importers.reading import load
from gatesmith.run.link import transport
from gatesmith.run.toolchain.host import Sections

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
ALIKE = ("feather_m4", "microbit_v2")
"""Two boards of one family on one emulator."""
COSTS = {"estimated_cycles": 64_000.0, "estimated_cycles_kind": "", "instructions": 1.0, "instructions_per": "step"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "kept")


def test_arrays_and_facts_come_back(store: Store) -> None:
    arrays = [np.arange(6, dtype=np.int8).reshape(2, 3), np.float32([1.5])]
    store.put("a", arrays, {"n": 1, "text": "x"})
    entry = store.get("a")
    assert entry is not None and entry[1] == {"n": 1, "text": "x"}
    assert [(a.dtype, a.tolist()) for a in entry[0]] == [(a.dtype, a.tolist()) for a in arrays]
    assert store.get("b") is None


def test_another_release_asks_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("a", [], {})
    monkeypatch.setattr("gatesmith.files.store.__version__", "0.0.9")
    assert store.get("a") is None


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive", None])
def test_damage_is_as_if_nothing_were_there(store: Store, damage: bytes | None) -> None:
    store.put("a", [np.ones(1000)], {})
    (file,) = store.folder.iterdir()
    file.write_bytes(file.read_bytes()[:-40] if damage is None else damage)
    assert store.get("a") is None
    assert list(store.folder.iterdir()) == [], "what cannot be read is removed"
    store.put("a", [], {})
    assert store.get("a") == ([], {})


def test_pickles_are_not_loaded(store: Store) -> None:
    store.put("a", [], {})
    (file,) = store.folder.iterdir()
    np.savez(file, array_0=np.array([object()], dtype=object), facts=np.frombuffer(b'{"key": "a"}', np.uint8))
    assert store.get("a") is None


def test_the_oldest_answers_make_room(tmp_path: Path) -> None:
    store = Store(tmp_path, room=9000)
    noise = np.random.default_rng(0).integers(0, 255, 4000).astype(np.uint8)
    for index in range(4):
        store.put(str(index), [noise], {})
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 9000
    assert store.get("3") is not None


def test_digests_tell_shapes_and_types_apart() -> None:
    arrays = [np.zeros((2, 3)), np.zeros((3, 2)), np.zeros((2, 3), np.float32), np.ones((2, 3))]
    assert len({digest([a]) for a in arrays}) == 4


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was really run, by target."""
    ran: list[str] = []

    def run(ready: Any, chosen: Any, inputs: Any, measured: Any = True, fit: bool = True) -> DeviceRun:
        ran.append(chosen.target.name)
        return DeviceRun(ready, (np.zeros((len(inputs[0]), 4), np.float32),), COSTS, Sections(1000, 1000))

    monkeypatch.setattr(measure, "run", run)
    yield ran


def measured(names: tuple[str, ...], cache: Store | None, **more: Any) -> list[DeviceRun]:
    settings = Settings(emulate=True, **more)
    model = load(EXAMPLE, settings)
    inputs = [np.zeros((2, 100, 6), np.float32)]
    with Measurements(cache) as measurements:
        waiting = []
        for name in names:
            chosen = plan(replace(settings, target=name), runs=True)
            waiting.append(measurements.begin(measurements.prepared(model, chosen), chosen, inputs))
        return [answer() for answer in waiting]


def test_boards_that_run_the_same_are_measured_once(runs: list[str], store: Store) -> None:
    results = measured(ALIKE, store)
    assert len(runs) == 1
    assert [one.built.route.target.name for one in results] == list(ALIKE)
    assert results[0].built.digest != results[1].built.digest, "each has files that name its board"
    measured(ALIKE, store)
    assert len(runs) == 1
    assert measured(ALIKE, store)[0].cached_on
    measured(ALIKE, None)
    assert len(runs) == 2


def test_boards_that_wait_otherwise_for_flash_are_measured_apart(runs: list[str], store: Store) -> None:
    measured(("disco_l475", "nucleo_l476rg", "microbit_v2"), store)
    assert sorted(runs) == ["disco_l475", "microbit_v2"]


@pytest.mark.parametrize("change", [{"math": "exact"}, {"numeric": "float32w8"}, {"name": "other"}])
def test_another_program_is_measured_anew(runs: list[str], store: Store, change: dict[str, str]) -> None:
    measured(ALIKE, store)
    measured(ALIKE, store, **change)
    assert len(runs) == 2


def test_each_board_s_own_memory_decides(runs: list[str], store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(ready: Any, chosen: Any, inputs: Any, measured: Any = True, fit: bool = True) -> DeviceRun:
        return DeviceRun(ready, (np.zeros((2, 4), np.float32),), COSTS, Sections(600_000, 1000))

    monkeypatch.setattr(measure, "run", run)
    assert measured(("nano33ble",), store)
    with pytest.raises(BudgetError, match="does not fit the memory of microbit_v2"):
        measured(("nano33ble", "microbit_v2"), store)


def test_a_failure_is_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: Any, **__: Any) -> DeviceRun:
        raise DeviceError("it fell silent")

    monkeypatch.setattr(measure, "run", run)
    with pytest.raises(DeviceError):
        measured(ALIKE, store)
    assert not store.folder.exists()


def test_a_program_that_starts_after_an_interrupt_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """One was being compiled when the others were ended; Ctrl-C then waited for its answer, half a minute."""
    interrupted, ended, end_all = Event(), Event(), transport.end_all

    def once_more() -> None:
        end_all()
        interrupted.set()

    def run(*_: Any, **__: Any) -> DeviceRun:
        interrupted.wait(30)
        try:
            with transport.ProcessTransport(["sleep", "60"]) as program:
                program.read(20)
        except DeviceError:
            ended.set()
        raise DeviceError("it fell silent")

    monkeypatch.setattr(measure, "run", run)
    monkeypatch.setattr(transport, "end_all", once_more)
    settings = Settings(target=ALIKE[0], emulate=True)
    model, chosen = load(EXAMPLE, settings), plan(settings, runs=True)
    with pytest.raises(KeyboardInterrupt), Measurements(None) as measurements:
        measurements.begin(measurements.prepared(model, chosen), chosen, [np.zeros((2, 100, 6), np.float32)])
        raise KeyboardInterrupt
    assert ended.is_set()


def test_the_report_says_what_was_measured_before(runs: list[str], tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", in_0=np.zeros((2, 100, 6), np.float32))
    for again in (False, True):
        result = many.validate(EXAMPLE, list(ALIKE), Settings(tolerance=1.0), input=tmp_path / "in.npz")
        rows = json.loads(json.dumps(result.report.as_json()))["targets"]
        assert [row.get("measured_on") is not None for row in rows] == [again] * 3
        assert {row["target"]: row["milliseconds"] for row in rows[1:]} == {"feather_m4": 0.5333, "microbit_v2": 1.0}
