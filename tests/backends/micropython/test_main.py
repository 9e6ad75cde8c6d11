"""main.py, the example beside the modules: the LED it switches, on MicroPython's unix port with a pin that prints."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from report_models import dense, write_hdf5
from test_newcomer import LED

from gatesmith.core.settings import Settings
from gatesmith.flow.generate import generate


@pytest.mark.parametrize("time_axis", [False, True], ids=["one sample", "steps"])
@pytest.mark.parametrize(
    ("bias", "on"), [([3.0], 1), ([-3.0], 0), ([3.0, -3.0, 0.0], 1), ([-3.0, 0.0, 3.0], 0)], ids=str
)
def test_the_led_shows_the_answer(bias: list[float], on: int, time_axis: bool, tmp_path: Path) -> None:
    """Of one output, whether it is above a half; of several, whether the first is the largest."""
    if (micropython := shutil.which("micropython")) is None:
        pytest.skip("micropython is not installed (make tools)")
    steps = (5,) if time_axis else ()
    model = dense(tmp_path / "switch.h5", np.zeros((3, len(bias))), bias, "sigmoid", *steps)
    generate(model, tmp_path / "out", Settings(target="pico", backend="micropython"))
    (tmp_path / "out" / "machine.py").write_text(LED, "utf-8")
    done = subprocess.run(
        [micropython, "main.py"], cwd=tmp_path / "out", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    *_, answer, led = done.stdout.splitlines()
    values = [float(word) for word in answer.split()]
    np.testing.assert_allclose(values, 1 / (1 + np.exp(-np.array(bias))), atol=1e-6)
    assert led == f"LED LED {on}"


@pytest.mark.parametrize("stateful", [False, True])
def test_states_that_last_are_not_reset_between_windows(stateful: bool, tmp_path: Path) -> None:
    options = {"name": "rnn", "batch_input_shape": [1, 4, 3], "units": 2, "stateful": stateful}
    shapes = {"kernel:0": (3, 2), "recurrent_kernel:0": (2, 2), "bias:0": (2,)}
    weights = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    layer = {"class_name": "SimpleRNN", "config": options}
    model = write_hdf5(tmp_path / "rnn.h5", "2.4.0", [layer], {"rnn": weights})
    done = generate(model, tmp_path / "out", Settings(target="pico", backend="micropython"))
    for text in ("\n".join(done.project.calls), (tmp_path / "out" / "main.py").read_text("utf-8")):
        assert ("model.reset()" in text) is not stateful
