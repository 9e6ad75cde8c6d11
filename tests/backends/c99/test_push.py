"""A sensor's samples one a call: every window's answer is the model's own of those samples, whatever window and hop."""

import ctypes
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from graphs import Maker
from report_models import keras1_lstm
from toolchain import STRICT, compile, generate, write

from gatesmith.backends import c99
from gatesmith.backends.base import Generated
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.usage import usage
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import fitted, load
from gatesmith.layers.convolution import Convolution
from gatesmith.layers.windows import Window
from gatesmith.oracle.reference import Reference

SAMPLES = 41
CALLS = """{defines}
#include "{name}_push.h"
static {name}_push_t p;
void reset(void);
int push(const float *x, {type} *y);
void reset(void) {{ {name}_push_reset(&p); }}
int push(const float *x, {type} *y) {{ return {name}_push{float}(&p, x, y); }}
"""


def pushed(folder: Path, code: Generated, x: np.ndarray, defines: dict[str, int], room: int) -> dict[int, list[float]]:
    """Step -> outputs of the compiled helper; a reset begins anew."""
    port = code.outputs[0]
    for path, file in c99.push(usage(code)).items():
        (folder / path).write_text(str(file.content))
    text = CALLS.format(
        name=code.name, defines="\n".join(f"#define {code.name.upper()}_{key} {n}" for key, n in defines.items()),
        type=f"{port.dtype}_t" if code.integer else "float", float="_float" if code.integer else "",
    )  # fmt: skip
    (folder / "push.c").write_text(text)
    compile(
        ["gcc", *STRICT, "-O1", "-shared", "-fPIC", folder / "push.c", write(code, folder), "-o", folder / "push.so"]
    )
    library, y, rounds = ctypes.CDLL(str(folder / "push.so")), np.zeros(room, port.dtype), []
    for _ in range(2):
        library.reset()
        answers = (library.push(row.ctypes, y.ctypes) and y.astype(float).tolist() for row in x)
        rounds.append({step: answer for step, answer in enumerate(answers) if answer})
    assert rounds[0] == rounds[1]
    return rounds[0]


CASES = [
    (None, {}, {"WINDOW": 12}, 12, 12),
    (None, {}, {"WINDOW": 7, "HOP": 7}, 7, 7),
    (None, {}, {"WINDOW": 7, "HOP": 3}, 7, 3),
    (None, {}, {"WINDOW": 5, "HOP": 1}, 5, 1),
    (6, {}, {}, 6, 6),
    (6, {}, {"HOP": 4}, 6, 4),
    (6, {"go_backwards": True}, {}, 6, 6),
    (6, {"go_backwards": True}, {"HOP": 2}, 6, 2),
    (6, {"return_sequences": True}, {"HOP": 5}, 6, 5),
]


@pytest.mark.parametrize("numeric", ["float32", "int8"])
@pytest.mark.parametrize(("steps", "more", "defines", "window", "hop"), CASES)
def test_every_window_is_answered_as_one_sequence(
    steps: int | None,
    more: dict[str, Any],
    defines: dict[str, int],
    window: int,
    hop: int,
    numeric: str,
    tmp_path: Path,
) -> None:
    """Integers bit for bit; floats to the type's tolerance."""
    settings = Settings(numeric=numeric, calibration="synthetic" if numeric == "int8" else None)
    model = load(keras1_lstm(tmp_path / "net.h5", steps=steps, **more), settings)
    code = program(model, plan(settings))
    x = np.random.default_rng(2).normal(size=(SAMPLES, 3)).astype(np.float32)
    whole = window if more.get("return_sequences") else 1
    outputs = pushed(tmp_path, code, x, defines, code.outputs[0].frame * whole)
    ends = list(range(window - 1, SAMPLES, hop))
    assert list(outputs) == ends
    windows = np.stack([x[end - window + 1 : end + 1] for end in ends])
    if code.integer:
        form = code.inputs[0].format
        wanted = Reference(code.graph, np.int64).run([form.quantize(windows)])[0]
        assert np.array_equal(np.array(list(outputs.values())), wanted.reshape(len(ends), -1))
    else:
        wanted = Reference(fitted(model, [windows]).graph).run([windows])[0]
        assert np.allclose(np.array(list(outputs.values())), wanted.reshape(len(ends), -1), atol=2e-6)


@pytest.mark.parametrize("whole", [False, True])
def test_windows_of_convolutions_before_a_cell(whole: bool, tmp_path: Path) -> None:
    """The cell's steps are not the samples; answers are Keras's, and each of its steps is counted."""
    hidden = [keras.layers.Conv1D(4, 3, strides=2, padding="same"), keras.layers.LSTM(5, return_sequences=whole)]
    net = keras.Sequential([keras.Input((12, 3)), *hidden])
    net.save(tmp_path / "net.keras")
    code = program(load(tmp_path / "net.keras", Settings()), plan(Settings()))
    assert usage(code).rows(usage(code).answers[0]) == (6 if whole else 1)
    assert code.macs == code.work.macs == code.macs_of_call(code.lengths) == 6 * (3 * 3 * 4) + 6 * (4 + 5) * 20
    x = np.random.default_rng(2).normal(size=(SAMPLES, 3)).astype(np.float32)
    outputs = pushed(tmp_path, code, x, {"HOP": 5}, 30 if whole else 5)
    windows = np.stack([x[end - 11 : end + 1] for end in outputs])
    assert list(outputs) == list(range(11, SAMPLES, 5))
    wanted = net.predict(windows, verbose=0).reshape(len(windows), -1)
    assert np.allclose(np.array(list(outputs.values())), wanted, atol=2e-6)


def test_a_hop_that_is_none_does_not_compile(tmp_path: Path) -> None:
    model = load(keras1_lstm(tmp_path / "net.h5", steps=6), Settings())
    code = program(model, plan(Settings()))
    with pytest.raises(AssertionError, match="HOP is from 1 to"):
        pushed(tmp_path, code, np.zeros((7, 3), np.float32), {"HOP": 7}, 2)


def test_a_stream_is_pushed_as_it_steps(tmp_path: Path) -> None:
    """A stream buffers frames and answers when an output is ready: here for windows of 3 samples with hop 2."""
    maker = Maker(lambda choices: choices[0])
    x = maker.input("x", SAMPLES, 2)
    maker.output("y", maker.add("conv", Convolution(maker.weights(6, 4), maker.weights(4), (Window(3, 2),)), x)[0])
    graph = maker.graph()
    code = generate(graph, "exact", "net", Layout(8, 8, ()), stream=True, by_rows=False)
    assert code.rate is not None
    samples = np.random.default_rng(2).normal(size=(SAMPLES, 2)).astype(np.float32)
    outputs = pushed(tmp_path, replace(code, lengths=(SAMPLES,)), samples, {}, 4)
    wanted = Reference(graph).run([samples[None]])[0][0]
    assert list(outputs) == list(range(2, SAMPLES, 2))
    assert np.allclose(np.array(list(outputs.values())), wanted, atol=2e-6)


def test_folders_have_it(tmp_path: Path) -> None:
    from gatesmith.flow.generate import generate

    example = Path(__file__).resolve().parents[3] / "examples" / "basic_motions.keras"
    generate(example, tmp_path / "a", Settings())
    assert (tmp_path / "a" / "basic_motions_push.h").is_file()
    generate(example, tmp_path / "b", Settings(format="library"))
    assert list((tmp_path / "b").rglob("basic_motions_push.h"))
