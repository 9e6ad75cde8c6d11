"""Options that change no output are told, in the words of who gave them; those that do are not."""

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


def test_a_budget_tells_what_changes_none_of_its_types() -> None:
    for types, idle in ((["--numeric", "float32"], True), ([], False)):
        words = ["budget", MODEL, "--target", "microbit", "--estimate", "--calibration", DATA, "--max-error", "1"]
        page = commanded([*words, *types])[1]
        for option in ("--calibration", "--max-error"):
            assert (f"note  {option} changes no output here" in page) == idle


def test_python_is_told_so_too() -> None:
    assert "observer= changes no output here" in str(gatesmith.convert(MODEL, observer="mse").notes)
