"""Gates: of weights alone and of an architecture alone, the same as those of the whole model; of a ConvLSTM, the
slices of its weights."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from archive_files import put_layers
from test_report import run_script

from gatesmith import cli
from gatesmith.core.errors import ExitCode, ModelError
from gatesmith.importers.keras.dialect.spec import LayerSpec
from gatesmith.report import inspect as pages
from gatesmith.report.code import script
from gatesmith.report.save import arrays
from gatesmith.report.summary import Summary

RNG = np.random.default_rng(2)


def gates(summary: Summary) -> list[tuple[str, str, str, bytes]]:
    """Class, gate, role and values of every slice, sorted."""
    specs: list[Any] = [view.spec for _, view in summary.walk()]
    return sorted(
        (spec.class_name, part.gate, part.role, part.data.tobytes())
        for spec in specs
        for part in getattr(spec, "gates", ())
    )


@pytest.fixture(scope="module", params=["keras", "tf_keras"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A model of each recurrent layer, whole and as weights, between layers that are none."""
    k: Any = import_module(request.param)
    layers = k.layers
    x = k.Input((5, 6, 8, 2))
    frames = layers.TimeDistributed(layers.GlobalMaxPooling2D())(
        layers.ConvLSTM2D(3, 3, return_sequences=True, padding="same")(x)
    )
    h = layers.Dense(4, use_bias=False)(layers.Dense(4, use_bias=False)(frames))
    h = layers.MultiHeadAttention(2, 4, use_bias=False)(h, h)
    h = layers.Bidirectional(layers.LSTM(4, return_sequences=True, use_bias=False))(h)
    h = k.Sequential([k.Input((5, 8)), layers.GRU(3, return_sequences=True), layers.Dense(3)])(h)
    h = layers.GRU(3, reset_after=False, return_sequences=True)(h)
    model = k.Model(x, layers.Dense(2)(layers.SimpleRNN(4)(h)))
    model.set_weights([RNG.normal(size=w.shape) for w in model.get_weights()])
    folder = tmp_path_factory.mktemp(request.param)
    model.save(folder / "whole.keras")
    model.save_weights(folder / "m.weights.h5")
    (folder / "m.json").write_text(model.to_json())
    if request.param == "tf_keras":
        model.save_weights(folder / "m.h5", save_format="h5")
    return request.param, folder


def test_gates_are_those_of_the_whole_model(saved: tuple[str, Path], tmp_path: Path) -> None:
    _, folder = saved
    whole = gates(pages.read(folder / "whole.keras"))
    assert len({kind for kind, *_ in whole}) == 4
    for path in folder.glob("*.h5"):
        summary = pages.read(path, gates_only=True)
        assert gates(summary) == whole, path.name
        page = " ".join(pages.gates_page(summary).plain().split())
        assert "activations are not in the file" in page and "other arrays: /" in page
        parts = run_script(script(summary), tmp_path)
        assert {value.tobytes() for value in parts.values()} == {value.tobytes() for value in arrays(summary).values()}


def slices(summary: Summary) -> set[tuple[Any, ...]]:
    """Class, gate, role, slice and length of the last axis."""
    specs: list[Any] = [view.spec for _, view in summary.walk()]
    parts = [(spec, part) for spec in specs for part in getattr(spec, "gates", ())]
    return {(spec.class_name, p.gate, p.role, p.slice, p.code, p.data.shape[-1]) for spec, p in parts}


def test_slices_of_an_architecture_are_those_of_the_whole_model(saved: tuple[str, Path], capsys: Any) -> None:
    path = saved[1] / "m.json"
    summary = pages.read(path, gates_only=True)
    assert slices(summary) == slices(pages.read(saved[1] / "whole.keras"))
    page = pages.gates_page(summary).plain()
    assert "architecture alone" in page and "(n, 9)" in page and "(3, 3, n, 12)" in page
    assert not {"min", "how we know", "parameter"} & set(page.split())
    assert cli.main(["inspect", "--gates", str(path)]) == 0
    for words in (["--code"], ["--gates", "--json"], ["--gates", "--save", str(path.with_name("g.npz"))]):
        assert cli.main(["inspect", *words, str(path)]) != 0
    assert "the weights are missing" in capsys.readouterr().err
    for words in ([], ["--gates"]):
        assert cli.main(["inspect", *words, str(path), "--weights", str(path.with_name("m.weights.h5"))]) == 0
        assert capsys.readouterr().out.count("--weights") == 2


def sequential(layer: str, version: str = "", **options: Any) -> dict[str, Any]:
    layers = [{"class_name": layer, "config": {"name": "a", **options}}]
    if not version:  # Keras 1
        return {"class_name": "Sequential", "config": layers}
    return {"class_name": "Sequential", "keras_version": version, "config": {"layers": layers}}


