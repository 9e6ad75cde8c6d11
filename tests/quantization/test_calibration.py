"""Calibration: data, observers, reports, mixes; and how good the integer types are on real data."""

import itertools
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import graphs
import numpy as np
import pytest
from numeric_types import FINE, measured

from gatesmith import cli
from gatesmith.core.errors import ExitCode, UsageError
from gatesmith.core.functions import Function
from gatesmith.core.settings import Settings
from gatesmith.flow.calibrate import survey
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.flow.send import send
from gatesmith.flow.validate import ask
from gatesmith.flow.validate import validate as validate_model
from gatesmith.importers.reading import graph_of, load
from gatesmith.layers.activation import Activation
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import evaluate
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.calibrate import calibrate, growth, least_squares, percentile
from gatesmith.quantization.markers import markers
from gatesmith.quantization.prepare import layer_types, quantized

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ("basic_motions", "japanese_vowels")


def model_of(name: str) -> Path:
    return EXAMPLES / f"{name}.keras"


def data_of(name: str, which: str) -> Path:
    return EXAMPLES / f"{name}_{which}.npz"


def settings_of(name: str, numeric: str, **more: Any) -> Settings:
    return Settings(numeric=numeric, calibration=str(data_of(name, "calibration")), **more)


LOSSY = "standardise loses 13 dB, from its inputs to its outputs: --keep standardise=int16w8 keeps more"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("numeric", FINE)
def test_accuracy_on_the_whole_test_set(name: str, numeric: str) -> None:
    points, worst = measured(numeric, {"int8": (0.5, 0.1), "int16w8": (0, 0.04), "int16": (0, 0.003)})
    settings = settings_of(name, numeric)
    result = survey(model_of(name), settings, data_of(name, "test"))
    (row,) = result.outputs
    assert row.accuracy_device is not None and row.accuracy_oracle is not None
    assert 100 * (row.accuracy_oracle - row.accuracy_device) <= points
    assert row.max_abs <= worst
    lossy = [note for note in result.notes if "loses" in note]
    assert all("takes int16, not int8" in note for note in result.notes if note not in lossy)
    assert lossy == ([LOSSY] if (name, numeric) == ("basic_motions", "int8") else [])


@pytest.mark.parametrize("name", NAMES)
def test_calibration_data_are_not_the_test_data(name: str) -> None:
    with np.load(data_of(name, "test")) as test, np.load(data_of(name, "calibration")) as shown:
        samples = {sample.tobytes() for sample in shown["in_0"]}
        assert not any(sample.tobytes() in samples for sample in test["in_0"])


@pytest.mark.parametrize(("kind", "most"), [("LSTM", 0.008), ("GRU", 0.012)])
def test_ten_thousand_steps_do_not_drift(kind: str, most: float, tmp_path: Path) -> None:
    """Of 2,000 others, calibration leaves room for what more would show: int8 had errors of clipping, .089 and .056."""
    from drift import drift

    bounds = {"int8": most, "int16w8": 0.004, "int16": 0.0006}
    for name, errors in drift(kind, tmp_path, 10).items():
        assert errors.max() <= measured(name, bounds)
        assert errors[-3:].mean() <= 1.5 * errors[:3].mean(), "the error grows with time"


def test_growth_by_its_definition() -> None:
    ends = np.random.default_rng(3).gumbel(size=8)
    halves = [max(half) for half in itertools.combinations(ends, 4)]
    assert growth(ends) == pytest.approx(max(ends) - np.mean(halves))
    assert growth(np.full(8, 3.5)) == 0


@pytest.mark.parametrize("shape", [(64, 1), (1, 640)])
def test_room_is_for_outputs_and_states_and_as_much_as_data_tell(shape: tuple[int, int]) -> None:
    """With many samples, or many steps of one; no room if nothing grows, or if there are too few data."""
    graph = fuse(graphs.uneven("lstm", 1.0))
    x = np.random.default_rng(4).normal(size=(*shape, 4)).astype(np.float32)
    ranges = calibrate([(graph, [x])])
    port = graph.outputs[0].tensor
    assert graph.inputs[0].tensor not in ranges.narrow
    for span, room in (
        (ranges.tensors[port], ranges.narrow[port]),
        (ranges.inner["rnn"]["h"], ranges.narrow_inner["rnn"]["h"]),
    ):
        assert room[0] < span[0] < 0 < span[1] < room[1]
    rooms = {name: calibrate([(graph, [x])], name).narrow[port] for name in ("percentile", "mse")}
    assert rooms == {"percentile": ranges.narrow[port], "mse": ranges.tensors[port]}
    for little in (np.ones((64, 3, 4), np.float32), x[:4, :4]):
        ranges = calibrate([(graph, [little])])
        assert ranges.narrow.get(port, ranges.tensors[port]) == pytest.approx(ranges.tensors[port])


