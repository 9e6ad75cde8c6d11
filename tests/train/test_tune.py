"""Tuning: the file is Keras's own, its weights lie on the grid and are what the generated code stores."""

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from archive_files import edited

import gatesmith
from gatesmith import cli
from gatesmith.core.errors import AccuracyError, GatesmithError, UsageError
from gatesmith.core.settings import SILENT, Settings
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.reading import load
from gatesmith.layers.integer.matrix import Matrix, matrices
from gatesmith.numerics import NUMERICS
from gatesmith.quantization.prepare import prepare
from gatesmith.train import lesson, measure, samples, student, tuning

STEPS = 60


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "STEPS", STEPS)
    monkeypatch.setattr(lesson, "SECONDS", 1e9)  # a slow machine takes as many
    monkeypatch.setattr(measure, "GAIN", -10.0)  # so few steps bring little, and nothing for sure


def model() -> Any:
    """A matrix of every kind after folded normalization; features of far different sizes."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    whole = keras.Sequential(
        [
            keras.Input((8, 4)),
            layers.Conv1D(12, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.GRU(6, reset_after=False, return_sequences=True),
            layers.LSTM(8, return_sequences=True),
            layers.SimpleRNN(6),
            layers.Dense(4),
        ]
    )
    rng = np.random.default_rng(0)
    gamma, *_ = whole.layers[1].get_weights()
    whole.layers[1].set_weights([rng.uniform(0.3, 3.0, gamma.shape), *rng.normal(0, 0.3, (2, 12)), gamma * 2])
    (kernel,) = whole.layers[0].get_weights()
    whole.layers[0].set_weights([kernel / [[1.0], [1.0], [1.0], [100.0]]])
    kernel, bias = whole.layers[-1].get_weights()
    whole.layers[-1].set_weights([kernel * 2, bias])
    whole.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True))
    return whole


def small() -> Any:
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, "tanh"), keras.layers.Dense(3)])


def inputs(count: int = 60) -> Any:
    rng = np.random.default_rng(1)
    return (rng.normal(size=(count, 8, 4)).cumsum(axis=1) * [0.3, 0.3, 0.3, 30.0]).astype(np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tune")
    model().save(folder / "model.keras")
    np.savez(folder / "data.npz", in_0=inputs())
    return folder / "model.keras", folder / "data.npz"


@pytest.fixture(scope="module")
def one_layer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("small")
    small().save(folder / "model.keras")
    np.savez(folder / "data.npz", in_0=inputs()[:, 0])
    return folder / "model.keras", folder / "data.npz"


def levels(matrix: Matrix) -> int:
    """The most values that a group of a row has, but for their signs."""
    counts = [
        len(np.unique(np.abs(matrix.weights[start : start + 32, row])))
        for start in range(0, len(matrix.weights), 32)
        for row in range(matrix.weights.shape[1])
    ]
    return max(counts)


def test_a_tuned_file_is_keras_s_own_and_is_stored_as_it_is(files: tuple[Path, Path], tmp_path: Path) -> None:
    path, data = files  # in 2 bits, which gain decibels on any path; 4 bits may lose some in so few steps
    settings = Settings(numeric="int8w2", calibration=str(data))
    report, tuned = tuning.tune_file(path, settings, tmp_path / "tuned.keras")
    assert report.tuned.trimmed_db > report.calibrated.trimmed_db and report.steps == STEPS
    assert report.samples == 60 and report.held_out == 12 and not report.interrupted
    again = keras.saving.load_model(tmp_path / "tuned.keras", compile=False)
    x = inputs(8)
    assert np.array_equal(again.predict(x, verbose=0), tuned.predict(x, verbose=0))
    graph = prepare(load(tmp_path / "tuned.keras", settings), settings, NUMERICS["int8w2"])
    stored = list(matrices(graph))
    assert len(stored) == 9, "of a convolution, a GRU of three, an LSTM, a SimpleRNN and a Dense"
    assert all(matrix.exact and levels(matrix) <= 3 for _, _, matrix in stored)
    assert graph.notes[-1].endswith("tuned for int8w2, and are stored exactly as they are")
    other = prepare(load(tmp_path / "tuned.keras", settings), settings, NUMERICS["int8"])
    assert other.logits and other.notes[-1].endswith("tuned for int8w2, and int8 is another type")
    floats = Settings()
    assert "another type" in prepare(load(tmp_path / "tuned.keras", floats), floats, NUMERICS["float32"]).notes[-1]
    with pytest.raises(UsageError, match="tuned for int8w2 already"):
        tuning.tune_file(tmp_path / "tuned.keras", settings)
    before = prepare(load(path, settings), settings, NUMERICS["int8w2"])
    assert not any(matrix.exact for _, _, matrix in matrices(before)) and not before.notes


def test_ctrl_c_keeps_the_best_so_far(one_layer: tuple[Path, Path]) -> None:
    class Impatient(type(SILENT)):  # type: ignore[misc]
        def counted(self, done: int, total: int) -> None:
            if done == 25:
                raise KeyboardInterrupt

    path, data = one_layer
    report, _ = tuning.tune_file(path, Settings(numeric="int8w2", calibration=str(data)), progress=Impatient())
    assert report.interrupted and report.steps == 25 and report.best == 20
    assert report.tuned.trimmed_db > report.calibrated.trimmed_db


@pytest.mark.parametrize("best", [0, 20])
def test_ctrl_c_before_a_gain_leaves_nothing(
    best: int, monkeypatch: pytest.MonkeyPatch, one_layer: tuple[Path, Path], tmp_path: Path, capsys: Any
) -> None:
    """Before the first step; and where the loss had gained by the first look, and the integers have not."""

    def interrupted(one: Any, *_: object) -> None:
        one.best = best
        raise KeyboardInterrupt

    monkeypatch.setattr(tuning.Lesson, "_judged", interrupted)
    monkeypatch.setattr(measure, "GAIN", 100.0)
    with pytest.raises(KeyboardInterrupt):
        gatesmith.tune(*one_layer, numeric="int8w2")
    out, (path, data) = tmp_path / "tuned.keras", one_layer
    assert cli.main(["tune", *map(str, (path, "--calibration", data, "-o", out)), "--numeric", "int8w2"]) == 130
    assert capsys.readouterr().err.endswith("interrupted\n") and not out.exists()


def test_levels_that_stay_leave_scales_to_learn(files: tuple[Path, Path]) -> None:
    one = student.Student(files[0], Settings(calibration=str(files[1])), NUMERICS["int8w2"])
    assert len(one.learned) == len(one.biases) + 2 * len(one.grids)
    for grid in one.grids:
        before, scale = np.asarray(grid.value()), grid.scale.numpy()
        grid.scale.assign(scale + 0.5)
        assert not np.allclose(grid.value(), before * np.exp(0.5), rtol=1e-5), "weights have other levels"
        grid.scale.assign(scale)
        grid.settle()
        grid.scale.assign(scale + 0.5)
        assert np.allclose(grid.value(), before * np.exp(0.5), rtol=1e-5), "levels stay"
    assert len(one.learned) == len(one.biases) + len(one.grids)


def test_live_models_stay_as_they_are_and_carry_their_type(tmp_path: Path) -> None:
    live = small()
    before = [w.copy() for w in live.get_weights()]
    x = inputs()[:, 0]
    tuned = gatesmith.tune(live, x, numeric="int8w2")
    assert all(np.array_equal(a, b) for a, b in zip(before, live.get_weights(), strict=True))
    assert "int8w2" in repr(tuned) and "held out" in str(tuned) and tuned.as_json()["schema"] == "gatesmith/tune/1"
    artifact = gatesmith.convert(tuned.model, numeric="int8w2", calibration=x)
    assert "stored exactly as they are" in " ".join(str(artifact).split())
    tuned.save(tmp_path / "tuned.keras")
    assert archive.read(tmp_path / "tuned.keras").tuned == "int8w2"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"numeric": "float32"}, "nothing to tune"),
        ({"numeric": "int16"}, "nothing to tune"),
        ({"numeric": None}, "needs a numeric type"),
        ({"numeric": "int8w4", "calibration": None}, "typical inputs, not"),
        ({"numeric": "int8w4", "output": "tuned.h5"}, "no .keras file"),
        ({"numeric": "int8w4", "output": "nowhere/tuned.keras"}, "there is no folder nowhere"),
        ({"numeric": "int8w4", "output": "{model}"}, "the float model itself"),
        ({"numeric": "int8w4", "calibration": "synthetic"}, "typical inputs"),
        ({"numeric": "int8w4", "samples": 9}, "at least 10 samples"),
    ],
)
def test_what_cannot_be_tuned_is_refused(
    options: dict[str, Any], words: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    path, data = files
    if "samples" in options:
        data = tmp_path / "few.npz"
        np.savez(data, in_0=inputs(options["samples"]))
    output = Path(options["output"].format(model=path)) if "output" in options else None
    settings = Settings(numeric=options["numeric"], calibration=options.get("calibration", str(data)))
    with pytest.raises(GatesmithError, match=words):
        tuning.tune_file(path, settings, output)


TWICE = """import keras
class Twice(keras.layers.Layer):
    def call(self, x):
        return x * 2
