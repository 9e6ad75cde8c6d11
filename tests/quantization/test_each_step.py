"""Answers before a sequence's end: computed of all frames at once, calibrated, told by ``validate``; as Keras's."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layers import compiled

from gatesmith import cli
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference, evaluate
from gatesmith.passes.each_step import each_step
from gatesmith.quantization.calibrate import calibrate, decibels, noise

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")
k = keras.layers
MODELS: dict[str, tuple[list[Any], bool]] = {
    "gru": ([k.GRU(8), k.Dense(2)], False),
    "stacked": ([k.Masking(0.0), k.LSTM(6, return_sequences=True), k.LSTM(6), k.Dense(3, activation="softmax")], False),
    "mean": ([k.Conv1D(6, 3, strides=2, activation="relu"), k.GlobalAveragePooling1D(), k.Dense(2)], True),
    "largest": ([k.Conv1D(6, 3, activation="relu"), k.GlobalMaxPooling1D()], True),
}
Drifting = tuple[Path, Any, Any]


def of_beginnings(model: Any, lengths: Iterable[int], x: Any, *others: Any) -> Any:
    """Keras's answers for the first steps, so many each: from one graph, as eager steps take most of the time."""
    tf = pytest.importorskip("tensorflow")
    answer = tf.function(lambda *inputs: model(list(inputs) if others else inputs[0]), reduce_retracing=True)
    return np.stack([np.asarray(answer(tf.constant(x[:, :n]), *map(tf.constant, others))) for n in lengths], 1)


@pytest.fixture(scope="module", params=MODELS)
def drifting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Drifting:
    """A model's file, drifting inputs, and Keras's answers for each prefix of them."""
    (layers, stream), folder = MODELS[request.param], tmp_path_factory.mktemp("drifting")
    rng, free = np.random.default_rng(5), keras.Sequential([keras.Input((None, 3)), *layers])
    free.set_weights([rng.normal(0, 0.5, w.shape).astype(np.float32) for w in free.get_weights()])
    keras.Sequential([keras.Input((20, 3)), *layers]).save(folder / f"{request.param}.keras")
    x = (rng.normal(size=(60, 20, 3)) + np.linspace(0, 3, 20)[:, None]).astype(np.float32)
    x[::7, 5:8] = 0.0  # masked by one of them
    lengths = range(3 if stream else 1, 21, 2 if request.param == "mean" else 1)
    return folder / f"{request.param}.keras", x, of_beginnings(free, lengths, x)


@pytest.mark.parametrize("cell", [k.GRU(8, return_state=True), k.LSTM(6, return_state=True)], ids=["gru", "lstm"])
def test_a_state_and_an_input_without_steps(cell: Any, tmp_path: Path) -> None:
    """A state that is the last output, beside what is the same in all frames."""
    rng, still = np.random.default_rng(6), keras.Input((4,))
    x, s = rng.normal(size=(5, 9, 3)).astype(np.float32), rng.normal(size=(5, 4)).astype(np.float32)
    both, last = k.Concatenate(), k.Dense(2)

    def model(steps: int | None) -> Any:
        return keras.Model([start := keras.Input((steps, 3)), still], last(both([cell(start)[1], still])))

    free = model(None)
    model(9).save(tmp_path / "model.keras")
    right = of_beginnings(free, range(1, 10), x, s)
    graph = each_step(load(tmp_path / "model.keras", Settings()).fused)
    assert graph is not None
    np.testing.assert_allclose(evaluate(graph, [x, s])[0], right, atol=2e-6)


def test_values_within_the_model_reach_them_too(tmp_path: Path) -> None:
    """Means of whole waves are 0, and those of their beginnings saturate where few answers do: 22 and 24 dB."""
    rng = np.random.default_rng(21)
    waves = rng.integers(2, 6, (80, 1, 3)) * np.linspace(0, 1, 30, endpoint=False)[:, None] + rng.random((80, 1, 3))
    x = np.sin(2 * np.pi * waves).astype(np.float32)

    def model(steps: int | None) -> Any:
        h = k.Conv1D(5, 3, padding="causal", activation="tanh", use_bias=False)(start := keras.Input((steps, 3)))
        return keras.Model(start, k.Dense(2)(k.Concatenate()([k.GlobalAveragePooling1D()(h), k.GRU(3)(h)])))

    free, whole = model(None), model(30)
    free.set_weights([rng.normal(0, 0.5, w.shape).astype(np.float32) for w in free.get_weights()])
    free.layers[-1].kernel.assign(free.layers[-1].kernel * np.repeat([1.0, 2.0], [5, 3])[:, None])
    whole.set_weights(free.get_weights())
    whole.save(tmp_path / "model.keras")
    np.save(tmp_path / "shown.npy", x[:40])
    right = of_beginnings(free, range(1, 31), x[40:])
    for numeric, least in (("int8", 35), ("int16", 70)):
        shown = Settings(numeric=numeric, calibration=str(tmp_path / "shown.npy"), stream=True)
        answers = each_step(program(load(tmp_path / "model.keras", Settings()), plan(shown)).graph, stream=True)
        assert answers is not None
        assert decibels(*noise(evaluate(answers, [x[40:]])[0], right)) > least, numeric


