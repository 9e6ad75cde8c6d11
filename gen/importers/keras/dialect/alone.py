"""The recurrent layers of weights alone, or of an architecture alone: enough to show each gate's slice.

The names and shapes of arrays determine layers. A layer's description determines the arrays that its Keras stores;
their values are zeros and the input has one feature, because the file has neither. The architecture built here has the
layers side by side, each with its own input, and is no model.
"""

from __future__ import annotations

import math
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ....core.distinct import distinct
from ....core.errors import ModelError
from ..containers._wire import plain
from ..containers.archive import SAVE_WHOLE
from ..containers.stored import Archive, ArrayGroup, StoredArray
from .config import Writer, options, stated, writer_of
from .kinds import KINDS, Kind, cells, kind_inside
from .site import Site

RECURRENT_NAME = re.compile(r"recurrent|(^|[/_\\])(rnn|lstm|gru)|_U(:0)?$", re.IGNORECASE)
CELL = re.compile(r"cell(_\d+)?")
INSIDE = ("layers", "layer", "backward_layer", "cell", "cells")
OPTIONS_READ = ("name", "nb_row", "nb_col", "nb_depth", "consume_less")
MOST_VALUES = 1 << 26
SHOWN = 12
GIVE_JSON = 'write the architecture, open("model.json", "w").write(model.to_json()), and give both: model.json'
ARCHITECTURE_NOTE = (
    "architecture alone: slices follow from options, by the rules of the Keras that wrote it; n is the input's width."
    " Weights whose bias is twice as long are cuDNN's, under any class: give --weights"
)
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class RecurrentLayer:
    """A recurrent layer, recognized by its arrays or by its description."""

    name: str
    kind: Kind
    file_class: str
    arrays: tuple[StoredArray, ...]
    config: Mapping[str, Any]

    @property
    def input(self) -> list[int | None]:
        """Shape of the input, the batch first; images are as large as the kernel, because their size is unknown."""
        *axes, width = self.arrays[0].data.shape[:-1]
        first = self.config.get("data_format") == "channels_first" or self.config.get("dim_ordering") == "th"
        return [None, None, *((width, *axes) if first else (*axes, width))]


def completed(archive: Archive, gates_only: bool) -> Archive:
    """The archive with half a model replaced by its recurrent layers; a whole model is unchanged.

    Raises:
        ModelError: half a model without ``gates_only``, or without a recurrent layer.
    """
    if archive.format == "weights":
        return _completed_weights(archive, gates_only)
    if archive.format == "architecture":
        return _completed_architecture(archive, gates_only)
    return archive


def _completed_weights(archive: Archive, gates_only: bool) -> Archive:
    layers = list(_from_arrays(archive.groups, old=archive.keras_version[0] in "01"))
    if not gates_only or not layers:
        file, why = shlex.quote(archive.path), "save_weights() does not store which layers there are"
        look = (f"or see where its gates are: gatesmith inspect --gates {file}",) if layers else ()
        raise ModelError(
            "this file holds weights only: the architecture is missing",
            where=archive.path,
            why=why if layers else f"{why}, and no array has the shape of a recurrent layer's",
            fix=(f"{GIVE_JSON} --weights {file}", "or " + SAVE_WHOLE, *look),
        )
    return _of_layers(archive, layers, _notes(archive.groups, layers))


def _completed_architecture(archive: Archive, gates_only: bool) -> Archive:
    writer, _ = writer_of(archive.config, archive.keras_version, archive.backend)
    layers = list(_from_options(archive.config, writer, Site(archive.path))) if gates_only else []
    if not layers:
        raise ModelError(
            "this JSON file holds the architecture only: the weights are missing",
            where=archive.path,
            why="it has no recurrent layer, whose gates could be shown without" if gates_only else "",
            fix=("give the weights file too, which model.save_weights() wrote: --weights W.h5", "or " + SAVE_WHOLE),
        )
    version = {"Keras 0": "0.3", "tf.keras 2": "2.4.0"}.get(writer.generation, writer.generation[-1])
    return _of_layers(replace(archive, keras_version=archive.keras_version or version), layers, (ARCHITECTURE_NOTE,))


