"""The host side of the link: frames, sequence numbers, repeats. ``docs/link.md`` has the protocol."""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import crc32c
from cobs import cobs

from ...core.errors import DeviceError
from .transport import Scheduled, Transport

PROTOCOL = 1
GREETING_SECONDS = 1.0
"""Seconds between two hellos to a device that may still be starting."""
SILENT_ADVICE = ("check that the validation program is on the device and running",)
EXCUSED = 0.95
"""Largest share of the time that a program may wait for a CPU without being charged for it, so that every wait ends."""
REPLY = 0x80
NAME = 256
"""Bytes of a device's name that are shown; models' names are shorter."""
REPLY_ERROR = 0xFF
ENVELOPE = 8  # length, sequence, type, CRC
LARGEST_FRAME = 40000
PAYLOADS = range(48, 32769)
"""The values of ``GS_LINK_PAYLOAD`` that ``gatesmith_link.h`` permits."""
LARGEST_STATE = 1 << 26
"""Largest state in bytes that a device may report: larger than any that Gatesmith generates."""


class Kind(IntEnum):
    """Requests; those from RESET on change the device's state."""

    HELLO = 0x01
    DESCRIBE = 0x02
    ECHO = 0x03
    READ = 0x04
    STATE_READ = 0x05
    COST = 0x06
    RESET = 0x10
    WRITE = 0x11
    STEP = 0x12
    RUN = 0x13
    STATE_WRITE = 0x14
    BYE = 0x15


class ErrorReply(IntEnum):
    """Codes of error replies."""

    NO_SESSION = 1
    OUT_OF_TURN = 2
    UNKNOWN = 3
    BAD_LENGTH = 4
    BAD_INDEX = 5
    BAD_RANGE = 6


_REASONS = {
    ErrorReply.UNKNOWN: "it does not know this request, or its model cannot do it",
    ErrorReply.BAD_LENGTH: "the request is not as long as it must be",
    ErrorReply.BAD_INDEX: "it has no such input, output or axis",
    ErrorReply.BAD_RANGE: "an offset, a length, a number of steps or a place in the state is beyond its buffers",
}


@dataclass(frozen=True)
class Request:
    """A request without its sequence number."""

    kind: Kind
    payload: bytes = b""


@dataclass(frozen=True)
class Greeting:
    """The device's answer to hello. Sizes in bytes."""

    has_step: bool
    big_endian: bool
    payload: int
    window: int
    inputs: int
    outputs: int
    axes: int
    state_bytes: int
    model_id: str


def encode(sequence: int, kind: int, payload: bytes, session: bytes = b"") -> bytes:
    """A frame as transmitted: a zero, COBS, a zero. The session (4 bytes, none for hello) is checked, not sent."""
    body = struct.pack("<HBB", len(payload), sequence, kind) + payload
    inside: bytes = cobs.encode(body + struct.pack("<I", crc32c.crc32c(session + body)))
    return b"\0" + inside + b"\0"


def decode(block: bytes, session: bytes = b"") -> tuple[int, int, bytes] | None:
    """Sequence, type and payload of the bytes between two zeros; None if they are not a complete, correct frame of the
    session."""
    try:
        frame = cobs.decode(block)
    except cobs.DecodeError:
        return None
    if len(frame) < ENVELOPE or len(frame) != ENVELOPE + int.from_bytes(frame[:2], "little"):
        return None
    if crc32c.crc32c(session + frame[:-4]) != int.from_bytes(frame[-4:], "little"):
        return None
    return frame[2], frame[3], frame[4:-4]


def _growing(first: float, total: float) -> Sequence[float]:
    """Seconds that add up to ``total``: the first, each further one twice as long, and the remainder."""
    parts: list[float] = []
    while 0 < first < total:
        parts.append(first)
        total -= first
        first *= 2
    return [*parts, total]


def printable(text: bytes) -> str:
    """A device's text, safe to show: printable ASCII, one line, cut to the length of a name."""
    shown = "".join(chr(c) if 32 <= c < 127 else "?" for c in text[:NAME])
    return shown + ("..." if len(text) > NAME else "")


