"""Firmware on emulated boards under a lying wire, and the size of its link.

After each burst a new session must open, and a step must give the right bits. GATESMITH_FUZZ: bursts a board, if not
those of a quick run.
"""

import os
import random
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from link.faults import mutants
from link.toy import HERE, INTERFACE, axis, expected
from stand_ins import emulated

from gatesmith.boards import target
from gatesmith.run.link.device import Device
from gatesmith.run.link.link import Kind, encode
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import board as firmware
from gatesmith.run.toolchain import host

CAPACITY = 8
TOY = replace(INTERFACE, axes=(axis("steps", None, CAPACITY),))
BURSTS = int(os.environ.get("GATESMITH_FUZZ", "50"))
BOARDS = {"cortex-m0": "microbit", "atmega328p": "uno", "stm32f405": "nucleo_f401re", "rp2040": "pico"}


@pytest.fixture(params=list(BOARDS))
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Device]:
    """The toy of the link's tests, running on an emulated board."""
    board = target.load(BOARDS[request.param])
    stand_in = emulator.load(request.param)
    if reason := firmware.missing_software(board, stand_in):
        pytest.skip(f"{request.param}: {reason}")
    flags = (*board.compiler.flags(True), f"-DCAPACITY={CAPACITY}")
    _, image = firmware.link_firmware(board, stand_in, [HERE / "toy.c"], [HERE / "toy_glue.c"], tmp_path, flags)
    with Device.start(stand_in.prepare(tmp_path, image), TOY, timeout=10.0) as started:
        yield started


def session(values: random.Random) -> bytes:
    """A host's whole session, with a hello of its own: whatever is left of it is valid."""
    nonce = values.randbytes(4)
    first = values.randrange(256)
    requests = [
        (Kind.RESET, b""),
        (Kind.WRITE, struct.pack("<BI", 0, 0) + values.randbytes(12)),
        (Kind.WRITE, struct.pack("<BI", 1, 0) + values.randbytes(8)),
        (Kind.STEP, b""),
        (Kind.RUN, struct.pack("<I", 3)),
        (Kind.READ, struct.pack("<BIH", 0, 0, 36)),
        (Kind.STATE_READ, struct.pack("<IH", 0, 16)),
        (Kind.STATE_WRITE, struct.pack("<I", 0) + values.randbytes(16)),
        (Kind.COST, b""),
        (Kind.ECHO, values.randbytes(40)),
    ]
    frames = [encode(first, Kind.HELLO, nonce)]
    frames += [encode((first + 1 + i) & 0xFF, kind, data, nonce) for i, (kind, data) in enumerate(requests)]
    return b"".join(frames)


def bursts(count: int, seed: int) -> Iterator[bytes]:
    """Sessions that were flipped, cut, doubled, reordered or mixed with noise; every tenth is beyond any buffer."""
    values = random.Random(seed)
    for number in range(count):
        whole = session(values)
        if number % 10 == 0:
            size = values.choice([65, 300, 1100, 3000])
            yield encode(1, Kind.ECHO, values.randbytes(size)) + values.randbytes(size) + whole[: size // 8]
        else:
            chosen = values.randrange(10 * len(whole))
            yield next(burst for at, burst in enumerate(mutants(whole, number)) if at == chosen)


def test_the_link_survives_every_burst(device: Device) -> None:
    values = np.random.default_rng(17)
    for number, burst in enumerate(bursts(BURSTS, 17)):
        device.transport.write(burst)
        device.link.open()
        x = values.normal(size=3).astype(np.float32)
        gain = values.normal(size=2).astype(np.float32)
        row, last = device.step([x, gain], reset=True)
        want_row, want_last = expected(x[None], gain)
        assert row.tobytes() == want_row[0].tobytes(), f"burst {number}"
        assert last.tobytes() == want_last.tobytes(), f"burst {number}"


@pytest.mark.parametrize(
    ("name", "flash", "ram"),
    [("microbit", 2048, 0), ("bluepill_f103c8", 2048, 0), ("nucleo_f401re", 2048, 0), ("uno", 3072, 0)],
)
def test_the_link_is_small(name: str, flash: int, ram: int, tmp_path: Path) -> None:
    """Bytes of the link's own object with -Os; its RAM is the caller's gs_link_t."""
    board = emulated(name)
    compiler = board.compiler.command
    specs = [flag for flag in emulator.load(board.emulator).firmware.cflags if flag.startswith("--specs")]
    flags = [flag for flag in board.compiler.flags(True) if not flag.startswith("-O")]
    item = tmp_path / "link.o"
    source = host.firmware() / "link" / "gatesmith_link.c"
    host.run_tool([compiler, *host.WARNINGS, *flags, *specs, "-Os", "-c", str(source), "-o", str(item)], 60.0)
    used = host.section_sizes([item], compiler.replace("gcc", "size"))
    assert 1000 < used.flash < flash
    assert used.ram == ram
