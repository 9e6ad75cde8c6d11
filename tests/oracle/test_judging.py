"""Comparing outputs: infinities never pass by being divided away, labels count only where they fit. A regression is
judged as one: by its errors, on the range of its answers. A model that amplifies rounding is judged within what
rounding does to it, and a wrong one still fails."""

import gc
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import keras
import msgspec
import numpy as np
import pytest
import tf_keras
from keras import layers

from gatesmith import cli
from gatesmith.core.errors import DataError, ExitCode
from gatesmith.core.settings import Settings
from gatesmith.flow import validate
from gatesmith.flow.diff import Difference
from gatesmith.flow.facts import Comparison
from gatesmith.flow.plan import plan
from gatesmith.importers import reading
from gatesmith.importers.keras.live import process, save
from gatesmith.oracle import judge
from gatesmith.oracle.compare import compare
from gatesmith.oracle.judge import sensitivity
from gatesmith.oracle.rounding import explained
from gatesmith.oracle.scores import score
from gatesmith.report.diff import errors


def row(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


@pytest.mark.parametrize(
    ("ours", "theirs", "passes"),
    [
        (row(1, 2), row(1, 2.00001), True),
        (row(1, 2), row(1, 2.1), False),
        (row(1, np.inf), row(1, np.inf), True),
        (row(1, 3e38), row(1, np.inf), False),
        (row(1, np.inf), row(1, 3), False),
        (row(1, np.nan), row(1, 3), False),
        (row(1, 3), row(1, np.nan), False),
        (row(0, 2e6 + 8), row(0, 2e6), True),
    ],
)
def test_within(ours: np.ndarray, theirs: np.ndarray, passes: bool) -> None:
    comparison = compare("y", ours, theirs)
    assert comparison.within(1e-5) is passes
    json.dumps(msgspec.to_builtins(Comparison.of(comparison)), allow_nan=False)


@pytest.mark.parametrize(
    ("labels", "accuracy"), [(np.array([1]), 1.0), (np.array([[0]]), 0.0), (np.array([[0, 1]]), 1.0)]
)
def test_class_labels(labels: np.ndarray, accuracy: float) -> None:
    assert compare("y", row(0.2, 0.8), row(0.2, 0.8), labels).accuracy_device == accuracy


@pytest.mark.parametrize(
    ("labels", "what"),
    [
        (np.array(["b"]), "1 words, and the output has 2"),
        (np.zeros((4,)), "4 labels for 1 samples"),
        (np.zeros((1, 5)), "do not go with an output"),
        (np.array([2]), "no class numbers from 0 to 1"),
        (np.array([0.5]), "no class numbers"),
        (np.array([np.nan]), "1 of the labels are no numbers"),
    ],
)
def test_labels_of_something_else_are_refused(labels: np.ndarray, what: str) -> None:
    with pytest.raises(DataError, match=what):
        compare("y", row(0.2, 0.8), row(0.2, 0.8), labels)


def test_yes_or_no_and_several_at_once() -> None:
    theirs = np.array([[0.9], [0.2], [0.7], [0.4]], np.float32)
    scores = score(theirs, theirs, np.array([1, 0, 0, 0]))
    assert scores.task == "binary" and scores.device["accuracy"] == 0.75 and scores.confusion == ((2, 1), (0, 1))
    with pytest.raises(DataError, match="labels are 1 and 2, and"):
        score(theirs, theirs, np.array([2, 1, 1, 1]))
    logits = theirs * 2 - 1
    assert score(logits, logits, np.array([1, 0, 0, 0])).task == "regression"
    assert score(logits, logits, np.array([1, 0, 0, 0]), logits=True) == scores
    old, new = (compare("y", logits, logits, np.array([1, 0, 0, 0]), loss) for loss in (True, False))
    before, after = SimpleNamespace(outputs=(old,)), SimpleNamespace(outputs=(new,))
    assert len([*errors(Difference(before, after, (), True))]) == 1, "an accuracy is not compared with an RMSE"
    both = np.array([[0.9, 0.8], [0.1, 0.2]], np.float32)
    assert score(both, both, np.array([[1, 1], [0, 0]])).task == "labels"
    assert all(compare("y", both, both, np.array([[y, 1], [0, 0]])).argmax_agreement is None for y in (1, 1.5))


@pytest.mark.parametrize(("of", "file"), [(keras, "m.keras"), (keras, "m.h5"), (tf_keras, "m"), (tf_keras, "live.h5")])
def test_the_file_says_whether_outputs_are_logits(tmp_path: Path, of: Any, file: str) -> None:
    """Probabilities are none, whatever the loss says, as in Keras."""
    for last, cut, logits in ((None, None, True), ("sigmoid", None, False), (None, "last", False)):
        net = of.Sequential([of.layers.Input((3,)), of.layers.Dense(4), of.layers.Dense(1, last, name="last")])
        net.compile(loss=of.losses.BinaryCrossentropy(from_logits=True))
        (tmp_path / file).write_bytes(save.save(net)) if "live" in file else net.save(tmp_path / file)
        assert reading.load(tmp_path / file, Settings(stop_before=cut)).graph.logits is logits


def test_a_regression_is_judged_by_errors() -> None:
    """The expected scores follow scikit-learn's formulas of r2_score and mean_absolute_error."""
    y = np.array([1.0, 2.0, 4.0, 7.0])
    theirs = y[:, None].astype(np.float32)
    ours = theirs + np.array([[0.5], [-0.5], [0.0], [1.0]], np.float32)
    scores = score(ours, theirs, y)
    assert scores.task == "regression" and scores.confusion is None
    assert scores.oracle == {"mae": 0.0, "rmse": 0.0, "r2": 1.0}
    assert scores.device["mae"] == 0.5 and np.isclose(scores.device["rmse"], np.sqrt(1.5 / 4))
    assert np.isclose(scores.device["r2"], 1 - 1.5 / np.sum((y - 3.5) ** 2))
    assert score(ours, theirs, np.ones(4)).device["r2"] != score(ours, theirs, np.ones(4)).device["r2"]  # no variance
    json.dumps(msgspec.to_builtins(Comparison.of(compare("y", ours, theirs, np.ones(4)))), allow_nan=False)


def amplifying(gain: float, sequences: bool, steps: int = 45) -> Any:
    """A recurrent model whose states differ the more, the later: each step multiplies a difference."""
    keras.utils.set_random_seed(0)
    recurrent = layers.SimpleRNN(24, return_sequences=sequences)
    model = keras.Sequential([keras.Input((steps, 3)), recurrent, layers.Dense(2)])
    kernel, inner, bias = recurrent.get_weights()
    recurrent.set_weights([kernel, inner * gain, bias])
    return model


def question_of(model: Any, folder: Path, **options: Any) -> tuple[validate.Question, Any]:
    model.save(folder / "model.keras")
    settings = Settings(cache=False, **options)
    x = np.random.default_rng(0).normal(size=(8, *model.input_shape[1:]))
    np.savez(folder / "x.npz", x=x)
    return validate.ask(folder / "model.keras", settings, folder / "x.npz"), plan(settings, runs=True)


def test_rounding_explains_the_error_of_a_model_that_amplifies_it(tmp_path: Path) -> None:
    done = validate.answer(*question_of(amplifying(3.0, True), tmp_path), False)
    (row,) = done.outputs
    assert row.max_abs > 10 * (done.report.tolerance or 0) * row.scale, "the ordinary judgement would do"
    assert done.passed and row.explained
    (note,) = done.report.notes
    assert "one unit in the last place" in note and "not judged" in note


@pytest.mark.parametrize("gain", [3.0, 0.9])
def test_a_wrong_model_fails_however_it_amplifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gain: float) -> None:
    """One weight is 1 % off, in the generated code only."""
    right = reading.fuse

    def wrong(graph: Any) -> Any:
        fused = right(graph)
        nodes = list(fused.nodes)
        at = next(k for k, node in enumerate(nodes) if node.op.kind == "simple_rnn")
        kernel = nodes[at].op.kernel.copy()
        kernel[0, 0] *= 1.01
        nodes[at] = replace(nodes[at], op=replace(nodes[at].op, kernel=kernel))
        return replace(fused, nodes=tuple(nodes))

    monkeypatch.setattr(reading, "fuse", wrong)
    done = validate.answer(*question_of(amplifying(gain, True), tmp_path), False)
    assert not done.passed and not done.outputs[0].explained
    assert "rounding does not explain" in done.report.notes[0]


