"""A ConvLSTM's gates: the slices that ``inspect`` names, put into the layer's definition, give what Keras gives."""

from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from archive_files import put_layers
from test_report import run_script

from gatesmith.report import inspect as pages
from gatesmith.report.code import script
from gatesmith.report.save import arrays

RNG = np.random.default_rng(5)
Array = np.ndarray[Any, Any]


def convolved(x: Array, kernel: Array, pad: bool) -> Array:
    """(axes..., channels) with a kernel (axes..., channels, filters), stride 1."""
    sizes = kernel.shape[:-2]
    if pad:
        x = np.pad(x, [*((size // 2, size // 2) for size in sizes), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, sizes, tuple(range(len(sizes))))
    taps = range(windows.ndim - len(sizes), windows.ndim)
    return np.tensordot(windows, kernel, ((*taps, len(sizes)), tuple(range(len(sizes) + 1))))


def stepped(x: Array, gates: dict[str, Array], gate: Any) -> Array:
    """The last hidden state of one sample (time, axes..., channels)."""
    h = c = np.zeros(())
    for frame in x:
        part = {}
        for name in "ifco":
            part[name] = convolved(frame, gates[f"W_{name}"], False) + gates[f"b_{name}"]
            part[name] = part[name] + (convolved(h, gates[f"U_{name}"], True) if h.ndim else 0)
        c = gate(part["f"]) * c + gate(part["i"]) * np.tanh(part["c"])
        h = gate(part["o"]) * np.tanh(c)
    return h


@pytest.mark.parametrize(
    ("package", "rank", "name"), [("keras", 2, "m.keras"), ("keras", 1, "m.h5"), ("tf_keras", 2, "m.h5")]
)
def test_slices_compute_what_keras_computes(package: str, rank: int, name: str, tmp_path: Path) -> None:
    k: Any = import_module(package)
    shape = (4, 6, 5, 2) if rank == 2 else (4, 6, 2)
    layer = getattr(k.layers, f"ConvLSTM{rank}D")(3, 3)
    model = k.Sequential([k.Input(shape), layer])
    model.set_weights([RNG.normal(scale=0.4, size=w.shape) for w in model.get_weights()])
    model.save(tmp_path / name)
    x = RNG.normal(size=(1, *shape)).astype(np.float32)
    summary = pages.read(tmp_path / name)
    slices = run_script(script(summary), tmp_path)
    gates = {key.rsplit("/", 1)[1]: value for key, value in slices.items()}
    page = pages.gates_page(summary).plain()
    assert "forget" in page and "kernel[..., 3:6]" in page and "conv(x, W_i) + conv(h, U_i) + b_i" in page
    sigmoid = {
        "keras": lambda v: 1 / (1 + np.exp(-v)),
        "tf_keras": lambda v: np.clip(0.2 * v + 0.5, 0, 1),
    }[package]
    assert np.abs(stepped(x[0], gates, sigmoid) - model.predict(x, verbose=0)[0]).max() < 1e-5


@pytest.mark.parametrize(("backend", "order"), [("theano", "th"), ("tensorflow", "tf")])
def test_arrays_of_keras_1(backend: str, order: str, tmp_path: Path) -> None:
    """Each gate has an array; Theano flipped kernels; ``th`` orders them (filters, channels, rows, columns)."""
    config = {"name": "c", "nb_filter": 3, "nb_row": 2, "nb_col": 3, "dim_ordering": order, "border_mode": "valid"}
    shape = [None, 4, 2, 6, 5] if order == "th" else [None, 4, 6, 5, 2]
    layer = {"class_name": "ConvLSTM2D", "config": {**config, "batch_input_shape": shape}}
    stored = {}
    for gate in "icfo":
        for role, inputs in (("W", 2), ("U", 3)):
            size = (3, inputs, 2, 3) if order == "th" else (2, 3, inputs, 3)
            stored[f"c_{role}_{gate}" + (":0" if backend == "tensorflow" else "")] = RNG.normal(size=size)
        stored[f"c_b_{gate}" + (":0" if backend == "tensorflow" else "")] = RNG.normal(size=3)
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["keras_version"] = "1.2.2"
        file.attrs["model_config"] = str({"class_name": "Sequential", "config": [layer]}).replace("'", '"').replace(
            "None", "null"
        )  # fmt: skip
        put_layers(file.create_group("model_weights"), {"c": stored})
    summary = pages.read(tmp_path / "m.h5")
    assert summary.reading.source.backend == backend
    slices, expected = run_script(script(summary), tmp_path), arrays(summary)
    assert len(slices) == len(expected) == 12
    for key, value in expected.items():
        layer_name, gate, symbol = key.rsplit("/", 2)
        np.testing.assert_array_equal(slices[f"{layer_name}/{symbol}_{gate}"], value)
    spec: Any = summary.reading.model.layers["c"]
    for role in ("kernel", "recurrent", "bias"):
        whole = np.concatenate([part.data for part in spec.gates if part.role == role], axis=-1)
        np.testing.assert_array_equal(whole, spec.weights["recurrent_kernel" if role == "recurrent" else role])
