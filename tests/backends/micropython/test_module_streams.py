"""Modules of causal streams, imported here: what came out is what the model makes of the frames, at the steps that the
rate says, and windows at every hop; integers bit for bit."""

import importlib
import random
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_viper
from boards import runs_without_heap
from graphs import Maker
from numeric_types import FINE
from streams import causal_graph

from gatesmith import passes
from gatesmith.backends import micropython
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.micropython.states import CODES
from gatesmith.core.errors import GatesmithError
from gatesmith.core.graph import Graph
from gatesmith.layers.pool import Pool
from gatesmith.layers.windows import Window
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.calibrate import calibrate
from gatesmith.quantization.quantize import quantize
from gatesmith.run.repl.repl import ProcessRepl

STEPS = 20
MORE = 10
COUNT = 24
HOP = 6
unix = test_viper.unix


def made_of(graph: Graph, name: str, hop: int | None, numeric: str = "float32") -> Generated:
    program = passes.compile_graph(graph, None, stream=True, hop=hop)
    options = micropython.Options(name, "test", NUMERICS[numeric])
    return micropython.generate(program, Origin("m.keras", "0" * 64, "Keras 3", "0" * 12), options, "0")


def model_of(made: Generated, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for path, text in made.files.items():
        if not path.endswith("_viper.py"):  # this is no MicroPython: integers are computed in plain Python
            (folder / path).write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module(made.name).Model


def subjects(first: int, hop: int | None) -> list[tuple[Graph, Generated, Any]]:
    found = []
    for seed in range(first, first + COUNT):
        try:
            graph = causal_graph(random.Random(seed).choice, seed, STEPS)
            made = made_of(graph, f"stream_{seed}", hop)
        except GatesmithError:
            continue
        shape = graph.shape(graph.inputs[0].tensor)[1:]
        x = np.random.default_rng(seed).normal(size=(STEPS + MORE, *(n or 1 for n in shape))).astype(np.float32)
        found.append((graph, made, x))
    assert len(found) > COUNT // 3
    return found


def near(got: Any, wanted: Any, name: str) -> None:
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-5 * max(1.0, float(np.abs(wanted).max())), err_msg=name)


def test_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for graph, made, frames in subjects(500, None):
        new, x, rate = model_of(made, tmp_path, monkeypatch), frames[:STEPS], made.rate
        assert rate is not None
        (wanted,) = Reference(graph).run([x[None]])[0]
        near(np.array(new().predict(x.ravel().tolist())).reshape(wanted.shape), wanted, made.name)
        model, came, at = new(), [], []
        for step, frame in enumerate(x, 1):
            y = model.step(frame.ravel().tolist())
            if y is not None:
                came.append(list(y))
                at.append(step)
        assert at == list(range(rate.first, STEPS + 1, rate.every)), made.name
        assert rate.finishes == hasattr(model, "finish")
        while rate.finishes and (y := model.finish()) is not None:
            came.append(list(y))
        in_rows = made.outputs[0].axis is not None or made.outputs[0].emitted
        if came:
            near(np.array(came if in_rows else came[-1]).reshape(wanted.shape), wanted, made.name)


