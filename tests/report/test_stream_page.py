"""``inspect --stream``: what each layer holds and when it emits, or why it cannot; and ``generate`` agrees."""

import json
from pathlib import Path

import numpy as np
import pytest

from gatesmith import cli
from gatesmith.core.errors import ExitCode
from gatesmith.core.settings import Settings
from gatesmith.flow.validate import validate
from gatesmith.report.results import facts_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "basic_motions.keras"
keras = pytest.importorskip("keras", reason="Keras 3 is not installed")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, k = tmp_path_factory.mktemp("files"), keras.layers
    x = keras.Input((12, 3))
    strided = k.Conv1D(4, 3, 2, activation="relu")(x)
    causal = k.Add()([strided, k.Conv1D(4, 3, padding="same")(strided)])
    models = {
        "frames": keras.Model(x, k.Dense(2)(causal)),
        "flat": keras.Model(x, k.Dense(2)(k.Flatten()(strided))),
        "backwards": keras.Model(x, k.Bidirectional(k.GRU(2))(strided)),
        "grouped": keras.Model(x, k.GroupNormalization(2)(strided)),
        "attending": keras.Model(x, k.MultiHeadAttention(2, 3)(strided, strided)),
        "behind": keras.Model(x, k.Dense(2)(k.LSTM(3)(strided))),
        "mean": keras.Model(x, k.Dense(2)(k.GlobalAveragePooling1D()(k.Conv1D(4, 3, padding="same")(x)))),
    }
    y, beside = keras.Input((40, 3)), keras.Input((5,))
    models["beside"] = keras.Model([x, beside], k.Concatenate()([k.Flatten()(strided), beside]))
    models["padded"] = keras.Model(y, k.GlobalMaxPooling1D()(k.Conv1D(4, 3, padding="same")(y)))
    rng = np.random.default_rng(0)
    for name, model in models.items():
        for array in model.weights:
            if "seed" not in array.name:
                array.assign(rng.normal(0, 0.5, array.shape))
        model.save(folder / f"{name}.keras")
    return {name: folder / f"{name}.keras" for name in models}


