"""The toy as a process: arrays, states, refusals, and every way in which a program can die."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatesmith.backends.base import Generated
from gatesmith.core.errors import DataError, DeviceError
from gatesmith.run.link.device import Device
from gatesmith.run.link.link import Kind, Link
from gatesmith.run.link.transport import ProcessTransport
from gatesmith.run.toolchain.host import Binary

from .conftest import BuildToy
from .states import read_state, write_state
from .toy import INTERFACE, MODEL_ID, axis, expected, port

ZERO = np.zeros(3, np.float32)
GAIN = np.array([1.5, -0.25], np.float32)


def is_ended(pid: int) -> bool:
    """Whether no process of this group is left."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to look."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def samples(count: int, seed: int = 1) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.normal(size=(int(random.integers(1, 60)), 3)).astype(np.float32) for _ in range(count)]


def test_runs_equal_the_reference_bit_for_bit(sanitized: Binary) -> None:
    with Device.start([sanitized.path], INTERFACE) as device:
        for x in samples(50):
            y, last = device.run([x, GAIN], reset=True)
            want_y, want_last = expected(x, GAIN)
            np.testing.assert_array_equal(y, want_y)
            np.testing.assert_array_equal(last, want_last)
            assert y.dtype == np.float32


def test_steps_equal_a_run(sanitized: Binary) -> None:
    [x] = samples(1)
    with Device.start([sanitized.path], INTERFACE) as device:
        whole, _ = device.run([x, GAIN], reset=True)
        device.reset()
        rows = [device.step([row, GAIN])[0] for row in x]
    np.testing.assert_array_equal(np.array(rows), whole)


def test_states_of_two_rows_are_kept_apart(sanitized: Binary) -> None:
    first, second = samples(2, seed=3)
    with Device.start([sanitized.path], INTERFACE) as device:
        device.reset()
        empty = read_state(device)
        states = [empty, empty]
        halves = [[], []]
        for part in (slice(0, 5), slice(5, None)):
            for row, x in enumerate((first, second)):
                write_state(device, states[row])
                halves[row].append(device.run([x[part], GAIN])[0] if len(x[part]) else np.empty((0, 3)))
                states[row] = read_state(device)
    for row, x in enumerate((first, second)):
        np.testing.assert_array_equal(np.concatenate(halves[row]), expected(x, GAIN)[0])


def test_another_model_is_refused_with_both_sides_shown(build_toy: BuildToy) -> None:
    other = build_toy('-DMODEL_ID="fedcba9876543210"')
    with pytest.raises(DeviceError, match="another model") as caught, Device.start([other.path], INTERFACE):
        pytest.fail("must not get here")
    assert MODEL_ID in caught.value.why
    assert "fedcba9876543210   <- differs" in caught.value.why


@pytest.mark.parametrize(
    "other",
    [
        replace(INTERFACE, name="tay"),
        replace(INTERFACE, numeric="int8"),
        replace(INTERFACE, causal=False),
        replace(INTERFACE, state_bytes=20),
        replace(INTERFACE, inputs=INTERFACE.inputs[:1]),
        replace(INTERFACE, inputs=(port("x", (None, 4), 0), INTERFACE.inputs[1])),
        replace(INTERFACE, outputs=(port("y", (None, 3), 0, "int8"), INTERFACE.outputs[1])),
        replace(INTERFACE, axes=(axis("steps", None, 1000),)),
        replace(INTERFACE, axes=(axis("steps", 2000),)),
    ],
)
def test_any_difference_of_interface_is_refused(program: Binary, other: Generated) -> None:
    device = Device.start([program.path], other)
    with pytest.raises(DeviceError), device:
        pytest.fail("must not get here")
    assert is_ended(device.transport.pid)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([np.zeros((4, 3))], "1 arrays"),
        ([np.zeros((4, 2)), GAIN], "shape"),
        ([np.zeros(3), GAIN], "shape"),
        ([np.zeros((0, 3)), GAIN], "no time steps"),
        ([np.zeros((2001, 3)), GAIN], "buffers hold 2000"),
    ],
)
def test_inputs_that_do_not_fit(program: Binary, inputs: list[np.ndarray], message: str) -> None:
    with Device.start([program.path], INTERFACE) as device:
        with pytest.raises(DataError, match=message):
            device.run(inputs)
        device.reset()


def test_goodbye_ends_the_program_by_itself(program: Binary) -> None:
    with ProcessTransport([program.path]) as transport:
        link = Link(transport)
        link.open()
        link.close()
        assert transport.wait(10.0) == 0
        with pytest.raises(DeviceError, match="closed already"):
            transport.write(b"late")


def test_a_crash_is_named_with_its_signal(build_toy: BuildToy) -> None:
    crashing = build_toy("-DCRASH")
    device = Device.start([crashing.path], INTERFACE)
    with pytest.raises(DeviceError, match="SIGSEGV"), device:
        device.step([ZERO, GAIN])
    assert is_ended(device.transport.pid)  # type: ignore[attr-defined]


