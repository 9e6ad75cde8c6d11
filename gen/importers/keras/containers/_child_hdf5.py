"""In the reader process: an HDF5 file's named arrays. Only what is needed is touched, and checked before it is read."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from h5py import h5a, h5d, h5f, h5o, h5p, h5t, h5z

from ._wire import (
    MAX_DEPTH,
    MAX_JSON_BYTES,
    MAX_OBJECTS,
    MAX_RANK,
    SAVE_AGAIN,
    ArrayGroup,
    Content,
    Refusal,
    StoredArray,
    expansion_limit,
    path_parts,
    quote,
)

PLAIN_FILTERS = frozenset({h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32})
PLAIN_LAYOUTS = frozenset({h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED})
NUMBER_SIZES = {"f": (2, 4, 8), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "b": (1,)}
NOT_WEIGHTS = frozenset({"optimizer", "metrics", "_metrics", "compile_metrics"})
OBJECT_ROOTS = frozenset({"layers", "vars", "_layer_checkpoint_dependencies"})
BOTH_SEPARATORS = "the file has a group with / and one with \\ for the same name, and nothing says which one counts"
NEVER_BY_KERAS = "Keras never writes this, and following it could read other files of this computer"
SERIAL = itertools.count()
"""Numbers for file names: HDF5 takes two open files in memory of the same name for one file."""


def read_hdf5(data: bytes) -> Content:
    """The content of an HDF5 file: a whole model (Keras 1 to 3), weights alone, or ``.weights.h5`` of Keras 3.

    Raises:
        Refusal: not by Keras, with objects that Keras does not write, or without an array that is listed.
        OSError, RuntimeError, ValueError, KeyError, ...: h5py cannot read it.
    """
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fapl_core(backing_store=False)
    access.set_file_image(data)
    try:
        file = h5py.File(h5f.open(b"in memory %d" % next(SERIAL), h5f.ACC_RDONLY, fapl=access))
    except OSError as error:
        cut = re.search(r"truncated file: eof = (\d+).*stored_eof = (\d+)", str(error))
        if not cut:
            raise
        raise Refusal(
            f"this HDF5 file is cut off: {int(cut[1]):,} of {int(cut[2]):,} bytes are there",
            fix="copy or download it again",
        ) from None
    with closing(file):
        return _FileReader(file, len(data)).content()


class _FileReader:
    def __init__(self, file: h5py.File, size: int) -> None:
        self._file = file
        self._bytes_left = expansion_limit(size)
        self._size = size
        self._objects = 0
        self._visited: set[int | tuple[str, ...]] = set()
        """Addresses and object paths of the groups visited so far."""

    def content(self) -> Content:
        file = self._file
        config = self._text(file, "model_config")
        base: h5py.Group = file
        if _has(file, "model_weights") and self._texts(file, "layer_names") is None:
            base = self._group(file, "model_weights", 'group "model_weights"')
        names = self._texts(base, "layer_names")
        if names is not None:
            layout, groups = "layers", tuple(self._layers(base, names))
        elif h5a.exists(file.id, b"nb_layers"):
            layout, groups = "params", tuple(self._params(file))
        elif any(OBJECT_ROOTS.intersection(path_parts(name)[:1]) for name in self._names(file["/"], "the file")):
            layout, groups = "vars", tuple(self._vars(file["/"]))
        else:
            raise self._not_keras(config)
        versions = [self._text(place, key) or "" for key in ("keras_version", "backend") for place in (file, base)]
        block = int(file.userblock_size)
        return Content(
            layout=layout,
            groups=groups,
            config=config,
            training=self._text(file, "training_config"),
            keras_version=versions[0] or versions[1],
            backend=versions[2] or versions[3],
            notes=(f"HDF5 user block of {block} bytes",) if block else (),
        )

    def _not_keras(self, config: str | None) -> Refusal:
        if config is not None:
            return Refusal("this HDF5 file has an architecture but no weights", fix=SAVE_AGAIN)
        objects = sorted(self._file)[:6]
        return Refusal(
            "this is an HDF5 file, but not one that Keras wrote: it has neither layer names nor an architecture",
            why="it holds " + ", ".join(quote(name, 40) for name in objects) if objects else "it is empty",
            fix='save the model with model.save("model.keras") or model.save("model.h5")',
        )

    # -- the three layouts -------------------------------------------------------------------------------------------

    def _layers(self, base: h5py.Group, names: list[str]) -> Iterator[ArrayGroup]:
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise Refusal(f"the file lists layer {quote(twice)} twice", fix=SAVE_AGAIN)
        for name in names:
            group = self._resolve(base, name, f"layer {quote(name)}")
            if not isinstance(group, h5py.Group):
                raise Refusal(f"layer {quote(name)} is listed in the file, but it is not a group", fix=SAVE_AGAIN)
            yield self._layer(group, name)
        top = "top_level_model_weights"
        if _has(base, top) and top not in names:
            extra = self._layer(self._group(base, top, f"group {quote(top)}"), "")
            yield from [extra] if extra.arrays else []

    def _layer(self, group: h5py.Group, layer: str) -> ArrayGroup:
        where = f"layer {quote(layer)}" if layer else "the model's own weights"
        names = self._texts(group, "weight_names")
        if names is None:
            raise Refusal(f"{where} has no list of its arrays (weight_names)", fix=SAVE_AGAIN)
        return ArrayGroup(layer, tuple(self._arrays(group, names, where)))

    def _arrays(self, group: h5py.Group, names: list[str], where: str, before: str = "") -> Iterator[StoredArray]:
        """The arrays of these names in a group; messages and the model put ``before`` before the names."""
        for name in names:
            place = f"{where}, array {quote(before + name)}"
            yield self._array(self._resolve(group, name, place), before + name, place)

    def _params(self, file: h5py.File) -> Iterator[ArrayGroup]:
        for name in self._numbered(file, "layer_"):
            group, where = self._group(file, name, f"layer {quote(name)}"), f"layer {quote(name)}"
            yield ArrayGroup(name, tuple(self._arrays(group, self._numbered(group, "param_"), where)))

    def _numbered(self, group: h5py.Group, start: str) -> list[str]:
        return [name for name in self._names(group, "the file") if name.startswith(start)]

    def _vars(self, group: h5py.Group, path: tuple[str, ...] = ()) -> Iterator[ArrayGroup]:
        """Groups by object path, a group's own arrays before those below. Keras 2.12 to 2.15 on Windows has one group
        ``layers\\lstm\\cell`` for ``layers/lstm/cell``."""
        where = f"object {quote('/'.join(path))}"
        address = h5o.get_info(group.id).addr
        if address in self._visited:
            raise Refusal(f"{where} is reachable under two names", why="Keras never writes this: it may be a cycle")
        if path in self._visited:
            raise Refusal(f"{where} is stored twice", why=BOTH_SEPARATORS, fix=SAVE_AGAIN)
        self._visited |= {address, path}
        if len(path) > MAX_DEPTH:
            raise Refusal(f"{where} lies more than {MAX_DEPTH} groups deep")
        if path[-1:] == ("vars",):
            owner = "/".join(path[:-1])
            where = f"object {quote(owner)}"
            yield ArrayGroup(owner, tuple(self._arrays(group, self._names(group, where), where, "vars/")))
            return
        places = [(name, (*path, *path_parts(name))) for name in self._names(group, where)]
        weights = [(name, below) for name, below in places if not NOT_WEIGHTS.intersection(below[:1])]
        children = [(self._open(group, name, f"{where}, {quote(name)}"), below) for name, below in weights]
        for child, below in sorted(children, key=lambda child: child[1][-1:] != ("vars",)):
            if isinstance(child, h5py.Group):
                yield from self._vars(child, below)

    def _names(self, group: h5py.Group, where: str) -> list[str]:
        if len(group) > MAX_OBJECTS:
            raise Refusal(f"{where} holds {len(group):,} objects, more than a model can have")
        names = list(group)
        for name in names:
            _check_unicode(name, where)
        return sorted(names, key=_natural)

    # -- links and arrays --------------------------------------------------------------------------------------------

    def _resolve(self, group: h5py.Group, name: str, where: str) -> Any:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if not parts or len(parts) > MAX_DEPTH:
            raise Refusal(f"{where}: this is not a usable name")
        place: Any = group
        for part in parts:
            place = self._open(place, part, where)
        return place

    def _group(self, group: h5py.Group, name: str, where: str) -> h5py.Group:
        inner = self._open(group, name, where)
        if not isinstance(inner, h5py.Group):
            raise Refusal(f"{where} is not a group", fix=SAVE_AGAIN)
        return inner

    def _open(self, group: Any, name: str, where: str) -> Any:
        self._objects += 1
        if self._objects > MAX_OBJECTS:
            raise Refusal(f"the file holds more than {MAX_OBJECTS:,} objects")
        link = group.get(name, getlink=True) if isinstance(group, h5py.Group) else None
        if link is None:
            raise Refusal(
                f"{where} is listed in the file, but it is not there",
                why="the file is damaged or was edited after it was saved",
                fix=SAVE_AGAIN,
            )
        if not isinstance(link, h5py.HardLink):
            kind = {h5py.SoftLink: "a soft link", h5py.ExternalLink: "a link to another file"}.get(type(link), "a link")
            raise Refusal(f"{where} is {kind} instead of data", why=NEVER_BY_KERAS, fix="do not trust this file")
        return group[name]

    def _array(self, dataset: Any, name: str, where: str) -> StoredArray:
        if not isinstance(dataset, h5py.Dataset):
            raise Refusal(f"{where} is listed as an array, but it is none", fix=SAVE_AGAIN)
        self._check_storage(dataset, where)
        dtype = _number_type(dataset, where)
        _check_filled(dataset, where)
        data: npt.NDArray[Any] = np.asarray(dataset[()])
        if dtype.kind == "V":
            data = (data.view("<u2").astype(np.uint32) << 16).view(np.float32).reshape(data.shape)
        # Shifting an array without axes gives a scalar.
        return StoredArray(name, str(dataset.name), np.asarray(data, data.dtype.newbyteorder("=")))

    def _check_storage(self, dataset: h5py.Dataset, where: str) -> None:
        plist = dataset.id.get_create_plist()
        if plist.get_external_count():
            raise Refusal(f"{where} keeps its values in another file", why=NEVER_BY_KERAS, fix="do not trust this file")
        if plist.get_layout() not in PLAIN_LAYOUTS:
            raise Refusal(f"{where} is put together from other arrays or files", why=NEVER_BY_KERAS)
        filters = [plist.get_filter(i) for i in range(plist.get_nfilters())]
        for code, _, _, label in filters:
            if code not in PLAIN_FILTERS:
                shown = quote(label.decode("ascii", "replace")) if label else f"number {code}"
                raise Refusal(f"{where} is compressed by {shown}; Gatesmith reads gzip only", fix=SAVE_AGAIN)
        space = dataset.id.get_space()
        shape = space.shape if space.get_simple_extent_type() in (0, 1) else None
        if shape is None or len(shape) > MAX_RANK:
            raise Refusal(f"{where} has no shape that a weight could have", fix=SAVE_AGAIN)
        size = math.prod(shape) * dataset.id.get_type().get_size()
        if size > self._bytes_left:
            raise Refusal(
                f"{where} says it holds {size:,} bytes; the whole file has {self._size:,}",
                why="no model compresses like that: the file is damaged or made to exhaust memory",
                fix="do not trust this file",
            )
        self._bytes_left -= size
        chunk = plist.get_chunk() if plist.get_layout() == h5d.CHUNKED else ()
        if math.prod(chunk) * dataset.id.get_type().get_size() > expansion_limit(self._size):
            raise Refusal(f"{where} is stored in blocks larger than a file of this size can hold")

    # -- attributes --------------------------------------------------------------------------------------------------

    def _text(self, place: Any, key: str) -> str | None:
        """The string attribute ``key``; ``None`` if there is none."""
        values = self._strings(place, key)
        if values is not None and len(values) != 1:
            raise Refusal(f"attribute {quote(key)} should be one text; it is {len(values)}", fix=SAVE_AGAIN)
        return None if values is None else values[0]

    def _texts(self, place: Any, key: str) -> list[str] | None:
        """A list of strings, also one that Keras split into ``key0``, ``key1``, ... (an attribute holds 64 KiB)."""
        if (values := self._strings(place, key)) is not None:
            return values
        numbered = (self._strings(place, f"{key}{number}") for number in itertools.count())
        parts = list(itertools.takewhile(lambda part: part is not None, numbered))
        return [text for part in parts for text in part or ()] if parts else None

    def _strings(self, place: Any, key: str) -> list[str] | None:
        if not h5a.exists(place.id, key.encode()):
            return None
        attribute = h5a.open(place.id, key.encode())
        where = f"attribute {quote(key)}"
        space = attribute.get_space()
        count = space.get_simple_extent_npoints()
        if count == 0:
            return []
        if attribute.get_type().get_class() != h5t.STRING:
            raise Refusal(f"{where} is not text", fix=SAVE_AGAIN)
        if count > MAX_OBJECTS or attribute.get_storage_size() > MAX_JSON_BYTES:
            raise Refusal(f"{where} is larger than a model can need ({count:,} texts)")
        values = np.asarray(place.attrs[key]).reshape(-1).tolist()
        texts = [
            value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value) for value in values
        ]
        for text in texts:
            _check_unicode(text, where)
            if len(text) > MAX_JSON_BYTES:
                raise Refusal(f"{where} holds a text of {len(text):,} characters, more than the limit")
        return texts


def _has(group: h5py.Group, name: str) -> bool:
    """Whether the group has a link ``name``. Python's ``in`` would follow the link."""
    return group.get(name, getlink=True) is not None