custom_objects = {"Twice": Twice}
"""


@pytest.mark.parametrize("option", ["--weights", "--custom"])
def test_tune_reads_a_model_as_other_commands_do(option: str, tmp_path: Path, capsys: Any) -> None:
    """One of no length with a layer of its own, or in two files, is refused without either option."""
    path, data, out, module, weights = (
        tmp_path / name for name in ("model.keras", "data.npz", "tuned.keras", "twice.py", "a.weights.h5")
    )
    module.write_text(TWICE)
    keras.utils.set_random_seed(1)
    start = keras.Input((None, 4))
    layer = keras.layers.ReLU() if option == "--weights" else runpy.run_path(str(module))["Twice"]()
    mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Conv1D(8, 3)(keras.ops.flip(start, axis=1)))
    live = keras.Model(start, keras.layers.Dense(3)(layer(mean)))
    live.save(path)
    if option == "--weights":
        live.save_weights(weights)
        path = tmp_path / "model.json"
        path.write_text(live.to_json())
    np.savez(data, in_0=inputs() / [1, 1, 1, 100])
    line = ["tune", str(path), "--numeric", "int8w2", "--calibration", str(data), "--output", str(out)]
    length, other = ["--length", "8"], [option, str(weights if option == "--weights" else module)]
    assert cli.main([*line, *length]) == 3 and option in capsys.readouterr().err
    assert cli.main([*line, *other]) == 3 and "--length" in capsys.readouterr().err
    assert cli.main([*line, "--length", "16", *other]) == 3 and "have 8 steps" in capsys.readouterr().err
    assert cli.main([*line, *length, *other]) == 0 and archive.read(out).tuned == "int8w2"
    assert keras.saving.load_model(out, compile=False).output_shape == (None, 3)


@pytest.mark.parametrize("policy", ["float64", "mixed_float16"])
def test_layers_may_compute_in_other_floats(policy: str) -> None:
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(16, "tanh", dtype=policy), keras.layers.Dense(3)]
    tuned = gatesmith.tune(keras.Sequential([keras.Input((4,)), *layers]), inputs()[:, 0], numeric="int8w2")
    assert tuned.report.tuned.trimmed_db > tuned.report.calibrated.trimmed_db


def test_states_are_zero_before_each_sample(tmp_path: Path) -> None:
    """Keras computes samples that follow each other side by side, as rows of a batch."""
    cell = keras.layers.LSTM(4, stateful=True)
    keras.Sequential([keras.Input(batch_shape=(4, 3, 2)), cell]).save(tmp_path / "m.keras")
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(20, 3, 2)))
    settings = Settings(numeric="int8w4", calibration=str(tmp_path / "x.npy"))
    pupil = student.Student(tmp_path / "m.keras", settings, NUMERICS["int8w4"])
    assert tuning._lesson(pupil, load(tmp_path / "m.keras", settings)).size == 4


def test_a_gain_must_be_larger_than_its_own_error() -> None:
    """Of ten samples, each with a noisy copy: all gain 2 dB; or one gains all, which some draws leave out."""
    for after, gain in ([10**-0.2] * 20, 2), (([0.0] + [1.0] * 9) * 2, 0):
        assert measure.certain_gain([np.ones(20), np.array(after)], 10) == pytest.approx(gain)


@pytest.mark.parametrize(
    ("agreement", "held", "whole", "why"),
    [
        (1.0, [0.0] + [1.0] * 11, [0.6] * 60, "why  a gain of 0.0 dB is certain; it must be at least 1 dB"),
        (None, [0.6] * 12, [0.1] * 16 + [1.0] * 44, "why  a gain of 0.7 dB is certain; it must be at least 1 dB"),
        (0.99, [0.6] * 12, [0.6] * 60, "to 99 %, and a gain of 2.2 dB is certain; it must be at least 3 dB"),
        (0.97, [0.6] * 12, [0.6] * 60, "to 97 %, by more than 2 points"),
    ],
)
def test_chance_is_refused(agreement: Any, held: Any, whole: Any, why: str, one_layer: Any, monkeypatch: Any) -> None:
    """One of twelve held out gains; 16 of 60, 1.2 dB in the mean, .8 in nine of ten draws; all, and classes fall."""
    path, data = one_layer
    errors = iter([np.ones(60), np.tile(held, 5), np.ones(60), np.array(whole)])
    distances = iter([tuning.Distance(agreement and 1.0, 20.0, 0.1), tuning.Distance(agreement, 26.0, 0.1)])
    monkeypatch.setattr(tuning, "errors", lambda *_: next(errors))
    monkeypatch.setattr(tuning, "distance", lambda *_: next(distances))
    monkeypatch.setattr(tuning.Lesson, "learn", lambda *_: 0.0)
    monkeypatch.setattr(measure, "GAIN", 1.0)
    with pytest.raises(AccuracyError, match=why) as refusal:
        tuning.tune_file(path, Settings(numeric="int8w4", calibration=str(data)), path.with_name("w.keras"))
    assert refusal.value.exit_code == 4 and not path.with_name("w.keras").exists()


def test_mixed_samples_lie_between_two_and_masked_steps_stay() -> None:
    x = np.repeat(np.arange(1.0, 9.0, dtype=np.float32)[:, None, None], 4, axis=1)
    x[::2, 3] = -1
    data = samples.Samples([x], [np.zeros((1, 1, 1))], [-1.0], np.random.default_rng(0))
    (mixed,) = data.mixed(np.arange(8).repeat(40))
    marked = mixed == -1
    assert np.array_equal(marked, (x == -1).repeat(40, axis=0))
    assert mixed[~marked].min() == 1 and mixed[~marked].max() == 8
    between = mixed[:, 0, 0] % 1 != 0
    assert 0.15 < between.mean() < 0.35 and np.allclose(mixed[:, 0], mixed[:, 1])
    assert np.array_equal(mixed[~between], x.repeat(40, axis=0)[~between]), "the others are as they were"
    whole = samples.Samples([x], [None], [None], np.random.default_rng(0))
    assert np.array_equal(whole.mixed(np.arange(8))[0], x), "indices have nothing between them"


def test_models_that_keras_would_not_load_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="HDF5"):
        student.load_keras(tmp_path / "model.json")
    model().save(tmp_path / "model.keras")
    monkeypatch.setenv("KERAS_BACKEND", "of nobody")
    with pytest.raises(UsageError, match="not on of nobody"):
        student.load_keras(tmp_path / "model.keras")
    with edited(tmp_path / "model.keras", tmp_path / "foreign.keras") as parts:
        parts["config.json"]["config"]["layers"][1]["config"]["kernel_initializer"]["module"] = "os"
    with pytest.raises(GatesmithError, match="'os'"):
        student.load_keras(tmp_path / "foreign.keras")


def test_steps_become_small_where_the_time_allows_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their size falls along the steps that there are, not along those that there might have been."""
    optimizers: list[Any] = []

    def adam(rate: float, **options: Any) -> Any:
        optimizers.append(real(rate, **options))
        return optimizers[-1]

    real = keras.optimizers.Adam
    monkeypatch.setattr(keras.optimizers, "Adam", adam)
    monkeypatch.setattr(lesson, "time", SimpleNamespace(monotonic=iter(range(10)).__next__))  # twenty steps a second
    monkeypatch.setattr(lesson, "SECONDS", 2)
    tuned = gatesmith.tune(small(), inputs()[:, 0], numeric="int8w2")
    assert tuned.report.steps == 40
    assert 0 < float(optimizers[0].learning_rate) < 0.05 * lesson.RATES[2]
