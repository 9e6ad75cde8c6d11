"""Small models for the tests of pages: real HDF5 files of old Keras made by hand, and readings that no file gave."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from archive_files import put_layers
from dialect_files import archive, layer, recurrent, sequential, source

from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.dialect.spec import Reading

HOSTILE = "[red]x[/red]\x1b[2J\n"


def numbers(*shape: int, start: int = 0) -> Any:
    """Values that are all different and the same in every run."""
    count = int(np.prod(shape))
    return ((np.arange(count) * 37 + start * 11) % 101 / 100 - 0.5).astype(np.float32).reshape(shape)


def write_hdf5(path: Path, version: str, config: Any, weights: Mapping[str, Mapping[str, Any]]) -> Path:
    """A Sequential model as Keras writes it: layers in a list, or in the configuration of later versions."""
    with h5py.File(path, "w") as file:
        described = json.dumps({"class_name": "Sequential", "config": config}).encode()
        file.attrs.update(keras_version=version.encode(), backend=b"tensorflow", model_config=described)
        put_layers(file.create_group("model_weights"), weights)
    return path


def keras1_lstm(path: Path, name: str = "lstm_1", steps: int | None = 5, **more: Any) -> Path:
    """LSTM(4) in 12 arrays, and a Dense(2) unless it gives sequences."""
    arrays = {}
    for index, gate in enumerate("icfo"):
        arrays[f"{name}_W_{gate}"] = numbers(3, 4, start=index)
        arrays[f"{name}_U_{gate}"] = numbers(4, 4, start=index + 4)
        arrays[f"{name}_b_{gate}"] = numbers(4, start=index) + (gate == "f") * 1.0
    lstm = {
        "name": name,
        "batch_input_shape": [None, steps, 3],
        "output_dim": 4,
        "inner_activation": "hard_sigmoid",
        "activation": "tanh",
        "return_sequences": False,
        "consume_less": "cpu",
        **more,
    }
    dense = {"name": "dense_1", "output_dim": 2, "activation": "softmax", "input_dim": 4}
    layers, weights = [{"class_name": "LSTM", "config": lstm}], {name: arrays}
    if not lstm["return_sequences"]:
        layers.append({"class_name": "Dense", "config": dense})
        weights["dense_1"] = {"dense_1_W": numbers(4, 2), "dense_1_b": numbers(2)}
    return write_hdf5(path, "1.2.2", layers, weights)


def keras2_fused(path: Path, kind: str, name: str = "rnn_1") -> Path:
    """A GRU or LSTM of 4 units, or CuDNN's."""
    gates = 3 if kind.endswith("GRU") else 4
    bias = 2 * gates * 4 if kind.startswith("CuDNN") else gates * 4
    config: dict[str, Any] = {"name": name, "batch_input_shape": [None, 5, 3], "units": 4, "return_sequences": False}
    shape: tuple[int, ...] = (bias,)
    if kind == "GRU":
        config["reset_after"] = True
        shape = (2, bias)
    arrays = {
        f"{name}/kernel:0": numbers(3, 4 * gates),
        f"{name}/recurrent_kernel:0": numbers(4, 4 * gates, start=1),
        f"{name}/bias:0": numbers(*shape, start=2),
    }
    return write_hdf5(path, "2.2.4", [{"class_name": kind, "config": config}], {name: arrays})


def dense(path: Path, kernel: Any, bias: Any, activation: str = "linear", *steps: int) -> Path:
    """One Dense layer, of samples or of steps."""
    inputs, units = kernel.shape
    config = {"name": "dense", "batch_input_shape": [None, *steps, inputs], "units": units, "activation": activation}
    weights = {"kernel:0": np.asarray(kernel, np.float32), "bias:0": np.asarray(bias, np.float32)}
    return write_hdf5(path, "2.2.4", [{"class_name": "Dense", "config": config}], {"dense": weights})


def reading(name: str = "rnn", path: str = "small.h5") -> Reading:
    """A SimpleRNN of three units under any name."""
    cell = layer("SimpleRNN", name=name, units=3, use_bias=False)
    content = archive(sequential(source("in", None, 2), cell), {name: recurrent("SimpleRNN", 2, 3, name)[:2]}, "2.2.4")
    return interpret(replace(content, path=path))
