"""Whole chips: the image starts from the chip's own flash, and the chip's own UART carries the link."""

from pathlib import Path

import numpy as np
import pytest

from gatesmith.boards import target
from gatesmith.core.settings import Settings
from gatesmith.flow.validate import validate
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import board as firmware

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CHIPS = {target.describe(name).chip: name for name in reversed(target.names()) if target.describe(name).chip}
"""Emulators of chips, each with one of its boards."""


@pytest.mark.parametrize("chip", sorted(CHIPS))
def test_bits_are_the_reference_s(chip: str, tmp_path: Path) -> None:
    board = emulator.on_chip(target.load(CHIPS[chip]))
    if lacking := firmware.missing_software(board, emulator.load(chip)):
        pytest.skip(lacking)
    np.savez(tmp_path / "x.npz", in_0=np.random.default_rng(27).normal(size=(1, 4, 6)).astype(np.float32))
    settings = Settings(
        target=board.name, emulate=True, chip=True, numeric="int8",
        calibration=str(EXAMPLES / "basic_motions_calibration.npz"),
    )  # fmt: skip
    done = validate(EXAMPLES / "basic_motions.keras", settings, input=tmp_path / "x.npz")
    assert done.passed and done.report.different_integers == 0


def test_kernels_that_the_emulator_does_not_decode_are_left_out() -> None:
    assert "dsp" in target.load("nrf52840_dk").layout.isa
    assert "dsp" not in emulator.on_chip(target.load("nrf52840_dk")).layout.isa
