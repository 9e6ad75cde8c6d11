"""Single requests to the device's C code: every bound, every refusal, repeats and gaps. A wire that flips, drops,
doubles, delays, cuts and mixes: the link recovers, and no wrong answer is accepted."""

import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gatesmith.core.errors import DeviceError
from gatesmith.run.link.device import Device
from gatesmith.run.link.link import REPLY, REPLY_ERROR, ErrorReply, Kind, Link, Request, decode, encode

from .faults import mutants
from .states import read_state, write_state
from .toy import INTERFACE, FaultyWire, LibraryDevice, Wire, expected

NONCE = b"\x01\x02\x03\x04"
PAYLOAD = 64
STATE = 16


class Raw:
    """A host without any cleverness: sends what it is told to and shows the answers."""

    def __init__(self, device: LibraryDevice, *, hello: bool = True) -> None:
        self.device = device
        self.session = b""
        device.restart()
        if hello:
            [(sequence, kind, payload)] = self.send(0, Kind.HELLO, NONCE)
            assert (sequence, kind, payload[:4]) == (0, Kind.HELLO | REPLY, NONCE)
            self.session = NONCE

    def send(self, sequence: int, kind: int, payload: bytes = b"") -> list[tuple[int, int, bytes]]:
        session = b"" if kind == Kind.HELLO else self.session
        replies = self.device.feed(encode(sequence, kind, payload, session))
        frames = [decode(block, session) or decode(block) for block in replies.split(b"\0") if block]
        assert None not in frames
        return [frame for frame in frames if frame]

    def executed(self, sequence: int) -> int:
        [(_, kind, payload)] = self.send(sequence, Kind.COST)
        assert kind == Kind.COST | REPLY
        return int(struct.unpack("<BIIII", payload)[1])


def error(kind: Kind, code: ErrorReply, sequence: int = 1) -> list[tuple[int, int, bytes]]:
    return [(sequence, REPLY_ERROR, bytes((code, kind)))]


def test_hello_states_the_protocol_s_facts(small: LibraryDevice) -> None:
    greeting = Link(Wire(small)).open()
    assert (greeting.payload, greeting.window) == (PAYLOAD, 32768)
    assert (greeting.inputs, greeting.outputs, greeting.axes, greeting.state_bytes) == (2, 2, 1, STATE)
    assert greeting.has_step
    assert greeting.model_id == INTERFACE.model_id


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        (Kind.STEP, b"", ErrorReply.NO_SESSION),
        *((Kind.HELLO, nonce, ErrorReply.BAD_LENGTH) for nonce in (b"", b"abc", b"abcde")),
    ],
)
def test_a_device_without_a_session_says_so(small: LibraryDevice, kind: Kind, payload: bytes, code: ErrorReply) -> None:
    assert Raw(small, hello=False).send(1, kind, payload) == error(kind, code)


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        (Kind.WRITE, struct.pack("<BI", 2, 0) + b"x", ErrorReply.BAD_INDEX),
        (Kind.WRITE, struct.pack("<BI", 255, 0) + b"x", ErrorReply.BAD_INDEX),
        (Kind.WRITE, struct.pack("<BI", 1, 8) + b"x", ErrorReply.BAD_RANGE),
        (Kind.WRITE, struct.pack("<BI", 1, 7) + b"xy", ErrorReply.BAD_RANGE),
        (Kind.WRITE, struct.pack("<BI", 1, 9), ErrorReply.BAD_RANGE),
        (Kind.WRITE, struct.pack("<BI", 1, 0xFFFFFFFF) + b"xy", ErrorReply.BAD_RANGE),
        (Kind.WRITE, b"\0\0\0\0", ErrorReply.BAD_LENGTH),
        (Kind.READ, struct.pack("<BIH", 2, 0, 1), ErrorReply.BAD_INDEX),
        (Kind.READ, struct.pack("<BIH", 1, 8, 1), ErrorReply.BAD_RANGE),
        (Kind.READ, struct.pack("<BIH", 1, 0xFFFFFFFF, 2), ErrorReply.BAD_RANGE),
        (Kind.READ, struct.pack("<BIH", 0, 0, PAYLOAD + 1), ErrorReply.BAD_RANGE),
        (Kind.READ, struct.pack("<BIH", 0, 0, 0xFFFF), ErrorReply.BAD_RANGE),
        (Kind.READ, struct.pack("<BI", 0, 0), ErrorReply.BAD_LENGTH),
        (Kind.STATE_READ, struct.pack("<IH", STATE, 1), ErrorReply.BAD_RANGE),
        (Kind.STATE_READ, struct.pack("<IHB", 0, 1, 0), ErrorReply.BAD_LENGTH),
        (Kind.STATE_WRITE, struct.pack("<I", STATE - 1) + b"xy", ErrorReply.BAD_RANGE),
        (Kind.STATE_WRITE, b"\0\0\0", ErrorReply.BAD_LENGTH),
        (Kind.RUN, struct.pack("<I", 0), ErrorReply.BAD_RANGE),
        (Kind.RUN, struct.pack("<I", 2001), ErrorReply.BAD_RANGE),
        (Kind.RUN, struct.pack("<I", 0xFFFFFFFF), ErrorReply.BAD_RANGE),
        (Kind.RUN, b"", ErrorReply.BAD_LENGTH),
        (Kind.RUN, bytes(8), ErrorReply.BAD_LENGTH),
        (Kind.STEP, b"x", ErrorReply.BAD_LENGTH),
        (Kind.RESET, b"x", ErrorReply.BAD_LENGTH),
        (Kind.DESCRIBE, b"\1\2", ErrorReply.BAD_INDEX),
        (Kind.DESCRIBE, b"\3\1", ErrorReply.BAD_INDEX),
        (Kind.DESCRIBE, b"\4\0", ErrorReply.BAD_INDEX),
        (Kind.DESCRIBE, b"\0\2", ErrorReply.BAD_INDEX),
        (Kind.DESCRIBE, b"\1", ErrorReply.BAD_LENGTH),
    ],
)
def test_refused_and_not_counted(small: LibraryDevice, kind: Kind, payload: bytes, code: ErrorReply) -> None:
    host = Raw(small)
    assert host.send(1, kind, payload) == error(kind, code)
    assert host.send(1, Kind.ECHO, b"still here") == [(1, Kind.ECHO | REPLY, b"still here")]


