"""The stored arrays of each layer.

There are three layouts, each with its kind of place:

- HDF5 keeps one group a layer, by name (Keras 2.3.1 ``keras/engine/saving.py``, Keras 3.15
  ``keras/src/legacy/saving/legacy_h5_format.py``); Keras 0.3 numbers them ``layer_N``: :class:`Named`.
- Inside such a group, a nested model or a wrapper is one flat list, trainable arrays first: :class:`Flat`.
- ``.keras`` and ``.weights.h5`` name objects by class and order (Keras 3.15 ``keras/src/saving/saving_lib.py``
  ``_save_container_state``, ``keras/src/utils/naming.py``; tf_keras 2.21 ``tf_keras/src/saving/saving_lib.py`` is
  alike): :class:`Paths`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....core.graph import shape_text
from ..containers._wire import MAX_DEPTH
from ..containers.stored import Archive, StoredArray
from .site import Site
from .spec import FloatArray

SAVE_AGAIN = "save the model again with model.save(), so that configuration and weights belong together"
Arrays = tuple[StoredArray, ...]
Flags = tuple[bool, ...]
"""Whether each array of a layer is trainable, in Keras's order."""
CONTAINERS = ("layers/", "_functional/layers/", "_layer_checkpoint_dependencies/")
"""Beginnings of the object paths of a model's layers."""


@dataclass(frozen=True)
class Claimant:
    """A layer that asks for its arrays."""

    name: str
    file_class: str
    flags: Callable[[], Flags | None]
    """Flags of the arrays that it should have; None if the class is unknown."""
    is_layer: bool = True
    """False for Keras 3's bare operations, which are not counted in object paths."""