def test_where_rounding_decides_every_answer_nothing_is_judged(tmp_path: Path) -> None:
    done = validate.answer(*question_of(amplifying(4.0, False, 60), tmp_path), False)
    assert not done.passed and "nothing can be judged" in done.report.notes[0]


@pytest.mark.parametrize("types", [("mixed_float16", None), ("float16",) * 2, ("mixed_bfloat16",) * 2, (None,) * 2])
def test_layers_of_16_bits_are_judged_by_rounding_of_16_bits(tmp_path: Path, types: Sequence[str | None]) -> None:
    """Casts too, and outputs may have 16 bits; NumPy has no bfloat16."""
    first, last = types
    states = layers.LSTM(8, dtype=first)(x := keras.Input((9, 3)))
    net = keras.Model(x, layers.Dense(2, dtype=last)(states if first else keras.ops.cast(states, "bfloat16")))
    done = validate.answer(*question_of(net, tmp_path), False)
    assert done.passed and done.outputs[0].max_abs > 1e-4


def test_indices_and_marks_of_steps_are_not_moved(tmp_path: Path) -> None:
    """An index that went down by its last bit would be another word; a mark that moved, a step that counts."""
    x = keras.Input((5,), dtype="int32")
    y = layers.GRU(4)(layers.Embedding(7, 3, mask_zero=True)(x))
    keras.Model(x, y).save(tmp_path / "words.keras")
    np.savez(tmp_path / "x.npz", x=[[1, 2, 0, 6, 3], [3, 0, 0, 5, 0]])
    question = validate.ask(tmp_path / "words.keras", Settings(cache=False), tmp_path / "x.npz")
    (moved,) = question.moved
    assert 0 < moved.max() < 1e-6
    alone = sensitivity(question.model.reading, question.model.graph, question.inputs, None)
    assert 0 < alone[0].max() < 1e-6


