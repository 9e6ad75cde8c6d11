"""In the reader process: TensorFlow's checkpoint files (``variables.index``, ``variables.data-00000-of-00001``), read
without TensorFlow.

The index is a LevelDB table: blocks of sorted keys with shared prefixes. Its values give the type, shape and place of
each tensor; the data file holds the bytes one after another.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import crc32c
import numpy as np
import numpy.typing as npt

from . import _protobuf as protobuf
from ._wire import MAX_OBJECTS

Array = npt.NDArray[Any]

TABLE_MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
FOOTER = 48
MAX_KEY = 2048
STRING = 7
BFLOAT16 = 14
NUMBERS: Mapping[int, str] = {
    1: "<f4", 2: "<f8", 3: "<i4", 4: "|u1", 5: "<i2", 6: "|i1", 9: "<i8", 10: "|b1", 17: "<u2", 19: "<f2", 22: "<u4",
    23: "<u8", BFLOAT16: "<u2",
}  # fmt: skip
"""NumPy's types by ``DataType`` of tensorflow/core/framework/types.proto."""


@dataclass(frozen=True)
class TensorPlace:
    """A tensor's type, shape, and place in the shards."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int


class Bundle:
    """The tensors of a checkpoint, by key.

    Args:
        index: bytes of the ``.index`` file.
        shards: bytes of the ``.data-...`` files, in order.

    Raises:
        Refusal, IndexError, KeyError, ValueError: not a checkpoint, or damaged.
    """

    def __init__(self, index: memoryview, shards: tuple[memoryview, ...]) -> None:
        self._shards = shards
        self.array = cache(self._array)
        """The tensor of a key; repeated calls return the same object."""
        self.entries: dict[str, TensorPlace] = {}
        for count, (key, value) in enumerate(_table(index)):
            if count > MAX_OBJECTS:
                raise protobuf.broken()
            if key:
                self.entries[key.decode()] = _entry(value)

    def _array(self, key: str) -> Array:
        """The tensor ``key``, bfloat16 widened to float32.

        Raises:
            Refusal, IndexError, KeyError, ValueError: absent, not numbers, or incomplete.
        """
        entry, data = self._bytes(key)
        dtype = np.dtype(NUMBERS[entry.dtype])
        if math.prod(entry.shape) * dtype.itemsize != len(data) or _checksum(data) != entry.checksum:
            raise protobuf.broken()
        values = np.frombuffer(data, dtype).reshape(entry.shape)
        if entry.dtype == BFLOAT16:
            return np.asarray(values.astype(np.uint32) << 16).view(np.float32)
        return values.astype(dtype.newbyteorder("="))

    def string(self, key: str) -> bytes:
        """The scalar string ``key``: a length, a checksum of the length, the bytes. The entry's checksum covers the
        length in four bytes and all bytes after it (TensorFlow 2.21, ``tensorflow/core/util/tensor_bundle``,
        ``WriteStringTensor``).

        Raises:
            Refusal, IndexError, KeyError: absent, not a single string, or changed since it was written.
        """
        entry, data = self._bytes(key)
        if entry.dtype != STRING or entry.shape:
            raise protobuf.broken()
        size, at = protobuf.varint(data, 0)
        text = bytes(data[at + 4 :])
        if len(text) != size or _checksum(struct.pack("<I", size) + data[at:]) != entry.checksum:
            raise protobuf.broken()
        return text

    def _bytes(self, key: str) -> tuple[TensorPlace, memoryview]:
        """An entry and its bytes; fewer if the file ends before them."""
        entry = self.entries[key]
        return entry, self._shards[entry.shard][entry.offset : entry.offset + entry.size]


def _entry(value: bytes) -> TensorPlace:
    """A BundleEntryProto."""
    if protobuf.messages(value, 7):
        raise protobuf.broken()
    shape = tuple(protobuf.integer(dim, 1) for dim in protobuf.messages(protobuf.last(value, 2), 2))
    number = [protobuf.integer(value, n) for n in (1, 3, 4, 5, 6)]
    return TensorPlace(number[0], shape, *number[1:])


def _table(data: memoryview) -> Iterator[tuple[bytes, bytes]]:
    if len(data) < FOOTER or data[-8:] != TABLE_MAGIC:
        raise protobuf.broken()
    _, at = _handle(data, len(data) - FOOTER)
    index, _ = _handle(data, at)
    for _, value in _block(data, index):
        handle, _ = _handle(memoryview(value), 0)
        yield from _block(data, handle)


def _handle(view: memoryview, at: int) -> tuple[tuple[int, int], int]:
    offset, at = protobuf.varint(view, at)
    size, at = protobuf.varint(view, at)
    return (offset, size), at


def _block(view: memoryview, handle: tuple[int, int]) -> Iterator[tuple[bytes, bytes]]:
    offset, size = handle
    checksum = int.from_bytes(view[offset + size + 1 :][:4], "little")
    if view[offset + size] != 0 or _checksum(bytes(view[offset : offset + size + 1])) != checksum:
        raise protobuf.broken()
    block = view[offset : offset + size]
    restarts = int.from_bytes(block[-4:], "little")
    end = size - 4 - 4 * restarts
    if end < 0:
        raise protobuf.broken()
    block = block[:end]
    at, key = 0, b""
    while at < end:
        shared, at = protobuf.varint(block, at)
        fresh, at = protobuf.varint(block, at)
        length, at = protobuf.varint(block, at)
        if shared > len(key) or shared + fresh > MAX_KEY or at + fresh + length > end:
            raise protobuf.broken()
        key = key[:shared] + bytes(block[at : at + fresh])
        at += fresh
        yield key, bytes(block[at : at + length])
        at += length


def _checksum(data: bytes | memoryview) -> int:
    """CRC-32C as TensorFlow stores it: rotated and shifted, so that a checksum of a checksum differs from it."""
    crc = crc32c.crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFF_FFFF