def test_states_that_end_with_a_sample_have_the_range_of_the_least_error() -> None:
    """Those that go on keep their room: so do stateful cells, states that are carried, and outputs in steps (above);
    and those that no activation bounds, of which new data may show more."""
    m = graphs.Maker(lambda options: options[0])
    cell = m.cell("lstm", 4, 6)
    h = m.add("rnn", cell, m.input("x", 20, 4))[1]
    m.output("y", m.add("dense", m.dense(6, 2), h)[0])
    graph, x = fuse(m.graph()), np.random.default_rng(4).normal(size=(64, 20, 4)).astype(np.float32)
    (node,) = [node for node in graph.nodes if node.name == "rnn"]
    lasting = replace(
        graph, nodes=tuple(replace(n, op=replace(cell, stateful=True)) if n is node else n for n in graph.nodes)
    )
    plain = least = calibrate([(graph, [x])])
    room, going_on = calibrate([(graph, [x])], lasting=True), calibrate([(lasting, [x])])
    low, high = plain.inner["rnn"]["h"]
    assert low <= least.narrow_inner["rnn"]["h"][0] < 0 < least.narrow_inner["rnn"]["h"][1] < high
    assert least.narrow_inner["rnn"]["h"] == calibrate([(graph, [x])], "mse").narrow_inner["rnn"]["h"]
    assert room.narrow_inner["rnn"]["h"][0] < low < high < room.narrow_inner["rnn"]["h"][1]
    port = graph.outputs[0].tensor
    assert least.narrow[port] == room.narrow[port] != least.tensors[port]
    assert going_on.narrow_inner["rnn"]["h"][0] < low < high < going_on.narrow_inner["rnn"]["h"][1]
    unbounded = replace(cell, activation=Function("relu"))
    steep = replace(graph, nodes=tuple(replace(n, op=unbounded) if n is node else n for n in graph.nodes))
    assert calibrate([(steep, [x])]).narrow_inner == calibrate([(steep, [x])], lasting=True).narrow_inner


def test_nothing_but_zeros_and_constants_can_be_calibrated_on(tmp_path: Path) -> None:
    for value in (0, 5):
        np.savez(tmp_path / "same.npz", in_0=np.full((3, 100, 6), value))
        settings = Settings(numeric="int8", calibration=str(tmp_path / "same.npz"))
        result = survey(model_of("basic_motions"), settings)
        assert result.outputs[0].max_abs < 0.02
        assert any(f"is {value} in all calibration data" in note for note in result.notes)


def test_observers_by_their_definitions() -> None:
    values = np.random.default_rng(0).normal(size=100_000)
    values[0] = 40.0
    low, high = float(values.min()), float(values.max())
    counts, _ = np.histogram(values, 2048, (low, high))
    _, most = percentile(counts, low, high)
    assert np.quantile(values, 0.9999) <= most <= np.quantile(values, 0.9999) + 2 * (high - low) / 2048
    start, end = least_squares(counts, low, high)

    def error(a: float, b: float) -> float:
        step = (b - a) / 255
        return float(np.square(np.clip(np.round((values - a) / step), 0, 255) * step + a - values).sum())

    assert end < high and error(start, end) < 0.9 * error(low, high)


def test_lengths_of_calibration_and_model_may_differ(tmp_path: Path) -> None:
    """A folder of sequences, none of the model's length, which is told; the ranges are those of all sequences."""
    with np.load(data_of("japanese_vowels", "calibration")) as data:
        x = data["in_0"]
    np.savez(tmp_path / "a.npz", in_0=x[:20, :11])
    np.savez(tmp_path / "b.npz", in_0=x[20:40, :17])
    settings = Settings(numeric="int8", calibration=str(tmp_path))
    result = quantized(load(model_of("japanese_vowels"), settings), settings, NUMERICS["int8"])
    port = result.plain.inputs[0].tensor
    low, high = result.ranges.tensors[port]
    both = np.concatenate([x[:20, :11].ravel(), x[20:40, :17].ravel()]).astype(np.float32)
    assert (low, high) == (both.min(), both.max())
    assert np.isfinite(evaluate(result.graph, [x.astype(np.float32)])[0]).all()
    assert result.graph.notes == (f"samples of {tmp_path.name} have length 11; the model's file says 29",)


def test_answers_that_are_clipped_need_data_not_bits(tmp_path: Path) -> None:
    """Inputs are within their range, and their sum is not."""
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones", name="sum")])
    model.save(tmp_path / "sum.keras")
    x = np.random.default_rng(5).uniform(-1, 1, 200)
    np.save(tmp_path / "apart.npy", np.stack([x, 0.1 - x], axis=1))
    np.save(tmp_path / "alike.npy", np.stack([x, x], axis=1))
    settings = Settings(numeric="int8", calibration=str(tmp_path / "apart.npy"))
    notes = survey(tmp_path / "sum.keras", settings, tmp_path / "alike.npy").notes
    assert any("% of its values are clipped, calibration data with such values keep more" in note for note in notes)
    assert not any("--keep" in note for note in notes)


