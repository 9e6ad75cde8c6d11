"""``gatesmith.toml``: what commands keep, and what they take from it; a retrained model beside the last."""

import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from report_models import keras1_lstm

from gatesmith import cli
from gatesmith.core.errors import UsageError
from gatesmith.core.near import hint, near
from gatesmith.core.settings import Settings
from gatesmith.flow import project
from gatesmith.flow import run as run_flow


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model and data, which is the current one."""
    monkeypatch.chdir(tmp_path)
    keras1_lstm(tmp_path / "net.h5")
    random = np.random.default_rng(0)
    np.savez("train.npz", in_0=random.normal(size=(20, 5, 3)).astype(np.float32))
    np.savez("test.npz", in_0=random.normal(size=(9, 5, 3)).astype(np.float32), y=random.integers(0, 2, 9))
    return tmp_path


INT8 = ["--numeric", "int8", "--calibration", "train.npz"]


def report(words: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.main([*words, "--json"]) == code
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return facts


def test_convert_keeps_what_validate_repeats(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["convert", "net.h5", *INT8, "--keep", "dense_1=int16", "--input", "test.npz"]) == 0
    assert "gatesmith.toml" in capsys.readouterr().err
    assert (here / "net_host" / "net.c").is_file()
    assert project.load().options == {
        "model": "net.h5", "target": "host", "numeric": "int8", "calibration": "train.npz", "keep": ["dense_1=int16"],
        "input": "test.npz", "output": "net_host",
    }  # fmt: skip
    facts = report(["validate"], capsys)
    assert (facts["numeric"], facts["samples"]) == ("int8", 9)
    assert cli.main(["generate", "--force"]) == 0


@pytest.mark.parametrize("place", ["gatesmith.toml", ".gatesmith", "net_host", ".gatesmith/.gitignore"])
def test_convert_writes_through_no_link(place: str, here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody named these links: what they lead to stays, whether it is a file, a folder, or nothing yet."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "file").write_text("# precious")
    (outside / "folder").mkdir()
    (outside / "folder" / "last.txt").write_text("precious")
    before = sorted(path.read_bytes() for path in outside.rglob("*") if path.is_file())
    for end in ("file", "folder", "nothing"):
        (here / place).parent.mkdir(exist_ok=True)
        (here / place).symlink_to(outside / end)
        inner = place.count("/")
        assert cli.main(["convert", "net.h5", "--no-budget"]) == (0 if inner else 2)
        if not inner:
            (here / place).unlink()
        else:
            assert (here / place).read_text() == "*\n" and not (here / place).is_symlink()
            shutil.rmtree(here / ".gatesmith")
        shutil.rmtree(here / "net_host", ignore_errors=True)
    assert sorted(path.read_bytes() for path in outside.rglob("*") if path.is_file()) == before
    assert len(list(outside.rglob("*"))) == 3


def test_a_project_s_file_keeps_its_comments_and_order(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unchanged options keep their text; an option that returns to its default is removed."""
    ours = """# our product: do not change
math = "fast"                 # as every release
input = 'test.npz'
model = './net.h5'            # the small one

target = ["host", "uno"]
numeric = "int8"   # fits
calibration = "train.npz"
keep = [ "dense_1=int16" ]
max_error = 5e-1
"""
    Path("gatesmith.toml").write_text(ours)
    assert cli.main(["convert"]) == 0
    first = "gatesmith.toml: math fast, input test.npz, target host uno, numeric int8, calibration train.npz,"
    assert capsys.readouterr().out.startswith(first)
    assert Path("gatesmith.toml").read_text() == f'{ours}output = "net_host"\n'
    assert cli.main(["convert", "--numeric", "float32", "-o", "other"]) == 0
    text = ours.replace('"int8"   # fits', '"float32"   # fits').split("calibration")[0]
    assert Path("gatesmith.toml").read_text() == f'{text}output = "other"\n'
    assert cli.main(["run", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "gatesmith.toml: math fast, input test.npz, target host uno" in err
    assert "gatesmith.toml" not in out.split("{")[-1]


def test_what_came_from_the_file_is_the_first_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a result, and of an error."""
    Path("gatesmith.toml").write_text('model = "net.h5"\nnumeric = "int16"\ncalibration = "train.npz"\n')
    assert cli.main(["run"]) == 0
    assert capsys.readouterr().out.startswith("gatesmith.toml: numeric int16, calibration train.npz\n")
    assert cli.main(["run", "--input", "nothing.npz"]) == 3
    errors = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("gatesmith: ")]
    assert errors[0].startswith("gatesmith.toml: numeric int16") and errors[1].startswith("error: ")
    assert cli.main(["run", "--numeric", "float32"]) == 0
    assert "gatesmith.toml" not in capsys.readouterr().out


def test_the_command_line_comes_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["convert", "net.h5", *INT8]) == 0
    assert report(["run", "--numeric", "int16"], capsys)["numeric"] == "int16"
    assert report(["run", "--numeric", "float32"], capsys)["numeric"] == "float32"
    assert report(["run", "net.h5"], capsys)["numeric"] == "int8"


def test_another_model_is_not_meant(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["convert", "net.h5", *INT8]) == 0
    shutil.copy("net.h5", "other.h5")
    assert report(["run", "other.h5"], capsys)["numeric"] == "float32"
    assert cli.main(["convert", "other.h5"]) == 0
    assert "speaks of another model" in capsys.readouterr().err
    assert project.load().options["model"] == "net.h5"


def test_every_number_is_read_back(here: Path) -> None:
    """The next command accepts every stored option: ``window`` and ``hop`` were once refused as no strings."""
    options = {"max_steps": 9, "window": 8, "hop": 4, "max_error": 0.5, "max_accuracy_drop": 1.0, "max_flash": 1024}
    assert project.keep(Path("m.keras"), {**options, "max_ms": 2.5}) is not None
    file = project.load().options
    assert (file["window"], file["hop"], file["max_steps"]) == (8, 4, 9)
    assert (file["max_error"], file["max_accuracy_drop"], file["max_flash"], file["max_ms"]) == (0.5, 1.0, 1024, 2.5)


def test_ports_are_this_machine_s(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Settings] = []

    def run(path: Path, settings: Settings, *_: Any) -> Any:
        runs.append(settings)
        raise UsageError("seen")

    monkeypatch.setattr(run_flow, "run", run)
    Path("gatesmith.toml").write_text('model = "net.h5"\ntarget = "uno"\nemulate = true\n')
    Path("gatesmith.local.toml").write_text('[ports]\nuno = "/dev/ttyX"\n')
    for words in (["run"], ["run", "--emulate"], ["run", "--port", "COM3"], ["run", "--target", "pico"]):
        assert cli.main(words) == 2
    assert [(one.target, one.emulate, one.port) for one in runs] == [
        ("uno", False, "/dev/ttyX"), ("uno", True, None), ("uno", False, "COM3"), ("pico", True, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("model = 3", "must be a string"),
        ("numerik = 'int8'", '"numerik" is no option'),
        ("keep = 'a=int8'", "must be a list of strings"),
        ("emulate = 1", "must be true or false"),
        ("max_steps = true", "must be a whole number"),
        ("samples = 0", "must be a whole number of at least 1, not 0"),
        ("max_error = inf", "must be a number of at least 0, not inf"),
        ('target = ["host", 3]', "must be a string, not 3"),
        ("= broken", "is not TOML"),
    ],
)
def test_a_file_that_is_none_is_refused(here: Path, text: str, what: str) -> None:
    Path("gatesmith.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        project.load()
    assert what in caught.value.what
    if "numerik" in text:
        assert caught.value.fix[0] == "did you mean numeric?"
    assert cli.main(["validate", "net.h5"]) == 2


def test_values_are_held_to_what_a_command_line_takes() -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"asm": "yes"}, {"numeric": 8}, {"max_steps": True}, {"max_error": float("nan")}, {"hop": -1}, {"keep": (1,)},
    )  # fmt: skip
    for options in wrong:
        with pytest.raises(UsageError, match=f"^{next(iter(options))} must be "):
            Settings(**options)
    with pytest.raises(UsageError, match="2 options are wrong"):
        Settings(tolerance=-1.0, samples=0)
    assert Settings(max_steps=np.int64(3), max_ms=np.float32(2.5), tolerance=0, samples=None).max_steps == 3


def test_the_file_s_emulator_is_not_for_this_machine(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("gatesmith.toml").write_text('model = "net.h5"\ntarget = "uno"\nemulate = true\nnumeric = "float32"\n')
    assert report(["run", "--target", "host"], capsys)["target"] == "host"
    assert cli.main(["run", "--target", "host", "--emulate"]) == 2
    assert cli.main(["run", "--target", "pico", "--input", "nothing.npz"]) == 3
    assert "gatesmith.toml: emulate True, numeric float32\n" in capsys.readouterr().err


def test_a_local_file_has_ports_alone(here: Path) -> None:
    Path("gatesmith.local.toml").write_text("target = 'uno'")
    with pytest.raises(UsageError, match="one table"):
        project.load()


def test_what_may_be_repeated_still_is(here: Path) -> None:
    words = ["generate", "net.h5", *INT8, "--keep", "lstm_1=int16", "--keep", "dense_1=int16", "-o", "out"]
    assert cli.main(words) == 0


def retrained(path: Path) -> None:
    """The same model with other weights."""
    with h5py.File(path, "r+") as file:
        weights = file["model_weights/dense_1/dense_1_W"]
        weights[...] = weights[...][:, ::-1] + np.float32(0.25)


def test_a_retrained_model_beside_the_last(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["convert", "net.h5", "--input", "test.npz"]) == 0
    before = report(["validate"], capsys)
    retrained(here / "net.h5")
    facts = report(["diff"], capsys)
    assert facts["schema"] == "gatesmith/diff/1" and facts["same_code"]
    after = report(["validate"], capsys)
    for name, one in (("before", before), ("after", after)):
        assert facts[name]["weights_id"] == one["weights_id"]
        assert facts[name]["outputs"][0]["accuracy_device"] == one["outputs"][0]["accuracy_device"]
        assert facts[name]["instructions"] == one["instructions"]
    assert facts["outputs"][0]["max_abs"] > 0.05
    assert cli.main(["diff"]) == 0
    page = capsys.readouterr().out
    assert "accuracy" in page and "differ by at most" in page and max(map(len, page.splitlines())) <= 100


def test_outputs_are_compared_value_by_value(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The expected differences come from the outputs that ``run`` writes for each model."""
    shutil.copy("net.h5", "new.h5")
    retrained(here / "new.h5")
    for name in ("net", "new"):
        assert cli.main(["run", f"{name}.h5", "--input", "test.npz", "--output", f"{name}.npz"]) == 0
    apart = np.abs(np.load("net.npz")["out_0"] - np.load("new.npz")["out_0"]).max()
    facts = report(["diff", "new.h5", "--against", "net.h5", "--input", "test.npz"], capsys)
    assert facts["outputs"][0]["max_abs"] == pytest.approx(apart, rel=1e-6)
    same = report(["diff", "net.h5", "--against", "net.h5"], capsys)
    assert same["outputs"][0]["max_abs"] == 0.0


def test_names_that_are_near() -> None:
    names = ["nucleo_f401re", "nucleo_f446re", "pico", "pico2", "uno"]
    assert near("nucleo_f401r", names)[0] == "nucleo_f401re"
    assert near("PICO", names)[0] == "pico"
    assert set(near("nucleo", names)) == {"nucleo_f401re", "nucleo_f446re"}
    assert near("esp", names) == () and hint("zzz", names) == ()
    assert hint("unoo", names) == ("did you mean uno?",)
