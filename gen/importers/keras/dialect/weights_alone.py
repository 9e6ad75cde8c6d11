"""Recurrent layers in a file of weights alone, told by the names and shapes of its arrays.

``save_weights`` stores no architecture. The one made here has the recurrent layers side by side, each with an input of
its own: enough to say which slice is which gate, and no model.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..containers._wire import plain
from .kinds import KINDS, Kind, cells
from .spec import Array, ArrayGroup, StoredArray

PAST = re.compile(r"recurrent|(^|[/_\\])(rnn|lstm|gru)|_U(:0)?$", re.IGNORECASE)
CELL = re.compile(r"cell(_\d+)?")
SHOWN = 12


@dataclass(frozen=True)
class Recurrent:
    """A recurrent layer, told by its arrays or by a description of it."""

    name: str
    kind: Kind
    file_class: str
    units: int
    arrays: tuple[StoredArray, ...]
    config: Mapping[str, Any]

    @property
    def input(self) -> list[int | None]:
        """Shape of the input, the batch first; images are as large as the kernel, since nothing tells their size."""
        *axes, width = self.arrays[0].data.shape[:-1]
        first = self.config.get("data_format") == "channels_first" or self.config.get("dim_ordering") == "th"
        return [None, None, *((width, *axes) if first else (*axes, width))]


def _file_class(kind: Kind, units: int, bias: Array) -> str:
    """With cuDNN's name where the biases have its form: one row of both sets."""
    doubled = kind.cell is not None and kind.cell.cudnn and bias.shape == (2 * len(kind.cell.order) * units,)
    return f"CuDNN{kind.name}" if doubled else kind.name


def _config(name: str, kind: Kind, units: int, arrays: Sequence[StoredArray], old: bool) -> dict[str, Any]:
    """The options that arrays tell, in Keras 1's words or later ones."""
    if kind.cell is None:
        sizes = {"filters": units, "kernel_size": list(arrays[0].data.shape[:-2])}
    else:
        sizes = {"output_dim" if old else "units": units}
    return {"name": name, **sizes, **({} if old else {"use_bias": len(arrays) != 2})}


def layers_of(groups: Sequence[ArrayGroup], old: bool) -> list[Recurrent]:
    """The recurrent layers, in the order of the file; ``old``: of Keras 0.3 or 1."""
    found: list[Recurrent] = []
    used: set[str] = set()
    for group in groups:
        for kind, units, arrays in _runs(group.arrays):
            name = base = _name(group, arrays)
            number = 1
            while name in used:
                number += 1
                name = f"{base}_{number}"
            used.add(name)
            file_class = _file_class(kind, units, arrays[-1].data)
            found.append(Recurrent(name, kind, file_class, units, arrays, _config(name, kind, units, arrays, old)))
    return found


def architecture(layers: Sequence[Recurrent]) -> dict[str, Any]:
    """A model of these layers, as a file would describe it."""
    items: list[dict[str, Any]] = []
    ends: dict[str, list[Any]] = {"input_layers": [], "output_layers": []}
    for layer in layers:
        start = f"{layer.name}_input"
        shape = {"name": start, "batch_shape": layer.input}
        items.append({"class_name": "InputLayer", "name": start, "config": shape, "inbound_nodes": []})
        own = {"class_name": layer.file_class, "name": layer.name, "config": dict(layer.config)}
        items.append({**own, "inbound_nodes": [[[start, 0, 0, {}]]]})
        ends["input_layers"].append([start, 0, 0])
        ends["output_layers"].append([layer.name, 0, 0])
    return {"class_name": "Functional", "config": {"name": "weights", "layers": items, **ends}}


def own_groups(layers: Sequence[Recurrent]) -> tuple[ArrayGroup, ...]:
    """The arrays of each layer."""
    return tuple(
        ArrayGroup(layer.name, tuple(replace(array, index=i) for i, array in enumerate(layer.arrays)))
        for layer in layers
    )


def notes_of(groups: Sequence[ArrayGroup], layers: Sequence[Recurrent]) -> tuple[str, ...]:
    """What the page cannot know, and what else the file holds."""
    taken = {array.path for layer in layers for array in layer.arrays}
    others = [array for group in groups for array in group.arrays if array.path not in taken]
    said = "classes and units are told by names and shapes of arrays; activations are not in the file, and the"
    notes = [f"weights alone: {said} formulas have the defaults"]
    if any(layer.kind.cell is None for layer in layers):
        notes.append("images are shown as large as the kernel: their size is not in the file")
    if others:
        shown = ", ".join(f"{plain(array.path, 60)} {array.data.shape}" for array in others[:SHOWN])
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        notes.append(f"other arrays: {shown}{more}")
    return tuple(notes)


def _runs(arrays: Sequence[StoredArray]) -> Iterator[tuple[Kind, int, tuple[StoredArray, ...]]]:
    """Kind, units and arrays of each recurrent layer among arrays that lie one after the other."""
    at = 0
    while at < len(arrays):
        found = _separate(arrays[at:]) or _fused(arrays[at : at + 3])
        if found is None:
            at += 1
            continue
        kind, units, count = found
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