def test_a_stateful_model_tells_which_samples_calibrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    monkeypatch.setattr("gatesmith.quantization.observations.MOST_SAMPLES", 20)
    monkeypatch.setattr("gatesmith.oracle.reference.PART_VALUES", 70)  # samples of other models come in parts
    x = keras.Input(batch_shape=(1, 1, 3))
    keras.Model(x, keras.layers.GRU(2, stateful=True)(x)).save(tmp_path / "m.keras")
    np.save(tmp_path / "x.npy", np.random.default_rng(6).normal(size=(30, 1, 3)))
    settings = Settings(numeric="int8", calibration=str(tmp_path / "x.npy"))
    graph = quantized(load(tmp_path / "m.keras", settings), settings, NUMERICS["int8"]).graph
    assert any("calibrated on the first 20 of 30 samples" in note for note in graph.notes)


def test_parts_see_what_the_whole_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    with np.load(data_of("japanese_vowels", "calibration")) as data:
        x = data["in_0"].astype(np.float32)
    graph = load(model_of("japanese_vowels"), Settings()).graph
    whole = calibrate([(graph, [x])], "mse")
    monkeypatch.setattr("gatesmith.oracle.reference.PART_VALUES", 20_000)
    parts = calibrate([(graph, [x])], "mse")
    for ident, span in whole.tensors.items():
        assert np.allclose(span, parts.tensors[ident], rtol=1e-5, atol=1e-6)


