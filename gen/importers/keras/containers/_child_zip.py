"""In the reader process: the members of a ``.keras`` zip that matter, checked and streamed, never extracted."""

from __future__ import annotations

import dataclasses
import io
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress

import numpy as np

from . import _child_hdf5
from ._wire import (
    MAX_JSON_BYTES,
    MIB,
    WEIGHTS,
    ArrayGroup,
    Content,
    Refusal,
    StoredArray,
    expansion_limit,
    path_parts,
    quote,
)
from .sniff import LAYOUTS, REBUILD

CONFIG, METADATA = "config.json", "metadata.json"
VOCABULARY = re.compile(r"assets/(.+)/vocabulary\.txt")
"""The asset of a lookup that ``adapt()`` filled, in the folder of its object path."""
MAX_MEMBERS = 10_000
MAX_METADATA_BYTES = MIB
LOCAL_HEADER = struct.Struct("<4s22xHH")
SAVE_AGAIN = 'save it again with model.save("model.keras")'


def read_zip(data: bytes) -> Content:
    """The content of a ``.keras`` zip.

    Raises:
        Refusal: not a Keras zip, or one that Keras would not have written.
        zipfile.BadZipFile, zlib.error, OSError, ...: the zip or the HDF5 inside it is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise Refusal(f"this zip has {len(members):,} members; a .keras file has three and its assets")
        _check_names([member.filename for member in members])
        names = ["/".join(path_parts(member.filename)) for member in members]
        by_name = dict(zip(names, members, strict=True))
        ours = {k: v for k, v in by_name.items() if k in (CONFIG, METADATA, WEIGHTS) or VOCABULARY.fullmatch(k)}
        _check_single(names, ours)
        if CONFIG not in names:
            raise _other_zip(names)
        if WEIGHTS not in names:
            raise _no_weights(names)
        _check_packing(ours)
        _check_layout(members, data)
        config = _member(archive, ours[CONFIG], MAX_JSON_BYTES)
        metadata = _member(archive, ours[METADATA], MAX_METADATA_BYTES) if METADATA in ours else None
        weights = _member(archive, ours[WEIGHTS], expansion_limit(len(data)))
        vocabularies = tuple(_vocabularies(archive, ours))
    content = _child_hdf5.read_hdf5(weights)
    return dataclasses.replace(
        content,
        groups=(*content.groups, *vocabularies),
        config=_decode(config, CONFIG),
        metadata=None if metadata is None else _decode(metadata, METADATA),
    )


def _check_names(names: list[str]) -> None:
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0] or "\0" in name:
            raise Refusal(
                f"this zip names a member {quote(name)}: a path that leads out of the archive",
                why="Keras does not write such names; unpacking it could overwrite files. Nothing was unpacked.",
                fix="do not use this file; get the model from its author",
            )


def _vocabularies(archive: zipfile.ZipFile, ours: Mapping[str, zipfile.ZipInfo]) -> Iterator[ArrayGroup]:
    """The vocabularies of whole numbers, as arrays of their layers. Layers that look up words are not read."""
    for name, member in ours.items():
        if match := VOCABULARY.fullmatch(name):
            lines = _member(archive, member, MAX_JSON_BYTES).split()
            with suppress(ValueError, OverflowError):
                numbers = np.array([int(line) for line in lines], np.int64)
                yield ArrayGroup(match[1], (StoredArray("vocabulary", name, numbers),))


def _check_single(names: list[str], ours: Mapping[str, zipfile.ZipInfo]) -> None:
    counts = Counter(names)
    for name in ours:
        if counts[name] > 1:
            raise Refusal(
                f"this zip holds {quote(name)} {counts[name]} times",
                why="programs disagree about which one counts, so the file does not say one thing",
                fix=SAVE_AGAIN,
            )


def _other_zip(names: list[str]) -> Refusal:
    def ending(*ends: str) -> str:
        return next((name for name in names if name.endswith(ends)), "")

    model, arrays = ending(".h5", ".hdf5", ".keras"), all(name.endswith(".npy") for name in names)
    folder = "unpack it and name the folder that holds saved_model.pb"
    kinds: tuple[tuple[object, str, str | tuple[str, ...]], ...] = (
        (ending("data.pkl"), "a PyTorch file", (REBUILD, LAYOUTS)),
        (not names, "an empty zip", SAVE_AGAIN),
        (arrays, "a NumPy .npz file: arrays without an architecture", SAVE_AGAIN),
        (ending("saved_model.pb"), "a zipped SavedModel folder", folder),
        (model and WEIGHTS not in names, f"a zip around {quote(model)}", "unpack it and name the file inside"),
        ("[Content_Types].xml" in names, "an office document", SAVE_AGAIN),
        (WEIGHTS in names, f"a .keras zip without {CONFIG}: the architecture is missing", SAVE_AGAIN),
        (True, f"a zip that Keras did not write (it has no {CONFIG})", SAVE_AGAIN),
    )
    label, fix = next((label, fix) for fits, label, fix in kinds if fits)
    listed = ", ".join(quote(name, 40) for name in names[:6]) + (", ..." if len(names) > 6 else "")
    return Refusal(f"this is {label}", why=f"it holds {listed}" if names else "", fix=fix)


def _no_weights(names: list[str]) -> Refusal:
    if "model.weights.npz" in names:
        return Refusal(
            "this .keras zip keeps its weights as NumPy arrays (model.weights.npz), which Gatesmith does not read",
            fix="install h5py, load it in Keras and " + SAVE_AGAIN,
        )
    if any(name.startswith("model.weights") or name.startswith("model_") for name in names):
        return Refusal("this .keras zip splits its weights over several files", fix="save it again without sharding")
    return Refusal(f"this .keras zip has an architecture but no weights ({WEIGHTS} is missing)", fix=SAVE_AGAIN)


def _check_packing(ours: Mapping[str, zipfile.ZipInfo]) -> None:
    """Refuses members to be read that are encrypted, or packed by a rare method."""
    for name, member in ours.items():
        if member.flag_bits & 0x1:
            raise Refusal(f"{quote(name)} in this zip is encrypted", fix=SAVE_AGAIN)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal(f"{quote(name)} is packed by a method that Keras does not use", fix=SAVE_AGAIN)


def _check_layout(members: list[zipfile.ZipInfo], data: bytes) -> None:
    """Refuses members that share bytes."""
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < end:
            raise Refusal("members of this zip overlap", why="that is how zip bombs are built", fix=SAVE_AGAIN)
        header = data[member.header_offset : member.header_offset + LOCAL_HEADER.size]
        if len(header) < LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise zipfile.BadZipFile("a member is not where the directory says")
        _, name_length, extra_length = LOCAL_HEADER.unpack(header)
        end = member.header_offset + LOCAL_HEADER.size + name_length + extra_length + member.compress_size
        if end > len(data):
            raise zipfile.BadZipFile("a member ends after the end of the file")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """A member's bytes; no more are unpacked than the directory says."""
    if info.file_size > limit:
        raise Refusal(
            f"{quote(info.filename)} unpacks to {info.file_size:,} bytes, more than the {limit:,} allowed",
            why=f"the file keeps it in {info.compress_size:,} bytes: a model does not compress like that",
            fix=SAVE_AGAIN,
        )
    with archive.open(info) as stream:
        content = stream.read(info.file_size)
    if len(content) != info.file_size:
        raise zipfile.BadZipFile(f"{info.filename} is shorter than the directory says")
    return content


def _decode(text: bytes, name: str) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(f"{quote(name)} in this zip is not UTF-8 text", why=str(error.reason)) from None
