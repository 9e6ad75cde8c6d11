"""A state that a host writes over the link: a step is refused where it would leave a ring, and answered elsewhere."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from gatesmith.core.errors import DeviceError
from gatesmith.core.settings import SILENT, Settings
from gatesmith.flow.built import built
from gatesmith.flow.plan import plan
from gatesmith.importers.reading import load

PLACES = 3
"""Of four words each: next, held, ended, came."""
MODEL = Path(__file__).resolve().parents[3] / "examples" / "motion_stream.keras"
pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is installed")


def test_a_step_from_places_beyond_their_rings_is_refused() -> None:
    settings = Settings(target="host", stream=True)
    with built(load(MODEL, settings), plan(settings, runs=True), SILENT) as build, build.start() as device:
        frame = [np.ones(port.shape[1:], "f4") for port in build.generated.inputs]
        for _ in range(40):
            device.step(frame)
        state = device.read_state()
        after = device.step(frame)
        refused = set()
        for word in range(0, len(state), 2):
            for value in (b"\xff\x7f", b"\x00\x80"):
                device.write_state(state[:word] + value + state[word + 2 :])
                try:
                    device.step(frame)
                except DeviceError as refusal:
                    assert "place in the state" in str(vars(refusal))
                    refused.add(word)
        assert len(refused) == 4 * PLACES
        device.write_state(state)
        for one, other in zip(device.step(frame), after, strict=True):
            np.testing.assert_array_equal(one, other)
