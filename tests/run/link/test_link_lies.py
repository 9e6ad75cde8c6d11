"""A device that lies, dawdles or contradicts itself: a DeviceError within the link's own time, counted on its clock."""

import struct
import sys
from collections.abc import Callable

import numpy as np
import pytest

from gatesmith.core.errors import DeviceError
from gatesmith.run.link import link as module
from gatesmith.run.link.device import Device
from gatesmith.run.link.link import REPLY, REPLY_ERROR, ErrorReply, Kind, Link, Request, decode, encode
from gatesmith.run.link.transport import ProcessTransport

from .toy import CAPACITY, INTERFACE, MODEL_ID

TIMEOUT, RUN_TIMEOUT, TRIES = 2.0, 60.0, 3
Answer = tuple[int, bytes] | None
"""Type and payload of a reply; None for silence."""


def greeting(nonce: bytes, **lies: int | bytes) -> bytes:
    """The toy's answer to hello, with lies."""
    facts: dict[str, int | bytes] = {
        "protocol": 1, "flags": 1, "payload": 64, "window": 1024, "inputs": 2, "outputs": 2, "axes": 1, "state": 16,
        "model": MODEL_ID.encode(), **lies,
    }  # fmt: skip
    return nonce + struct.pack("<BBHHBBBI16s", *facts.values())


def honest(kind: int, payload: bytes, nonce: bytes) -> Answer:
    """What the toy says of itself, and zeros as all its values."""
    port = [struct.pack("<BbII", 0x14, axis, frame, 0) for axis, frame in ((0, 3), (-1, 2))]
    replies: dict[int, Callable[[], bytes]] = {
        Kind.HELLO: lambda: greeting(nonce),
        Kind.DESCRIBE: lambda: {0: [b"toy", b"float32"], 1: port, 2: port, 3: [struct.pack("<II", 0, CAPACITY)]}[
            payload[0]
        ][payload[1]],
        Kind.READ: lambda: bytes(struct.unpack("<BIH", payload)[2]),
        Kind.COST: lambda: bytes(17),
    }
    return kind | REPLY, replies.get(kind, bytes)()


class Liar:
    """A wire with a clock of its own: silence takes as long as it is waited for, and nothing else takes any time.

    Args:
        answer: to a request of a type, with a payload and the session's number.
        delay: seconds before each answer.
    """

    name = "a liar"

    def __init__(self, answer: Callable[[int, bytes, bytes], Answer], delay: float = 0.0) -> None:
        self.answer = answer
        self.delay = delay
        self.now = 0.0
        self.nonce = b""
        self.waiting: list[bytes] = []

    def monotonic(self) -> float:
        return self.now

    def write(self, data: bytes) -> None:
        for block in data.split(b"\0"):
            frame = decode(block) or decode(block, self.nonce) if block else None
            if frame is None:
                continue
            sequence, kind, payload = frame
            session = b"" if kind == Kind.HELLO else self.nonce
            self.nonce = payload if kind == Kind.HELLO else self.nonce
            reply = self.answer(kind, payload, self.nonce)
            if reply is not None:
                self.waiting.append(encode(sequence, reply[0], reply[1], session))

    def read(self, timeout: float) -> bytes:
        if not self.waiting or self.delay > timeout:
            self.now += timeout
            return b""
        self.now += self.delay
        return self.waiting.pop(0)

    def close(self) -> None:
        pass


def device(monkeypatch: pytest.MonkeyPatch, liar: Liar) -> Device:
    monkeypatch.setattr(module, "time", liar)
    return Device(liar, INTERFACE, timeout=TIMEOUT, run_timeout=RUN_TIMEOUT, tries=TRIES)


def whole(dev: Device) -> None:
    """Every request that the host makes of a device."""
    dev.hello()
    dev.reset()
    dev.run([np.zeros((40, 3), np.float32), np.zeros(2, np.float32)], reset=True)
    dev.step([np.zeros(3, np.float32), np.zeros(2, np.float32)])
    dev.cost()


def test_an_honest_one_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Liar(honest)
    whole(device(monkeypatch, liar))
    assert liar.now == 0.0


