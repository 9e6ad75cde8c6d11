"""The recurrent layers of weights alone, or of an architecture alone: enough to show which slice is which gate.

Arrays tell layers by their names and shapes. A description tells the arrays as its Keras would have stored them; their
values are zeros and the input has one feature, since the file says neither. The architecture made here has the layers
side by side, each with an input of its own, and is no model.
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

PAST = re.compile(r"recurrent|(^|[/_\\])(rnn|lstm|gru)|_U(:0)?$", re.IGNORECASE)
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
class Recurrent:
    """A recurrent layer, told by its arrays or by a description of it."""

    name: str
    kind: Kind
    file_class: str
    arrays: tuple[StoredArray, ...]
    config: Mapping[str, Any]

    @property
    def input(self) -> list[int | None]:
        """Shape of the input, the batch first; images are as large as the kernel, since nothing tells their size."""
        *axes, width = self.arrays[0].data.shape[:-1]
        first = self.config.get("data_format") == "channels_first" or self.config.get("dim_ordering") == "th"
        return [None, None, *((width, *axes) if first else (*axes, width))]


def completed(archive: Archive, gates_only: bool) -> Archive:
    """A file with half of a model as the recurrent layers that it tells of; a whole model as it is.

    Raises:
        ModelError: half of a model where a whole one is wanted, or no recurrent layer in it.
    """
    if archive.format == "weights":
        return _completed_weights(archive, gates_only)
    if archive.format == "architecture":
        return _completed_architecture(archive, gates_only)
    return archive


def _completed_weights(archive: Archive, gates_only: bool) -> Archive:
    layers = _told_by_arrays(archive.groups, old=archive.keras_version[0] in "01")
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
    layers = _told_by_options(archive.config, writer, Site(archive.path)) if gates_only else []
    if not layers:
        raise ModelError(
            "this JSON file holds the architecture only: the weights are missing",
            where=archive.path,
            why="it has no recurrent layer, whose gates could be shown without" if gates_only else "",
            fix=("give the weights file too, which model.save_weights() wrote: --weights W.h5", "or " + SAVE_WHOLE),
        )
    told = {"Keras 0": "0.3", "tf.keras 2": "2.4.0"}.get(writer.generation, writer.generation[-1])
    return _of_layers(replace(archive, keras_version=archive.keras_version or told), layers, (ARCHITECTURE_NOTE,))


def _of_layers(archive: Archive, layers: Sequence[Recurrent], notes: tuple[str, ...]) -> Archive:
    """The archive with a model of these layers, as a file would describe it."""
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


def _told_by_arrays(groups: Sequence[ArrayGroup], old: bool) -> list[Recurrent]:
    """The recurrent layers, in the order of the file; ``old``: of Keras 0.3 or 1."""
    layers: list[Recurrent] = []
    used: dict[str, int] = {}
    for group in groups:
        for kind, units, arrays in _runs(group.arrays):
            name = distinct(_name(group, arrays), used)
            cudnn = kind.cell is not None and kind.cell.cudnn
            # one row of both sets of biases is cuDNN's form
            doubled = cudnn and arrays[-1].data.shape == (2 * arrays[1].data.shape[-1],)
            if kind.cell is None:
                sizes = {"filters": units, "kernel_size": list(arrays[0].data.shape[:-2])}
            else:
                sizes = {"output_dim" if old else "units": units}
            config = {"name": name, **sizes, **({} if old else {"use_bias": len(arrays) != 2})}
            layers.append(Recurrent(name, kind, f"CuDNN{kind.name}" if doubled else kind.name, arrays, config))
    return layers


def _notes(groups: Sequence[ArrayGroup], layers: Sequence[Recurrent]) -> tuple[str, ...]:
    """What the page cannot know, and what else the file holds."""
    shown = {array.path for layer in layers for array in layer.arrays}
    others = [array for group in groups for array in group.arrays if array.path not in shown]
    said = "classes and units are told by names and shapes of arrays; activations are not in the file, and the"
    notes = [f"weights alone: {said} formulas have the defaults"]
    if any(layer.kind.cell is None for layer in layers):
        notes.append("images are shown as large as the kernel: their size is not in the file")
    if others:
        listed = ", ".join(f"{plain(array.path, 60)} {array.data.shape}" for array in others[:SHOWN])
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        notes.append(f"other arrays: {listed}{more}")
    return tuple(notes)


def _runs(arrays: Sequence[StoredArray]) -> Iterator[tuple[Kind, int, tuple[StoredArray, ...]]]:
    """Kind, units and arrays of each recurrent layer among arrays that lie one after the other."""
    at = 0
    while at < len(arrays):
        run = _separate(arrays[at:]) or _fused(arrays[at : at + 3])
        if run is None:
            at += 1
            continue
        kind, units, count = run
        yield kind, units, tuple(arrays[at : at + count])
        at += count


def _separate(arrays: Sequence[StoredArray]) -> tuple[Kind, int, int] | None:
    """Keras 0.3 and 1: W, U and b of one gate after the other."""
    for kind in cells().values():
        count = 3 * len(kind.cell.separate) if kind.cell is not None else 0
        shapes = [array.data.shape for array in arrays[:count]]
        if not count or len(shapes) < count or len(shapes[1]) != 2:
            continue
        units = shapes[1][0]
        if len(shapes[0]) == 2 and shapes == [(shapes[0][0], units), (units, units), (units,)] * (count // 3):
            return kind, units, count
    return None


def _fused(arrays: Sequence[StoredArray]) -> tuple[Kind, int, int] | None:
    """Kernel, recurrent kernel and perhaps bias, the gates side by side."""
    if len(arrays) < 2:
        return None
    kernel, past = arrays[0].data.shape, arrays[1].data.shape
    if len(kernel) != len(past) or len(past) < 2 or kernel[-1] != past[-1] or kernel[:-2] != past[:-2] or not past[-2]:
        return None
    units, columns = past[-2], past[-1]
    gates = columns // units
    doubtful = gates == 1 or len(past) > 2  # two Dense layers without bias, two projections of an attention layer
    if columns % units or (doubtful and not PAST.search(f"{arrays[1].path} {arrays[1].name}")):
        return None
    if len(past) == 2:
        kind = next((kind for kind in cells().values() if kind.cell and len(kind.cell.order) == gates), None)
    else:
        kind = KINDS.get(f"ConvLSTM{len(past) - 2}D") if gates == 4 else None
    if kind is None:
        return None
    biased = len(arrays) > 2 and arrays[2].data.shape in ((columns,), (2, columns), (2 * columns,))
    return kind, units, 2 + biased


def _name(group: ArrayGroup, arrays: Sequence[StoredArray]) -> str:
    """The layer's: the group's, or where that holds several the array's own, without what is the same in all files."""
    if len(group.arrays) == len(arrays):
        parts = [part for part in group.name.split("/") if part not in ("layers", "_layer_checkpoint_dependencies")]
    else:
        parts = posixpath.dirname(arrays[0].name).split("/")
    parts = parts[:-1] if len(parts) > 1 and CELL.fullmatch(parts[-1]) else parts
    return "/".join(parts) or group.name or "layer"