def test_a_crash_shows_the_last_words(build_toy: BuildToy) -> None:
    crashing = build_toy("-DCRASH", "-fsanitize=address", "-g")
    with pytest.raises(DeviceError, match="exit status") as caught, Device.start([crashing.path], INTERFACE) as device:
        device.step([ZERO, GAIN])
    assert "AddressSanitizer" in caught.value.why


def test_a_program_that_hangs_is_given_up_in_time_and_ended(build_toy: BuildToy) -> None:
    hanging = build_toy("-DHANG")
    device = Device.start([hanging.path], INTERFACE, timeout=0.1, run_timeout=0.2, tries=2)
    begin = time.monotonic()
    with pytest.raises(DeviceError, match="nothing answers"), device:
        device.step([ZERO, GAIN])
    assert time.monotonic() - begin < 60.0
    assert is_ended(device.transport.pid)  # type: ignore[attr-defined]


def test_an_exception_of_the_caller_leaves_no_process(program: Binary) -> None:
    device = Device.start([program.path], INTERFACE)
    with pytest.raises(KeyboardInterrupt), device:
        raise KeyboardInterrupt
    assert is_ended(device.transport.pid)  # type: ignore[attr-defined]


def test_children_of_a_stubborn_program_end_too() -> None:
    script = "trap '' TERM; sleep 300 & sleep 300 & wait; sleep 300"
    with ProcessTransport(["/bin/sh", "-c", script]) as transport:
        pid = transport.pid
        assert transport.read(0.1) == b""
    deadline = time.monotonic() + 10.0
    while not is_ended(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_ended(pid)


def test_a_program_that_says_something_else(tmp_path: Path) -> None:
    babble = [sys.executable, "-uc", "import sys\nwhile sys.stdin.buffer.read(1): print('boot: no such model')"]
    with ProcessTransport(babble) as transport:
        with pytest.raises(DeviceError, match="nothing answers") as caught:
            Link(transport, timeout=0.5, tries=2).open()
        assert "wrong baud rate, another program" in caught.value.why


def test_a_program_that_floods_before_it_listens() -> None:
    """Both pipes full at once must not stop both sides for ever."""
    size = 1 << 20
    script = (
        f"import sys; o=sys.stdout.buffer; o.write(b'x'*{size}); o.flush();"
        f"n=len(sys.stdin.buffer.read({size})); o.write(b'%d' % n); o.flush()"
    )
    with ProcessTransport([sys.executable, "-c", script]) as transport:
        transport.write(bytes(size))
        heard = b""
        while len(heard) < size + len(str(size)):
            data = transport.read(20.0)
            assert data
            heard += data
    assert heard.endswith(str(size).encode())


def test_a_thousand_samples_are_no_matter_of_minutes(program: Binary) -> None:
    """Counts round trips, not time: a sample of 50 steps costs one write."""
    x = np.zeros((50, 3), np.float32)
    with Device.start([program.path], INTERFACE) as device:
        writes = 0
        original = device.transport.write

        def counted(data: bytes) -> None:
            nonlocal writes
            writes += 1
            original(data)

        device.transport.write = counted  # type: ignore[method-assign]
        for _ in range(1000):
            device.run([x, GAIN], reset=True)
        assert writes == 1000
        assert device.link.ask(Kind.ECHO) == b""


HOLDER = """
import signal
import time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # where these tests run under nohup, it is ignored
from gatesmith.cli.signals import ends_in_order
from gatesmith.run.link.transport import ProcessTransport
with ends_in_order(), ProcessTransport(["sleep", "300"]) as transport:
    print(transport.pid, flush=True)
    time.sleep(300)
"""
"""A host that holds a program which reads nothing, as an emulator on a pseudo-terminal does."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_program_does_not_outlive_its_host(number: signal.Signals) -> None:
    if number == signal.SIGKILL and (sys.platform != "linux" or not shutil.which("setpriv")):
        pytest.skip("only Linux's setpriv ends the program of a host that was killed")
    host = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    try:
        assert host.stdout is not None
        pid = int(host.stdout.readline())
        assert not ended(pid)
        while "sleep" not in Path(f"/proc/{pid}/comm").read_text():  # setpriv has yet to bind it and to become it
            time.sleep(0.01)
        host.send_signal(number)
        status = host.wait(30)
        deadline = time.monotonic() + 30.0
        while not ended(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert ended(pid)
        assert status == (-number if number == signal.SIGKILL else 128 + number)
    finally:
        host.kill()
        host.communicate()


def test_a_program_outlives_the_thread_that_started_it() -> None:
    started: list[ProcessTransport] = []
    thread = threading.Thread(target=lambda: started.append(ProcessTransport(["cat"])))
    thread.start()
    thread.join()
    with started[0] as transport:
        transport.write(b"still here")
        assert transport.read(30.0) == b"still here"


def test_what_is_no_program_is_told_as_such(tmp_path: Path) -> None:
    for command in (["no-such-program"], [str(tmp_path / "nothing")], [str(tmp_path)]):
        with pytest.raises(DeviceError, match="cannot be started") as refusal:
            ProcessTransport(command)
        assert ("TMPDIR" in str(refusal.value)) == (command == [str(tmp_path)]), "what may not run, and no other"
