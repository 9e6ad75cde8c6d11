"""Boards that an emulator stands in for."""

import pytest

from gatesmith.boards import target
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import board as firmware


def emulated(name: str) -> target.Target:
    """A board whose compiler and emulator are here, if it has one; else the test is skipped, with what is missing."""
    board = target.load(name)
    if board.emulator and (missing := firmware.missing_software(board, emulator.load(board.emulator))):
        pytest.skip(f"{name}: {missing}")
    return board
