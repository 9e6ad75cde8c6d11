"""Gates of an architecture without weights: its recurrent layers, with arrays as its Keras would have stored them.

The values are zeros and the input has one feature, since the file says neither; pages show the slices alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .config import Writer, given, size
from .kinds import Kind, cell_kind, kind_of
from .site import Site
from .spec import Array, StoredArray
from .weights_alone import Recurrent

INSIDE = ("layers", "layer", "backward_layer", "cell", "cells")
KEPT = ("name", "nb_row", "nb_col", "nb_depth", "consume_less")
MOST_VALUES = 1 << 26
NOTE = (
    "architecture alone: slices follow from options, by the rules of the Keras that wrote it; n is the input's width."
    " Weights whose bias is twice as long are cuDNN's, under any class: give --weights"
)


def layers_of(config: Mapping[str, Any], writer: Writer, site: Site) -> list[Recurrent]:
    """The recurrent layers, in the order of the file.

    Raises:
        ModelError: sizes that no model has.
    """
    found: list[Recurrent] = []
    used: dict[str, int] = {}
    left = MOST_VALUES
    for path, kind, file_class, options in _described(config, ""):
        used[path] = used.get(path, 0) + 1
        name = f"{path}_{used[path]}" if used[path] > 1 else path
        known = {word for option in kind.options for word in (option.name, *option.older)} | set(KEPT)
        own = {key: value for key, value in options.items() if key in known}
        read = given(kind.options, own, writer)
        units = size(read["filters" if kind.cell is None else "units"], "units", site)
        shapes = _shapes(kind, file_class, own, read, units, writer)
        left -= sum(map(math.prod, shapes.values()))
        if left < 0:
            raise site.broken(
                f"has more than {MOST_VALUES:,} weights in its recurrent layers: these are not shown alone"
            )
        arrays = tuple(StoredArray(key, key, _zeros(shape), i) for i, (key, shape) in enumerate(shapes.items()))
        found.append(Recurrent(name, kind, file_class, units, arrays, {**own, "name": name}))
    return found


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
        kind = kind_of(file_class) or cell_kind(file_class)
        if kind is not None and kind.gates is not None:
            yield here, kind, file_class.removesuffix("Cell"), inner
            continue
        for key in INSIDE:
            yield from _described(inner.get(key), here if key != "layers" or path else path)


def _shapes(
    kind: Kind, file_class: str, own: Mapping[str, Any], read: Mapping[str, Any], units: int, writer: Writer
) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the stored arrays."""
    gates, cell = len(kind.gates.order) if kind.gates else 1, kind.cell
    wide, biased = gates * units, read.get("use_bias") is not False
    old = writer.generation in ("Keras 0", "Keras 1")
    separate = cell.separate if cell is not None else "icfo"
    axes = _axes(kind, own, read)
    if old and separate and own.get("consume_less") != "gpu":
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
    return {f"{own.get('name', 'layer')}_{key}" if old else key: shape for key, shape in named.items()}


def _axes(kind: Kind, own: Mapping[str, Any], read: Mapping[str, Any]) -> tuple[int, ...]:
    """A kernel's sizes, of a ConvLSTM."""
    if kind.cell is not None:
        return ()
    sizes = read.get("kernel_size") or [own.get(word, 1) for word in ("nb_row", "nb_col")]
    sizes = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes] * int(kind.name[-2])
    return tuple(n if type(n) is int and 0 < n < 64 else 1 for n in sizes)


def _zeros(shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(np.float32(0), shape)