def inspected(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert cli.main(["inspect", *arguments, "--json"]) == 0
    facts: dict[str, object] = json.loads(capsys.readouterr().out)
    return facts


def test_a_stream(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    facts = inspected(capsys, str(files["frames"]), "--stream")
    assert facts["schema"] == "gatesmith/stream/1" and facts["streams"]
    # the first window is whole at step 3, the second one sees a step to either side
    assert facts["output"] == {"every": 2, "first": 5, "late": 2} and facts["finishes"]
    roles = [(layer["role"], layer["frames"], layer["values"]) for layer in facts["layers"]]  # type: ignore[attr-defined]
    assert roles == [("window", 2, 6), ("window", 2, 8), ("merge", 2, 8), ("frame", 0, 0)]
    assert cli.main(["inspect", str(files["frames"]), "--stream"]) == 0
    page = capsys.readouterr().out
    assert "every 2nd step, first at 5, 2 late" in page and "finish" in page
    assert cli.main(["inspect", str(EXAMPLE), "--stream"]) == 0
    assert capsys.readouterr().out.count("\nactivity ") == 1, "a layer and its softmax are one row"


def test_windows_state_the_saving(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    facts = inspected(capsys, str(files["flat"]), "--window", "12", "--hop", "2")
    # 36 a frame of the convolution, of which there are 5; 40 of the head
    assert (facts["macs_step"], facts["macs_anew"]) == ((36 + 40) // 2, (5 * 36 + 40) // 2)
    beside = inspected(capsys, str(files["beside"]), "--window", "8", "--hop", "2")
    assert beside["macs_step"] == 36 // 2, "an input without steps stays whole"
    odd = inspected(capsys, str(files["flat"]), "--window", "12", "--hop", "3")
    assert not odd["streams"] and "a frame for every 2 steps" in str(odd["why"]) and "2 divides" in str(odd["fix"])


@pytest.mark.parametrize(("name", "why"), [("grouped", "mean and variance"), ("attending", "looks at all steps")])
def test_what_sees_all_steps_needs_windows(
    name: str, why: str, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    facts = inspected(capsys, str(files[name]), "--stream")
    assert not facts["streams"] and why in str(facts["why"]) and "--window" in str(facts["fix"])
    assert inspected(capsys, str(files[name]), "--window", "12", "--hop", "4")["streams"]


def test_where_a_running_mean_has_integers(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    for name, mentioned in {"mean": True, "frames": False}.items():
        assert cli.main(["inspect", str(files[name]), "--stream"]) == 0
        assert ("of a running mean are of C alone" in capsys.readouterr().out) == mentioned
        words = ["generate", str(files[name]), "--stream", "--backend", "micropython", "--target", "pico", "-o"]
        refused = cli.main(
            [*words, str(files[name].with_suffix("")), "--numeric", "int8", "--calibration", "synthetic"]
        )
        assert ("no running mean in integers" in capsys.readouterr().err and refused == ExitCode.INPUT) == mentioned


@pytest.mark.parametrize(("name", "phrase", "per"), [("flat", "of working memory", "call"), ("", "for each", "step")])
def test_what_bytes_and_costs_are_of(name: str, phrase: str, per: str, files: dict[str, Path]) -> None:
    """A model of whole inputs has no state and no steps."""
    done = validate(files.get(name, EXAMPLE), Settings(), measured=True)
    facts = dict(facts_of(done.report.but(firmware_flash=9, firmware_ram=8), done.generated))
    assert phrase in str(facts["state"]) and f" a {per}  (" in str(facts["instructions"])
    assert "of the model, compiled" in str(facts["flash"]) and "with Gatesmith's link" in str(facts["firmware"])
    assert f"one {done.generated.name}_t {phrase}" in done.generated.files[f"{done.generated.name}.h"]


def test_a_cell_goes_on_or_starts_anew(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert inspected(capsys, str(files["behind"]), "--stream")["streams"]
    facts = inspected(capsys, str(files["behind"]), "--window", "12", "--hop", "2")
    assert not facts["streams"] and "anew in every window" in str(facts["why"]) and "--stream" in str(facts["fix"])


def test_a_cell_goes_on_by_consent_and_what_that_changes_is_told(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x = np.random.default_rng(1).normal(size=(2, 40, 3)).astype(np.float32)
    np.savez(tmp_path / "long.npz", in_0=x)
    np.savez(tmp_path / "short.npz", in_0=x[:, :13])
    windows = ["--window", "12", "--hop", "4"]
    facts = inspected(capsys, str(files["behind"]), *windows, "--carry-state", str(tmp_path / "long.npz"))
    assert facts["streams"] and "off by at most" in str(facts["carried"]) and "14 windows" in str(facts["carried"])
    out = tmp_path / "out"
    carried = ["--carry-state", str(tmp_path / "long.npz")]
    assert cli.main(["generate", str(files["behind"]), *windows, *carried, "-o", str(out)]) == 0
    assert "off by at most" in capsys.readouterr().out and "--carry-state" in (out / "behind.h").read_text()
    short = [*windows, "--carry-state", str(tmp_path / "short.npz")]
    assert cli.main(["inspect", str(files["behind"]), *short]) == ExitCode.INPUT
    assert "longer than a window and a hop, 16 steps" in capsys.readouterr().err
    assert cli.main(["generate", str(files["flat"]), *windows, *carried, "-o", str(out / "2")]) == ExitCode.USAGE
    assert "no states would go on" in capsys.readouterr().err


def test_what_padding_decides_is_each_windows_own(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    facts = inspected(capsys, str(files["padded"]), "--window", "40", "--hop", "1")
    # 4 x 3 x 3 a frame: 2 of 40 see padding before them, for which 2 steps go along again; and as many see it behind
    assert facts["own_frames"] == 2 and facts["macs_step"] == 36 * (1 + 1 + 1) and facts["macs_anew"] == 36 * 40


def test_what_cannot_says_why_and_generate_agrees(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = inspected(capsys, str(files["backwards"]), "--stream")
    assert not facts["streams"] and "last step to the first" in str(facts["why"])
    assert cli.main(["generate", str(files["backwards"]), "--stream", "-o", str(tmp_path / "out")]) == ExitCode.INPUT
    assert "last step to the first" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