@pytest.mark.parametrize(
    "lies",
    [
        {"payload": 0},
        {"payload": 5},
        {"payload": 47},
        {"payload": 32769},
        {"payload": 65535},
        {"state": 0xFFFF_FFFF},
        {"state": (1 << 26) + 1},
        {"state": 15},
        {"inputs": 255},
        {"outputs": 0},
        {"axes": 200},
        {"protocol": 2},
        {"flags": 0},
        {"model": b"\x1b[2J\n\0aaaaaaaaaa"},
    ],
    ids=str,
)
def test_a_hello_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, lies: dict[str, int | bytes]) -> None:
    requests = []

    def answer(kind: int, payload: bytes, nonce: bytes) -> Answer:
        requests.append(kind)
        return (kind | REPLY, greeting(nonce, **lies)) if kind == Kind.HELLO else honest(kind, payload, nonce)

    liar = Liar(answer)
    with pytest.raises(DeviceError) as refusal:
        whole(device(monkeypatch, liar))
    assert len(requests) < 12, "it was asked for hundreds of things that the model does not have"
    assert refusal.value.why.replace("\n", "").isprintable()


def test_a_window_of_nothing_is_one_request_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(kind: int, payload: bytes, nonce: bytes) -> Answer:
        return (kind | REPLY, greeting(nonce, window=0)) if kind == Kind.HELLO else honest(kind, payload, nonce)

    whole(device(monkeypatch, Liar(answer)))


def test_names_are_shown_without_what_a_terminal_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(kind: int, payload: bytes, nonce: bytes) -> Answer:
        if kind == Kind.DESCRIBE:
            return kind | REPLY, b"\x1b]0;owned\x07" * 3000
        return honest(kind, payload, nonce)

    with pytest.raises(DeviceError, match="another model") as refusal:
        whole(device(monkeypatch, Liar(answer)))
    assert "\x1b" not in refusal.value.why and len(refusal.value.why) < 2000


ASKED = sorted(set(Kind) - {Kind.ECHO, Kind.BYE, Kind.STATE_READ, Kind.STATE_WRITE})
"""Requests that the host makes, hello first."""
KINDS = [Kind.DESCRIBE, Kind.READ, Kind.COST]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 1, 9, 15, 18, 200, 40000])
def test_an_answer_of_another_size_is_refused(monkeypatch: pytest.MonkeyPatch, kind: Kind, size: int) -> None:
    def answer(request: int, payload: bytes, nonce: bytes) -> Answer:
        named = request == Kind.DESCRIBE and payload[0] == 0
        if request != kind or named or honest(request, payload, nonce) == (request | REPLY, bytes(size)):
            return honest(request, payload, nonce)
        return request | REPLY, bytes(size)

    liar = Liar(answer)
    with pytest.raises(DeviceError):
        whole(device(monkeypatch, liar))
    assert liar.now <= TRIES * (RUN_TIMEOUT + 100 * TIMEOUT)


@pytest.mark.parametrize("code", [0, *ErrorReply, 77])
@pytest.mark.parametrize("kind", ASKED[1:])
def test_a_refusal_of_anything_ends_it(monkeypatch: pytest.MonkeyPatch, kind: Kind, code: int) -> None:
    def answer(request: int, payload: bytes, nonce: bytes) -> Answer:
        return (REPLY_ERROR, bytes((code, kind))) if request == kind else honest(request, payload, nonce)

    liar = Liar(answer)
    with pytest.raises(DeviceError):
        whole(device(monkeypatch, liar))
    assert liar.now <= TRIES * (RUN_TIMEOUT + 100 * TIMEOUT)


