"""Generated C on every emulated core, over the link that boards speak: beside the reference and beside this machine.

Each core runs one of two models by default, by turns, and with ``GATESMITH_EVERYTHING=1`` both: with ``--math exact``.
One core of each emulator, with floats in hardware where one has them, also runs with ``--math fast``.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING
from link.test_link_process import is_ended
from stand_ins import emulated

from gatesmith.boards import target
from gatesmith.boards.programs import Compiler
from gatesmith.core.errors import BuildError, DeviceError
from gatesmith.core.settings import Settings
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.plan import plan
from gatesmith.flow.run import run as run_model
from gatesmith.flow.validate import validate as validate_model
from gatesmith.importers.reading import load
from gatesmith.run.route import find_route
from gatesmith.run.standins import emulator

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
EXAMPLE = EXAMPLES / "basic_motions.keras"
TOLERANCE = 2e-6
WINDOWS = 2
MODELS = ("gru", "example")

# One board for each emulator: the first that it stands in for.
BOARDS = {board.emulator: name for name in reversed(target.names()) for board in [target.load(name)] if board.emulator}


@pytest.fixture(params=sorted(BOARDS))
def board(request: pytest.FixtureRequest) -> target.Target:
    return emulated(BOARDS[request.param])


# One emulator for each program that emulates: what starts them, ends them and counts is not the same.
KINDS = {
    emulator.load(name).runner or emulator.load(name).command[0]: name
    for name in sorted(BOARDS, key=lambda name: (target.load(BOARDS[name]).fpu != "none", name))
}


@pytest.fixture(params=sorted(KINDS.values()))
def kind(request: pytest.FixtureRequest) -> target.Target:
    return emulated(BOARDS[request.param])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Name -> (model, inputs): the bundled example, and a GRU that an Arduino Uno holds."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    folder = tmp_path_factory.mktemp("models")
    x = keras.Input((12, 3))
    model = keras.Model(x, layers.Dense(2, "softmax")(layers.GRU(6, return_sequences=True)(x)))
    model.save(folder / "gru.keras")
    values = np.random.default_rng(3).normal(size=(WINDOWS, 12, 3)).astype(np.float32)
    np.savez(folder / "gru.npz", in_0=values)
    with np.load(EXAMPLES / "basic_motions_test.npz") as all_windows:
        np.savez(folder / "example.npz", in_0=all_windows["in_0"][:1])
    return {"gru": (folder / "gru.keras", folder / "gru.npz"), "example": (EXAMPLE, folder / "example.npz")}


def settings_of(board: target.Target, **options: Any) -> Settings:
    return Settings(target=board.name, emulate=True, **options)


@pytest.fixture(scope="module")
def here(data: dict[str, tuple[Path, Path]]) -> Callable[[str], Any]:
    """What this machine computes with math exact, once a model."""
    answers: dict[str, Any] = {}

    def make(name: str) -> Any:
        if name not in answers:
            model, inputs = data[name]
            answers[name] = run_model(model, Settings(math="exact"), input=inputs).outputs
        return answers[name]

    return make


@pytest.mark.parametrize("name", MODELS)
def test_bits_errors_and_costs(
    board: target.Target, name: str, data: Any, here: Callable[[str], Any], tmp_path: Path, record_property: Any
) -> None:
    """With math exact a core computes the bits of this machine."""
    small = board.flash < 20_000
    if name == "example" and small:
        pytest.skip(f"{board.emulator}: {board.name} holds the example in integers alone; gru runs in floats")
    if not (EVERYTHING or small) and (sorted(BOARDS).index(board.emulator) + MODELS.index(name)) % 2:
        pytest.skip(f"{board.emulator} runs the other model; GATESMITH_EVERYTHING=1 runs both")
    model, inputs = data[name]
    ran = run_model(model, settings_of(board, math="exact"), input=inputs, report=tmp_path / "report.json")
    for a, b in zip(ran.outputs, here(name), strict=True):
        assert a.tobytes() == b.tobytes()
    done = ran.report.as_json()
    unit = emulator.load(board.emulator).counter.kind
    assert done["max_abs_error"] <= TOLERANCE
    if not unit:  # a process of another core's Linux
        assert done.get("instructions") is None and done.get("stack") is None and done["weight_bytes"] < done["flash"]
        return
    costs = f"{done[unit]:>9,.0f} {unit} a step, {done['flash']:,} B flash, {done['stack']:,} B stack"
    record_property("told", f"emulated: {board.emulator:11} {name:8} error {done['max_abs_error']:.1e}, {costs}")
    assert done[unit] > done["macs"] and done[f"{unit}_per"] == "step"
    assert "emulated core" in done[f"{unit}_kind"] and done["emulator"] == board.emulator
    assert done["weight_bytes"] < done["flash"] < done["firmware_flash"] < board.flash
    assert done["state_bytes"] <= done["ram"] < done["firmware_ram"] < board.ram
    assert 0 < done["stack"] < 1024


def test_outputs_and_counts_are_the_same_each_time(kind: target.Target, data: Any, tmp_path: Path) -> None:
    """And near Keras's with math fast."""
    model, inputs = data["gru"]
    unit = emulator.load(kind.emulator).counter.kind
    runs = [run_model(model, settings_of(kind), input=inputs, report=tmp_path / f"{i}.json") for i in range(2)]
    assert runs[0].report.max_abs_error <= TOLERANCE
    counts = [getattr(r.report, unit, None) for r in runs]
    assert len(set(counts)) == 1 and (counts[0] is not None or not unit)
    assert len({(r.report.stack, r.report.flash, r.report.files_sha256) for r in runs}) == 1
    assert len({b"".join(y.tobytes() for y in r.outputs or ()) for r in runs}) == 1


