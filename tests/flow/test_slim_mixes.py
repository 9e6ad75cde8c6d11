"""Layers in fewer bits under a limit of flash: which come first, what is chosen, and that a core computes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stand_ins import emulated

import gatesmith
from gatesmith.core.settings import Settings
from gatesmith.flow import choose
from gatesmith.flow.choose import NumericChoice, choose_numeric
from gatesmith.importers.reading import load
from gatesmith.quantization.observations import Observations
from gatesmith.quantization.prepare import slimmer

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "japanese_vowels.keras"
DATA = EXAMPLE.with_name("japanese_vowels_calibration.npz")
BOARD = "nucleo_f446re"


@pytest.fixture
def two_layers(tmp_path: Path) -> tuple[Path, Path]:
    """Branches of as many weights, whose sum is the output: one is worth a thousandth."""
    import keras

    keras.utils.set_random_seed(0)
    x = keras.Input((64,))
    much = keras.layers.Dense(160, name="much")(x)
    little = keras.layers.Dense(160, name="little")(x)
    keras.Model(x, keras.layers.Add()([much, keras.layers.Rescaling(1e-3)(little)])).save(tmp_path / "two.keras")
    np.savez(tmp_path / "two.npz", in_0=np.random.default_rng(1).normal(size=(60, 64)).astype(np.float32))
    return tmp_path / "two.keras", tmp_path / "two.npz"


def settled(model: Path, data: Path, flash: float, board: str = BOARD, keep: tuple[str, ...] = ()) -> NumericChoice:
    limit = max(1, int(flash))
    return choose_numeric(
        model, Settings(target=board, numeric="mixed", calibration=str(data), max_flash=limit, keep=keep)
    )


def test_the_layer_that_costs_least_for_its_bits_comes_first(two_layers: tuple[Path, Path]) -> None:
    model, data = two_layers
    settings = Settings(numeric="int8", calibration=str(data))
    steps = slimmer(load(model, settings), settings, Observations(held_out=True))
    assert steps == [
        ("little=int8w4",),
        ("little=int8w2",),
        ("little=int8w2", "much=int8w4"),
        ("little=int8w2", "much=int8w2"),
    ]


def test_of_what_fits_the_least_error(two_layers: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Flash is estimated here. Limits just below int8 and int8w4 leave room for mixes that are better than the next
    type with one width everywhere; with room for int8 nothing is mixed."""
    monkeypatch.setattr(choose.firmware, "lacking", lambda board, stand_in: "qemu is not here")
    choice = settled(*two_layers, 1e6)
    assert not any(row.keep for row in choice.rows)
    plain = {row.numeric: row.point for row in choice.rows}
    for numeric, next_one in (("int8", "int8w4"), ("int8w4", "int8w2")):
        choice = settled(*two_layers, plain[numeric][2] - 1)
        mix = min((row for row in choice.rows if row.keep and row.keeps), key=lambda row: row.point)
        assert mix.point[2] < plain[numeric][2] and mix.point[0] < plain[next_one][0]
        assert choice.best.point[0] <= mix.point[0] and all(word in choice.lines[0] for word in choice.best.keep)
    keep = ("little=int8w4",)
    choice = settled(*two_layers, plain["int8w4"][2] + 200, keep=keep)
    assert any(set(keep) < set(row.keep) and row.keeps for row in choice.rows), "the user's own layers stay as they are"


def test_mixes_are_tried_where_the_board_is_too_small_for_int8(two_layers: tuple[Path, Path], tmp_path: Path) -> None:
    board = emulated(BOARD)
    facts = f'summary = "small"\nclock = 80_000_000\nemulator = "{board.emulator}"\n'
    small = tmp_path / "small.toml"
    small.write_text(f'extends = "cortex-m4f"\n{facts}flash = 20_000\nram = 65_536\n')
    choice = settled(*two_layers, 19_000, str(small))
    results = {row.numeric: row.result for row in choice.rows if not row.keep}
    assert results["int8"] == "does not fit" and any(row.keep and row.keeps for row in choice.rows)


def test_a_core_and_this_machine_compute_a_mix_bit_for_bit() -> None:
    emulated(BOARD)
    plain = {row.numeric: row.point for row in settled(EXAMPLE, DATA, 1e6).rows}
    mixes = [row for row in settled(EXAMPLE, DATA, plain["int8"][2] - 1).rows if row.keep]
    assert mixes and all(row.result == "pass" for row in mixes), "one sample each, as the reference has it"
    best = min(mixes, key=lambda row: row.point)
    assert plain["int8w4"][2] < best.point[2] < plain["int8"][2] and best.point[0] < plain["int8w4"][0]
    artifact = gatesmith.convert(EXAMPLE, numeric="int8", keep=best.keep, calibration=DATA)
    test = np.load(EXAMPLE.with_name("japanese_vowels_test.npz"))
    assert artifact.validate(test["in_0"][::10]).facts["different_integers"] == 0
