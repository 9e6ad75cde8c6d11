"""Modules of causal streams: what ``test_streams.py`` of the C, which feeds modules too, does not ask of them."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_viper
from boards import runs_without_heap
from graphs import Maker, integers_of
from numeric_types import FINE
from streams import ModuleStream, causal_graph
from test_streams import LENGTH, Subject, fed, module_of, random_subjects
from toolchain import modules

from gatesmith.backends.base import Generated
from gatesmith.core.errors import GatesmithError
from gatesmith.core.graph import Graph
from gatesmith.layers.pool import Pool
from gatesmith.layers.windows import Window
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.run.repl.repl import ProcessRepl

STEPS = 20
unix = test_viper.unix


def test_means_beside_padding_are_of_what_is_there(tmp_path: Path) -> None:
    m = Maker(lambda options: options[0], 1)
    x = m.input("input", STEPS, 2)
    m.output("output", m.add("pool", Pool("average", (Window(4, left=2, right=1),)), x)[0])
    graph = fuse(m.graph())
    frames = np.random.default_rng(1).normal(size=(1, STEPS, 2)).astype(np.float32)
    whole = integers_of(graph, "int8", frames)
    code = modules(whole, "int8", "integers_of_means", stream=True)
    (q,) = code.take([frames])
    (wanted,) = Reference(whole, np.int64).run([q])
    ((_, stream),) = fed([Subject(whole, code, q)], tmp_path)
    came = [y for frame in q[0] if (y := stream.step(frame)) is not None]
    np.testing.assert_array_equal(np.reshape([*came, *stream.finish()], wanted[0].shape), wanted[0])


def test_windows_of_integers_in_real_numbers(tmp_path: Path) -> None:
    for one, stream in fed(random_subjects(600, LENGTH, FINE, (6,), module_of), tmp_path):
        x, model, out = one.x[0, :LENGTH], one.code.inputs[0].format.real, one.code.outputs[0].format.real
        wanted = out(Reference(one.graph, np.int64).run([x[None]])[0][0])
        assert isinstance(stream, ModuleStream)
        frames = (stream.model.step(model(frame).ravel().tolist()) for frame in x)
        real = [list(y) for y in frames if y is not None]
        np.testing.assert_allclose(np.reshape(real[0], wanted.shape), wanted, rtol=1e-5, atol=1e-5)


def streams(numeric: str, hop: int | None, count: int) -> Iterator[tuple[Generated, Graph, Any]]:
    """Causal streams, or windows, of 12 frames, in integers."""
    seed = 43 * len(numeric)
    while count:
        seed += 1
        try:
            plain = causal_graph(random.Random(seed).choice, seed, 12)
            x = np.random.default_rng(seed).normal(size=(2, *plain.shape(plain.inputs[0].tensor))).astype(np.float32)
            graph = integers_of(plain, numeric, x)
            code = modules(graph, numeric, stream=True, hop=hop)
        except GatesmithError:
            continue
        count -= 1
        yield code, graph, x


@pytest.mark.parametrize("numeric", FINE)
def test_streams_allocate_nothing_either(numeric: str, unix: ProcessRepl) -> None:
    """By ``run`` and by steps, the last of which answers: a stream reads its window through pointers."""
    ended = 0
    for hop in (None, 5, 1):
        for code, graph, x in streams(numeric, hop, 2):
            (inputs,) = code.take([x])
            (wanted,) = Reference(graph, np.int64).run([inputs])
            ended += "_ends(s" in code.files["swing.py"]
            for files, viper in ((test_viper.with_viper(code), True), (test_viper.without_viper(code), False)):
                dev = test_viper.on_unix(unix, files, code, viper)
                (answer,) = dev.run([inputs[0]], reset=True)
                np.testing.assert_array_equal(answer.ravel(), wanted[0].ravel())
                if hop and code.rate and code.rate.first == len(inputs[1]):
                    dev.reset()
                    for frame in inputs[1]:
                        (answer,) = dev.step([frame])
                    np.testing.assert_array_equal(answer.ravel(), wanted[1].ravel())
                else:
                    dev.step([inputs[1, 0]], reset=True)
                assert dev.heap_of_last_call() == 0 and runs_without_heap(dev)
    assert ended > 0
