"""The wire format of Protocol Buffers, just enough to look up fields by number. Pure Python, every length checked."""

from __future__ import annotations

from collections.abc import Iterator

from ._wire import SAVE_AGAIN, Refusal

Field = int | bytes
MAX_FIELDS = 1_000_000


def fields(message: bytes | memoryview) -> Iterator[tuple[int, Field]]:
    """The (number, value) pairs of ``message``: varints and fixed-width values as int, everything else as bytes.

    Raises:
        Refusal: the bytes are not a message.
    """
    view = memoryview(message)
    at = count = 0
    while at < len(view):
        count += 1
        if count > MAX_FIELDS:
            raise broken()
        key, at = varint(view, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(view, at)
            yield number, value
            continue
        if kind == 2:
            size, at = varint(view, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise broken()
        if number == 0 or at + size > len(view):
            raise broken()
        part = bytes(view[at : at + size])
        at += size
        yield number, part if kind == 2 else int.from_bytes(part, "little")


def varint(view: memoryview, at: int) -> tuple[int, int]:
    """The number at ``at`` and the place after it.

    Raises:
        Refusal: it does not end, or has more than 64 bits.
    """
    value = shift = 0
    while at < len(view) and shift < 70:
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
    raise broken()


def messages(message: bytes | memoryview, number: int) -> list[bytes]:
    """All values of a repeated message, string or bytes field."""
    return [value for n, value in fields(message) if n == number and isinstance(value, bytes)]


def last(message: bytes | memoryview, number: int) -> bytes:
    """The value of a singular message, string or bytes field; empty if absent."""
    values = messages(message, number)
    return values[-1] if values else b""


def integer(message: bytes | memoryview, number: int, default: int = 0) -> int:
    """The value of a singular integer field."""
    values = [value for n, value in fields(message) if n == number and isinstance(value, int)]
    return values[-1] if values else default


def broken() -> Refusal:
    """The refusal for bytes that are no message."""
    return Refusal("this SavedModel is damaged: one of its files is not what its name says", fix=SAVE_AGAIN)