@pytest.mark.parametrize(
    ("text", "arrays"),
    [
        (sequential("LSTM", output_dim=4), 12),
        ({"name": "Sequential", "layers": [{"name": "GRU", "output_dim": 4}]}, 9),
        (sequential("GRU", output_dim=4, consume_less="gpu"), 3),
        (sequential("CuDNNGRU", "2.2.4", units=4), 3),
    ],
)
def test_architectures_of_older_keras(text: Any, arrays: int, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(text))
    summary = pages.read(tmp_path / "m.json", gates_only=True)
    (spec,) = [view.spec for _, view in summary.walk() if getattr(view.spec, "gates", ())]
    assert isinstance(spec, LayerSpec) and len(spec.stored) == arrays
    assert pages.gates_page(summary).plain()


@pytest.mark.parametrize("units", [10**9, 10**5, -1, "x", None, 1.5])
def test_an_architecture_that_is_none(units: Any, tmp_path: Path) -> None:
    images = {"filters": units, "kernel_size": [60, 60, 60]}
    for name, options in (("LSTM", {"units": units}), ("ConvLSTM3D", images)):
        (tmp_path / "m.json").write_text(json.dumps(sequential(name, "2.2.4", **options)))
        with pytest.raises(ModelError) as caught:
            pages.read(tmp_path / "m.json", gates_only=True)
        assert units is not None or "has no option" in caught.value.what


def test_arrays_of_keras_1_and_of_cudnn(tmp_path: Path) -> None:
    def separate(name: str) -> dict[str, Any]:
        return {
            f"{name}_{role}_{gate}": RNG.normal(size=size)
            for gate in "icfo"
            for role, size in (("W", (3, 2)), ("U", (2, 2)), ("b", 2))
        }

    def fused(name: str, columns: int) -> dict[str, Any]:
        shapes = {"kernel:0": (2, columns), "recurrent_kernel:0": (5, columns), "bias:0": (2 * columns,)}
        return {f"{name}/{role}": RNG.normal(size=size) for role, size in shapes.items()}

    with h5py.File(tmp_path / "one.h5", "w") as file:
        put_layers(file, {"lstm_1": separate("lstm_1"), "dense_1": {"dense_1_W": np.ones((2, 2))}})
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file.attrs["keras_version"] = "2.2.4"
        put_layers(file, {"a": fused("a", 20), "b": fused("b", 15)})
    one, two = (pages.read(tmp_path / name, gates_only=True) for name in ("one.h5", "two.h5"))
    assert arrays(one).keys() == {f"lstm_1/{gate}/{symbol}" for gate in "icfo" for symbol in "WUb"}
    assert one.reading.source.generation == "Keras 1"
    assert "lstm_1_W_i" in pages.gates_page(one).plain()
    specs: list[Any] = [view.spec for _, view in two.walk()]
    assert [(spec.file_class, spec.class_name) for spec in specs if spec.gates] == [
        ("CuDNNLSTM", "LSTM"),
        ("CuDNNGRU", "GRU"),
    ]


def test_only_gates_are_answered(saved: tuple[str, Path], capsys: Any) -> None:
    path = saved[1] / "m.weights.h5"
    with pytest.raises(ModelError, match="weights only") as refusal:
        pages.read(path)
    assert f"gatesmith inspect --gates {path}" in refusal.value.fix[-1]
    assert cli.main(["inspect", "--gates", str(path)]) == 0
    assert "candidate" in capsys.readouterr().out
    assert cli.main(["generate", str(path), "-o", str(path.with_name("out"))]) == ExitCode.INPUT


def test_without_a_recurrent_layer(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        put_layers(file, {"d": {"d/kernel:0": np.ones((4, 4)), "e/kernel:0": np.ones((4, 4))}})
    with pytest.raises(ModelError, match="weights only") as refusal:
        pages.read(tmp_path / "m.h5", gates_only=True)
    assert "no array has the shape of a recurrent layer's" in refusal.value.why


@pytest.mark.parametrize(
    ("package", "rank", "name"), [("keras", 2, "m.keras"), ("keras", 1, "m.h5"), ("tf_keras", 2, "m.h5")]
)
def test_slices_of_convolutional_cells_are_those_of_the_weights(
    package: str, rank: int, name: str, tmp_path: Path
) -> None:
    """What Keras computes of each is in the layer's cases."""
    k: Any = import_module(package)
    shape = (4, 6, 5, 2) if rank == 2 else (4, 6, 2)
    model = k.Sequential([k.Input(shape), getattr(k.layers, f"ConvLSTM{rank}D")(3, 3)])
    model.set_weights([RNG.normal(scale=0.4, size=w.shape) for w in model.get_weights()])
    model.save(tmp_path / name)
    summary = pages.read(tmp_path / name)
    slices = run_script(script(summary), tmp_path)
    assert len(slices) == 12
    for key, values in slices.items():
        symbol, gate = key.rsplit("/", 1)[1].split("_")
        at = 3 * "ifco".index(gate)
        np.testing.assert_array_equal(values, model.get_weights()["WUb".index(symbol)][..., at : at + 3])
    page = pages.gates_page(summary).plain()
    assert "forget" in page and "kernel[..., 3:6]" in page and "conv(x, W_i) + conv(h, U_i) + b_i" in page


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