def test_a_number_that_is_none_is_not_explained() -> None:
    theirs = np.ones((4, 6, 2))
    ours, moved = theirs.copy(), np.zeros_like(theirs)
    moved[:, 3:] = 1.0
    ours[:, 3:] = 5.0
    assert explained(compare("y", ours, theirs), ours, theirs, moved, 1e-5)[0].explained
    ours[0, 5, 1] = np.nan
    assert not explained(compare("y", ours, theirs), ours, theirs, moved, 1e-5)[0].explained


RNG = np.random.default_rng(1)
X = RNG.normal(size=(40, 6, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A regression whose answers span a hundredth, and data with quantities as labels."""
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("small")
    model = keras.Sequential([keras.Input((6, 2)), layers.GRU(6), layers.Dense(1), layers.Rescaling(0.01)])
    model.save(folder / "m.keras")
    answers = model.predict(X, verbose=0)[:, 0]
    np.savez(folder / "data.npz", in_0=X, y=answers + RNG.normal(scale=1e-4, size=40))
    return folder / "m.keras", folder / "data.npz"


def test_the_page_and_the_report_tell_errors(small: tuple[Path, Path], capsys: Any) -> None:
    model, data = small
    words = ["validate", str(model), "--numeric", "int16", "--calibration", str(data), "--input", str(data)]
    assert cli.main(words) == 0
    page = capsys.readouterr().out
    assert "RMSE" in page and "R2" in page and "accuracy" not in page
    assert cli.main([*words, "--json"]) == 0
    (output,) = json.loads(capsys.readouterr().out)["outputs"]
    scores = output["scores"]
    assert scores["task"] == "regression" and scores["oracle"]["r2"] > 0.9 and scores["confusion"] is None
    assert abs(output["spread"] - np.std(np.load(data)["y"])) < 1e-3, "an RMSE is compared with that of the answers"


def test_a_drop_of_accuracy_means_nothing_there(small: tuple[Path, Path], capsys: Any) -> None:
    model, data = small
    words = ["validate", str(model), "--numeric", "int8", "--calibration", str(data), "--max-accuracy-drop", "1"]
    assert cli.main(words) == ExitCode.USAGE
    assert "the model is a regression" in " ".join(capsys.readouterr().err.split())
    np.savez(data.with_name("bare.npz"), in_0=X)
    words[5] = str(data.with_name("bare.npz"))
    assert cli.main(words) == ExitCode.USAGE
    assert "no output has several classes" in " ".join(capsys.readouterr().err.split())


def test_keras_judges_without_what_it_needs_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Modules such as pandas take a third of the judge's start; no garbage is collected while Keras loads."""
    events: dict[str, Any] = {}
    NEEDLESS = ("pandas", "matplotlib", "IPython")

    class Doubling:
        inputs: ClassVar = [np.zeros((1, 3))]

        def __call__(self, x: Any, training: bool) -> Any:
            events["collects later"] = gc.isenabled()
            return 2 * x

    def loaded(package: str) -> Any:
        events.update(package=package, collects=gc.isenabled(), modules=[sys.modules[name] for name in NEEDLESS])
        models = SimpleNamespace(load_model=lambda path, compile, custom_objects: Doubling())
        return SimpleNamespace(__version__="3.0", models=models)

    for name in NEEDLESS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(process, "import_module", loaded)
    np.savez(tmp_path / "in.npz", np.ones((2, 3), np.float32))
    judge._main("keras", "m.keras", str(tmp_path / "in.npz"), str(tmp_path / "out.npz"))
    with np.load(tmp_path / "out.npz") as answer:
        assert str(answer["name"]) == "Keras 3.0" and (answer["out_0"] == 2).all()
    assert events == {"package": "keras", "collects": False, "modules": [None, None, None], "collects later": True}
    assert not sys.modules.keys() & set(NEEDLESS), "a user's module may import them"


def test_decibels_are_floored_by_the_loudest_of_a_clip(tmp_path: Path, capsys: Any) -> None:
    """Not by that of a batch, in which Keras would floor a quiet clip by a loud one."""
    mel = keras.layers.MelSpectrogram(64, 32, window=None, sampling_rate=8000, num_mel_bins=6, min_freq=50)
    keras.Sequential([keras.Input((256,)), mel]).save(tmp_path / "m.keras")
    clips = RNG.normal(size=(4, 256)) * np.array([1.0, 1e-6, 0.0, 1e-3])[:, None]
    np.savez(tmp_path / "clips.npz", in_0=clips.astype(np.float32))
    assert cli.main(["validate", str(tmp_path / "m.keras"), "--input", str(tmp_path / "clips.npz")]) == 0
    assert "PASS" in capsys.readouterr().out