def _of_layers(archive: Archive, layers: Sequence[RecurrentLayer], notes: tuple[str, ...]) -> Archive:
    """The archive with a model of these layers, described as in a file."""
    items: list[dict[str, Any]] = []
    for layer in layers:
        start = f"{layer.name}_input"
        shape = {"name": start, "batch_shape": layer.input}
        items.append({"class_name": "InputLayer", "name": start, "config": shape, "inbound_nodes": []})
        described = {"class_name": layer.file_class, "name": layer.name, "config": dict(layer.config)}
        items.append({**described, "inbound_nodes": [[[start, 0, 0, {}]]]})
    ends = {
        "input_layers": [[f"{layer.name}_input", 0, 0] for layer in layers],
        "output_layers": [[layer.name, 0, 0] for layer in layers],
    }
    groups = (
        ArrayGroup(layer.name, tuple(replace(array, index=i) for i, array in enumerate(layer.arrays)))
        for layer in layers
    )
    config = {"class_name": "Functional", "config": {"name": "weights", "layers": items, **ends}}
    return replace(archive, config=config, groups=tuple(groups), notes=(*archive.notes, *notes))


def _from_arrays(groups: Sequence[ArrayGroup], old: bool) -> Iterator[RecurrentLayer]:
    """The recurrent layers, in the order of the file; ``old``: the file is of Keras 0.3 or 1."""
    used: dict[str, int] = {}
    for group in groups:
        remaining = group.arrays
        while remaining:
            head = _first(remaining)
            if head is None:
                remaining = remaining[1:]
                continue
            kind, form, count = head
            arrays, remaining = remaining[:count], remaining[count:]
            name, units = distinct(_name(group, arrays), used), arrays[1].data.shape[-2]
            if kind.cell is None:
                sizes = {"filters": units, "kernel_size": list(arrays[0].data.shape[:-2])}
            else:
                sizes = {"output_dim" if old else "units": units}
            config = {"name": name, **sizes, **({} if old else {"use_bias": count != 2})}
            file_class = f"CuDNN{kind.name}" if form == "cudnn" else kind.name
            yield RecurrentLayer(name, kind, file_class, arrays, config)


def _notes(groups: Sequence[ArrayGroup], layers: Sequence[RecurrentLayer]) -> tuple[str, ...]:
    """Notes on facts that the file lacks, and on its other arrays."""
    paths = {array.path for layer in layers for array in layer.arrays}
    others = [array for group in groups for array in group.arrays if array.path not in paths]
    evidence = "classes and units are told by names and shapes of arrays; activations are not in the file, and the"
    notes = [f"weights alone: {evidence} formulas have the defaults"]
    if any(layer.kind.cell is None for layer in layers):
        notes.append("images are shown as large as the kernel: their size is not in the file")
    if others:
        listed = ", ".join(f"{plain(array.path, 60)} {array.data.shape}" for array in others[:SHOWN])
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        notes.append(f"other arrays: {listed}{more}")
    return tuple(notes)


def _first(arrays: Sequence[StoredArray]) -> tuple[Kind, str, int] | None:
    """The recurrent layer of the first arrays: its kind, the form of :meth:`Cell.arrays`, and their number."""
    shapes = [array.data.shape for array in arrays]
    if len(shapes) < 2 or min(map(len, shapes[:2])) < 2 or not shapes[1][-2]:
        return None
    (*axes, inputs, _), units = shapes[0], shapes[1][-2]
    is_recurrent = RECURRENT_NAME.search(f"{arrays[1].path} {arrays[1].name}")
    convolved = KINDS.get(f"ConvLSTM{len(axes)}D")
    for kind in cells().values() if not axes else [convolved] if convolved is not None else []:
        assert kind.gates is not None
        for form in ("separate", "row", "rows", "cudnn"):
            if (form == "cudnn" and not kind.gates.cudnn) or (form == "separate" and (axes or not kind.gates.separate)):
                continue
            expected = list(kind.gates.arrays(form, inputs, units, tuple(axes)).values())
            # Two Dense layers without bias, or two projections of an attention layer, have such shapes too.
            doubtful = form != "separate" and (len(kind.gates.gates) == 1 or axes)
            if shapes[: len(expected)] == expected and (is_recurrent or not doubtful):
                return kind, form, len(expected)
        if shapes[:2] == expected[:2] and (is_recurrent or not doubtful):
            return kind, "", 2
    return None


