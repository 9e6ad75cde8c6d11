"""The toy device from Python's side: what it is, what it must answer, and wires that lie."""

import ctypes
import random
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatesmith.backends.base import AxisView, Generated, PortView
from gatesmith.core.formats import Format

HERE = Path(__file__).parent
CAPACITY = 2000
MODEL_ID = "0123456789abcdef"


def port(name: str, shape: tuple[int | None, ...], axis: int | None = None, dtype: str = "float32") -> PortView:
    """An input or output of a model that nobody has generated."""
    frame = int(np.prod(shape[axis is not None :]))
    return PortView(name, name, shape, axis, frame, Format(dtype))


def axis(name: str, fixed: int | None = None, capacity: int | None = None) -> AxisView:
    """Its time axis."""
    return AxisView(name, fixed, capacity, None)


def model(
    name: str, model_id: str, inputs: tuple[PortView, ...], outputs: tuple[PortView, ...], **facts: Any
) -> Generated:
    """What a device says of itself, without files and without a graph."""
    zeros = dict.fromkeys(("weight_bytes", "state_bytes", "macs", "restarts"), 0)
    usual = {"files": {}, "axes": (), "causal": True, "graph": None, **zeros}
    integer = all(each.dtype != "float32" for each in outputs)
    return Generated(name, inputs=inputs, outputs=outputs, model_id=model_id, integer=integer, **{**usual, **facts})


INTERFACE = model(
    "toy",
    MODEL_ID,
    (port("x", (None, 3), 0), port("gain", (2,))),
    (port("y", (None, 3), 0), port("last", (2,))),
    axes=(axis("steps", None, CAPACITY),),
    state_bytes=16,
)

F32 = NDArray[np.float32]


def expected(x: F32, gain: F32, start: F32 | None = None, steps_before: int = 0) -> tuple[F32, F32]:
    """What toy_run must give, bit for bit."""
    total = np.zeros(3, np.float32) if start is None else start
    rows = []
    for row in x:
        total = total * np.float32(0.5) + row * gain[0] + gain[1]
        rows.append(total)
    return np.array(rows, np.float32), np.array([total[0] + total[1], steps_before + len(x)], np.float32)


class LibraryDevice:
    """The device's C code inside this process: no waiting, so thousands of faults a second can be tried.

    Args:
        path: shared library of link, toy and ``capture.c``.
    """

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        self._library.capture_take.restype = ctypes.c_size_t
        self._room = ctypes.create_string_buffer(1 << 20)
        self.restart()

    def restart(self) -> None:
        self._library.capture_start()

    def feed(self, data: bytes) -> bytes:
        self._library.capture_feed(data, ctypes.c_size_t(len(data)))
        count = self._library.capture_take(self._room, ctypes.c_size_t(len(self._room)))
        return self._room.raw[:count]


class Wire:
    """A transport to a LibraryDevice. ``read`` never waits: what is not there now will not come."""

    name = "toy in memory"

    def __init__(self, device: LibraryDevice) -> None:
        self.device = device
        self.sent: list[bytes] = []
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self._waiting += self.device.feed(data)

    def read(self, timeout: float) -> bytes:
        data = bytes(self._waiting)
        self._waiting.clear()
        return data

    def close(self) -> None:
        pass


class FaultyWire(Wire):
    """The same, but both directions suffer; ``faults`` counts what was done.

    Args:
        rate: chance that one transmission suffers one fault.
    """

    def __init__(self, device: LibraryDevice, seed: int, rate: float) -> None:
        super().__init__(device)
        self.random = random.Random(seed)
        self.rate = rate
        self.faults = 0
        self._held = b""
        self._old: list[bytes] = []

    def write(self, data: bytes) -> None:
        self._waiting += self._suffer(self.device.feed(self._suffer(data)))

    def _suffer(self, data: bytes) -> bytes:
        late, self._held = self._held, b""
        if data:
            self._old = [*self._old[-7:], data]
        if not data or self.random.random() >= self.rate:
            return late + data
        self.faults += 1
        at = self.random.randrange(len(data))
        span = self.random.randrange(1, 9)
        noise = self.random.randbytes(span)
        if self.random.randrange(9) == 0:
            self._held = data  # late: arrives behind what follows it
            return late
        return late + self.random.choice(
            [
                flip(data, at, 1 << self.random.randrange(8)),
                data[:at] + data[at + span :],
                data[:at] + data[at : at + span] + data[at:],
                data[:at] + noise + data[at:],
                data[:at],
                data + data,
                self.random.choice(self._old) + data,
                b"",
            ]
        )


def flip(data: bytes, at: int, bits: int) -> bytes:
    """The same bytes with some bits of one of them turned."""
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]