@pytest.mark.parametrize("kind", ASKED)
def test_silence_about_anything_ends_it(monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    liar = Liar(lambda request, payload, nonce: None if request == kind else honest(request, payload, nonce))
    seconds = TIMEOUT if kind in (Kind.HELLO, Kind.DESCRIBE, Kind.RESET, Kind.COST) else RUN_TIMEOUT
    with pytest.raises(DeviceError, match=rf"nothing answers \({TRIES} tries, {seconds:.0f} s each\)"):
        whole(device(monkeypatch, liar))
    assert liar.now <= TRIES * RUN_TIMEOUT


class Starved(Liar):
    """A program that gets a processor for a tenth of the time and needs a while for each answer; or gets none."""

    def __init__(self, delay: float, waits: float = 0.9) -> None:
        super().__init__(honest, delay)
        self.waits = waits
        self.due = 0.0

    def cpu_wait(self) -> float:
        return self.waits * self.now

    def write(self, data: bytes) -> None:
        super().write(data)
        self.due = max(self.due, self.now + self.delay)

    def read(self, timeout: float) -> bytes:
        if not self.waiting or self.now + timeout < self.due:
            self.now += timeout
            return b""
        self.now = max(self.now, self.due)
        return self.waiting.pop(0)


def test_waiting_for_a_processor_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen seconds for an answer that may take two, of which it had a processor for one and a half."""
    starved = Starved(15.0)
    monkeypatch.setattr(module, "time", starved)
    assert Link(starved, timeout=2.0, tries=1).open().model_id == MODEL_ID
    slow = Starved(15.0, waits=0.0)
    monkeypatch.setattr(module, "time", slow)
    with pytest.raises(DeviceError, match="1 tries, 2 s each"):
        Link(slow, timeout=2.0, tries=1).open()


def test_waiting_for_a_processor_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    starved = Starved(1e9, waits=1.0)
    monkeypatch.setattr(module, "time", starved)
    with pytest.raises(DeviceError, match="nothing answers"):
        Link(starved, timeout=2.0, tries=3).open()
    assert 100.0 < starved.now < 150.0


def test_a_program_that_missed_hello_hears_it_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an emulator that was told before its firmware listened; and who never answers takes no longer than before."""
    missed = 3

    def deaf(kind: int, payload: bytes, nonce: bytes) -> Answer:
        nonlocal missed
        missed -= 1
        return honest(kind, payload, nonce) if missed < 0 else None

    late, never = Liar(deaf), Liar(lambda *_: None)
    monkeypatch.setattr(module, "time", late)
    Link(late, timeout=5.0, soon=0.1).open()
    assert late.now == pytest.approx(0.1 + 0.2 + 0.4)
    monkeypatch.setattr(module, "time", never)
    with pytest.raises(DeviceError, match="3 tries, 5 s each"):
        Link(never, timeout=5.0, soon=0.1).open()
    assert never.now == pytest.approx(3 * 5.0)


def test_what_the_system_says_of_a_program_s_waiting() -> None:
    script = "import time; end = time.process_time() + .2\nwhile time.process_time() < end: pass\nprint(1)"
    with ProcessTransport([sys.executable, "-uc", script]) as transport:
        before = transport.cpu_wait()
        transport.read(60.0)
        assert 0.0 <= before <= transport.cpu_wait()


def test_answers_just_in_time_do_not_go_on_for_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of a hundred answers a second before the minute is over would be more than an hour and a half."""
    liar = Liar(honest, delay=RUN_TIMEOUT - 1)
    link = Link(liar, timeout=TIMEOUT, tries=TRIES)
    monkeypatch.setattr(module, "time", liar)
    liar.delay, late = 0.0, liar.delay
    link.open()
    liar.delay = late
    with pytest.raises(DeviceError):
        link.exchange([Request(Kind.RESET)] * 100, timeout=RUN_TIMEOUT)
    assert liar.now <= TRIES * (RUN_TIMEOUT + 100 * TIMEOUT)


def test_a_program_that_talks_and_never_listens_is_given_up() -> None:
    script = "import sys\nwhile True: sys.stdout.buffer.write(b'x' * 65536)"
    with ProcessTransport([sys.executable, "-c", script]) as transport, pytest.raises(DeviceError, match="not listen"):
        transport.write(bytes(1 << 20))


def test_an_endless_line_of_errors_is_kept_short() -> None:
    script = "import sys; sys.stderr.write('x' * 1000000); sys.stderr.flush(); sys.stdin.read()"
    with ProcessTransport([sys.executable, "-c", script]) as transport:
        transport.wait(20.0)
        assert len(transport.stderr_tail()) < 20_000