def test_validate_says_which_core_ran_and_claims_no_more(data: Any) -> None:
    model, inputs = data["gru"]
    done = validate_model(model, settings_of(emulated(BOARDS["cortex-m4f"])), input=inputs)
    assert done.passed and done.outputs[0].max_abs <= TOLERANCE
    assert done.how.startswith("Cortex-M4F instruction set on an emulated core (QEMU's mps2-an386)")


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of many cells, of few units, also of more than a vector: each activation beside sigmoid, and as what the
    gates are computed with."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    x, parts = keras.Input((5, 2)), []
    for name in ("relu", "elu", "selu", "softplus", "softsign", "hard_sigmoid", "tanh", "gelu", "swish", "linear"):
        parts += [layers.LSTM(6, activation=name)(x), layers.GRU(3, activation=name)(x)]
        parts += [layers.GRU(2, recurrent_activation=name, reset_after=False)(x), layers.SimpleRNN(3, name)(x)]
        parts += [layers.Dense(2, name)(layers.Dense(3, "sigmoid")(parts[-1]))]
    path = tmp_path_factory.mktemp("cells") / "cells.keras"
    keras.Model(x, layers.Concatenate()(parts)).save(path)
    return path


@pytest.mark.parametrize("core", ["cortex-m55", "xtensa-lx6"])
def test_functions_beside_others_are_near_keras_s(core: str, cells: Path) -> None:
    """In fast math, as users have it."""
    assert validate_model(cells, settings_of(emulated(BOARDS[core]))).passed


@pytest.mark.parametrize("activation", ["relu", "elu", "softsign", "hard_sigmoid"])
def test_comparisons_around_a_sigmoid_are_the_compiler_s(activation: str, tmp_path: Path) -> None:
    """gcc compares for relu before the assembly of a sigmoid, and reads the flags of floats after it."""
    import keras

    keras.utils.set_random_seed(1)
    keras.Sequential([keras.Input((5, 2)), keras.layers.LSTM(4, activation=activation)]).save(tmp_path / "m.keras")
    assert validate_model(tmp_path / "m.keras", settings_of(emulated(BOARDS["cortex-m4f"]))).passed