class Link:
    """A conversation with one device; not thread-safe.

    Args:
        transport: the wire; the caller closes it.
        timeout: seconds without a good answer until requests are repeated; for a program on this machine, time spent
            waiting for a CPU does not count.
        tries: how many times requests are sent before the device counts as silent.
        patience: seconds for which hello is sent at least: a board that was just reset does not listen at once.
        soon: seconds until hello is repeated within its first try, then twice as many each time: bytes that arrive
            before a program has switched its receiver on may be lost. With 0 it is sent once per try.
        advice: remedies for silence.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        timeout: float = 2.0,
        tries: int = 3,
        patience: float = 0.0,
        soon: float = 0.0,
        advice: tuple[str, ...] = SILENT_ADVICE,
    ) -> None:
        self.transport = transport
        self.timeout = timeout
        self.tries = tries
        self.patience = patience
        self.soon = soon
        self.advice = advice
        self.greeting: Greeting | None = None
        self._sequence = 0
        self._session = b""
        self._buffer = bytearray()
        self._heard = 0
        self._in_doubt = False
        self._began = time.monotonic()
        self._excused = 0.0

    def open(self) -> Greeting:
        """Send hello until the device answers.

        Raises:
            DeviceError: the device is silent, or has another protocol.
        """
        nonce = secrets.token_bytes(4)
        self._sequence = secrets.randbelow(256)
        self._session = b""
        frame = encode(self._sequence, Kind.HELLO, nonce)
        self._buffer.clear()
        heard = self._heard
        self._excuse()
        interval = min(self.timeout, GREETING_SECONDS) if self.patience else self.timeout
        tries = max(self.tries, round(self.patience / interval))
        for wait in [*_growing(self.soon, interval), *[interval] * (tries - 1)]:
            self.transport.write(frame)
            deadline = self._now() + wait
            while (reply := self._next(deadline)) is not None:
                _, kind, payload = reply
                if kind == Kind.HELLO | REPLY and payload[:4] == nonce:
                    self.greeting = self._greet(payload)
                    self._session = nonce
                    self._in_doubt = False
                    return self.greeting
        raise self._silent(self._heard - heard, tries, interval)

    def ask(self, kind: Kind, payload: bytes = b"", *, timeout: float | None = None) -> bytes:
        """Send one request and return its answer; see ``exchange``."""
        return self.exchange([Request(kind, payload)], timeout=timeout)[0]

    def exchange(self, requests: Sequence[Request], *, timeout: float | None = None) -> list[bytes]:
        """Send requests, as many at once as the device can store, and return the answers in order.

        A READ must not precede a request that changes the values it reads: if its answer were lost, the repeated READ
        would return the new value. Consecutive exchanges need no such care.

        Args:
            timeout: seconds to wait for each further answer, if some take longer than the link's own timeout.

        Raises:
            DeviceError: the device is silent, refuses, or has restarted, or the transport failed.
        """
        if self.greeting is None or self._in_doubt:
            self.open()
        self._in_doubt = True
        answers: list[bytes] = []
        frames = [
            encode((self._sequence + 1 + i) & 0xFF, r.kind, r.payload, self._session) for i, r in enumerate(requests)
        ]
        start = 0
        while start < len(frames):
            count = self._batch(frames, start)
            answers += self._deliver(requests[start : start + count], frames[start : start + count], timeout)
            self._sequence = (self._sequence + count) & 0xFF
            start += count
        self._in_doubt = False
        return answers

    def close(self) -> None:
        """Say goodbye if the device listens, once and without waiting for the answer."""
        if self.greeting is not None and not self._in_doubt:
            self._in_doubt = True
            self.transport.write(encode((self._sequence + 1) & 0xFF, Kind.BYE, b"", self._session))

    def _batch(self, frames: list[bytes], start: int) -> int:
        """The number of frames from ``start`` on that may be sent together: at least one, and less than half the
        sequence numbers."""
        assert self.greeting is not None
        room = self.greeting.window
        count = 0
        while start + count < len(frames) and count < 100:
            room -= len(frames[start + count])
            if room < 0:
                break
            count += 1
        return max(1, count)

    def _deliver(self, requests: Sequence[Request], frames: list[bytes], timeout: float | None) -> list[bytes]:
        patience = self.timeout if timeout is None else max(timeout, self.timeout)
        self._excuse()
        # Only one of the requests takes long, regardless of how often the answers stop and continue.
        last = self._now() + self.tries * (patience + len(frames) * self.timeout)
        answers: dict[int, bytes] = {}
        first = self._sequence + 1
        silent = 0
        repeats = 0
        heard = self._heard
        while len(answers) < len(frames):
            waiting = {(first + i) & 0xFF: i for i in range(len(frames)) if i not in answers}
            self.transport.write(b"".join(frames[i] for i in waiting.values()))
            refused: set[int] = set()
            deadline = min(last, self._now() + patience)
            while waiting.keys() - refused:
                reply = self._next(deadline)
                if reply is None:
                    silent += 1
                    break
                sequence, kind, payload = reply
                if sequence not in waiting:
                    continue
                index = waiting[sequence]
                if kind == requests[index].kind | REPLY:
                    answers[index] = payload
                    del waiting[sequence]
                    silent = 0
                    deadline = min(last, self._now() + patience)
                elif kind == REPLY_ERROR and len(payload) == 2 and payload[1] == requests[index].kind:
                    if payload[0] != ErrorReply.OUT_OF_TURN:
                        raise self._refused(payload[0], requests[index].kind)
                    refused.add(sequence)
            repeats += 1
            over = silent >= self.tries or repeats > 8 * self.tries or self._now() >= last
            if over and len(answers) < len(frames):
                raise self._silent(self._heard - heard, self.tries, patience)
        return [answers[i] for i in range(len(frames))]

    def _next(self, deadline: float) -> tuple[int, int, bytes] | None:
        """The next good frame before the deadline, or None."""
        while True:
            end = self._buffer.find(0)
            if end >= 0:
                block = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                if block and (frame := self._decode(block)) is not None:
                    return frame
                continue
            if len(self._buffer) > LARGEST_FRAME:
                self._buffer.clear()
            remaining = deadline - self._now()
            data = self.transport.read(remaining) if remaining > 0 else b""
            if not data:
                if remaining > 0 and self._excuse():
                    continue
                return None
            self._heard += len(data)
            self._buffer += data

    def _now(self) -> float:
        """Seconds of a clock that stops while the program waits for a CPU, as of the last query."""
        return time.monotonic() - self._excused

    def _excuse(self) -> bool:
        """Query the program's wait for a CPU. Returns whether it has grown."""
        if not isinstance(self.transport, Scheduled):
            return False
        most = EXCUSED * (time.monotonic() - self._began)
        before, self._excused = self._excused, max(self._excused, min(self.transport.cpu_wait(), most))
        return self._excused > before + 1e-3

    def _decode(self, block: bytes) -> tuple[int, int, bytes] | None:
        """A frame of this session, or a device's report that it has no session."""
        frame = decode(block, self._session)
        if frame is None and self._session:
            frame = decode(block)
            if frame is not None and (frame[1] != REPLY_ERROR or frame[2][:1] != bytes([ErrorReply.NO_SESSION])):
                return None
        return frame

    def _greet(self, payload: bytes) -> Greeting:
        protocol = payload[4] if len(payload) > 4 else 0
        if protocol != PROTOCOL or len(payload) != 33:
            raise DeviceError(
                f"the device speaks protocol {protocol} of the link, this Gatesmith speaks {PROTOCOL}",
                where=self.transport.name,
                fix="generate, build and flash the program again with this version",
            )
        flags, room, window, inputs, outputs, axes, state, identity = struct.unpack_from("<BHHBBBI16s", payload, 5)
        if room not in PAYLOADS or state > LARGEST_STATE:
            raise DeviceError(
                "the device says of itself what cannot be",
                where=self.transport.name,
                why=f"payloads of {room:,} bytes ({PAYLOADS[0]} to {PAYLOADS[-1]:,} may be),"
                f" a state of {state:,} bytes (at most {LARGEST_STATE:,})",
                fix="generate, build and flash the program again",
            )
        return Greeting(
            has_step=bool(flags & 1),
            big_endian=bool(flags & 2),
            payload=room,
            window=window,
            inputs=inputs,
            outputs=outputs,
            axes=axes,
            state_bytes=state,
            model_id=printable(identity),
        )

    def _refused(self, code: int, kind: Kind) -> DeviceError:
        if code == ErrorReply.NO_SESSION:
            return DeviceError(
                "the device has restarted in the middle of the work, so its state is lost",
                where=self.transport.name,
                why="a watchdog, a brown-out or a crash: it no longer knows this session",
                fix="check its supply and its stack, then start again",
            )
        reason = _REASONS.get(ErrorReply(code), "") if code in set(ErrorReply) else f"code {code}, unknown here"
        return DeviceError(f"the device refuses {kind.name}: {reason}", where=self.transport.name)

    def _silent(self, heard: int, tries: int, seconds: float) -> DeviceError:
        if heard:
            why = f"heard {heard} bytes, but no frame that answers: a wrong baud rate, another program, or a bad wire"
        else:
            why = "heard 0 bytes, so this is not a wrong baud rate: that would give unreadable bytes"
        return DeviceError(
            f"{self.transport.name} is there, but nothing answers ({tries} tries, {seconds:g} s each)",
            where=self.transport.name,
            why=why,
            fix=self.advice,
        )
