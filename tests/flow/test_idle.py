"""Options that change no output are told, in the words of who gave them; those that do are not."""

import json
from pathlib import Path

import pytest
from fuzz.here import commanded

import gatesmith

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MODEL, DATA = str(EXAMPLES / "basic_motions.keras"), str(EXAMPLES / "basic_motions_calibration.npz")
INTEGERS = ("--numeric", "int8", "--calibration", DATA)


@pytest.mark.parametrize(
    "options, told",
    [
        (("--observer", "mse"), "--observer changes no output here: float32 has no values of 8 bits"),
        (("--calibration", DATA), "--calibration changes no output here: float32 needs no ranges"),
        ((*INTEGERS, "--math", "exact"), "--math changes no output here: integers have the same bits"),
        ((*INTEGERS, "--observer", "mse", "--max-steps", "99"), ""),
        (("--math", "exact", "--numeric", "float32w8", "--calibration", DATA), ""),
    ],
)
def test_an_option_without_effect_is_told(options: tuple[str, ...], told: str, tmp_path: Path) -> None:
    code, out, err = commanded(["generate", MODEL, "-o", str(tmp_path / "out"), *options])
    assert code == 0, err
    assert told in " ".join(out.split()) and ("changes no output" in out) == bool(told)


@pytest.mark.parametrize("command", ["generate", "build"])
def test_json_and_the_page_of_a_build_tell_it_too(command: str, tmp_path: Path) -> None:
    for more in ([], ["--json"]):
        out = commanded([command, MODEL, "-o", str(tmp_path / "out"), "--observer", "mse", *more])[1]
        assert "--observer changes no output here" in " ".join(out.split())


def test_a_budget_tells_what_changes_none_of_its_types() -> None:
    words = ["budget", MODEL, "--target", "microbit", "--estimate", "--calibration", DATA, "--max-error", "1"]
    for types, idle in ((["--numeric", "float32"], True), ([], False)):
        for told in commanded([*words, *types])[1], str(json.loads(commanded([*words, *types, "--json"])[1])["notes"]):
            for option in ("--calibration", "--max-error"):
                assert (f"{option} changes no output here" in told) == idle


def test_python_is_told_so_too() -> None:
    assert "observer= changes no output here" in str(gatesmith.convert(MODEL, observer="mse").notes)