def test_an_unknown_request_is_refused(small: LibraryDevice) -> None:
    assert Raw(small).send(1, 0x55) == [(1, REPLY_ERROR, bytes((ErrorReply.UNKNOWN, 0x55)))]


def test_every_last_byte_of_a_buffer_is_within_reach(small: LibraryDevice) -> None:
    host = Raw(small)
    assert host.send(1, Kind.WRITE, struct.pack("<BI", 1, 4) + b"abcd") == [(1, Kind.WRITE | REPLY, b"")]
    assert host.send(2, Kind.WRITE, struct.pack("<BI", 1, 8)) == [(2, Kind.WRITE | REPLY, b"")]
    assert host.send(3, Kind.STATE_WRITE, struct.pack("<I", 0) + bytes(range(16))) == [
        (3, Kind.STATE_WRITE | REPLY, b"")
    ]
    assert host.send(4, Kind.STATE_READ, struct.pack("<IH", 0, 16)) == [(4, Kind.STATE_READ | REPLY, bytes(range(16)))]
    assert host.send(5, Kind.STATE_READ, struct.pack("<IH", 16, 0)) == [(5, Kind.STATE_READ | REPLY, b"")]


def test_a_repeated_step_is_answered_and_not_executed(small: LibraryDevice) -> None:
    host = Raw(small)
    for _ in range(3):
        assert host.send(1, Kind.STEP) == [(1, Kind.STEP | REPLY, b"")]
    assert host.executed(2) == 1
    assert host.send(1, Kind.STEP) == [(1, Kind.STEP | REPLY, b"")]
    assert host.executed(3) == 1


def test_a_request_behind_a_lost_one_waits(small: LibraryDevice) -> None:
    host = Raw(small)
    assert host.send(2, Kind.STEP) == error(Kind.STEP, ErrorReply.OUT_OF_TURN, 2)
    assert host.send(1, Kind.ECHO, b"") == [(1, Kind.ECHO | REPLY, b"")]
    assert host.send(2, Kind.STEP) == [(2, Kind.STEP | REPLY, b"")]
    assert host.executed(3) == 1