def _number_type(dataset: h5py.Dataset, where: str) -> np.dtype[Any]:
    kind = dataset.id.get_type().get_class()
    dtype: np.dtype[Any] = dataset.dtype
    if kind == h5t.OPAQUE and dtype.kind == "V" and dtype.itemsize == 2:
        return dtype
    plain = kind in (h5t.FLOAT, h5t.INTEGER, h5t.ENUM) and dtype.subdtype is None
    if not plain or dtype.itemsize not in NUMBER_SIZES.get(dtype.kind, ()):
        raise Refusal(f"{where} holds {quote(str(dtype))} instead of plain numbers", fix=SAVE_AGAIN)
    return dtype


def _check_filled(dataset: h5py.Dataset, where: str) -> None:
    """Refuses weights whose values were never written: HDF5 silently reads them as zeros."""
    if not dataset.size:
        return
    if dataset.chunks:
        needed = math.prod(-(-n // c) for n, c in zip(dataset.shape, dataset.chunks, strict=True))
        complete = dataset.id.get_num_chunks() >= needed
    else:
        complete = dataset.id.get_storage_size() >= dataset.size * dataset.id.get_type().get_size()
    if not complete:
        raise Refusal(
            f"{where} has a shape, but its values are not in the file",
            why="the save was broken off, or the file was made to look larger than it is",
            fix=SAVE_AGAIN,
        )


def _check_unicode(text: str, where: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal(f"{where} holds text that is not UTF-8: {quote(text)}", fix=SAVE_AGAIN) from None
    if "\0" in text:
        raise Refusal(f"{where} holds a text with a zero byte: {quote(text)}", fix=SAVE_AGAIN)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts ``dense_2`` before ``dense_10``, and ``9`` before ``10``."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(p[:18]), p) if p.isdecimal() and p.isascii() else (1, 0, p) for p in parts if p)
