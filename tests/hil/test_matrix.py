"""Hardware in the loop: models and layer cases on a board, an emulated one or a real one. The port is the only
difference.

    pytest tests/hil --target uno                       every model and layer case, emulated
    pytest tests/hil --target uno --port /dev/ttyACM0   the one model that the board carries
    pytest tests/hil --target uno --port /dev/ttyACM0 --flash   each is flashed first, by PlatformIO

Without ``--target`` a few run: enough to see that the rest would.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layers.lab import Subject, cases_of_layers, subjects_of, written

from gatesmith.boards import target
from gatesmith.core.errors import BudgetError, DeviceError
from gatesmith.core.settings import Settings
from gatesmith.flow import flash as shipping
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.costs import costs_of
from gatesmith.flow.facts import Facts, facts_of
from gatesmith.flow.measure import DeviceRun
from gatesmith.flow.plan import plan
from gatesmith.flow.send import send
from gatesmith.flow.validate import ask
from gatesmith.importers.reading import Model, fitted, load
from gatesmith.oracle.compare import compare
from gatesmith.run.built import Built
from gatesmith.run.route import Route, find_route
from gatesmith.run.toolchain import board as firmware

pytest.importorskip("keras", reason="Keras 3 is not installed")

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "basic_motions.keras"
MODELS = ["example", "W1", "W3"]
TOLERANCE = 2e-6
RUNS = 3
ROWS = 2
"""Samples of a layer case that go to the board: the last saturates."""
FEW = 8
"""Of the layer cases, one in so many kinds runs where no target is named."""


def subjects() -> list[Subject]:
    """Every layer case that is translated, with one Keras."""
    return [next(iter(subjects_of(case, kind))) for kind, case in cases_of_layers() if not case.refused]


ALL = subjects()


def pytest_generate_tests(metafunc: Any) -> None:
    if "subject" in metafunc.fixturenames:
        chosen = ALL
        if not metafunc.config.getoption("--target"):
            firsts = list({subject.id.partition(":")[0]: subject for subject in reversed(ALL)}.values())
            chosen = firsts[::FEW]
        metafunc.parametrize("subject", chosen, ids=lambda subject: subject.id)


@pytest.fixture(scope="session")
def route(place: str, port: str | None) -> Route:
    board = target.load(place)
    route = find_route(board, emulate=not board.is_host and port is None, port=port)
    if route.emulator is not None and (reason := firmware.missing_software(board, route.emulator)):
        pytest.skip(f"{place}: {reason}")
    return route


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """A model's file and a few samples."""
    folder = tmp_path_factory.mktemp("models")

    def find(name: str) -> tuple[Path, Path]:
        path, samples = EXAMPLE, folder / f"{name}.npz"
        if name == "example":
            arrays = np.load(EXAMPLE.with_name("basic_motions_test.npz"))["in_0"][:2]
        else:
            path = folder / f"{name}.keras"
            arrays = _made(name, path)
        np.savez(samples, in_0=arrays)
        return path, samples

    return find


