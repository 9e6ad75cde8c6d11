"""Messages between the limited reader process and its parent: plain data as MessagePack, never pickle.

The reader imports this module without the package around this folder: standard library, NumPy and msgspec only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy.typing as npt

WEIGHTS = "model.weights.h5"
"""The arrays' member of a ``.keras`` zip."""
SAVE_AGAIN = 'load it in the Keras that made it and save it again: model.save("model.h5")'
MIB = 1 << 20
MAX_FILE_BYTES = 1024 * MIB
"""A model file larger than this is not read at all."""
MAX_JSON_BYTES = 32 * MIB
MAX_OBJECTS = 100_000
MAX_DEPTH = 64
MAX_RANK = 16


def expansion_limit(size: int) -> int:
    """Bytes that a file of ``size`` bytes may unpack to: weights hardly compress, so more than this is an attack."""
    return min(MAX_FILE_BYTES, 64 * MIB + 20 * size)


def answer_limit(size: int) -> int:
    """Bytes allowed for the reader's answer on a file of ``size`` bytes: its arrays and descriptions."""
    return 96 * MIB + expansion_limit(size)


class Refusal(Exception):  # noqa: N818  (it is an answer, not an error of the reader)
    """The file is refused: the four parts of a ``GatesmithError``; ``where`` is a place inside the file."""

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str | Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.fix = (fix,) if isinstance(fix, str) else tuple(fix)


@dataclass(frozen=True, eq=False)
class StoredArray:
    """An array as the file stores it."""

    name: str
    """Its name in the file: ``lstm_1_W_i``, ``lstm/lstm_cell/kernel:0``, ``vars/0``."""
    path: str
    """Full path inside the file: ``/model_weights/lstm/lstm/lstm_cell/kernel:0``."""
    data: npt.NDArray[Any]
    """Stored values, in the stored dtype (bfloat16 widened to float32)."""
    index: int = 0
    """Position among the arrays of its layer, in the file's order."""


@dataclass(frozen=True, eq=False)
class ArrayGroup:
    """The arrays that the file keeps together: a layer in HDF5, an object path in a ``.keras`` zip."""

    name: str
    """HDF5: the layer's name from ``layer_names`` (``""`` for top-level weights). ``.keras``: the object path without
    ``/vars`` (``layers/lstm/cell``)."""
    arrays: tuple[StoredArray, ...]


@dataclass(frozen=True)
class Content:
    """The content of a container: no meaning attached, no JSON parsed."""

    layout: str
    """``layers`` (``layer_names``, ``weight_names``), ``params`` (``layer_N/param_M``), ``vars`` (object paths) or
    ``savedmodel`` (a group's name is its layer's description, JSON)."""
    groups: tuple[ArrayGroup, ...]
    config: str | None = None
    """The architecture's JSON text; ``None`` if the file has none. In a ``.keras`` zip it has the training's too."""
    training: str | None = None
    """The JSON text of the training in HDF5."""
    metadata: str | None = None
    """``metadata.json`` of a ``.keras`` zip."""
    keras_version: str = ""
    backend: str = ""
    notes: tuple[str, ...] = ()


def path_parts(name: str) -> tuple[str, ...]:
    """The parts of a name inside an archive. Keras 2.12 to 2.15 on Windows, and zip programs there, write ``\\\\``."""
    return tuple(part for part in re.split(r"[/\\]", name) if part not in ("", "."))


def quote(name: str, limit: int = 80) -> str:
    """A name from a file, safe to print: in double quotes, one line, printable, cut in the middle if long."""
    if len(name) > limit:
        name = name[: limit // 2] + "..." + name[-(limit // 2) :]
    escaped = "".join('\\"' if c == '"' else c if c.isprintable() and c != "\\" else repr(c)[1:-1] for c in name)
    return f'"{escaped}"'


def plain(text: str, limit: int = 300) -> str:
    """A sentence that may hold words from a file, as one printable line."""
    return quote(" ".join(text.split()), limit)[1:-1].replace('\\"', '"')


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """Several files, by name, packed into one."""
    return msgspec.msgpack.encode(files)


def unpack_files(packed: bytes) -> dict[str, memoryview]:
    """The files that :func:`pack_files` packed, by name."""
    return msgspec.msgpack.decode(packed, type=dict[str, memoryview])


class Values(msgspec.Struct):
    """An array in an answer."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class Reply(msgspec.Struct):
    """The reader's answer on a file: its content, or the refusal (what, where, why and fixes)."""

    content: Content | None = None
    refusal: list[str] | None = None


def packed(reply: Content | Refusal) -> bytes:
    """The bytes of an answer."""
    if isinstance(reply, Refusal):
        answer = Reply(refusal=[reply.what, reply.where, reply.why, *reply.fix])
    else:
        answer = Reply(content=reply)
    return msgspec.msgpack.encode(answer, enc_hook=lambda array: Values(array.dtype.name, array.shape, array.tobytes()))