@pytest.mark.parametrize(("core", "older"), [("cortex-m4f", 9), ("cortex-m4f", 12), ("cortex-m55", 12)])
@pytest.mark.parametrize("numeric", ["int8", "int16"])
def test_arm_acle_of_older_compilers(
    numeric: str, core: str, older: int, data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before gcc 10 it has no pairs of 16 bits: packages of many boards bring gcc 7 or 8. Until 12, __ssat warns."""
    warns = "#include <../include/arm_acle.h>\n#undef __ssat\n#define __ssat(x, n) (uint32_t)__builtin_arm_ssat(x, n)\n"
    (tmp_path / "arm_acle.h").write_text(warns if older > 9 else "", "utf-8")
    flags, old = Compiler.flags, ("-U__GNUC__", f"-D__GNUC__={older}", f"-I{tmp_path}")
    monkeypatch.setattr(Compiler, "flags", lambda self, exact: (*flags(self, exact), *old))
    settings = settings_of(emulated(BOARDS[core]), numeric=numeric, calibration=str(data["example"][1]))
    assert validate_model(data["example"][0], settings, input=data["example"][1]).passed


def test_an_emulator_that_dies_in_a_run_is_told_and_leaves_nothing(kind: target.Target, data: Any) -> None:
    settings = settings_of(kind)
    chosen = plan(settings).along(find_route(kind, emulate=True))
    with linked(prepared(load(data["gru"][0], settings), chosen), chosen) as build, build.start() as device:
        pid = device.transport.pid  # type: ignore[attr-defined]
        killer = threading.Timer(0.1, os.kill, (pid, signal.SIGKILL))
        killer.start()
        started = time.monotonic()
        with pytest.raises(DeviceError, match="SIGKILL"):
            while time.monotonic() - started < 120:
                device.step([np.ones(3)])
        assert time.monotonic() - started < 60
        killer.join()
    assert is_ended(pid)


def test_an_emulator_that_hangs_is_given_up_and_ended(kind: target.Target, data: Any) -> None:
    settings = settings_of(kind)
    route = find_route(kind, emulate=True)
    with linked(prepared(load(data["gru"][0], settings), chosen := plan(settings).along(route)), chosen) as build:
        device = build.start()
        with pytest.raises(DeviceError, match="nothing answers"), device:
            device.step([np.zeros(3)])
            device.link.timeout = device.run_timeout = 0.25
            started = time.monotonic()
            os.kill(device.transport.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, device.transport.pid, os.WSTOPPED | os.WNOWAIT)  # else it may still answer
            device.step([np.zeros(3)])
        assert time.monotonic() - started < 60
        assert is_ended(device.transport.pid)


def test_a_missing_compiler_names_its_package(data: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match="arm-none-eabi-gcc is not installed") as refused:
        run_model(data["gru"][0], Settings(target="nucleo_f446re", emulate=True))
    assert "apt-get install gcc-arm-none-eabi picolibc-arm-none-eabi" in refused.value.fix[0]


def test_a_missing_emulator_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="qemu-system-arm is missing") as refused:
        emulator.load("cortex-m4f").prepare(tmp_path, tmp_path / "device")
    assert refused.value.fix == ("on Debian: apt-get install qemu-system-arm",)


def test_a_missing_package_of_npm_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched when a model is run."""
    (tmp_path / "node").write_text("#!/bin/sh\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(DeviceError, match=r"rp2040js@1\.4\.1 is missing") as refused:
        emulator.load("rp2040").prepare(tmp_path, tmp_path / "device.uf2")
    first, second = refused.value.fix
    assert first == "make toolchains" and f"--prefix {tmp_path}/cache/gatesmith/npm/rp2040js-1.4.1" in second
