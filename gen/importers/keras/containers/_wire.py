"""What the limited reader process and its parent say to each other: one frame, plain data, never pickle.

    "GSR1" | header length, u32 | payload length, u64 | header (JSON) | payload (array bytes, one after another)

The reader imports this module without the package around this folder: standard library and NumPy only.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

MAGIC = b"GSR1"
PREFIX = struct.Struct("<4sIQ")

WEIGHTS = "model.weights.h5"
"""The arrays' member of a ``.keras`` zip."""
SAVE_AGAIN = 'load it in the Keras that made it and save it again: model.save("model.h5")'
MIB = 1 << 20
MAX_FILE_BYTES = 1024 * MIB
"""A model file larger than this is not read at all."""
MAX_JSON_BYTES = 32 * MIB
MAX_HEADER_BYTES = 96 * MIB
MAX_OBJECTS = 100_000
MAX_DEPTH = 64
MAX_RANK = 16


def expansion_limit(size: int) -> int:
    """Bytes that a file of ``size`` bytes may unpack to: weights hardly compress, so more than this is an attack."""
    return min(MAX_FILE_BYTES, 64 * MIB + 20 * size)


class Refusal(Exception):  # noqa: N818  (it is an answer, not an error of the reader)
    """The file is refused; the four parts of a ``GatesmithError``, ``where`` inside the file."""

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str | Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.fix = (fix,) if isinstance(fix, str) else tuple(fix)


@dataclass(frozen=True, eq=False)
class StoredArray:
    """One array as it lies in the file."""

    name: str
    """As the file names it: ``lstm_1_W_i``, ``lstm/lstm_cell/kernel:0``, ``vars/0``."""
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
    """All that was found in a container: no meaning, no JSON parsed."""

    layout: str
    """``layers`` (``layer_names``, ``weight_names``), ``params`` (``layer_N/param_M``), ``vars`` (object paths) or
    ``savedmodel`` (a group's name is its layer's description, JSON)."""
    groups: tuple[ArrayGroup, ...]
    config: str | None = None
    """The architecture's JSON text; ``None`` where the file has none."""
    metadata: str | None = None
    """``metadata.json`` of a ``.keras`` zip."""
    keras_version: str = ""
    backend: str = ""
    notes: tuple[str, ...] = ()


def path_parts(name: str) -> tuple[str, ...]:
    """The parts of a name inside an archive. Keras 2.12 to 2.15 on Windows, and zip programs there, write ``\\\\``."""
    return tuple(part for part in re.split(r"[/\\]", name) if part not in ("", "."))


def quote(name: str, limit: int = 80) -> str:
    """A name from a file, safe to print: in double quotes, one line, printable, cut in the middle when long."""
    if len(name) > limit:
        name = name[: limit // 2] + "..." + name[-(limit // 2) :]
    escaped = "".join('\\"' if c == '"' else c if c.isprintable() and c != "\\" else repr(c)[1:-1] for c in name)
    return f'"{escaped}"'


def plain(text: str, limit: int = 300) -> str:
    """A sentence that may hold words from a file, as one printable line."""
    return quote(" ".join(text.split()), limit)[1:-1].replace('\\"', '"')


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """Several files as one: name and length of each as JSON, behind its own length, then their bytes."""
    sizes = json.dumps({name: len(data) for name, data in files.items()}).encode()
    return b"".join([struct.pack("<I", len(sizes)), sizes, *files.values()])


def unpack_files(packed: bytes) -> dict[str, memoryview]:
    """What :func:`pack_files` packed."""
    at = 4 + struct.unpack_from("<I", packed)[0]
    files: dict[str, memoryview] = {}
    for name, size in json.loads(packed[4:at]).items():
        files[name] = memoryview(packed)[at : at + size]
        at += size
    return files


def send_content(out: BinaryIO, content: Content) -> None:
    """Writes a frame that holds ``content``: its fields as JSON, where each array has its type and shape."""
    blobs: list[npt.NDArray[Any]] = []

    def described(item: Any) -> Mapping[str, Any]:
        if not isinstance(item, np.ndarray):
            fields: Mapping[str, Any] = vars(item)
            return fields
        blobs.append(item)
        return {"dtype": item.dtype.name, "shape": item.shape}

    _send(out, json.dumps({"content": content}, default=described), blobs)


def send_refusal(out: BinaryIO, refusal: Refusal) -> None:
    """Writes a frame that holds ``refusal``."""
    _send(out, json.dumps({"refusal": [refusal.what, refusal.where, refusal.why, *refusal.fix]}), [])


def _send(out: BinaryIO, header: str, blobs: Sequence[npt.NDArray[Any]]) -> None:
    text = header.encode("ascii")
    out.write(PREFIX.pack(MAGIC, len(text), sum(b.nbytes for b in blobs)))
    out.write(text)
    for blob in blobs:
        out.write(np.ascontiguousarray(blob).data if blob.size else b"")
    out.flush()
