"""A wire that flips, drops, doubles, delays, cuts and mixes: the link recovers, and no wrong answer is accepted."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gatesmith.core.errors import DeviceError
from gatesmith.run.link.device import Device
from gatesmith.run.link.link import Kind, Link, decode

from .faults import mutants
from .toy import INTERFACE, FaultyWire, LibraryDevice, Wire, expected


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
    link.write_state(link.read_state())
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