def test_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = subjects(600, HOP)
    own = sum("_ends(s" in made.files[f"{made.name}.py"] for _, made, _ in found)
    assert 2 < own < len(found)
    for graph, made, x in found:
        model, rate = model_of(made, tmp_path, monkeypatch)(), made.rate
        assert rate is not None and rate.every == HOP
        came = [None if y is None else list(y) for y in (model.step(frame.ravel().tolist()) for frame in x)]
        answers = [y for y in came if y is not None]
        for number in range((len(x) - STEPS) // HOP + 1):
            (wanted,) = Reference(graph).run([x[None, number * HOP : number * HOP + STEPS]])[0]
            near(np.array(answers[number]).reshape(wanted.shape), wanted, made.name)


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


def integers(first: int, hop: int | None) -> list[tuple[Graph, Generated, Any]]:
    """Graphs in integers, with frames that are random, saturated and zero."""
    found, refused = [], []
    for seed in range(first, first + COUNT):
        numeric = FINE[seed % len(FINE)]
        try:
            graph = fuse(causal_graph(random.Random(seed).choice, seed, STEPS))
            shape = tuple(n or 1 for n in graph.shape(graph.inputs[0].tensor)[1:])
            rng = np.random.default_rng(seed)
            x = rng.normal(size=(STEPS + MORE, *shape)).astype(np.float32)
            graph = quantize(graph, calibrate([(graph, [x[None, :STEPS]])]), NUMERICS[numeric])
            made = made_of(graph, f"integers_{seed}", hop, numeric)
        except GatesmithError as error:
            refused.append(error.what)
            continue
        form = graph.tensor(graph.inputs[0].tensor).format
        q = form.quantize(x).astype(form.dtype)
        q[3:9] = rng.choice([form.low, form.high, form.zero], size=q[3:9].shape)
        found.append((graph, made, q))
    assert len(found) > COUNT // 4, refused
    return found


def answered(model: Any, made: Generated, name: str, *frame: Any) -> list[int] | None:
    """A step, or a finish, in integers: the answer if there is one."""
    (port,) = made.outputs
    y = array(CODES[port.dtype], bytes(port.format.size * port.step))
    return (
        list(y) if getattr(model, name)(*(array(CODES[x.dtype.name], x.ravel().tolist()) for x in frame), y) else None
    )


def test_integer_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for graph, made, frames in integers(700, None):
        new, x, rate = model_of(made, tmp_path, monkeypatch), frames[:STEPS], made.rate
        assert rate is not None
        (wanted,) = Reference(graph, np.int64).run([x[None]])[0]
        model, came, at = new(), [], []
        for step, frame in enumerate(x, 1):
            if (y := answered(model, made, "step_q", frame)) is not None:
                came.append(y)
                at.append(step)
        assert at == list(range(rate.first, STEPS + 1, rate.every)), made.name
        assert rate.finishes == hasattr(model, "finish")
        while rate.finishes and (y := answered(model, made, "finish_q")) is not None:
            came.append(y)
        in_rows = made.outputs[0].axis is not None or made.outputs[0].emitted
        if came:
            got = np.array(came if in_rows else came[-1]).reshape(wanted.shape)
            np.testing.assert_array_equal(got, wanted, made.name)
        y = array(CODES[made.outputs[0].dtype], [0] * wanted.size)
        model.run_q(array(CODES[x.dtype.name], x.ravel().tolist()), y)
        np.testing.assert_array_equal(np.array(y).reshape(wanted.shape), wanted, made.name)


def test_integer_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = integers(800, HOP)
    assert sum("_ends(s" in made.files[f"{made.name}.py"] for _, made, _ in found) > 1
    for graph, made, x in found:
        model, rate = model_of(made, tmp_path, monkeypatch)(), made.rate
        assert rate is not None and rate.every == HOP
        came = [y for frame in x if (y := answered(model, made, "step_q", frame)) is not None]
        for number in range((len(x) - STEPS) // HOP + 1):
            (wanted,) = Reference(graph, np.int64).run([x[None, number * HOP : number * HOP + STEPS]])[0]
            np.testing.assert_array_equal(np.array(came[number]).reshape(wanted.shape), wanted, made.name)
        first = form_real(graph, x[:STEPS])
        answers = [y for y in map(model_of(made, tmp_path, monkeypatch)().step, first) if y is not None]
        (wanted,) = Reference(graph, np.int64).run([x[None, :STEPS]])[0]
        real = graph.tensor(graph.outputs[0].tensor).format.real(wanted)
        near(np.array(list(answers[0])).reshape(wanted.shape), real, made.name)


def form_real(graph: Graph, frames: Any) -> list[list[float]]:
    """Frames in real numbers."""
    form = graph.tensor(graph.inputs[0].tensor).format
    return [form.real(frame).ravel().tolist() for frame in frames]


def test_means_beside_padding_are_of_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    m = Maker(lambda options: options[0], 1)
    x = m.input("input", STEPS, 2)
    m.output("output", m.add("pool", Pool("average", (Window(4, left=2, right=1),)), x)[0])
    graph = fuse(m.graph())
    frames = np.random.default_rng(1).normal(size=(1, STEPS, 2)).astype(np.float32)
    whole = quantize(graph, calibrate([(graph, [frames])]), NUMERICS["int8"])
    made = made_of(whole, "integers_of_means", None, "int8")
    (q,) = made.take([frames])
    (wanted,) = Reference(whole, np.int64).run([q])
    model = model_of(made, tmp_path, monkeypatch)()
    came = [y for frame in q[0].astype(np.int8) if (y := answered(model, made, "step_q", frame)) is not None]
    while (y := answered(model, made, "finish_q")) is not None:
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
            graph = test_viper.integers(plain, numeric, [x])
            program = passes.compile_graph(graph, None, stream=True, hop=hop)
            made = micropython.generate(
                program, test_viper.ORIGIN, micropython.Options("swing", "test", NUMERICS[numeric]), "test"
            )
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
