"""Programs behind ports, reached as a real board would be: what they compute, and what is said when nothing answers."""

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lines import ended, on_a_socket, on_a_terminal, terminal

from gatesmith import cli
from gatesmith.boards import target
from gatesmith.core.errors import DeviceError, ExitCode, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.plan import plan
from gatesmith.flow.run import run as run_model
from gatesmith.flow.validate import validate as validate_model
from gatesmith.importers.reading import load
from gatesmith.run.link.serial_line import SerialTransport
from gatesmith.run.route import Route, find_route
from gatesmith.run.toolchain import board as firmware

pytest.importorskip("serial", reason="pyserial is not installed")

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "basic_motions.keras"
BOARD = "nucleo_f446re"
SLOW = "uno"


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ports") / "windows.npz"
    np.savez(path, in_0=np.random.default_rng(5).normal(size=(2, 20, 6)).astype(np.float32))
    return path


@contextmanager
def carried(name: str, **options: Any) -> Iterator[tuple[Any, Route]]:
    """The example's build as it would be flashed, from the file alone."""
    board = target.load(name)
    route = find_route(board, emulate=not board.is_host)
    if route.emulator is not None and (reason := firmware.missing_software(board, route.emulator)):
        pytest.skip(reason)
    settings = Settings(target=name, **options)
    with linked(prepared(load(EXAMPLE, settings), chosen := plan(settings).along(route)), chosen) as build:
        yield build, route


def outputs(settings: Settings, windows: Path) -> Any:
    answers = run_model(EXAMPLE, settings, input=windows).outputs
    assert answers is not None
    return answers[0]


def test_an_emulated_board_behind_a_socket(windows: Path, tmp_path: Path) -> None:
    with carried(BOARD) as (build, _), on_a_socket(build.program.command) as url:
        done = validate_model(EXAMPLE, Settings(target=BOARD, port=url), windows, tmp_path / "r.json")
        again = outputs(Settings(target=BOARD, port=url), windows)
        ours = outputs(Settings(target=BOARD, emulate=True), windows)
    assert done.passed and done.outputs[0].max_abs <= 2e-6
    assert url in done.how and "or what stands in for one" in done.how
    assert again.tobytes() == ours.tobytes()
    facts = json.loads((tmp_path / "r.json").read_text())
    assert facts["port"] == url and facts["cycles"] > 0 and facts["stack"] > 0
    assert facts["flash"] > 0 and "not of what is behind the port" in facts["bytes_kind"]


def test_a_stand_in_behind_a_port_counts_as_itself(windows: Path, tmp_path: Path) -> None:
    with carried(BOARD) as (build, _), on_a_socket(build.program.command) as url:
        theirs = run_model(
            EXAMPLE, Settings(target=BOARD, port=url, emulate=True), windows, report=tmp_path / "a.json"
        ).report
        ours = run_model(EXAMPLE, Settings(target=BOARD, emulate=True), windows, report=tmp_path / "b.json").report
    assert theirs.instructions == ours.instructions and theirs.stack == ours.stack


@pytest.mark.parametrize("name", ["host", SLOW])
def test_programs_behind_a_terminal(name: str, windows: Path) -> None:
    """A process of this machine; and simavr, which takes the sequence step by step."""
    with carried(name, math="exact") as (build, _), on_a_terminal(build.program.command) as port:
        assert build.by_steps == (name == SLOW)
        theirs = outputs(Settings(target=name, port=port, math="exact"), windows)
    assert theirs.tobytes() == outputs(Settings(math="exact"), windows).tobytes()


def test_a_board_that_starts_late_is_waited_for(windows: Path) -> None:
    """As a board that is reset when its port opens: bytes sent before its start are lost."""
    with carried("host") as (build, _), terminal() as (board, name):

        def start() -> None:
            time.sleep(2.5)
            os.set_blocking(board, False)
            os.read(board, 4096)
            os.set_blocking(board, True)
            started.append(subprocess.Popen(build.program.command, stdin=board, stdout=board))

        started: list[subprocess.Popen[bytes]] = []
        thread = threading.Thread(target=start)
        thread.start()
        try:
            assert outputs(Settings(port=name), windows).shape == (2, 4)
        finally:
            thread.join()
            with ended(started[0]):
                pass


