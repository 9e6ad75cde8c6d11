"""Small model files of every container, and what may happen to files: changed values, flipped bits, lost ends."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from archive_files import hdf5, put_layers

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
RNG = np.random.default_rng(3)


def layer(class_name: str, name: str, *inputs: str, **options: Any) -> dict[str, Any]:
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"shape": [None, 5, 3], "keras_history": [source, 0, 0]}}
        for source in inputs
    ]
    args: list[Any] = [tensors if len(tensors) > 1 else tensors[0]] if tensors else []
    return {
        "class_name": class_name,
        "module": "keras.layers",
        "name": name,
        "config": {"name": name, "trainable": True, **options},
        "inbound_nodes": [{"args": args, "kwargs": {}}] if args else [],
    }


def architecture() -> dict[str, Any]:
    """Layers of many kinds, a nested model, wrappers and a merge."""
    row = {"name": "row", "layers": [layer("InputLayer", "j", batch_shape=[None, 4]), layer("Dense", "d", units=2)]}
    layers = [
        layer("InputLayer", "i", batch_shape=[None, 5, 3]),
        layer("Masking", "masking", "i", mask_value=0.5),
        layer(
            "Bidirectional",
            "both",
            "masking",
            merge_mode="concat",
            layer=layer("LSTM", "lstm", units=2, return_sequences=True),
        ),
        layer("LayerNormalization", "norm", "both", axis=[-1], epsilon=0.001),
        layer("Add", "add", "both", "norm"),
        layer("GRU", "gru", "add", units=4, activation="tanh", recurrent_activation="sigmoid", reset_after=True),
        {**layer("Sequential", "row", "gru"), "config": row},
        layer("Reshape", "shape", "row", target_shape=[2, 1]),
        layer("Softmax", "soft", "shape", axis=1),
    ]
    config = {"name": "m", "layers": layers, "input_layers": [["i", 0, 0]], "output_layers": [["soft", 0, 0]]}
    return {"class_name": "Functional", "module": "keras", "config": config}


def arrays() -> dict[str, list[Any]]:
    """Weights by layer, in Keras's order."""
    shapes: dict[str, list[tuple[int, ...]]] = {
        "both": [(3, 8), (2, 8), (8,)] * 2,
        "norm": [(4,), (4,)],
        "gru": [(4, 12), (4, 12), (2, 12)],
        "row": [(4, 2), (2,)],
    }
    return {name: [RNG.normal(size=s).astype("float32") for s in own] for name, own in shapes.items()}


def keras_file(config: bytes, weights_become: Callable[[bytes], bytes] = bytes) -> bytes:
    places = {
        "both": "bidirectional",
        "norm": "layer_normalization/vars",
        "gru": "gru/cell/vars",
        "row": "sequential/layers/dense/vars",
    }
    weights: dict[str, Any] = {}
    for name, own in arrays().items():
        for index, array in enumerate(own):
            side = ("forward_layer", "backward_layer")[index // 3]
            place = f"{places[name]}/{side}/cell/vars/{index % 3}" if name == "both" else f"{places[name]}/{index}"
            weights[f"layers/{place}"] = array
    return small_keras(config, weights_become(vars_file(weights)))


def member(name: str, content: str | bytes) -> tuple[zipfile.ZipInfo, str | bytes]:
    """Without the time of day: a seed is the same file every time."""
    return zipfile.ZipInfo(name), content


def vars_file(arrays: dict[str, Any]) -> bytes:
    """A ``.weights.h5`` of Keras 3."""
    return hdf5(lambda file: [file.create_dataset(place, data=array) for place, array in arrays.items()])


def hdf5_file(config: bytes) -> bytes:
    names = {
        "both": [
            f"both/{side}_lstm/lstm_cell/{k}"
            for side in ("forward", "backward")
            for k in ("kernel", "recurrent_kernel", "bias")
        ],
        "norm": ["norm/gamma", "norm/beta"],
        "gru": [f"gru/gru_cell/{k}" for k in ("kernel", "recurrent_kernel", "bias")],
        "row": ["d/kernel", "d/bias"],
    }
    layers = {name: dict(zip(names[name], own, strict=True)) for name, own in arrays().items()}

    def fill(file: h5py.File) -> None:
        file.attrs.update(model_config=np.bytes_(config), keras_version="3.15.1", backend="tensorflow")
        put_layers(file.create_group("model_weights"), layers)

    return hdf5(fill)


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


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Some bits flipped, or the end cut off as well."""
    content = bytearray(data)
    if rng.random() < 0.2:
        del content[rng.randrange(len(content)) :]
    for _ in range(rng.choice((1, 4, 30))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


GOOD = json.dumps(architecture()).encode()
FORMS = {"keras": keras_file, "h5": hdf5_file}
KINDS = ("zip", "weights", "h5", "config", "config h5", "savedmodel", "unsigned", "model")
"""What a mutant is of: the bytes of a .keras, of the HDF5 in it, of an HDF5 file; an architecture in either; a
SavedModel, its checksums looked at and not; the architecture of a real model (``real.py``)."""
OFTEN = (3, 2, 4, 1, 0.5, 1, 2)
OFTEN_REAL = 6
SAVED = Path(__file__).resolve().parent / "savedmodel"
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
    whole_zip, whole_h5 = _whole()
    if kind == "zip":
        return kind, {"m": mutated(whole_zip, rng, whole_h5)}
    if kind == "weights":
        return kind, {"m": small_keras(GOOD, mutated(stored_weights(), rng, whole_h5))}
    return kind, {"m": mutated(whole_h5 if rng.random() < 0.25 else _one_layer(), rng, whole_zip)}


@cache
def _whole() -> tuple[bytes, bytes]:
    return keras_file(GOOD), hdf5_file(GOOD)


@cache
def stored_weights() -> bytes:
    """The HDF5 part of a .keras file."""
    with zipfile.ZipFile(io.BytesIO(_whole()[0])) as parts:
        return parts.read("model.weights.h5")


@cache
def _one_layer() -> bytes:
    """An HDF5 file of which a change hits the structure more often than the numbers."""
    config = {"name": "m", "layers": [
        {"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [None, 3]}},
        {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "tanh", "use_bias": True}},
    ]}  # fmt: skip
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.attrs["keras_version"] = "2.15.0"
        top = file.create_group("model_weights")
        top.attrs["layer_names"] = [b"i", b"d"]
        top.create_group("i").attrs["weight_names"] = np.zeros(0, "S1")
        own = top.create_group("d")
        own.attrs["weight_names"] = [b"d/kernel:0", b"d/bias:0"]
        own.create_dataset("d/kernel:0", data=np.ones((3, 2), "f4"), chunks=(2, 2), compression="gzip", shuffle=True)
        own["d/bias:0"] = np.ones(2, "f4")
    return data.getvalue()


def small_keras(config: bytes, weights: bytes = b"") -> bytes:
    """As ``keras_file``, without writing the weights again."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as parts:
        parts.writestr(*member("metadata.json", json.dumps({"keras_version": "3.15.1"})))
        parts.writestr(*member("config.json", config))
        parts.writestr(*member("model.weights.h5", weights or stored_weights()))
    return whole.getvalue()
