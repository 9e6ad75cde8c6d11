"""What releases of Keras do differently, by the version that a file names. Read in the sources that
``gatesmith.importers.keras.dialect.generations`` names; what runs today is tested against Keras in ``tests/layers``.

Files whose meaning no file tells are refused with the option that tells it, and read as that says. Layers of Keras 1
that no other Keras has stand beside their definitions in NumPy (Keras 1.2.2 ``keras/layers/advanced_activations.py``
and ``keras/engine/topology.py``).
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from archive_files import edited
from dialect_files import archive, functional, layer, normal, recurrent, sequential, source

from gatesmith.core.errors import GatesmithError, UnsupportedError, UsageError
from gatesmith.core.graph import Graph
from gatesmith.core.settings import Settings
from gatesmith.importers.keras.dialect import generations
from gatesmith.importers.keras.dialect.config import Writer, writer_of, written_by
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.importer import build
from gatesmith.importers.reading import load
from gatesmith.oracle.judge import judge
from gatesmith.oracle.reference import Reference


def by(version: str, backend: str = "tensorflow") -> Writer:
    return replace(writer_of({}, version, backend)[0], backend=backend)


@pytest.mark.parametrize(
    ("version", "last_first"),
    [
        ("2.0.9", True),
        ("2.2.2", True),
        ("2.2.3", False),
        ("2.3.1", False),
        ("2.1.3-tf", True),
        ("2.1.5-tf", True),
        ("2.1.6-tf", None),
        ("2.2.4-tf", False),
        ("2.15.0", False),
        ("3.0.0", False),
    ],
)
def test_order_of_stacked_states(version: str, last_first: bool | None) -> None:
    assert generations.states_reversed(by(version)) is last_first


@pytest.mark.parametrize(
    ("one", "shape", "from_release"),
    [
        (layer("UpSampling2D", interpolation="bicubic"), (4, 4, 2), "never"),
        (layer("Resizing", height=4, width=9, interpolation="bicubic", antialias=True), (8, 8, 2), "3.0.0"),
        (layer("Resizing", height=4, width=9, pad_to_aspect_ratio=True), (8, 8, 2), "3.15.0"),
        (layer("AveragePooling1D", pool_size=3, strides=2, padding="same"), (8, 2), "never"),
        (layer("AveragePooling1D", pool_size=2, padding="same"), (7, 2), "3.5.0"),
        (layer("MaxPooling1D", pool_size=3, strides=4, padding="same"), (8, 2), "3.9.0"),
        (layer("MaxPooling1D", pool_size=3, strides=4, padding="same"), (7, 2), "3.0.0"),
        (layer("MaxPooling2D", pool_size=(3, 5), strides=2, padding="same"), (9, 9, 2), "3.9.0"),
        (layer("MaxPooling2D", pool_size=3, strides=2, padding="same"), (8, 9, 2), "3.0.0"),
        (layer("Conv1DTranspose", filters=2, kernel_size=3, strides=2, padding="same"), (7, 2), "3.15.0"),
        (layer("Conv1DTranspose", filters=2, kernel_size=4, strides=2, padding="same"), (7, 2), "3.0.0"),
    ],
)
def test_what_torch_computes_differently_is_refused(one: Any, shape: tuple[int, ...], from_release: str) -> None:
    """Each was run with Keras on both backends, in 3.8, 3.9, 3.14 and 3.15; of 3.4 its source was read."""
    one["config"]["name"] = "one"
    size = (one["config"].get("kernel_size", 1), 2, 2)
    arrays = {"one": [("kernel", normal(*size)), ("bias", normal(2))]} if "filters" in one["config"] else {}
    for version in ("3.4.1", "3.6.0", "3.9.0", "3.15.0"):
        file = archive(sequential(source("x", *shape), one), arrays, version)
        build(interpret(file, Settings(keras_backend="tensorflow")))
        reading = interpret(file, Settings(keras_backend="torch"))
        if from_release == "never" or by(version).version < by(from_release).version:
            with pytest.raises(UnsupportedError, match="differently on torch"):
                build(reading)
        else:
            build(reading)


@pytest.mark.parametrize(
    ("release", "last_first", "inner"),
    [
        ("TensorFlow 1.9", True, "unseen"),
        ("tf 1.10", True, "through"),
        ("TensorFlow 1.11", False, "through"),
        ("tensorflow 1.12.0", False, "through"),
        ("TensorFlow 1.4", True, "unseen"),
        ("TensorFlow 2.15", False, "through"),
        ("Keras 2.2.2", True, "through"),
        ("Keras 2.1.6", True, "unseen"),
        ("Keras 3.3", False, "past"),
    ],
)
def test_a_person_tells_what_the_file_does_not(release: str, last_first: bool, inner: str) -> None:
    writer = written_by(release)
    assert generations.states_reversed(writer) is last_first
    assert generations.rules(writer).inner_masks == inner


@pytest.mark.parametrize(
    "release", ["", "TensorFlow", "TensorFlow 1.0", "TensorFlow 2.16", "Keras 2.4", "Keras 4", "1.12"]
)
def test_what_names_no_release_is_refused(release: str) -> None:
    with pytest.raises(UsageError, match="names no release"):
        written_by(release)


@pytest.mark.parametrize(
    ("version", "backend", "output", "zeros"),
    [
        ("1.2.2", "tensorflow", "state", False),
        ("1.2.2", "theano", "previous", False),
        ("2.2.4", "tensorflow", "state", False),
        ("2.2.4", "theano", "previous", False),
        ("2.3.1", "tensorflow", "previous", False),
        ("2.1.6-tf", "tensorflow", "state", False),
        ("2.2.4-tf", "tensorflow", "previous", True),
        ("2.15.0", "tensorflow", "previous", True),
        ("3.15.1", "jax", "previous", True),
    ],
)
def test_masked_steps(version: str, backend: str, output: str, zeros: bool) -> None:
    writer = by(version, backend)
    assert generations.rules(writer).masked_output == output
    assert generations.forces_zeros(writer) is zeros


@pytest.mark.parametrize(
    ("version", "meet", "mind"),
    [("2.3.1", "and", False), ("2.15.0", "and", False), ("3.3.3", "none", False), ("3.4.0", "or", True)],
)
def test_masks_that_meet(version: str, meet: str, mind: bool) -> None:
    rules = generations.rules(by(version))
    assert (rules.masks_meet, rules.merges_mind_masks) == (meet, mind)


def test_a_keras_that_computes_a_file_otherwise_does_not_judge_it(tmp_path: Path) -> None:
    """Keras 3.3 ends masks where two sequences are added; the installed one, which loads the file, does not."""
    keras: Any = pytest.importorskip("keras", reason="Keras 3 is not installed")
    a, b = keras.Input((6, 3)), keras.Input((6, 3))
    both = keras.layers.Add()([keras.layers.Masking()(a), keras.layers.Masking()(b)])
    model = keras.Model([a, b], keras.layers.LSTM(2)(both))
    plain = keras.Model([a, b], keras.layers.LSTM(2)(keras.layers.Add()([a, b])))
    x = [np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32) for _ in range(2)]
    for name, saved, judges in (("masked", model, "reference"), ("plain", plain, "Keras 3")):
        path = tmp_path / f"{name}.keras"
        saved.save(path)
        _written_by(path, "3.3.3")
        read = load(path, Settings())
        assert judge(read.reading, read.graph, x, path).oracle.startswith(judges)


@pytest.mark.parametrize(
    ("backend", "units", "judges"),
    [("tensorflow", "Dense", "tf_keras"), ("theano", "Dense", "reference"), ("tensorflow", "GRU", "reference")],
)
def test_tf_keras_judges_files_of_keras_2_that_mean_the_same_to_it(
    backend: str, units: str, judges: str, tmp_path: Path
) -> None:
    """A kernel of Theano is turned round, and a GRU of Keras 2 without its bias of h is loaded by nothing today."""
    keras: Any = pytest.importorskip("tf_keras", reason="tf_keras is not installed")
    options = {"reset_after": False} if units == "GRU" else {}
    model = keras.Sequential([keras.Input((6, 3)), getattr(keras.layers, units)(2, **options)])
    path, x = tmp_path / "m.h5", [np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)]
    model.save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for one in config["config"]["layers"]:
            for key in ("reset_after", "time_major"):
                one["config"].pop(key, None)
        file.attrs.update(keras_version="2.1.3", backend=backend, model_config=json.dumps(config))
    read = load(path, Settings())
    judged = judge(read.reading, read.graph, x, path)
    assert judged.oracle.startswith(judges) and judged.judge == ("Keras" if judges == "tf_keras" else "the reference")
    np.testing.assert_allclose(judged.outputs[0], model.predict(x[0], verbose=0), atol=1e-6)


def _written_by(path: Path, version: str) -> None:
    """As that version writes it: masks that travel by themselves are not in the wiring."""
    with edited(path, path) as parts:
        parts["metadata.json"]["keras_version"] = version
        for one in parts["config.json"]["config"]["layers"]:
            for node in one["inbound_nodes"]:
                node["kwargs"].pop("mask", None)


X = np.random.default_rng(5).normal(size=(2, 4, 3))
CELLS = [layer("SimpleRNNCell", units=units, name=name) for units, name in ((2, "a"), (3, "b"))]
STACK = layer("StackedRNNCells", cells=CELLS)
STACK_ARRAYS = [*recurrent("SimpleRNN", 3, 2, "r/a"), *recurrent("SimpleRNN", 2, 3, "r/b")]
GRU_ARRAYS = [("g/kernel:0", normal(3, 6)), ("g/recurrent_kernel:0", normal(2, 6))]


def graph(config: Any, version: str, by: str | None = None, **arrays: Any) -> Graph:
    return build(interpret(archive(config, arrays, version), Settings(written_by=by)))


def stacked(version: str, by: str | None = None) -> Graph:
    whole = functional(
        [(source("x", 4, 3), []), (layer("RNN", name="r", cell=STACK, return_state=True), [[["x", 0, 0, {}]]])],
        [["r", 0, output] for output in range(3)],
    )
    return graph(whole, version, by, r=STACK_ARRAYS)


def test_states_of_stacked_cells_whose_order_no_file_tells() -> None:
    with pytest.raises(UnsupportedError, match="does not tell in which order") as refusal:
        stacked("2.1.6-tf")
    assert "--written-by" in refusal.value.fix[0]
    last, first = (Reference(stacked("2.1.6-tf", by)).run([X]) for by in ("TensorFlow 1.10", "TensorFlow 1.12"))
    assert [y.shape[1] for y in last] == [3, 3, 2] and [y.shape[1] for y in first] == [3, 2, 3]
    for one, other in zip(last, (first[0], first[2], first[1]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_stacked_cells_under_a_mask_that_put_out_another_cell_s_state() -> None:
    whole = sequential(
        source("x", 4, 3), layer("Masking", name="m", mask_value=0.0), layer("RNN", name="r", cell=STACK)
    )
    with pytest.raises(UnsupportedError, match="first cell's state"):
        graph(whole, "2.2.4", r=STACK_ARRAYS)
    for version in ("2.2.2", "2.3.1", "2.15.0", "3.1.0"):
        graph(whole, version, r=STACK_ARRAYS)


def test_a_mask_inside_steps_whose_way_out_no_file_tells() -> None:
    words = layer("Embedding", input_dim=5, output_dim=3, mask_zero=True, name="words")
    whole = sequential(
        source("x", 4, 2),
        layer("TimeDistributed", name="t", layer=words),
        layer("TimeDistributed", name="u", layer=layer("GRU", units=2, use_bias=False, reset_after=False, name="g")),
    )
    arrays = {"t": [("t/embeddings:0", normal(5, 3))], "u": GRU_ARRAYS}
    with pytest.raises(UnsupportedError, match="does not tell what comes out"):
        graph(whole, "2.1.6-tf", **arrays)
    x = np.array([[[1, 2], [1, 0], [0, 0], [3, 4]]])
    unseen, through = (
        Reference(graph(whole, "2.1.6-tf", by, **arrays)).run([x])[0] for by in ("TensorFlow 1.9", "TensorFlow 1.12")
    )
    np.testing.assert_array_equal(unseen[:, [0, 3]], through[:, [0, 3]])
    assert (unseen[:, [1, 2]] != through[:, [1, 2]]).all()


@pytest.mark.parametrize("version", ["2.2.4", "2.2.4-tf", "2.15.0", "3.5.0"])
def test_a_gru_without_biases_that_does_not_say_its_form(version: str) -> None:
    whole = sequential(source("x", 4, 3), layer("GRU", name="g", units=2, use_bias=False))
    with pytest.raises(GatesmithError, match="does not say reset_after"):
        graph(whole, version, g=GRU_ARRAYS)


@pytest.mark.parametrize("version", ["1.2.2", "2.1.3", "2.1.3-tf"])
def test_a_gru_from_before_there_were_two_forms(version: str) -> None:
    config = {"output_dim": 2} if version.startswith("1") else {"units": 2, "use_bias": False}
    arrays = recurrent("GRU", 3, 2, "g") if version.startswith("1") else GRU_ARRAYS
    node = graph(sequential(source("x", 4, 3), layer("GRU", name="g", **config)), version, g=arrays).nodes[0]
    assert node.op.reset_after is False  # type: ignore[attr-defined]


def answers(config: Any, arrays: Any, *inputs: Any) -> Any:
    (answer,) = Reference(build(interpret(archive(config, arrays, "1.2.2")))).run(list(inputs))
    return answer


def merged(**options: Any) -> Any:
    shape = options.pop("shape", (5,))
    ends = [[name, 0, 0] for name in ("a", "b")]
    one = layer("Merge", name="m", **options)
    return functional([(source("a", *shape), []), (source("b", *shape), []), (one, [ends])], [["m", 0, 0]])


@pytest.mark.parametrize(("shape", "axes"), [((6, 3), ()), ((6, 3), (1,)), ((4,), ())])
def test_a_softplus_with_learned_slopes(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    learned = tuple(1 if axis + 1 in axes else n for axis, n in enumerate(shape))
    alphas, betas = normal(*learned), normal(*learned)
    one = layer("ParametricSoftplus", name="p", alpha_init=0.2, beta_init=5.0)
    config = functional([(source("x", *shape), []), (one, [[["x", 0, 0]]])], [["p", 0, 0]])
    x = normal(7, *shape)
    answer = answers(config, {"p": [("p_alphas", alphas), ("p_betas", betas)]}, x)
    np.testing.assert_allclose(answer, alphas * np.log1p(np.exp(betas * x.astype(np.float64))), rtol=1e-5)


@pytest.mark.parametrize("axes", [1, -1, [1, 1], [[1], [1]]])
def test_a_cosine_and_a_product_of_vectors(axes: Any) -> None:
    a, b = normal(7, 5), normal(7, 5)
    product = (a * b).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(answers(merged(mode="dot", dot_axes=axes), {}, a, b), product, rtol=1e-5, atol=1e-6)
    length = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))[:, None]
    answer = answers(merged(mode="cos", dot_axes=axes), {}, a, b)
    np.testing.assert_allclose(answer, (product / length)[:, None], rtol=1e-5, atol=1e-6)


def test_products_of_sequences() -> None:
    a, b = normal(7, 5, 3), normal(7, 5, 3)
    answer = answers(merged(mode="dot", dot_axes=[2, 2], shape=(5, 3)), {}, a, b)
    np.testing.assert_allclose(answer, np.einsum("nac,nbc->nab", a, b), rtol=1e-5, atol=1e-6)