@dataclass(frozen=True)
class Flat:
    """A list of arrays for a layer and all layers inside it."""

    arrays: Arrays
    name: str = ""

    def stored(self) -> Arrays:
        return self.arrays

    def part(self, attribute: str) -> Place:
        return self

    def parts(self, attributes: Sequence[str], flags: Sequence[Flags | None], site: Site) -> list[Place]:
        if len(attributes) == 2 and attributes[0].startswith("forward"):
            sides = [[a for a in self.arrays if _component(a.name, side)] for side in ("forward", "backward")]
            if len(sides[0]) == len(sides[1]) and sum(map(len, sides)) == len(self.arrays):
                return [Flat(tuple(side), self.name) for side in sides]
        known = [layer for layer in flags if layer is not None]
        if len(known) < len(flags):
            known = [(True,) * (len(self.arrays) // len(flags))] * len(flags)
        if sum(map(len, known)) != len(self.arrays):
            numbers = " + ".join(str(len(layer)) for layer in known)
            raise site.broken(f"has {len(self.arrays)} weight arrays, expected {numbers}", listing(self.arrays))
        return [Flat(tuple(arrays), self.name) for arrays in _shares(self.arrays, known)]

    def layers(self, items: Sequence[Claimant], site: Site) -> dict[str, Place]:
        by_layer = self._by_name(items) or self._by_position(items, site)
        return {name: Flat(tuple(arrays), name) for name, arrays in by_layer.items()}

    def _by_name(self, items: Sequence[Claimant]) -> dict[str, list[StoredArray]] | None:
        by_layer: dict[str, list[StoredArray]] = {item.name: [] for item in items}
        for array in self.arrays:
            owner = _owner(array.name, self.name, by_layer)
            if owner is None:
                return None
            by_layer[owner].append(array)
        known = ((item.flags(), by_layer[item.name]) for item in items)
        return None if any(flags is not None and len(flags) != len(arrays) for flags, arrays in known) else by_layer

    def _by_position(self, items: Sequence[Claimant], site: Site) -> dict[str, list[StoredArray]]:
        """Arrays by layer, from the order of a nested model's ``weights``: all trainable ones, then all others.

        A model inside it gets its own arrays in that same order, and divides them in the same way.
        """
        flags = {item.name: item.flags() for item in items}
        known = {name: layer for name, layer in flags.items() if layer is not None}
        expected = sum(map(len, known.values()))
        if len(known) < len(flags) or expected != len(self.arrays):
            raise site.broken(
                f"has {len(self.arrays)} weight arrays for its inner layers, expected {expected}", listing(self.arrays)
            )
        return dict(zip(known, _shares(self.arrays, list(known.values())), strict=True))


def _shares(arrays: Arrays, flags: Sequence[Flags]) -> list[list[StoredArray]]:
    """The arrays of several layers, listed in the order of Keras's ``weights``: all trainable ones, then all others."""
    shares: list[list[StoredArray]] = [[] for _ in flags]
    owners = [(index, flag) for index, layer in enumerate(flags) for flag in layer]
    owners.sort(key=lambda owner: not owner[1])
    for (index, _), array in zip(owners, arrays, strict=True):
        shares[index].append(array)
    return shares


def _component(path: str, start: str) -> bool:
    """Whether some part of the path, or Keras 1's flat name, starts with this word."""
    return any(part.startswith(f"{start}_") for part in path.split("/"))


def _owner(array: str, model: str, names: Collection[str]) -> str | None:
    """The layer that an array's name belongs to: ``sub/dense/kernel:0`` or Keras 1's ``dense_1_W``."""
    path = f"/{array}"
    if model and f"/{model}/" in path:
        path = path[path.index(f"/{model}/") + len(model) + 1 :]
    parts = path.split("/")[1:-1][:MAX_DEPTH]
    for start in range(len(parts)):
        for end in range(len(parts), start, -1):  # a name may have slashes: the longest that begins here
            if (name := "/".join(parts[start:end])) in names:
                return name
    if array.count("/") == 0:
        starts = [name for name in names if array.startswith(f"{name}_")]
        return max(starts, key=len, default=None)
    return None


@dataclass(frozen=True)
class NamedGroups:
    """The top of an HDF5 file: a group for each layer."""

    groups: Mapping[str, Arrays]
    note: Callable[[str], None]

    def layers(self, items: Sequence[Claimant], site: Site) -> dict[str, Place]:
        weighted = [item for item in items if item.flags()]
        known = [item for item in weighted if self.groups.get(item.name)]
        by_name: dict[str, Place] = {item.name: Flat(self.groups.get(item.name, ()), item.name) for item in items}
        if len(known) == len(weighted) or not self.groups:
            surplus = [name for name, arrays in self.groups.items() if arrays and name not in by_name]
            if surplus:
                more = f" and {len(surplus) - 6} more" if len(surplus) > 6 else ""
                self.note(f"the file also holds weights that belong to no layer: {', '.join(surplus[:6])}{more}")
            return by_name
        numbered = {
            int(m[1]): arrays for name, arrays in self.groups.items() if (m := re.fullmatch(r"layer_(\d+)", name))
        }
        if len(numbered) == len(self.groups):
            return {item.name: Flat(numbered.get(index, ()), item.name) for index, item in enumerate(items)}
        full = [(name, arrays) for name, arrays in self.groups.items() if arrays]
        if len(full) == len(weighted) and not any(item.name in dict(full) and not item.flags() for item in items):
            self.note("layer names and weight groups differ: assigned in order, as Keras's load_weights does")
            order = {item.name: arrays for item, (_, arrays) in zip(weighted, full, strict=True)}
            return {item.name: Flat(order.get(item.name, ()), "") for item in items}
        return by_name


@dataclass(frozen=True)
class Paths:
    """An object path of a ``.keras`` file."""

    groups: Mapping[str, Arrays]
    path: str = ""

    def stored(self) -> Arrays:
        return self.groups.get(self.path, ())

    def part(self, attribute: str) -> Place:
        return Paths(self.groups, f"{self.path}/{attribute}")

    def parts(self, attributes: Sequence[str], flags: Sequence[Flags | None], site: Site) -> list[Place]:
        return [self.part(attribute) for attribute in attributes]

    def layers(self, items: Sequence[Claimant], site: Site) -> dict[str, Place]:
        base = f"{self.path}/" if self.path else ""
        prefixes = [f"{base}{container}" for container in CONTAINERS]
        prefix = next((each for each in prefixes if any(name.startswith(each) for name in self.groups)), prefixes[0])
        ranks = self._ranks(prefix) if "checkpoint" in prefix else {}
        places: dict[str, Place] = {item.name: Flat(()) for item in items}
        layers = [item for item in items if item.is_layer]
        for item, (word, index) in zip(layers, numbered([item.file_class for item in layers]), strict=True):
            exact = dict(enumerate(ranks.get(word, ()))).get(index, path_part(word, index))
            places[item.name] = Paths(self.groups, prefix + exact)
        return places

    @property
    def absent(self) -> bool:
        """Whether no array is stored here or below: a layer shared by two models is stored in the first one."""
        return not any(name == self.path or name.startswith(f"{self.path}/") for name in self.groups)

    def _ranks(self, prefix: str) -> dict[str, list[str]]:
        """Path parts of layers, in order: Keras 2.12 counts a layer at each listing, so only the order counts."""
        members = {name[len(prefix) :].split("/")[0] for name in self.groups if name.startswith(prefix)}
        matches = (re.fullmatch(r"(.*?)(?:_(\d+))?", member, re.DOTALL) for member in members)
        ranks: dict[str, list[str]] = {}
        for word, _, member in sorted((match[1], int(match[2] or 0), match[0]) for match in matches if match):
            ranks.setdefault(word, []).append(member)
        return ranks


Place = Flat | Paths
"""The place to look up the arrays of one layer, which may be a model or a wrapper: ``stored`` gives a simple layer's
arrays, ``part`` the only layer inside (``layer`` of TimeDistributed, ``cell`` of a recurrent layer), ``parts``
several layers by their flags, ``layers`` a model's layers by name."""
Layers = Place | NamedGroups


def snake_case(class_name: str) -> str:
    """Keras 3.15 ``keras/src/utils/naming.py`` ``to_snake_case``."""
    name = re.sub(r"\W+", "", class_name.rsplit(">", maxsplit=1)[-1])
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def numbered(classes: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each class's word in object paths, and the number of earlier classes with the same word."""
    used: Counter[str] = Counter()
    for word in map(snake_case, classes):
        yield word, used[word]
        used[word] += 1


def path_part(word: str, index: int) -> str:
    """An object's own part of its path: ``dense``, ``dense_1``."""
    return f"{word}_{index}" if index else word


def top(archive: Archive, note: Callable[[str], None]) -> Layers:
    """The place of the whole model's layers."""
    groups: dict[str, Arrays] = {}
    for group in archive.groups:
        if not group.name.startswith("optimizer"):
            groups[group.name] = (*groups.get(group.name, ()), *group.arrays)
    if archive.format == "keras-zip" or any(name.startswith(CONTAINERS) for name in groups):
        return Paths(groups)
    return NamedGroups({name: arrays for name, arrays in groups.items() if name}, note)


def listing(arrays: Sequence[StoredArray]) -> str:
    """Arrays and their shapes, for messages."""
    names = [f"{array.name} {shape_text(array.data.shape)}" for array in arrays[:12]]
    more = f" and {len(arrays) - 12} more" if len(arrays) > 12 else ""
    return "the file holds " + (", ".join(names) + more if names else "no arrays for it")


def expect(arrays: Sequence[StoredArray], count: int, what: str, site: Site) -> Sequence[StoredArray]:
    """The arrays, if there are as many as the configuration asks for."""
    if len(arrays) != count:
        if any(array.name.split("/")[-1].startswith("lora_") for array in arrays):
            fix = 'save the model as .keras, which has their sum with the kernel: model.save("model.keras")'
            raise site.unsupported("has LoRA's matrices", "in HDF5 only those of Dense and Embedding are read", fix)
        raise site.broken(
            f"has {len(arrays)} weight arrays, expected {count} ({what})",
            listing(arrays),
            SAVE_AGAIN,
            "or, if it is a class of your own with this name, give its module: --custom FILE.py",
        )
    return arrays


def values(array: StoredArray, shape: Sequence[int], site: Site) -> FloatArray:
    """The array as float32, if it has this shape and holds numbers only."""
    if array.data.shape != tuple(shape):
        raise site.broken(
            f"has the array {array.name} of shape {shape_text(array.data.shape)}, expected {shape_text(shape)}",
            f"{array.path} does not fit the configuration: the weights come from another model, or the file was edited",
        )
    if array.data.dtype.kind not in "fiu":
        raise site.broken(f"has the array {array.name} of type {array.data.dtype}, expected floats", array.path)
    with np.errstate(over="ignore"):
        data = np.ascontiguousarray(array.data, dtype=np.float32)
    if not np.isfinite(data).all():
        bad = int(np.size(data) - np.isfinite(data).sum())
        raise site.broken(
            f"has {bad} values in the array {array.name} that are not finite float32 numbers (NaN or infinity)",
            f"{array.path}: training has diverged, or the file is damaged",
            "train again, with a lower learning rate or clipnorm=1.0",
        )
    return data
