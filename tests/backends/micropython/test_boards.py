"""Modules on MicroPython itself: the unix port, and emulated boards that are driven as a real one is. main.py, the
example beside the modules: the LED it switches, on the unix port with a pin that prints."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import test_port
from boards import asleep, there, unix_port
from report_models import dense, write_hdf5

from gatesmith import cli
from gatesmith.boards import target
from gatesmith.core.errors import DeviceError, ExitCode, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow.generate import generate
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.flow.run import run as run_model
from gatesmith.flow.validate import validate as validate_model
from gatesmith.importers.reading import load
from gatesmith.run.repl import micropython as device
from gatesmith.run.repl.repl import ProcessRepl

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
EXAMPLE = EXAMPLES / "basic_motions.keras"
BOARDS = {one.name: one for one in device.boards().values()}
# The board whose own core each of them is.
TARGETS = {
    name: board.name
    for board in reversed([target.load(each) for each in target.names()])
    for name in BOARDS
    if board.micropython and board.emulator == board.micropython.emulator == name
}
windows = test_port.windows


@pytest.fixture
def unix() -> None:
    unix_port().close()


@pytest.fixture(params=sorted(BOARDS))
def board(request: pytest.FixtureRequest) -> device.StandIn:
    return there(request.param)


def test_unix_port(unix: None, windows: Path, tmp_path: Path) -> None:
    done = run_model(
        EXAMPLE, Settings(backend="micropython"), input=windows, report=tmp_path / "r.json"
    ).report.as_json()
    assert done["max_abs_error"] <= 1e-6
    assert done["heap"] > 0 and done["heap_per"] == "step" and "MicroPython" in done["micropython"]


def test_without_samples(unix: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(EXAMPLE), "--backend", "micropython"]) == ExitCode.OK
    assert "2,982 multiply-adds a step" in capsys.readouterr().out


def test_emulated_board(board: device.StandIn, windows: Path, tmp_path: Path, record_property: object) -> None:
    """Bytecode in ROM, single precision, weights at any alignment."""
    settings = Settings(target=TARGETS[board.name], backend="micropython", emulate=True)
    done = run_model(EXAMPLE, settings, input=windows, report=tmp_path / "r.json").report.as_json()
    assert done["max_abs_error"] <= 1e-6
    assert done["emulator"] == board.name and board.core in done["device"]
    # Three floats a multiply-accumulate, 16 bytes each, and what else a step makes.
    assert 48 * done["macs"] < done["heap"] < 72 * done["macs"]


@pytest.mark.parametrize("name", ["unix32", "webassembly"])
@pytest.mark.parametrize("numeric", ["float32", "int8"])
def test_programs_of_this_machine(name: str, numeric: str, windows: Path, tmp_path: Path) -> None:
    """The unix port in single precision, and WebAssembly, which has no native code."""
    there(name)
    data = None if numeric == "float32" else str(EXAMPLES / "basic_motions_calibration.npz")
    settings = Settings(
        target=name, backend="micropython", emulate=True, numeric=numeric, calibration=data, tolerance=0.1
    )
    done = validate_model(EXAMPLE, settings, windows, tmp_path / "r.json", measured=True).report.as_json()
    assert done["emulator"] == name and done["device"].startswith("MicroPython's ")
    if data is None:
        assert done["max_abs_error"] <= 1e-6
    else:
        assert done["different_integers"] == 0
        assert done["micropython"].endswith("viper" if name == "unix32" else "plain Python")


def test_floats_of_32_bits(tmp_path: Path) -> None:
    repl = device.start_stand_in(there("unix32"), {}, tmp_path)
    try:
        assert float(repl.exec("print(1 + 1e-9)", 10.0)) == 1.0
    finally:
        repl.close()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc says what threads do")
def test_a_board_that_waits_sleeps(board: device.StandIn) -> None:
    """It leaves this machine's processors to others; and wakes for each line."""
    repl = device.power_on(board)
    try:
        assert repl._process is not None
        for number in range(3):
            assert int(repl.exec(f"print({number})", 10.0)) == number
            assert asleep(repl._process.pid) > 0.5
        with pytest.raises(DeviceError, match="not answered"):
            repl.exec("while True: pass", 0.3)
        assert asleep(repl._process.pid) < 0.5
    finally:
        repl.close()