def _made(name: str, path: Path) -> Any:
    """A model of the shape of the benchmarks' W1 or W3, and samples for it."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    x = keras.Input((1, 16) if name == "W1" else (1, 1))
    y = layers.LSTM(32)(x) if name == "W1" else layers.Dense(1)(layers.GRU(40, reset_after=True)(x))
    keras.Model(x, y).save(path)
    return np.random.default_rng(1).normal(size=(8, *x.shape[1:])).astype(np.float32)


@contextmanager
def on_board(
    path: Path, inputs: list[Any], settings: Settings, route: Route, flashes: bool
) -> Iterator[tuple[Built, Model]]:
    """A model on its board, ready to be started; a board behind a port is flashed, or must carry it already."""
    in_file, chosen = load(path, settings), plan(settings).along(route)
    model = fitted(in_file, inputs)
    if route.port and flashes:
        shipping.flash(path, settings)
    try:
        with linked(prepared(in_file if route.port else model, chosen), chosen, sizes=True) as build:
            if route.port:
                try:
                    with build.start():
                        pass
                except DeviceError as error:
                    if flashes or "another model" not in error.what:
                        raise
                    pytest.skip(f"{route.target.name}: the board carries another model (--flash puts this one on it)")
            yield build, model
    except BudgetError:
        pytest.skip(f"{route.target.name}: does not fit")


def settings_for(place: str, route: Route, **more: Any) -> Settings:
    return Settings(target=place, emulate=route.emulator is not None, port=route.port or None, **more)


@pytest.mark.parametrize("name", MODELS)
def test_models(
    name: str, place: str, route: Route, flashes: bool, models: Callable[[str], tuple[Path, Path]], record_property: Any
) -> None:
    """Beside Keras, three times alike."""
    path, samples = models(name)
    settings = settings_for(place, route)
    asked = ask(path, settings, samples)
    with on_board(path, asked.inputs, settings, route, flashes) as (build, model):
        runs = []
        for _ in range(RUNS):
            with build.start() as device:
                runs.append(build.give(send(device, build.take(asked.inputs), build.by_steps)))
        facts = [
            facts_of(DeviceRun(build, (), costs_of(build, asked.inputs)), plan(settings), model, asked.inputs)
            for _ in range(RUNS)
        ]
    errors = [compare("", ours, theirs).max_abs for ours, theirs in zip(runs[0], asked.judgement.outputs, strict=True)]
    record_property("hil", row("model", name, name, route, max(errors), facts[0], oracle=asked.judgement.oracle))
    assert max(errors) <= TOLERANCE
    for again in runs[1:]:
        assert [y.tobytes() for y in again] == [y.tobytes() for y in runs[0]]
    if route.emulator is not None or route.kind == "host":
        keys = ("instructions", "cycles", "stack", "flash", "ram", "files_sha256")
        assert len({tuple(getattr(fact, key) for key in keys) for fact in facts}) == 1


def test_layers(
    subject: Subject, place: str, route: Route, port: str | None, flashes: bool, tmp_path: Path, record_property: Any
) -> None:
    """A layer's case compared with its Keras; each row has its own state."""
    if port is not None and not flashes:
        pytest.skip(f"{place}: a layer means a reflash (--flash)")
    path = tmp_path / f"layer.{'keras' if subject.package == 'keras' else 'h5'}"
    asked = written(subject, path)
    if asked.error is not None:
        raise asked.error
    calls = [[x[-ROWS:].astype(np.float32) for x in call] for call in asked.inputs]
    wanted = [[y[-ROWS:] for y in call] for call in asked.wanted]
    inputs, right = in_order(calls), in_order(wanted)
    settings = settings_for(place, route)
    with on_board(path, inputs, settings, route, flashes) as (build, model):
        with build.start() as device:
            taken = [np.split(x, ROWS) for x in build.take(inputs)]
            rows = [build.give(send(device, row, build.by_steps)) for row in zip(*taken, strict=True)]
        got = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
        ran = DeviceRun(build, (), costs_of(build, inputs))
        facts = facts_of(ran, plan(settings), model, inputs)
    apart = max((np.abs(a.astype(np.float64) - b).max() for a, b in zip(got, right, strict=True)), default=0.0)
    kind, _, case = subject.id.partition(": ")
    record_property("hil", row("layer", kind, case, route, float(apart), facts, oracle=subject.package))
    for a, b in zip(got, right, strict=True):
        assert a.shape == b.shape
        assert np.abs(a.astype(np.float64) - b).max() <= subject.tolerance * max(1.0, float(np.abs(b).max()))


def in_order(calls: list[list[Any]]) -> list[Any]:
    """(rows x calls, ...): each row's calls one after another."""
    return [np.stack(parts, axis=1).reshape(-1, *parts[0].shape[1:]) for parts in zip(*calls, strict=True)]


def row(what: str, kind: str, case: str, route: Route, error: float, facts: Facts, oracle: str) -> str:
    """One line of the report."""
    fields = ("instructions", "cycles", "nanoseconds", "flash", "ram", "stack", "device", "macs", "weight_bytes")
    known = {key: getattr(facts, key) for key in fields}
    about = {"target": route.target.name, "how": route.kind, "what": what, "kind": kind, "case": case, "oracle": oracle}
    return json.dumps({**about, "max_abs_error": error, **known})