def test_all_answers_at_once_are_those_of_beginnings(drifting: Drifting) -> None:
    file, x, right = drifting
    graph, stream = load(file, Settings()).fused, MODELS[file.stem][1]
    assert (each_step(graph) is None) == stream
    np.testing.assert_allclose(evaluate(each_step(graph, stream) or graph, [x])[0], right, atol=2e-6)
    every, ends = (calibrate([(graph, [x])], lasting=stream, windows=windows) for windows in (False, True))
    for shown, answers in ((every, right), (ends, right[:, -1])):
        span = shown.tensors[graph.outputs[0].tensor]
        assert span == pytest.approx((answers.min(), answers.max()), abs=2e-6)
    for node, by_name in ends.moments.items():  # weights are rounded for the answers at the end
        for name, moments in by_name.items():
            np.testing.assert_allclose(every.moments[node][name].mean, moments.mean, atol=1e-5)
    same = np.random.default_rng(8).normal(size=x.shape).astype(np.float32)  # its ends reach what is before them
    calm = (calibrate([(graph, [same])], lasting=stream, windows=windows) for windows in (False, True))
    assert (len({span.tensors[graph.outputs[0].tensor] for span in calm}) == 1) == (file.stem == "gru")


@pytest.mark.parametrize(("numeric", "least"), [("int8", 25), ("int16w8", 35)])
def test_states_that_go_on_from_call_to_call_are_calibrated_so(numeric: str, least: float, tmp_path: Path) -> None:
    """A frame a call. With the ranges of a first frame, as each sample's once was, answers saturated: 3 and 7 dB."""
    rng, frames = np.random.default_rng(5), 300
    net = keras.Sequential([keras.Input(batch_shape=(1, 1, 3)), k.GRU(8, stateful=True), k.Dense(2)])
    net.set_weights([rng.normal(0, 0.4, w.shape).astype(np.float32) for w in net.get_weights()])
    net.save(tmp_path / "stateful.keras")
    x = (np.sin(np.arange(3 * frames) / 30).reshape(-1, 1, 3) + rng.normal(0, 0.1, (frames, 1, 3))).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    right = net.predict(x, 1, verbose=0)
    settings = Settings(numeric=numeric, calibration=str(tmp_path / "x.npy"))
    built = program(load(tmp_path / "stateful.keras", settings), plan(settings))
    device = Reference(built.graph, np.int64)
    ours = np.concatenate([device.run([frame])[0] for frame in built.inputs[0].format.quantize(x)[:, None]])
    assert decibels(*noise(built.outputs[0].format.real(ours), right)) > least


@pytest.mark.parametrize(("numeric", "share", "least"), [("int8", 1, 27), ("int16", 1, 50), ("int8", 0.3, 0)])
def test_integers_reach_them_as_validate_tells(
    drifting: Drifting, numeric: str, share: float, least: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the ranges of last steps alone, the GRU had 6 and 10 dB. Small calibration inputs give small ranges."""
    (file, x, right), stream = drifting, MODELS[drifting[0].stem][1]
    shown, test = (str(tmp_path / f"{name}.npy") for name in ("shown", "test"))
    np.save(shown, np.float32(share) * x[:30])
    np.save(test, x[30:])
    built = program(load(file, Settings()), plan(Settings(numeric=numeric, calibration=shown, stream=stream)))
    whole, form, right = each_step(built.graph, stream), built.outputs[0].format, right[30:]
    (ours,) = evaluate(whole or built.graph, [x[30:]])
    assert decibels(*noise(ours, right)) >= least
    if not stream:
        device = compiled.Instance(built, compiled.compile_all([built], tmp_path)[built.name])  # type: ignore[arg-type]
        steps = [form.real(device.step([frame])[0]) for frame in built.inputs[0].format.quantize(x[30])]
        np.testing.assert_array_equal(steps, ours[0])
    command = ["validate", str(file), "--numeric", numeric, "--calibration", shown, "--input", test]
    cli.main([*command, *["--stream"][:stream], "--json"])
    facts, (low, high) = json.loads(capsys.readouterr().out), form.ends
    assert facts["clipped_answers"] == pytest.approx(beyond := np.mean((y := right[:, :-1]) < low) + np.mean(y > high))
    assert (beyond <= 0.02) == (share == 1 or file.stem == "stacked")
    assert (share < 1 and file.stem != "stacked") == any("integers reach" in note for note in facts.get("notes", []))
    for name, first in (("snr_db_each_step", 0), ("snr_db_end", -1)):
        assert facts[name] == pytest.approx(decibels(*noise(ours[:, first:], right[:, first:])), abs=0.1)
    if numeric == "int8":
        cli.main([*command, *["--stream"][:stream]])
        page = " ".join(capsys.readouterr().out.split())
        assert f"SNR {facts['snr_db_each_step']:.1f} dB over the answers after all steps" in page
        assert ("of those before the end saturate" in page) == (facts["clipped_answers"] > 0)
