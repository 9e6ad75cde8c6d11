"""Damaged copies of small models: every one is read and translated, or refused as a file, never a crash of ours."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gatesmith import pipeline
from gatesmith.errors import ExitCode, GatesmithError
from gatesmith.flow import Settings
from gatesmith.keras import archive, dialect
from gatesmith.keras.importer import build
from gatesmith.keras.spec import Archive

FLIPPED, EDITED = 50, 100
"""Mutants of each form."""
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 3, 2**31, 10**40, 1.5, -0.0, "", "x", "softmax", [], {}, [[]], [None, -1],
    {"class_name": "LSTM"}, ["i", 0, 0],
)  # fmt: skip
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
    weights, whole = io.BytesIO(), io.BytesIO()
    with h5py.File(weights, "w") as file:
        for name, own in arrays().items():
            for index, array in enumerate(own):
                side = ("forward_layer", "backward_layer")[index // 3]
                place = f"{places[name]}/{side}/cell/vars/{index % 3}" if name == "both" else f"{places[name]}/{index}"
                file[f"layers/{place}"] = array
    with zipfile.ZipFile(whole, "w") as parts:
        parts.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        parts.writestr("config.json", config)
        parts.writestr("model.weights.h5", weights_become(weights.getvalue()))
    return whole.getvalue()


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
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs["model_config"] = np.bytes_(config)
        file.attrs["keras_version"], file.attrs["backend"] = "3.15.1", "tensorflow"
        top = file.create_group("model_weights")
        top.attrs["layer_names"] = [name.encode() for name in names]
        for name, own in arrays().items():
            group = top.create_group(name)
            group.attrs["weight_names"] = [item.encode() for item in names[name]]
            for item, array in zip(names[name], own, strict=True):
                group[item] = array
    return data.getvalue()


def edited(config: Any, rng: random.Random) -> Any:
    """The architecture with one to three of its values or keys changed."""
    for _ in range(rng.randint(1, 3)):
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


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Some bits flipped, or the end cut off as well."""
    content = bytearray(data)
    if rng.random() < 0.2:
        del content[rng.randrange(len(content)) :]
    for _ in range(rng.choice((1, 4, 30))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def outcome(path: Path, found: Callable[[], Archive]) -> str:
    """``ok``, or the refusal; anything else is raised."""
    settings = Settings()
    try:
        reading = dialect.interpret(found())
        pipeline.program(pipeline.Model(path, reading, build(reading)), settings)
    except GatesmithError as refusal:
        assert refusal.exit_code in (ExitCode.INPUT, ExitCode.BUDGET), refusal.what
        assert path.name in refusal.where, (refusal.what, refusal.where)
        return refusal.what
    return "ok"


GOOD = json.dumps(architecture()).encode()
FORMS = {"keras": keras_file, "h5": hdf5_file}


@pytest.mark.parametrize("form", FORMS)
def test_undamaged(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"model.{form}"
    path.write_bytes(FORMS[form](GOOD))
    assert outcome(path, lambda: archive.read(path)) == "ok"


@pytest.mark.parametrize("form", FORMS)
def test_flipped_bits_and_lost_ends(tmp_path: Path, form: str) -> None:
    """Whole files; of a .keras also the HDF5 part alone, since a zip's checksum finds all that happened to it later."""
    path = tmp_path / f"mutant.{form}"
    results = []
    for seed in range(FLIPPED):
        rng = random.Random(seed)
        if form == "h5" or seed % 4 == 0:
            path.write_bytes(flipped(FORMS[form](GOOD), rng))
        else:
            path.write_bytes(keras_file(GOOD, partial(flipped, rng=rng)))
        results.append(outcome(path, lambda: archive.read(path)))
    assert len(set(results)) >= 3, results


@pytest.mark.parametrize("form", FORMS)
def test_edited_architectures(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"mutant.{form}"
    path.write_bytes(FORMS[form](GOOD))
    good = archive.read(path)
    results = []
    for seed in range(EDITED):
        config = edited(architecture(), random.Random(seed))
        try:
            results.append(outcome(path, partial(replace, good, config=config)))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    assert len(set(results)) > EDITED // 3, "the mutants are all refused for the same reasons"
    assert results.count("ok") > EDITED // 10, "hardly a mutant is translated"
