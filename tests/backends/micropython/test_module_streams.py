"""Modules of causal streams, imported here: what came out is what the model makes of the frames, at the steps that the
rate says, and windows at every hop; integers bit for bit."""

import importlib
import random
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_viper
from boards import runs_without_heap
from graphs import Maker, integers_of
from numeric_types import FINE
from streams import causal_graph
from toolchain import modules

from gatesmith.backends.base import Generated
from gatesmith.backends.micropython.states import CODES
from gatesmith.core.errors import GatesmithError
from gatesmith.core.graph import Graph
from gatesmith.layers.pool import Pool
from gatesmith.layers.windows import Window
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.run.repl.repl import ProcessRepl

STEPS = 20
MORE = 10
COUNT = 24
HOP = 6
TYPES = pytest.mark.parametrize("numerics", [("float32",), FINE], ids=["floats", "integers"])
unix = test_viper.unix


def model_of(made: Generated, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for path, text in made.files.items():
        if not path.endswith("_viper.py"):  # this is no MicroPython: integers are computed in plain Python
            (folder / path).write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module(made.name).Model


def subjects(first: int, hop: int | None, numerics: Sequence[str] = ("float32",)) -> list[tuple[Graph, Generated, Any]]:
    """Graphs of several types, with frames of those: random ones, of integers also saturated ones and zeros."""
    found, refused = [], []
    for seed in range(first, first + COUNT):
        numeric, rng = numerics[seed % len(numerics)], np.random.default_rng(seed)
        try:
            graph = causal_graph(random.Random(seed).choice, seed, STEPS)
            shape = tuple(n or 1 for n in graph.shape(graph.inputs[0].tensor)[1:])
            x = rng.normal(size=(STEPS + MORE, *shape)).astype(np.float32)
            if numeric != "float32":
                graph = integers_of(graph, numeric, x[None, :STEPS])
                form = graph.tensor(graph.inputs[0].tensor).format
                x = form.quantize(x).astype(form.dtype)
                x[3:9] = rng.choice([form.low, form.high, form.zero], size=x[3:9].shape)
            made = modules(graph, numeric, f"stream_{numeric}_{seed}", stream=True, hop=hop)
        except GatesmithError as error:
            refused.append(error.what)
            continue
        found.append((graph, made, x))
    assert len(found) > COUNT // 4, refused
    return found


def wanted_of(graph: Graph, made: Generated, x: Any) -> Any:
    """The reference's answer to a whole sequence."""
    return Reference(graph, np.int64 if made.integer else np.float64).run([x[None]])[0][0]


def near(got: Any, wanted: Any, made: Generated) -> None:
    """Integers bit for bit."""
    atol = 0.0 if made.integer else 1e-5 * max(1.0, float(np.abs(wanted).max()))
    np.testing.assert_allclose(np.array(got).reshape(wanted.shape), wanted, rtol=0, atol=atol, err_msg=made.name)


def answered(model: Any, made: Generated, name: str, *frame: Any) -> list[float] | None:
    """A step, or a finish: the answer if there is one."""
    if not made.integer:
        y = getattr(model, name)(*(x.ravel().tolist() for x in frame))
        return None if y is None else list(y)
    (port,) = made.outputs
    into = array(CODES[port.dtype], bytes(port.format.size * port.step))
    given = (array(CODES[x.dtype.name], x.ravel().tolist()) for x in frame)
    return list(into) if getattr(model, f"{name}_q")(*given, into) else None


def at_once(model: Any, made: Generated, x: Any, count: int) -> Any:
    """The answer to a whole sequence, of so many values."""
    if not made.integer:
        return model.predict(x.ravel().tolist())
    y = array(CODES[made.outputs[0].dtype], [0] * count)
    model.run_q(array(CODES[x.dtype.name], x.ravel().tolist()), y)
    return y


@TYPES
def test_frames(numerics: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for graph, made, frames in subjects(500, None, numerics):
        new, x, rate = model_of(made, tmp_path, monkeypatch), frames[:STEPS], made.rate
        assert rate is not None
        wanted = wanted_of(graph, made, x)
        near(at_once(new(), made, x, wanted.size), wanted, made)
        model, came, at = new(), [], []
        for step, frame in enumerate(x, 1):
            if (y := answered(model, made, "step", frame)) is not None:
                came.append(y)
                at.append(step)
        assert at == list(range(rate.first, STEPS + 1, rate.every)), made.name
        assert rate.finishes == hasattr(model, "finish")
        while rate.finishes and (y := answered(model, made, "finish")) is not None:
            came.append(y)
        in_rows = made.outputs[0].axis is not None or made.outputs[0].emitted
        if came:
            near(came if in_rows else came[-1], wanted, made)


@TYPES
def test_windows(numerics: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = subjects(600, HOP, numerics)
    assert 1 < sum("_ends(s" in made.files[f"{made.name}.py"] for _, made, _ in found) < len(found)
    for graph, made, x in found:
        new, rate = model_of(made, tmp_path, monkeypatch), made.rate
        assert rate is not None and rate.every == HOP
        model = new()
        answers = [y for frame in x if (y := answered(model, made, "step", frame)) is not None]
        for number in range((len(x) - STEPS) // HOP + 1):
            near(answers[number], wanted_of(graph, made, x[number * HOP : number * HOP + STEPS]), made)
        if made.integer:  # and in real numbers
            form, wanted = made.inputs[0].format, made.outputs[0].format.real(wanted_of(graph, made, x[:STEPS]))
            model = new()
            real = [y for frame in x[:STEPS] if (y := model.step(form.real(frame).ravel().tolist())) is not None]
            np.testing.assert_allclose(np.reshape(real[0], wanted.shape), wanted, rtol=1e-5, atol=1e-5)


def test_a_state_is_kept_and_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, made, x = next(one for one in subjects(500, None) if one[1].rate and one[1].rate.first > 1)
    new = model_of(made, tmp_path, monkeypatch)
    model, other = new(), new()
    for frame in x[:9]:
        model.step(frame.ravel().tolist())
    other.state = model.state
    for frame in x[9:]:
        one, two = (m.step(frame.ravel().tolist()) for m in (model, other))
        assert (one is None) == (two is None) and (one is None or list(one) == list(two))
    model.reset()
    first = next(step for step, frame in enumerate(x, 1) if model.step(frame.ravel().tolist()) is not None)
    assert made.rate is not None and first == made.rate.first and graph.nodes


def test_means_beside_padding_are_of_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    m = Maker(lambda options: options[0], 1)
    x = m.input("input", STEPS, 2)
    m.output("output", m.add("pool", Pool("average", (Window(4, left=2, right=1),)), x)[0])
    graph = fuse(m.graph())
    frames = np.random.default_rng(1).normal(size=(1, STEPS, 2)).astype(np.float32)
    whole = integers_of(graph, "int8", frames)
    made = modules(whole, "int8", "integers_of_means", stream=True)
    (q,) = made.take([frames])
    (wanted,) = Reference(whole, np.int64).run([q])
    model = model_of(made, tmp_path, monkeypatch)()
    came = [y for frame in q[0].astype(np.int8) if (y := answered(model, made, "step", frame)) is not None]
    while (y := answered(model, made, "finish")) is not None:
        came.append(y)
    np.testing.assert_array_equal(np.array(came).reshape(wanted[0].shape), wanted[0])


def streams(numeric: str, hop: int | None, count: int) -> Iterator[tuple[Generated, Graph, Any]]:
    """Causal streams, or windows, of 12 frames, in integers."""
    seed = 40 * len(numeric)
    while count:
        seed += 1
        try:
            plain = causal_graph(random.Random(seed).choice, seed, 12)
            x = np.random.default_rng(seed).normal(size=(2, *plain.shape(plain.inputs[0].tensor))).astype(np.float32)
            graph = integers_of(plain, numeric, x)
            made = modules(graph, numeric, stream=True, hop=hop)
        except GatesmithError:
            continue
        count -= 1
        yield made, graph, x


@pytest.mark.parametrize("numeric", FINE)
def test_streams_allocate_nothing_either(numeric: str, unix: ProcessRepl) -> None:
    """By ``run`` and by steps, the last of which answers: what window a stream looks back on is seen by pointers."""
    own = 0
    for hop in (None, 5, 1):
        for made, graph, x in streams(numeric, hop, 2):
            (given,) = made.take([x])
            (wanted,) = Reference(graph, np.int64).run([given])
            own += "_ends(s" in made.files["swing.py"]
            for files, viper in ((test_viper.with_viper(made), True), (test_viper.without_viper(made), False)):
                found = test_viper.on_unix(unix, files, made, viper)
                (answer,) = found.run([given[0]], reset=True)
                np.testing.assert_array_equal(answer.ravel(), wanted[0].ravel())
                if hop and made.rate and made.rate.first == len(given[1]):
                    found.reset()
                    for frame in given[1]:
                        (answer,) = found.step([frame])
                    np.testing.assert_array_equal(answer.ravel(), wanted[1].ravel())
                else:
                    found.step([given[1, 0]], reset=True)
                assert found.heap_of_last_call() == 0 and runs_without_heap(found)
    assert own > 0
