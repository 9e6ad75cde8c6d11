"""Hand-made Archives in the words of each Keras generation, for the dialect's tests."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatesmith.importers.keras.containers.stored import Archive, ArrayGroup, StoredArray

RNG = np.random.default_rng(11)
VERSIONS = {"Keras 1": "1.2.2", "Keras 2": "2.2.4", "Keras 2.3": "2.3.1", "tf.keras 2": "2.11.0", "Keras 3": "3.15.1"}


def normal(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype("float32")


def archive(
    config: Any,
    arrays: Mapping[str, Sequence[tuple[str, np.ndarray]]] | None = None,
    version: str = "2.11.0",
    form: str = "hdf5",
) -> Archive:
    groups = tuple(
        ArrayGroup(name, tuple(StoredArray(n, f"/w/{name}/{n}", data, i) for i, (n, data) in enumerate(stored)))
        for name, stored in (arrays or {}).items()
    )
    return Archive("m.h5", form, "0" * 64, config, version, "", groups)


def layer(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": config}


def sequential(*layers: Any) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "model", "layers": list(layers)}}


def functional(layers: Sequence[tuple[Any, Any]], ends: Any, starts: Any = None, **config: Any) -> dict[str, Any]:
    """Layers with their inbound nodes."""
    listed = [{**one, "name": one["config"]["name"], "inbound_nodes": nodes} for one, nodes in layers]
    nodes = [[one["name"], 0, 0] for one in listed if one["class_name"] == "InputLayer"]
    return {
        "class_name": "Model",
        "config": {"name": "model", "layers": listed, "input_layers": starts or nodes, "output_layers": ends, **config},
    }


def source(name: str = "x", *shape: int | None) -> dict[str, Any]:
    return layer("InputLayer", name=name, batch_input_shape=[None, *(shape or (3,))])


def dense(rows: int, units: int, name: str = "dense") -> list[tuple[str, np.ndarray]]:
    return [(f"{name}/kernel:0", normal(rows, units)), (f"{name}/bias:0", normal(units))]


def recurrent(kind: str, rows: int, units: int, name: str, rows_of_bias: int = 1) -> list[tuple[str, np.ndarray]]:
    wide = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[kind] * units
    bias = normal(wide) if rows_of_bias == 1 else normal(2, wide)
    return [
        (f"{name}/kernel:0", normal(rows, wide)),
        (f"{name}/recurrent_kernel:0", normal(units, wide)),
        (f"{name}/bias:0", bias),
    ]


def separate(kind: str, rows: int, units: int, name: str) -> list[tuple[str, np.ndarray]]:
    """Keras 1's arrays."""
    shapes = {"W": (rows, units), "U": (units, units), "b": (units,)}
    gates = {"LSTM": "icfo", "GRU": "zrh"}[kind]
    return [(f"{name}_{letter}_{gate}", normal(*shape)) for gate in gates for letter, shape in shapes.items()]
