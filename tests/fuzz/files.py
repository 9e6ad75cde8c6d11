"""Model files of every container, and what may happen to files: changed values, flipped bits, lost ends."""

import io
import json
import random
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from archive_files import hdf5, keras_zip, whole

from gatesmith.importers.keras.dialect.allowed import MODELS
from gatesmith.importers.keras.dialect.kinds import KINDS, cells
from gatesmith.importers.keras.layers.operators import OPERATORS

from .real import real_models

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 3, 2**31, 10**40, 1.5, -0.0, "", "x", "softmax", [], {}, [[]], [None, -1],
    {"class_name": "LSTM"}, ["i", 0, 0],
)  # fmt: skip
CLASSES = sorted({*KINDS, *OPERATORS, *MODELS, *(f"{name}Cell" for name in cells()), "InputLayer", "Lambda", "Unheard"})
"""Every class that a file can name, and one that none does."""
CLASS_CHANGES = 0.4
HERE = Path(__file__).resolve().parent
WHOLE = {form: (HERE / f"whole.{form}").read_bytes() for form in ("keras", "h5")}
"""A model of many kinds of layers, with a nested one, wrappers and a merge, as Keras 3.15 writes it."""


def part(name: str) -> bytes:
    """A part of the .keras file."""
    with zipfile.ZipFile(io.BytesIO(WHOLE["keras"])) as parts:
        return parts.read(name)


GOOD, WEIGHTS = part("config.json"), part("model.weights.h5")


def architecture() -> Any:
    return json.loads(GOOD)


def vars_file(arrays: dict[str, Any]) -> bytes:
    """A ``.weights.h5`` of Keras 3."""
    return hdf5(lambda file: [file.create_dataset(place, data=array) for place, array in arrays.items()])


def hdf5_file(config: bytes) -> bytes:
    """The HDF5 file with another architecture."""
    data = io.BytesIO(WHOLE["h5"])
    with h5py.File(data, "r+") as file:
        file.attrs["model_config"] = np.bytes_(config)
    return data.getvalue()


def edited(config: Any, rng: random.Random, most: int = 3) -> Any:
    """The architecture with one to three, or as many at ``most``, of its values, keys or classes changed."""
    for _ in range(rng.randint(1, most)):
        if rng.random() < CLASS_CHANGES:
            other_class(config, rng)
            continue
        places: list[tuple[Any, Any]] = []
        stack = [config]
        while stack:
            item = stack.pop()
            pairs = (
                list(item.items())
                if isinstance(item, dict)
                else list(enumerate(item))
                if isinstance(item, list)
                else []
            )
            places += [(item, key) for key, _ in pairs]
            stack += [value for _, value in pairs]
        if not places:
            break
        holder, key = rng.choice(places)
        action = rng.choice(("drop", "odd", "odd", "swap", "rename", "double"))
        if action == "drop":
            del holder[key]
        elif action == "swap":
            other, its = rng.choice(places)
            holder[key] = json.loads(json.dumps(other[its]))
        elif action == "rename" and isinstance(holder, dict):
            holder[key + "_"] = holder.pop(key)
        elif action == "double" and isinstance(holder, list):
            holder.append(json.loads(json.dumps(holder[key])))
        else:
            holder[key] = json.loads(json.dumps(rng.choice(ODD)))
    return config


def other_class(config: Any, rng: random.Random) -> None:
    """One description, mostly a layer's, gets another class's name and keeps its options, arrays and wiring. Half of
    the classes have as many arrays, so that something is left to read."""
    described, layers = [], []
    stack = [config]
    while stack:
        item = stack.pop()
        if isinstance(item, dict) and isinstance(item.get("class_name"), str):
            described.append(item)
            layers += [item] if item["class_name"] in CLASSES else []
        stack += item.values() if isinstance(item, dict) else item if isinstance(item, list) else []
    if described:
        one = rng.choice(layers if layers and rng.random() < 0.9 else described)
        one["class_name"] = rng.choice(alike(one["class_name"]) if rng.random() < 0.5 else CLASSES)


@cache
def alike(name: str) -> list[str]:
    """Classes with as many arrays; all where it has no kind."""
    if name not in KINDS:
        return CLASSES
    return [other for other, kind in sorted(KINDS.items()) if len(kind.weights) == len(KINDS[name].weights)]