def _told_by_options(config: Mapping[str, Any], writer: Writer, site: Site) -> list[Recurrent]:
    """The recurrent layers that an architecture describes, in its order.

    Raises:
        ModelError: sizes that no model has.
    """
    layers: list[Recurrent] = []
    used: dict[str, int] = {}
    left = MOST_VALUES
    for path, kind, file_class, config_inside in _described(config, ""):
        known = {word for option in kind.options for word in (option.name, *option.older)} | set(OPTIONS_READ)
        told = {key: value for key, value in config_inside.items() if key in known}
        read = stated(kind.options, told, writer)
        (units,) = options(kind.options[:1], told, writer, site).values()
        shapes = _shapes(kind, file_class, told, read, units, writer)
        left -= sum(map(math.prod, shapes.values()))
        if left < 0:
            raise site.broken(
                f"has more than {MOST_VALUES:,} weights in its recurrent layers: these are not shown alone"
            )
        zeros = [(key, np.broadcast_to(np.float32(0), shape)) for key, shape in shapes.items()]
        arrays = tuple(StoredArray(key, key, data, index) for index, (key, data) in enumerate(zeros))
        name = distinct(path, used)
        layers.append(Recurrent(name, kind, file_class, arrays, {**told, "name": name}))
    return layers


def _described(value: Any, path: str) -> Iterator[tuple[str, Kind, str, Mapping[str, Any]]]:
    """Name, kind, class and options of each recurrent layer or cell in a description, models and wrappers entered."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, Mapping):
            continue
        config = item.get("config", item)
        inner = config if isinstance(config, Mapping) else {"layers": config}
        file_class = str(item.get("class_name", item.get("name")))
        name = str(inner.get("name", file_class))
        here = f"{path}/{name}" if path else name
        kind = kind_inside(file_class)
        if kind is not None and kind.gates is not None:
            yield here, kind, file_class.removesuffix("Cell"), inner
            continue
        for key in INSIDE:
            yield from _described(inner.get(key), here if key != "layers" or path else path)


def _shapes(
    kind: Kind, file_class: str, told: Mapping[str, Any], read: Mapping[str, Any], units: int, writer: Writer
) -> Shapes:
    """Names and shapes of the stored arrays."""
    gates, cell = len(kind.gates.order) if kind.gates else 1, kind.cell
    wide, biased = gates * units, read.get("use_bias") is not False
    old = writer.generation in ("Keras 0", "Keras 1")
    separate = cell.separate if cell is not None else "icfo"
    axes = _axes(kind, told, read)
    if old and separate and told.get("consume_less") != "gpu":
        roles = {"W": (*axes, 1, units), "U": (*axes, units, units), "b": (units,)}
        named = {f"{role}_{gate}": shape for gate in separate for role, shape in roles.items()}
    elif old:
        named = {"W": (1, wide), "U": (units, wide), "b": (wide,)}
    else:
        double = bool(cell and cell.reset_after and read.get("reset_after"))
        bias = (2 * wide,) if file_class.startswith("CuDNN") else (2, wide) if double else (wide,)
        named = {
            "kernel": (*axes, 1, wide),
            "recurrent_kernel": (*axes, units, wide),
            **({"bias": bias} if biased else {}),
        }
    if writer.generation == "Keras 0":
        return {f"param_{index}": shape for index, shape in enumerate(named.values())}
    return {f"{told.get('name', 'layer')}_{key}" if old else key: shape for key, shape in named.items()}


def _axes(kind: Kind, told: Mapping[str, Any], read: Mapping[str, Any]) -> tuple[int, ...]:
    """A kernel's sizes, of a ConvLSTM."""
    if kind.cell is not None:
        return ()
    sizes = read.get("kernel_size") or [told.get(word, 1) for word in ("nb_row", "nb_col")]
    sizes = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes] * int(kind.name[-2])
    return tuple(n if type(n) is int and 0 < n < 64 else 1 for n in sizes)