def test_a_crash_is_a_timeout() -> None:
    """A HardFault leaves the emulator standing still."""
    repl = device.power_on(there("cortex-m4f"))
    try:
        with pytest.raises(DeviceError, match="ZeroDivisionError"):
            repl.exec("1 / 0", 10.0)
        with pytest.raises(DeviceError, match="not answered"):
            repl.exec("import machine\nmachine.mem32[0xF0000000]", 1.0)
    finally:
        repl.close()


def test_another_model_is_refused(unix: None, tmp_path: Path) -> None:
    code = program(load(EXAMPLE, Settings()), plan(Settings(backend="micropython")))
    other = replace(code, model_id="0" * 16)
    with pytest.raises(DeviceError, match="another model"), device.start(other, code.files, None):
        pass


def test_a_process_that_hangs(unix: None) -> None:
    repl = ProcessRepl(["micropython"])
    try:
        with pytest.raises(DeviceError, match="not answered"):
            repl.exec("while True:\n    pass", 0.3)
    finally:
        repl.close()


def test_ways_that_do_not_exist() -> None:
    for name, emulate, words in (
        ("uno", True, "does not run on"),
        ("host", True, "nothing to emulate"),
        (TARGETS["cortex-m3"], False, "is a board"),
        ("esp32", True, "no emulated MicroPython stands in for esp32"),
    ):
        with pytest.raises(UsageError, match=words):
            run_model(EXAMPLE, Settings(target=name, backend="micropython", emulate=emulate))
    with pytest.raises(UsageError, match="own exp and tanh"):
        run_model(EXAMPLE, Settings(backend="micropython", math="exact"))


@pytest.mark.parametrize("time_axis", [False, True], ids=["one sample", "steps"])
@pytest.mark.parametrize(
    ("bias", "on"), [([3.0], 1), ([-3.0], 0), ([3.0, -3.0, 0.0], 1), ([-3.0, 0.0, 3.0], 0)], ids=str
)
def test_the_led_shows_the_answer(unix: None, bias: list[float], on: int, time_axis: bool, tmp_path: Path) -> None:
    """Of one output, whether it is above a half; of several, whether the first is the largest."""
    steps = (5,) if time_axis else ()
    model = dense(tmp_path / "switch.h5", np.zeros((3, len(bias))), bias, "sigmoid", *steps)
    generate(model, tmp_path / "out", Settings(target="pico", backend="micropython"))
    (tmp_path / "out" / "machine.py").write_text(test_port.LED, "utf-8")
    done = subprocess.run(
        ["micropython", "main.py"], cwd=tmp_path / "out", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    *_, answer, led = done.stdout.splitlines()
    values = [float(word) for word in answer.split()]
    np.testing.assert_allclose(values, 1 / (1 + np.exp(-np.array(bias))), atol=1e-6)
    assert led == f"LED LED {on}"


@pytest.mark.parametrize("stateful", [False, True])
def test_states_that_last_are_not_reset_between_windows(stateful: bool, tmp_path: Path) -> None:
    options = {"name": "rnn", "batch_input_shape": [1, 4, 3], "units": 2, "stateful": stateful}
    shapes = {"kernel:0": (3, 2), "recurrent_kernel:0": (2, 2), "bias:0": (2,)}
    weights = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    layer = {"class_name": "SimpleRNN", "config": options}
    model = write_hdf5(tmp_path / "rnn.h5", "2.4.0", [layer], {"rnn": weights})
    done = generate(model, tmp_path / "out", Settings(target="pico", backend="micropython"))
    for text in ("\n".join(done.project.calls), (tmp_path / "out" / "main.py").read_text("utf-8")):
        assert ("model.reset()" in text) is not stateful
