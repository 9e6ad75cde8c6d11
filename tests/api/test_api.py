"""The Python API on live models, files and arrays of all kinds, compared with Keras."""

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from stand_ins import emulated

import gatesmith
from gatesmith.core.errors import DataError, UsageError

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
RNG = np.random.default_rng(7)
X = RNG.normal(size=(24, 9, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def swing() -> Any:
    keras.utils.set_random_seed(3)
    x = keras.Input((None, 3), name="accel")
    h = keras.layers.LSTM(5, name="lstm")(keras.layers.GRU(6, name="gru", return_sequences=True)(x))
    return keras.Model(x, keras.layers.Dense(4, activation="softmax")(h), name="swing")


@pytest.fixture(scope="module")
def pair() -> Any:
    keras.utils.set_random_seed(4)
    a, b = keras.Input((9, 3), name="accel"), keras.Input((2,), name="temp")
    both = keras.layers.Concatenate()([keras.layers.LSTM(4)(a), b])
    return keras.Model([a, b], [keras.layers.Dense(1, name="left")(both), keras.layers.Dense(2, name="right")(both)])


def test_a_live_model_predicts_what_keras_predicts(swing: Any) -> None:
    artifact = gatesmith.convert(swing)
    for steps in (9, 4):  # another length than before is fitted
        answers = artifact.predict(X[:, :steps])
        assert isinstance(answers, np.ndarray) and answers.dtype == np.float32
        assert np.abs(answers - swing.predict(X[:, :steps], verbose=0)).max() < 2e-6
    assert "swing.c" in artifact.files and "swing_step" in artifact.files["swing.h"]
    assert repr(artifact).startswith("<Artifact swing: host, float32,")


def test_floats_are_those_of_the_compiled_c(swing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """``predict`` gives the program's bits, not NumPy's; also with a board's kernels, by their plain C."""
    artifact = gatesmith.convert(swing)
    answers, right = np.asarray(artifact.predict(X)), swing.predict(X, verbose=0)
    assert np.array_equal(answers, artifact.validate(X, measure=False).result.answers[0])
    for target in ("uno", "nucleo_f446re", "mps3_an547", "esp32"):
        board = gatesmith.convert(swing, target=target)
        assert np.abs(np.asarray(board.predict(X)) - right).max() < 2e-6
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    defined = np.asarray(gatesmith.convert(swing).predict(X))
    assert not np.array_equal(answers, defined)
    assert np.abs(answers - defined).max() < 2e-6


def test_integers_are_the_device_s_bit_for_bit(swing: Any) -> None:
    artifact = gatesmith.convert(swing, numeric="int8", calibration=X)
    done = artifact.validate(X[:6], swing.predict(X[:6], verbose=0).argmax(1))
    assert done and done.facts.different_integers == 0 and done.facts.integers == 24
    assert done.outputs[0].accuracy_oracle == 1.0
    assert done.facts.instructions or done.facts.instructions_kind == ""
    apart = np.abs(np.asarray(artifact.predict(X)) - swing.predict(X, verbose=0)).max()
    assert 0 < apart < 0.05
    text = str(done)
    assert "live data x" in text and "live model swing" in text and repr(done).startswith("<Validation PASS")


def test_two_inputs_by_order_and_by_name(pair: Any) -> None:
    artifact = gatesmith.convert(pair)
    temp = RNG.normal(size=(24, 2)).astype(np.float32)
    wanted = pair.predict([X, temp], verbose=0)
    for inputs in ([X, temp], {"temp": temp, "accel": X}):
        answers = artifact.predict(inputs)
        assert isinstance(answers, list)
        for ours, theirs in zip(answers, wanted, strict=True):
            assert np.abs(ours - theirs).max() < 2e-6
    done = artifact.validate({"temp": temp, "accel": X}, np.zeros(24))
    assert done.passed and any("labels are not used" in note for note in done.facts.notes)
    assert "labels are not used" in str(gatesmith.calibrate(pair, [X, temp], x=[X, temp], y=np.zeros(24)))
    with pytest.raises(DataError, match="named accel"):
        artifact.predict({"accel": X})
    with pytest.raises(DataError, match="takes 2 inputs and is given 1"):
        artifact.predict([X])
    with pytest.raises(DataError, match="different numbers of samples"):
        artifact.predict([X, temp[:5]])


def test_frames_and_datasets_are_taken(swing: Any) -> None:
    import tensorflow as tf

    labels = np.arange(24) % 4
    batches = tf.data.Dataset.from_tensor_slices((X, labels, np.ones(24))).batch(7)  # as for fit, with weights
    assert gatesmith.convert(swing, numeric="int16", calibration=batches).numeric == "int16"
    artifact = gatesmith.convert(swing)
    whole = np.asarray(artifact.predict(X))
    assert np.array_equal(np.asarray(artifact.predict(batches)), whole)
    assert np.array_equal(np.asarray(artifact.predict(tf.data.Dataset.from_tensor_slices(X))), whole)
    assert artifact.validate(batches, measure=False).outputs[0].accuracy_oracle is not None


def test_pandas_frames_are_taken() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed: frames are not tried")
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(2)(x))
    frame = pandas.DataFrame(X[:, 0], columns=["x", "y", "z"])
    artifact = gatesmith.convert(model)
    assert artifact.validate(frame, pandas.Series(["b", "a"] * 12), measure=False).accuracy is not None
    answers = artifact.predict(frame)
    assert np.abs(np.asarray(answers) - model.predict(frame.to_numpy(), verbose=0)).max() < 1e-6


def test_a_tf_keras_model_is_taken() -> None:
    import tf_keras

    model = tf_keras.Sequential([tf_keras.layers.Input((9, 3)), tf_keras.layers.GRU(4, reset_after=False)])
    assert np.abs(np.asarray(gatesmith.convert(model).predict(X)) - model.predict(X, verbose=0)).max() < 2e-6
    gates = gatesmith.inspect(model).gates
    assert gates[next(iter(gates))]["z"].b_in is None


def test_logits_decide_by_their_sign() -> None:
    model = keras.Sequential([keras.Input((9, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
    artifact, yes = gatesmith.convert(model, numeric="int8", calibration=X), model.predict(X, verbose=0) > 0
    for done in (artifact.validate(X, yes, measure=False), artifact.calibrate(X, yes)):
        assert done.outputs[0].accuracy_oracle == 1.0


def test_gates_are_keras_s_slices(swing: Any) -> None:
    summary = gatesmith.inspect(swing)
    W, U, b = (np.asarray(w) for w in swing.get_layer("lstm").weights)
    f = summary.gates["lstm"]["f"]
    assert np.array_equal(f.W, W[:, 5:10]) and np.array_equal(f.U, U[:, 5:10])
    assert f.b is not None and np.array_equal(f.b, b[5:10])
    z = summary.gates["gru"]["z"]
    assert z.b is None and z.b_in is not None and z.b_rec is not None
    assert list(summary.gates) == ["gru", "lstm"] and "gru: z r h" in repr(summary.gates)
    with pytest.raises(KeyError, match="there are: gru, lstm"):
        summary.gates["nothing"]
    assert summary.options("lstm")["units"] == 5 and summary.generation == "Keras 3"
    assert summary.as_json()["file"] == "live model swing"


def test_no_command_names_a_model_in_memory(swing: Any) -> None:
    pages = [gatesmith.inspect(swing), gatesmith.convert(swing, target="zero").budget()]
    lines = [line for page in pages for line in str(page).splitlines()]
    assert [line for line in lines if "gatesmith " in line and "live model" in line] == [] and "next" not in lines
    assert "gatesmith inspect --gates" in str(gatesmith.inspect(EXAMPLES / "basic_motions.keras"))


def test_errors_say_in_a_notebook_what_to_do(swing: Any) -> None:
    with pytest.raises(UsageError) as refused:
        gatesmith.convert(swing, target="zero").validate(X)
    what, *fixes = str(refused.value).splitlines()
    assert what == "zero is a board: say how to reach it"
    assert fixes[0] == "  fix  emulate=True runs it on an emulator of the board"
    with pytest.raises(DataError) as wrong:
        gatesmith.convert(swing).validate(X[0])
    facts = "  in   live data x\n  why  the model is live model swing\n  fix  it looks like one sample: x[np.newaxis]"
    assert facts in str(wrong.value)
    with pytest.raises(UsageError, match="x is a file, which has labels of its own"):
        gatesmith.convert(swing).validate("x.npy", np.zeros(24))


def test_errors_name_arguments_of_python(swing: Any) -> None:
    """Options of all kinds: values, words, lists, flags, of none; a whole command stays as it is typed."""
    from gatesmith.api.wording import in_python

    words = {
        "--max-error X, in units": "max_error=X, in units",
        "--max-accuracy-drop means nothing here": "max_accuracy_drop= means nothing here",
        "--numeric int8, int16; --numeric auto needs": 'numeric="int8", int16; numeric="auto" needs',
        '--written-by "Keras 3.7", which': 'written_by="Keras 3.7", which',
        '--lambda NAME="x / 127.5 - 1"': 'lambdas={"NAME": "x / 127.5 - 1"}',
        "--keep LAYER=TYPE takes": 'keep=["LAYER=TYPE"] takes',
        "--calibration typical.csv": 'calibration="typical.csv"',
        "--stream instead of --window STEPS": "stream=True instead of window=STEPS",
        "gatesmith generate MODEL --target pico -o DIR; --max-flash 64K": (
            'gatesmith generate MODEL --target pico -o DIR; max_flash="64K"'
        ),
        "--also is none of Python's": "--also is none of Python's",
    }
    assert {text: in_python(text) for text in words} == words
    with pytest.raises(UsageError) as mixed:
        gatesmith.convert(swing, numeric="mixed", calibration=X)
    assert mixed.value.what == 'numeric="mixed" needs a limit of the error or of flash' and "--" not in str(mixed.value)
    facts = gatesmith.convert(swing).validate(X).facts
    assert facts["model"] == "live model swing" == dict(facts)["model"]
    assert "heap" not in facts and "samples" in facts and facts.get("heap", 7) == 7 and dict(facts) == facts.as_json()


def test_files_and_folders(tmp_path: Path) -> None:
    path = f"{EXAMPLES}/basic_motions.keras"
    artifact = gatesmith.convert(path, target="uno", numeric="int8", calibration="synthetic")
    files = artifact.save(tmp_path / "out")
    assert (tmp_path / "out" / "platformio.ini") in files or (tmp_path / "out" / "platformio.ini").is_file()
    fit = artifact.budget()
    assert fit.fits in ("yes", "close") and 0 < fit.ram < 2048 and "uno" in repr(fit)
    assert {one.target for one in artifact.budget("pico", "esp32").table.budgets} == {"pico", "esp32"}


def test_a_board_on_its_emulated_core(swing: Any) -> None:
    emulated("bluepill_f103c8")
    artifact = gatesmith.convert(swing, target="bluepill_f103c8", numeric="int8", calibration=X)
    done = artifact.validate(X[:2], emulate=True)
    assert done.passed and done.facts.instructions and "emulated core" in (done.facts.device or "")


def test_notebooks_show_pages(swing: Any) -> None:
    shown = gatesmith.inspect(swing)._repr_html_()
    assert shown.startswith("<pre") and "<span style=" in shown and "lstm" in shown
    boards = gatesmith.targets()
    assert "targets" in dir(gatesmith) and boards["pico"].ram == 270336
    assert "pico" in repr(boards) and "<pre" in boards._repr_html_()


def test_notebooks_are_legible_on_any_theme(swing: Any) -> None:
    """Each colour, mixed as in CSS, has a contrast of 4.5 : 1 on white and on the dark of Jupyter and VS Code."""
    from gatesmith.api.showing import COLOURS

    def light(rgb: Any) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    def rgb(text: str) -> Any:
        return np.array([int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)])

    for ground, letters in (("#ffffff", "#000000"), ("#111111", "#ffffff"), ("#1e1e1e", "#cccccc")):
        for style in COLOURS.values():
            mixed = re.search(r"srgb,(#\w+) (\d+)%,currentcolor", style)
            colour = rgb(letters)
            if mixed:
                colour = rgb(mixed[1]) * int(mixed[2]) / 100 + colour * (1 - int(mixed[2]) / 100)
            share = 0.75 if "opacity:0.75" in style else 1.0
            lights = sorted(light(one) for one in (rgb(ground), share * colour + (1 - share) * rgb(ground)))
            assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5, (ground, style)
    artifact = gatesmith.convert(swing)
    assert artifact.model_id in artifact._repr_html_() and "live model swing" in str(artifact)
    assert artifact.validate(X, samples=3).facts["samples"] == 3
    checked = artifact.validate(X[:2])._repr_html_()
    # Answers beside Keras's, in the theme's colour.
    assert checked.count("<svg") == 1 and "currentcolor" in checked.lower()
    assert "background:none" in artifact._repr_html_() and "color:inherit" in artifact._repr_html_()


def test_calibrate_is_the_command_s(swing: Any) -> None:
    ranges = gatesmith.calibrate(swing, X, numeric="int16", x=X[:8])
    right = swing.predict(X[:8], verbose=0)
    apart = np.abs(np.asarray(gatesmith.convert(swing, numeric="int16", calibration=X).predict(X[:8])) - right).max()
    assert ranges.outputs[0].max_abs == pytest.approx(apart, abs=1e-6)
    assert {"gru", "lstm", "input"} <= {row.layer for row in ranges.rows} and ranges.as_json()["numeric"] == "int16"
    assert "live data x: 8 samples" in str(ranges) and "<pre" in ranges._repr_html_()
    with pytest.raises(UsageError, match='float32 needs no calibration\n  fix  numeric="int8"'):
        gatesmith.convert(swing).calibrate()