def test_a_repeated_hello_keeps_the_numbers_and_a_new_one_starts_afresh(small: LibraryDevice) -> None:
    host = Raw(small)
    host.send(1, Kind.STEP)
    host.send(0, Kind.HELLO, NONCE)
    host.send(1, Kind.STEP)
    assert host.executed(2) == 1
    host.send(0, Kind.HELLO, b"new!")
    assert host.send(1, Kind.STEP) == []  # still signed for the old session
    host.session = b"new!"
    host.send(1, Kind.STEP)
    assert host.executed(2) == 2


def test_sequence_numbers_wrap(small: LibraryDevice) -> None:
    link = Link(Wire(small))
    for i in range(600):
        assert link.ask(Kind.ECHO, struct.pack("<H", i)) == struct.pack("<H", i)


def test_frames_at_and_beyond_the_largest(small: LibraryDevice) -> None:
    host = Raw(small)
    assert host.send(1, Kind.ECHO, bytes(PAYLOAD)) == [(1, Kind.ECHO | REPLY, bytes(PAYLOAD))]
    for size in (PAYLOAD + 1, 300, 70000 // 2):
        assert host.send(2, Kind.ECHO, b"\xff" * size) == []
    assert host.send(2, Kind.ECHO, b"x") == [(2, Kind.ECHO | REPLY, b"x")]


def test_replies_are_not_requests(small: LibraryDevice) -> None:
    """A wire that echoes, or two devices on one wire, must not start a storm."""
    host = Raw(small)
    assert host.send(1, Kind.ECHO | REPLY, b"x") == []
    assert host.send(1, REPLY_ERROR, b"xy") == []


@pytest.mark.parametrize("payload", [48, 64, 300, 4096])
def test_any_frame_size_gives_the_same_outputs(libraries: Callable[[int], Path], payload: int) -> None:
    wire = Wire(LibraryDevice(libraries(payload)))
    device = Device(wire, INTERFACE)
    device.hello()
    random = np.random.default_rng(payload)
    for steps in (1, 2, 21, 171, 2000):
        x = random.normal(size=(steps, 3)).astype(np.float32)
        gain = random.normal(size=2).astype(np.float32)
        y, last = device.run([x, gain], reset=True)
        want_y, want_last = expected(x, gain)
        np.testing.assert_array_equal(y, want_y)
        np.testing.assert_array_equal(last, want_last)


@pytest.mark.parametrize("size", [0, 1, 246, 247, 248, 253, 254, 255, 256, 500, 508, 509, 510, 762, 1024])
@pytest.mark.parametrize("fill", ["zeros", "ones", "mixed"])
def test_cobs_of_both_sides_agree(libraries: Callable[[int], Path], size: int, fill: str) -> None:
    link = Link(Wire(LibraryDevice(libraries(4096))))
    data = {"zeros": bytes(size), "ones": b"\1" * size, "mixed": np.random.default_rng(size).bytes(size)}[fill]
    assert link.ask(Kind.ECHO, data) == data


def test_a_restart_in_the_middle_is_noticed(small: LibraryDevice) -> None:
    link = Link(Wire(small))
    link.ask(Kind.RESET)
    small.restart()
    with pytest.raises(DeviceError, match="restarted"):
        link.ask(Kind.STEP)
    assert link.ask(Kind.ECHO, b"again") == b"again"


def test_a_refusal_inside_an_exchange_stops_what_follows(small: LibraryDevice) -> None:
    link = Link(Wire(small))
    bad = Request(Kind.WRITE, struct.pack("<BI", 9, 0))
    with pytest.raises(DeviceError, match="refuses WRITE"):
        link.exchange([Request(Kind.ECHO), bad, Request(Kind.STEP)])
    assert struct.unpack("<BIIII", link.ask(Kind.COST))[1] == 0


def test_cost_travels_whole(small: LibraryDevice) -> None:
    device = Device(Wire(small), INTERFACE)
    device.hello()
    device.step([np.zeros(3, np.float32), np.zeros(2, np.float32)])
    cost = device.cost()
    assert (cost.kind, cost.count, cost.hertz, cost.stack_bytes) == ("instructions", (1 << 32) + 1, 1000, 99)


def converse(device: Device, seed: int, calls: int) -> Iterator[bool]:
    """Stateful calls whose every answer is checked; yields whether each call came through."""
    values = np.random.default_rng(seed)
    in_step = False
    total, count = np.zeros(3, np.float32), 0
    for _ in range(calls):
        steps = int(values.integers(1, 40))
        x = values.normal(size=(steps, 3)).astype(np.float32)
        gain = values.normal(size=2).astype(np.float32)
        reset = not in_step or bool(values.integers(2))
        if reset:
            total, count = np.zeros(3, np.float32), 0
        try:
            if values.integers(4):
                y, last = device.run([x, gain], reset=reset)
            else:
                x = x[:1]
                row, last = device.step([x[0], gain], reset=reset)
                y = row[None]
        except DeviceError:
            in_step = False
            yield False
            continue
        want_y, want_last = expected(x, gain, total, count)
        np.testing.assert_array_equal(y, want_y)
        np.testing.assert_array_equal(last, want_last)
        total, count = want_y[-1], count + len(x)
        in_step = True
        yield True


@pytest.mark.parametrize("payload", [64, 4096])
@pytest.mark.parametrize("rate", [0.02, 0.3, 0.7])
def test_faults_in_both_directions(libraries: Callable[[int], Path], payload: int, rate: float) -> None:
    device_side = LibraryDevice(libraries(payload))
    done = faults = 0
    for seed in range(40):
        device_side.restart()
        wire = FaultyWire(device_side, seed, rate)
        device = Device(wire, INTERFACE, tries=6)
        done += sum(converse(device, seed, 25))
        faults += wire.faults
        wire.rate = 0.0
        wire.write(b"")
        assert all(converse(device, seed, 3)), f"seed {seed}: not well again on a good wire"
    assert faults > 40 * 25 * rate
    assert done > 40 * 25 * (0.95 if rate < 0.5 else 0.3)


def recorded(device: LibraryDevice) -> tuple[bytes, bytes]:
    """A short session: what the host sent, and what the device answered."""
    device.restart()
    wire = Wire(device)
    link = Device(wire, INTERFACE)
    link.hello()
    values = np.random.default_rng(5)
    for _ in range(2):
        link.run([values.normal(size=(4, 3)).astype(np.float32), np.ones(2, np.float32)], reset=True)
    write_state(link, read_state(link))
    sent = b"".join(wire.sent)
    device.restart()
    return sent, device.feed(sent)


def test_the_host_accepts_no_mutant_of_an_answer(small: LibraryDevice) -> None:
    """Whatever bytes come back, a frame that decodes is one that the device sent."""
    sent, answers = recorded(small)
    nonces = {block[2][:4] for b in sent.split(b"\0") if (block := decode(b)) and block[1] == Kind.HELLO}
    [session] = nonces
    true = {frame for block in answers.split(b"\0") if (frame := decode(block, session) or decode(block))}
    assert len(true) > 20
    accepted = 0
    for mutant in mutants(answers, 11):
        for block in mutant.split(b"\0"):
            frame = decode(block, session) or decode(block)
            if frame is not None:
                assert frame in true
                accepted += 1
    assert accepted > 1000


class Flood(Wire):
    """Random bytes for ever, or until it is told to stop."""

    def __init__(self, device: LibraryDevice, seed: int) -> None:
        super().__init__(device)
        self.random = random.Random(seed)
        self.mad = True

    def read(self, timeout: float) -> bytes:
        return self.random.randbytes(5000) if self.mad else super().read(timeout)


def test_a_flood_of_noise_ends_at_the_deadline(small: LibraryDevice) -> None:
    wire = Flood(small, 3)
    link = Link(wire, timeout=0.05, tries=2)
    with pytest.raises(DeviceError, match="nothing answers"):
        link.open()
    wire.mad = False
    assert link.ask(Kind.ECHO, b"calm") == b"calm"


def test_noise_before_the_first_frame(small: LibraryDevice) -> None:
    """A boot loader's text and half a frame of an earlier host."""
    small.feed(b"\x05ets Jul 29 2019\r\nrst:0x1\x00\xff\xfe")
    wire = Wire(small)
    wire._waiting += b"load:0x3fff0030,len:1184\r\n"
    assert Link(wire).open().payload == 64
