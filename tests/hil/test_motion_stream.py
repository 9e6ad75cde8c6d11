"""The streaming example on an emulated board, fed frame by frame: its answers beside Keras's, and what a frame costs
beside a window computed anew."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stand_ins import emulated

from gatesmith.core.settings import Settings
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.plan import plan
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
MODEL = EXAMPLES / "motion_stream.keras"
BOARD = "nucleo_f446re"
WINDOW, HOP = 100, 2
FRAMES = 240
LESS = 10
"""At least so many times fewer instructions a frame than a window at every hop."""


@pytest.fixture(scope="module")
def board() -> str:
    emulated(BOARD)
    return BOARD


def frame_by_frame(settings: Settings, frames: Any) -> tuple[list[Any], list[int]]:
    """The output buffer after each frame, and the frame's instructions."""
    chosen = plan(settings, runs=True)
    with linked(prepared(load(MODEL, settings), chosen), chosen) as build, build.start() as device:
        device.reset()
        answers, costs = [], []
        for frame in frames:
            (answer,) = device.step([frame])
            answers.append(answer)
            costs.append(device.cost().count)
        return answers, costs


def anew(board: str) -> int:
    """Instructions of one window computed at once."""
    settings = Settings(target=board, emulate=True)
    chosen = plan(settings, runs=True)
    with linked(prepared(load(MODEL, settings), chosen), chosen) as build, build.start() as device:
        device.run([np.load(EXAMPLES / "motion_stream_test.npz")["in_0"][0]])
        return device.cost().count


def test_each_frame_is_answered_as_keras_answers_its_window(board: str) -> None:
    with np.load(EXAMPLES / "motion_stream_test.npz") as data:
        windows, keras_says = data["in_0"], data["out_0"]
    frames = windows[:3].reshape(-1, 6)[:FRAMES]
    answers, costs = frame_by_frame(Settings(target=board, emulate=True, window=WINDOW, hop=HOP), frames)
    starts = range(0, FRAMES - WINDOW + 1, HOP)
    wanted = Reference(load(MODEL, Settings()).graph).run([np.stack([frames[s : s + WINDOW] for s in starts])])[0]
    got = np.stack([answers[start + WINDOW - 1] for start in starts])
    np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-6)
    for sample in range(2):  # windows of the test split, beside what Keras itself said
        np.testing.assert_allclose(got[sample * WINDOW // HOP], keras_says[sample], rtol=0, atol=2e-6)
    whole, frame = anew(board), float(np.mean(costs[WINDOW:]))
    assert LESS * frame <= whole / HOP


def test_the_causal_stream_costs_less_still(board: str) -> None:
    with np.load(EXAMPLES / "motion_stream_test.npz") as data:
        window, keras_says = data["in_0"][0], data["out_0"][0]
    answers, costs = frame_by_frame(Settings(target=board, emulate=True, stream=True), window)
    np.testing.assert_allclose(answers[-1], keras_says, rtol=0, atol=2e-6)
    assert LESS * float(np.mean(costs[-20:])) <= anew(board) / HOP
