"""A numeric type that is left open: limits of error, flash and time together, on one target."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gatesmith
from gatesmith import cli
from gatesmith.core.errors import AccuracyError, BudgetError, ExitCode, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow import choose, project
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.limits import Limits, bytes_of

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "japanese_vowels.keras"
DATA = EXAMPLE.with_name("japanese_vowels_calibration.npz")
FLASH = {"float32": 15_000, "float32w16": 9_000, "float32w8": 7_000, "float32w4": 5_000}
FLASH |= {"int16": 12_000, "int16w8": 8_000, "int8": 6_000}
BOARD = "microbit_v2"
MIX = "int8w4", ("gru=int16w8",)
"""What errs by at most 0.02 in the least flash."""


def cost(chosen: Any) -> tuple[int, float]:
    """Floats take 2 ms and integers 1, and bytes as ``FLASH`` says: a mix 1,000 more, int8w4 4,000."""
    flash = FLASH.get(chosen.numeric.name, 4_000) + 1_000 * bool(chosen.settings.keep)
    return flash, 64_000.0 * (1 if chosen.numeric.integer else 2)


@pytest.fixture(autouse=True)
def nothing_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose.firmware, "missing_software", lambda board, stand_in: "")


def settled(numeric: str | None = "auto", target: str = BOARD, **limits: Any) -> choose.NumericChoice:
    settings = Settings(target=target, numeric=numeric, calibration=str(DATA), **limits)
    assert choose.needs_choice(settings)
    return choose.choose_numeric(EXAMPLE, settings)


@pytest.mark.parametrize(
    ("text", "size"), [("64K", 65_536), ("64kB", 65_536), ("1.5 KiB", 1536), ("1M", 1 << 20), ("16000", 16_000), (9, 9)]
)
def test_sizes(text: str | int, size: int) -> None:
    assert bytes_of(text) == size


@pytest.mark.parametrize("text", ["", "0", "K", "64G", "-1", "a lot", "0.0001K"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError, match="--max-flash"):
        bytes_of(text)


def test_all_three_limits_together(cores: list[str]) -> None:
    """int16 errs by 0.006 and takes 12,000 B, int8w4 by 0.08, with one wider layer by 0.012; floats take 2 ms."""
    choice = settled(max_error=0.02, max_flash=10_000, max_ms=1.5)
    assert (choice.settings.numeric, choice.settings.keep) == MIX
    reasons = dict(line.split(": ", 1) for line in choice.lines)
    assert reasons["float32"] == "flash 15,000 > 10,000 B, 2 > 1.5 ms" and reasons["float32w16"] == "2 > 1.5 ms"
    assert reasons["int16"] == "flash 12,000 > 10,000 B" and reasons["int8"].startswith("error 0.03")
    assert "in units of the output" in reasons["--numeric"] and "5,000 B" in reasons["--numeric"]
    limits = (choice.settings.max_error, choice.settings.max_flash, choice.settings.max_ms)
    assert limits == (None, None, None), "a later step would choose again"


def test_mixes_are_of_integers(cores: list[str]) -> None:
    """int8w4 errs by 0.08; a mix of it takes 5,000 B here."""
    choice = settled("mixed", max_error=0.07, max_ms=5.0)
    best = choice.best
    assert best.numeric == "int8w4" and best.keep and choice.settings.keep == best.keep
    assert best.error is not None and best.error.max_abs <= 0.07
    assert {row.numeric for row in choice.rows} == {name for name, one in NUMERICS.items() if one.integer}


def test_a_type_that_is_named_is_held_to_the_limits(cores: list[str]) -> None:
    choice = settled("int8", max_error=0.05, max_flash=6_500)
    assert (choice.settings.numeric, len(choice.rows)) == ("int8", 1)
    with pytest.raises(BudgetError, match="int8 exceeds the limits") as caught:
        settled("int8", max_flash=5_000)
    assert caught.value.why == "int8: flash 6,000 > 5,000 B"
    assert caught.value.fix[0].startswith("--numeric auto ")
    with pytest.raises(BudgetError) as caught:
        choose.choose_numeric(EXAMPLE, Settings(target=BOARD, numeric="float32", max_flash=5_000))
    assert len(caught.value.fix) == 1, "no calibration data, no other type"
    with pytest.raises(BudgetError, match=r"int8w4 \(\w+=") as caught:
        settled("mixed", max_error=0.07, max_flash=4_500)


def test_what_nothing_keeps_names_the_nearest(cores: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["generate", str(EXAMPLE), "--target", BOARD, "--calibration", str(DATA), "--output", "never"]
    assert cli.main([*words, "--numeric", "auto", "--max-error", "0.00001", "--max-flash", "5K"]) == ExitCode.BUDGET
    message = " ".join(capsys.readouterr().err.split())
    assert "an error of at most 1e-05 in units of the output; 5,120 B of flash" in message
    assert "float32: flash 15,000 > 5,120 B" in message and "int8: error 0.03" in message
    assert f"the smallest accurate one is {BOARD} in float32, 15,000 B" in message
    assert not Path("never").exists()


def test_accuracy_is_a_limit_too(cores: list[str]) -> None:
    choice = settled(max_accuracy_drop=0.0, max_ms=1.5)
    assert choice.best.error is not None and choice.best.error.lost <= 0 and choice.settings.max_accuracy_drop is None


def test_nothing_is_run_for_errors_alone(cores: list[str]) -> None:
    """Flash follows from the shapes alone; synthetic calibration data are enough."""
    choice = settled(None, max_error=0.05)
    assert not cores and choice.best.estimate > 0
    assert "~" in choice.lines[0]
    made_up = Settings(target=BOARD, numeric="auto", calibration="synthetic", max_error=0.5)
    assert choose.choose_numeric(EXAMPLE, made_up).best.error is not None
    assert settled(None, target="host", max_error=2e-6).settings.numeric == "float32"


def test_time_of_a_board_that_nothing_stands_in_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose.firmware, "missing_software", lambda board, stand_in: "qemu is not here")
    with pytest.raises(UsageError, match="nothing tells its time here: qemu is not here"):
        settled(max_ms=1.0)
    assert settled(max_flash=64 * 1024).best.estimate > 0, "flash is estimated"


def test_the_choice_is_kept_for_the_next_command(
    cores: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["convert", str(EXAMPLE), "--target", BOARD, "--calibration", str(DATA)]
    assert cli.main([*words, "--max-error", "0.02", "--max-flash", "10K", "--max-ms", "1.5"]) == ExitCode.OK
    file = project.load().options
    assert (file["numeric"], tuple(file["keep"])) == MIX and not {"max_error", "max_flash", "max_ms"} & set(file)


def test_in_python(cores: list[str]) -> None:
    data = np.load(DATA)["in_0"]
    limits = {"max_error": 0.02, "max_flash": "10K", "max_ms": 1.5}
    artifact = gatesmith.convert(EXAMPLE, target=BOARD, numeric="auto", calibration=data, **limits)
    assert (artifact.target, artifact.numeric) == (BOARD, MIX[0])
    with pytest.raises(AccuracyError, match="no numeric type meets"):
        gatesmith.convert(EXAMPLE, target=BOARD, calibration=data, max_error=1e-9, max_flash=10)


def test_what_is_least_where_limits_leave_it_open() -> None:
    values = (3.0, 2.0, 1.0)  # error, flash, ms
    assert Limits().order(*values) == (3.0, 2.0, 1.0)
    assert Limits(error=9.0).order(*values) == (2.0, 1.0, 3.0)
    assert Limits(drop=9.0, flash=9).order(*values) == (1.0, 3.0, 2.0)
    assert Limits(flash=9).order(*values) == (3.0, 1.0, 2.0)
    assert Limits(rate=1.0, error=9.0, flash=9).order(*values) == (3.0, 2.0, 1.0)