def test_another_model_on_the_board_is_refused(windows: Path, tmp_path: Path) -> None:
    refused = pytest.raises(DeviceError, match="another model")
    with carried("host") as (build, _), on_a_terminal(build.program.command) as port, refused:
        run_model(EXAMPLE, Settings(port=port, math="libm"), windows)


def test_sequences_beyond_the_board_s_buffers_are_refused(windows: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "long.npz", in_0=np.zeros((1, 101, 6), np.float32))
    with carried("host") as (build, _), on_a_terminal(build.program.command) as port:
        code = cli.main(["run", str(EXAMPLE), "--port", port, "--input", str(tmp_path / "long.npz")])
    assert code == ExitCode.INPUT


SHORT = "gatesmith.run.built.STARTS_SECONDS"


def test_silence_is_told_within_the_time(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(SHORT, 3.0)
    with terminal() as (_, name):
        began = time.monotonic()
        assert cli.main(["run", str(EXAMPLE), "--target", SLOW, "--port", name]) == ExitCode.DEVICE
        assert time.monotonic() - began < 60
    err = " ".join(capsys.readouterr().err.split())
    assert f"{name} is there, but nothing answers (3 tries, 1 s each)" in err
    assert "heard 0 bytes" in err and f"gatesmith flash MODEL --target {SLOW} --port {name}" in err
    assert "115,200 baud" in err and "RESET" in err


def test_a_line_that_only_echoes_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SHORT, 2.0)
    with pytest.raises(DeviceError, match="nothing answers") as caught:
        run_model(EXAMPLE, Settings(port="loop://"))
    assert "no frame that answers" in caught.value.why


def test_a_board_that_goes_away_in_the_middle(windows: Path) -> None:
    with carried("host") as (build, _), terminal() as (board, name):
        process = subprocess.Popen(build.program.command, stdin=board, stdout=board)
        with ended(process), pytest.raises(DeviceError), np.load(windows) as data:
            behind = replace(build, route=Route(build.route.target, None, name))
            device = behind.start()
            device.link.timeout = device.run_timeout = 0.5
            with device:
                device.run([data["in_0"][0]])
                process.kill()
                process.wait()
                device.run([data["in_0"][0]])


def test_a_port_that_somebody_else_has() -> None:
    refused = pytest.raises(DeviceError, match="in use by another program")
    with terminal() as (_, name), SerialTransport(name), refused:
        SerialTransport(name)


def test_what_is_no_port() -> None:
    with pytest.raises(DeviceError, match="nothing listens"):
        SerialTransport("socket://127.0.0.1:1")
    with pytest.raises(DeviceError, match="cannot be opened"):
        SerialTransport("/dev/null")
    with pytest.raises(UsageError, match="cannot be used"):
        SerialTransport("carrier-pigeon://loft")


def test_without_pyserial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    with pytest.raises(UsageError, match="pyserial") as caught:
        SerialTransport("loop://")
    assert caught.value.fix == ("pip install 'gatesmith[boards]'",)


def test_the_matrix_knows_no_other_difference_than_the_port(tmp_path: Path) -> None:
    """An emulated board on a socket carries the example and passes the tests of a real board."""
    matrix = Path(__file__).with_name("test_matrix.py")
    tests = [str(matrix), "--target", BOARD, "--hil-report", str(tmp_path / "hil.json"), "-k", "models"]
    with carried(BOARD) as (core, _), on_a_socket(core.program.command) as url, redirect_stdout(io.StringIO()) as page:
        code = pytest.main(["-n", "0", "-p", "no:cacheprovider", *tests, "--port", url])
    assert code == 0, page.getvalue()
    assert "1 passed, 2 skipped" in page.getvalue() and "carries another model" in page.getvalue()
    (row,) = json.loads((tmp_path / "hil.json").read_text())["rows"]
    assert row["case"] == "example" and row["how"] == "port" and row["max_abs_error"] <= 2e-6 and row["cycles"] > 0