def _name(group: ArrayGroup, arrays: Sequence[StoredArray]) -> str:
    """The layer's name: the group's, or the array's if the group holds several; words common to all files are cut."""
    if len(group.arrays) == len(arrays):
        parts = [part for part in group.name.split("/") if part not in ("layers", "_layer_checkpoint_dependencies")]
    else:
        parts = posixpath.dirname(arrays[0].name).split("/")
    parts = parts[:-1] if len(parts) > 1 and CELL.fullmatch(parts[-1]) else parts
    return "/".join(parts) or group.name or "layer"


def _from_options(config: Mapping[str, Any], writer: Writer, site: Site) -> Iterator[RecurrentLayer]:
    """The recurrent layers that an architecture describes, in its order.

    Raises:
        ModelError: sizes that no model has.
    """
    used: dict[str, int] = {}
    values_left = MOST_VALUES
    for path, kind, file_class, config_inside in _described(config, ""):
        words = {word for option in kind.options for word in (option.name, *option.older)} | set(OPTIONS_READ)
        fields = {key: value for key, value in config_inside.items() if key in words}
        read = stated(kind.options, fields, writer)
        (units,) = options(kind.options[:1], fields, writer, site).values()
        shapes = _shapes(kind, file_class, fields, read, units, writer)
        values_left -= sum(map(math.prod, shapes.values()))
        if values_left < 0:
            raise site.broken(
                f"has more than {MOST_VALUES:,} weights in its recurrent layers: these are not shown alone"
            )
        zeros = [(key, np.broadcast_to(np.float32(0), shape)) for key, shape in shapes.items()]
        arrays = tuple(StoredArray(key, key, data, index) for index, (key, data) in enumerate(zeros))
        name = distinct(path, used)
        yield RecurrentLayer(name, kind, file_class, arrays, {**fields, "name": name})


def _described(value: Any, path: str) -> Iterator[tuple[str, Kind, str, Mapping[str, Any]]]:
    """Name, kind, class and options of each recurrent layer or cell in a description, those inside others included."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, Mapping):
            continue
        config = item.get("config", item)
        inner = config if isinstance(config, Mapping) else {"layers": config}
        file_class = str(item.get("class_name", item.get("name")))
        name = str(inner.get("name", file_class))
        inner_path = f"{path}/{name}" if path else name
        kind = kind_inside(file_class)
        if kind is not None and kind.gates is not None:
            yield inner_path, kind, file_class.removesuffix("Cell"), inner
            continue
        for key in INSIDE:
            yield from _described(inner.get(key), inner_path if key != "layers" or path else path)


def _shapes(
    kind: Kind, file_class: str, config: Mapping[str, Any], read: Mapping[str, Any], units: int, writer: Writer
) -> Shapes:
    """Names and shapes of the stored arrays."""
    cell, old = kind.gates, writer.generation in ("Keras 0", "Keras 1")
    assert cell is not None
    if old:
        form = "separate" if cell.separate and config.get("consume_less") != "gpu" else "short"
    else:
        double = cell.reset_after and read.get("reset_after")
        form = "cudnn" if file_class.startswith("CuDNN") else "rows" if double else "row"
    shapes = cell.arrays(form, 1, units, _axes(kind, config, read))
    if not old and read.get("use_bias") is False:
        del shapes["bias"]
    if writer.generation == "Keras 0":
        return {f"param_{index}": shape for index, shape in enumerate(shapes.values())}
    return {f"{config.get('name', 'layer')}_{key}" if old else key: shape for key, shape in shapes.items()}


def _axes(kind: Kind, config: Mapping[str, Any], read: Mapping[str, Any]) -> tuple[int, ...]:
    """The kernel's sizes of a ConvLSTM; empty for other layers."""
    if kind.cell is not None:
        return ()
    sizes = read.get("kernel_size") or [config.get(word, 1) for word in ("nb_row", "nb_col")]
    sizes = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes] * int(kind.name[-2])
    return tuple(n if type(n) is int and 0 < n < 64 else 1 for n in sizes)