KINDS = ("zip", "weights", "h5", "config", "config h5", "savedmodel", "unsigned", "model")
"""What a mutant is of: the bytes of a .keras, of the HDF5 in it, of an HDF5 file; an architecture in either; a
SavedModel, its checksums looked at and not; the architecture of a real model (``real.py``)."""
OFTEN = (3, 2, 4, 1, 0.5, 1, 2)
OFTEN_REAL = 6
SAVED = HERE / "savedmodel"
"""tf_keras 2.21's of a SimpleRNN(2) and a BatchNormalization on (5, 3), its graph without what TensorFlow alone wants:
it takes TensorFlow to write one."""
EDGES = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**40, 2**63 - 1)


@cache
def savedmodel_files() -> dict[str, bytes]:
    """The files of a SavedModel by their paths in it."""
    return {
        path.relative_to(SAVED).as_posix(): path.read_bytes() for path in sorted(SAVED.rglob("*")) if path.is_file()
    }


def mutated(data: bytes, rng: random.Random, other: bytes = b"") -> bytes:
    """Bytes changed in one to four ways: bits, bytes, numbers at their ends, parts lost, doubled, moved, exchanged."""
    content = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        if not content:
            break
        at = rng.randrange(len(content))
        span = rng.choice((1, 1, 2, 4, 8, 40, 400))
        action = rng.randrange(9)
        if action <= 2:
            content[at] ^= 1 << rng.randrange(8)
        elif action == 3:
            content[at : at + span] = rng.randbytes(span)
        elif action == 4:
            size = rng.choice((1, 2, 4, 8))
            content[at : at + size] = (rng.choice(EDGES) % 256**size).to_bytes(size, rng.choice(("little", "big")))
        elif action == 5:
            del content[at : at + span]
        elif action == 6:
            content[at:at] = content[at : at + span]
        elif action == 7:
            start = rng.randrange(len(content))
            content[at : at + span] = content[start : start + span]
        elif other:
            start = rng.randrange(len(other))
            content[at : at + span] = other[start : start + span]
        else:
            del content[at:]
    return bytes(content)


def mutant(seed: int, models: int = 0) -> tuple[str, dict[str, bytes]]:
    """A container and its file (for a SavedModel, its files), something of which is not as Keras writes it; of the real
    model ``of`` its architecture.

    Args:
        models: seeds of the real models.
    """
    rng = random.Random(seed)
    kind = rng.choices(KINDS, (*OFTEN, OFTEN_REAL if models else 0))[0]
    if kind in ("savedmodel", "unsigned"):
        files = dict(savedmodel_files())
        name = rng.choice(sorted(files))
        files[name] = mutated(files[name], rng, files["keras_metadata.pb"])
        return kind, files
    if kind == "model":
        of = rng.randrange(len(real_models(models)))
        config = edited(json.loads(json.dumps(real_models(models)[of].config)), rng)
        return kind, {"m": json.dumps(config).encode(), "of": b"%d" % of}
    if kind.startswith("config"):
        config = json.dumps(edited(architecture(), rng)).encode()
        config = mutated(config, rng) if rng.random() < 0.2 else config
        return kind, {"m": small_keras(config) if kind == "config" else hdf5_file(config)}
    if kind == "zip":
        return kind, {"m": mutated(WHOLE["keras"], rng, WHOLE["h5"])}
    if kind == "weights":
        return kind, {"m": small_keras(GOOD, mutated(WEIGHTS, rng, WHOLE["h5"]))}
    return kind, {"m": mutated(WHOLE["h5"] if rng.random() < 0.25 else _one_layer(), rng, WHOLE["keras"])}


@cache
def _one_layer() -> bytes:
    """A small HDF5 file: a changed byte hits its structure more often than its numbers."""
    config = {"name": "m", "layers": [
        {"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [None, 3]}},
        {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "tanh", "use_bias": True}},
    ]}  # fmt: skip
    text = json.dumps({"class_name": "Sequential", "config": config})
    arrays = {"i": {}, "d": {"d/kernel:0": np.ones((3, 2), "f4"), "d/bias:0": np.ones(2, "f4")}}
    return hdf5(lambda file: whole(file, arrays, text, chunks=True, compression="gzip", shuffle=True))


def small_keras(config: bytes, weights: bytes = WEIGHTS) -> bytes:
    """A .keras file with another architecture, or other weights."""
    return keras_zip(config=config, weights=weights)
