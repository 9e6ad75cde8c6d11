"""The streaming example on an emulated board, fed frame by frame: its answers beside Keras's, and what a frame costs
beside a window computed anew."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stand_ins import emulated

from gatesmith.core.settings import Settings
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.plan import plan
from gatesmith.importers.reading import load

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
MODEL = EXAMPLES / "motion_stream.keras"
BOARD = "nucleo_f446re"
WINDOW, HOP = 100, 2
LESS = 10
"""At least so many times fewer instructions a frame than a window at every hop."""


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


@cache
def anew() -> int:
    """Instructions of one window computed at once."""
    settings = Settings(target=BOARD, emulate=True)
    chosen = plan(settings, runs=True)
    with linked(prepared(load(MODEL, settings), chosen), chosen) as build, build.start() as device:
        device.run([np.load(EXAMPLES / "motion_stream_test.npz")["in_0"][0]])
        return device.cost().count


@pytest.mark.parametrize("how", [{"window": WINDOW, "hop": HOP}, {"stream": True}], ids=["windows", "causal"])
def test_frames_cost_less_and_are_answered_as_keras_answers_their_window(how: dict[str, Any]) -> None:
    """Windows of the test split: one behind the other, or the first. All windows between are ``test_streams``'s."""
    emulated(BOARD)
    with np.load(EXAMPLES / "motion_stream_test.npz") as data:
        windows, keras_says = data["in_0"][: 1 + ("window" in how)], data["out_0"]
    answers, costs = frame_by_frame(Settings(target=BOARD, emulate=True, **how), windows.reshape(-1, 6))
    np.testing.assert_allclose(answers[WINDOW - 1 :: WINDOW], keras_says[: len(windows)], rtol=0, atol=2e-6)
    assert LESS * float(np.mean(costs[-20:])) <= anew() / HOP