def test_a_mix_is_found_pasted_and_proven_on_the_host(capsys: pytest.CaptureFixture[str]) -> None:
    name = "japanese_vowels"
    first = survey(model_of(name), settings_of(name, "int8", max_error=0.03))
    assert first.keep and first.outputs[0].max_abs <= 0.045, "samples that calibrate err more than those held out"
    again = survey(model_of(name), settings_of(name, "int8", max_error=0.03))
    pasted = survey(model_of(name), settings_of(name, "int8", keep=first.keep))
    assert again.keep == first.keep and pasted.outputs == first.outputs
    plain = survey(model_of(name), settings_of(name, "int8"))
    assert plain.outputs[0].max_abs > 0.03, "nothing had to be raised"
    alone = survey(model_of("basic_motions"), settings_of("basic_motions", "int8", max_accuracy_drop=0.5))
    assert alone.keep == () and "int8 for every layer" in alone.notes[0]
    words = [word for choice in first.keep for word in ("--keep", choice)]
    numeric = ["--numeric", "int8", "--calibration", str(data_of(name, "calibration"))]
    data = ["--input", str(data_of(name, "test"))]
    assert cli.main(["validate", str(model_of(name)), *numeric, *data, *words]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "bit for bit: every one of 3,330 integers is the reference's" in out


def test_a_layer_inside_another_has_no_type_of_its_own() -> None:
    maker = graphs.Maker(random.Random(0).choice)
    (hidden,) = maker.add("dense", maker.dense(3, 2), maker.input("x", 3))
    maker.output("y", maker.add("act", Activation(Function("relu")), hidden)[0])
    graph = maker.graph()
    with pytest.raises(UsageError, match='"act" is computed inside the Dense layer'):
        layer_types(graph, fuse(graph), Settings(keep=("act=int16",)))


def test_the_report_says_what_is_stored(capsys: pytest.CaptureFixture[str]) -> None:
    name = "basic_motions"
    arguments = ["--numeric", "int8", "--calibration", str(data_of(name, "calibration"))]
    assert cli.main(["calibrate", str(model_of(name)), *arguments, "--json"]) == ExitCode.OK
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "gatesmith/calibrate/1"
    rows = {(row["layer"], row["value"]): row for row in report["tensors"]}
    with np.load(data_of(name, "calibration")) as data:
        assert rows["input", "motion"]["min"] == float(data["in_0"].min())
    hidden = rows["lstm", "lstm"]
    assert hidden["type"] == "int8" and hidden["clipped"] < 0.005 and 30 < hidden["snr_db"] < 60
    assert rows["lstm", "state c"]["type"] == "int16"
    assert report["outputs"][0]["accuracy_device"] == 1.0
    assert any("test data are the calibration data" in note for note in report["notes"])
    assert cli.main(["calibrate", str(model_of(name)), *arguments]) == ExitCode.OK
    page = capsys.readouterr().out
    assert "standardise" in page and max(map(len, page.splitlines())) <= 100


def test_synthetic_data_and_equal_data_are_warned_of() -> None:
    result = validate_model(model_of("basic_motions"), Settings(numeric="int8", calibration="synthetic"))
    assert "made-up inputs" in result.report.notes[0]
    test = data_of("basic_motions", "test")
    same = validate_model(model_of("basic_motions"), Settings(numeric="int8", calibration=str(test)), test)
    assert any("test data are the calibration data" in note for note in same.report.notes)


def test_an_input_of_another_type_is_told_where_people_look() -> None:
    """The header, the modules and the page state it; an int16 model has no such note."""
    name = "basic_motions"
    note = "input motion takes int16, not int8: standardise reads it in 16 bits, which keeps its precision"
    for backend, numeric, wanted in (("c99", "int8", True), ("micropython", "int8", True), ("c99", "int16", False)):
        chosen = plan(replace(settings_of(name, numeric), backend=backend))
        model = program(load(model_of(name), chosen.settings), chosen)
        text = " ".join(model.files[f"{model.name}.{'h' if backend == 'c99' else 'py'}"].replace("\n *", "").split())
        assert (note in text) == (note in model.graph.notes) == wanted


def test_an_integer_that_differs_fails_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    name, honest = "basic_motions", send

    def forged(*arguments: Any) -> Any:
        first, *rest = honest(*arguments)
        first[0, 0] ^= 1
        return [first, *rest]

    monkeypatch.setattr("gatesmith.flow.measure.send", forged)
    arguments = ["--numeric", "int8", "--calibration", str(data_of(name, "calibration"))]
    data = ["--input", str(data_of(name, "test"))]
    assert cli.main(["validate", str(model_of(name)), *arguments, *data]) == ExitCode.VALIDATION
    assert "FAIL  1 of 160 integers differ from the reference's" in capsys.readouterr().out


def test_several_targets_are_calibrated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards' programs have the file's length, this machine's has the data's; all have the same ranges."""
    calls: list[str] = []

    def counted(*data: Any, **how: Any) -> Any:
        calls.append("calibrate")
        return calibrate(*data, **how)

    monkeypatch.setattr("gatesmith.quantization.observations.calibrate", counted)
    settings = settings_of("basic_motions", "int8")
    question = ask(model_of("basic_motions"), settings)
    models = []
    for name, way in (("host", question.model), ("nucleo_f446re", question.in_file), ("uno", question.in_file)):
        chosen = replace(settings, target=name)
        models.append(program(way, plan(chosen), observed=question.observed))
    assert calls == ["calibrate"]
    assert len({str(one.inputs[0].format) for one in models}) == 1


def validated(capsys: Any, *words: str) -> dict[str, Any]:
    code = cli.main(["validate", str(model_of("japanese_vowels")), "--numeric", "int8", "--json", *words])
    assert code in (ExitCode.OK, ExitCode.VALIDATION)
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return facts


def test_inputs_are_drawn_within_the_calibrated_ranges_and_clipped_ones_are_told(tmp_path: Path, capsys: Any) -> None:
    with np.load(data_of("japanese_vowels", "calibration")) as data:
        (mark,) = markers(graph_of(model_of("japanese_vowels"))).values()
        real = data["in_0"] != np.float32(mark)
        small = np.where(real, 0.2 * data["in_0"], mark)
        ends = float(small[real].min()), float(small[real].max())
        np.savez(tmp_path / "small.npz", in_0=small)
        np.savez(tmp_path / "two.npz", in_0=data["in_0"][:2])
        large = data["in_0"][:2][real[:2]]
    words = ["--calibration", str(tmp_path / "small.npz")]
    assert validated(capsys, *words)["clipped_inputs"] == 0
    step = (ends[1] - ends[0]) / 255
    beyond = np.mean((large < ends[0] - step) | (large > ends[1] + step))
    share = validated(capsys, *words, "--input", str(tmp_path / "two.npz"))["clipped_inputs"]
    assert 0.2 < beyond <= share <= beyond + 0.02
    model = str(model_of("japanese_vowels"))
    assert cli.main(["run", model, "--numeric", "int8", *words, "--input", str(tmp_path / "two.npz")]) == 0
    assert f"{100 * share:.1f} % of the input values, beyond" in capsys.readouterr().out


def test_chosen_sequences_are_as_long_as_asked(tmp_path: Path, capsys: Any) -> None:
    import keras

    x = keras.Input((None, 3))
    keras.Model(x, keras.layers.GRU(4)(x)).save(tmp_path / "m.keras")
    words = ["validate", str(tmp_path / "m.keras"), "--steps", "37"]
    assert cli.main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 37
    assert cli.main([*words[:-1], str(10**12)]) == ExitCode.USAGE
    assert "--steps" in capsys.readouterr().err
