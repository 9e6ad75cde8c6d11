"""Models as causal streams: what has come out after so many frames is what the model makes of these frames; integers
bit for bit; nothing is written where nothing is ready; and what cannot stream says why."""

import random
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING
from graphs import Maker, integers_of, random_graph
from layers.compiled import Instance
from numeric_types import FINE
from streams import CStream, ModuleStream, Stream, causal_graph
from toolchain import compile, generate, imported, library_of, modules, write

from gatesmith.backends.base import Generated
from gatesmith.backends.c99.blocks import Layout
from gatesmith.core.errors import GatesmithError, UnsupportedError
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.convolution import Convolution
from gatesmith.layers.merge import Merge
from gatesmith.layers.pad import Pad
from gatesmith.layers.pool import GlobalPool
from gatesmith.layers.reshape import Reshape
from gatesmith.layers.reverse import Reverse
from gatesmith.layers.windows import Window
from gatesmith.oracle.carried import carried
from gatesmith.oracle.reference import Reference
from gatesmith.passes.lower import lower
from gatesmith.passes.stream_facts import StreamError
from gatesmith.passes.streaming import explain, streaming

STEPS = 24
LENGTH = 13
"""Of windows."""
COUNT = 20 if EVERYTHING else 14
WHEN = (1, 2, 5, 11, 17, STEPS)
"""After so many frames, what has come out is compared."""


@dataclass(frozen=True)
class Subject:
    """A model that is fed: ``x`` is (sequences, steps, ...) in its own type."""

    graph: Graph
    code: Generated
    x: Any

    def wanted(self, steps: int) -> np.ndarray[Any, Any]:
        """(sequences, ...) for the first steps: outputs that come one by one in a row."""
        x = self.x[:, :steps]
        return Reference(self.graph, np.int64 if self.code.integer else np.float64).run([x])[0]


def c_of(graph: Graph, name: str, numeric: str = "float32", hop: int | None = None, carry: bool = False) -> Generated:
    layout = Layout(8, 8, ())
    return generate(graph, "exact", name, layout, numeric, stream=True, hop=hop, carry=carry, by_rows=False)


Make = Callable[[Graph, str, str, int | None], Generated]


def module_of(graph: Graph, name: str, numeric: str = "float32", hop: int | None = None) -> Generated:
    return modules(graph, numeric, f"stream_{name}_{numeric}", stream=True, hop=hop)


def fed(subjects: Sequence[Subject], folder: Path) -> Iterator[tuple[Subject, Stream]]:
    """Each with its stream, by the C or by its modules."""
    if f"{subjects[0].code.name}.c" in subjects[0].code.files:
        library = library_of([one.code for one in subjects], folder)
        yield from ((one, CStream(one.code, library)) for one in subjects)
        return
    yield from ((one, ModuleStream(one.code, imported(one.code, folder).Model)) for one in subjects)


def random_subjects(
    first: int, length: int | None, numerics: Sequence[str], hops: Sequence[int] | None = None, of: Make = c_of
) -> list[Subject]:
    subjects: list[Subject] = []
    for seed in range(first, first + COUNT):
        rng = np.random.default_rng(seed)
        numeric = numerics[seed % len(numerics)]
        try:
            graph = causal_graph(random.Random(seed).choice, seed, length)
        except GatesmithError:
            continue  # a window longer than what is left
        x = rng.normal(size=(2, STEPS, *(n or 1 for n in graph.shape(graph.inputs[0].tensor)[1:]))).astype(np.float32)
        if numeric != "float32":
            graph = integers_of(graph, numeric, x[:, :length])
            form = graph.tensor(graph.inputs[0].tensor).format
            noise = rng.integers(form.low, form.high + 1, size=x.shape)
            ends = rng.choice([form.low, form.high, form.zero], size=x.shape)
            x = np.concatenate([form.quantize(x), noise[:1], ends[:1]])
        try:
            hop = hops and hops[seed % len(hops)]
            subjects.append(Subject(graph, of(graph, f"m{seed}", numeric, hop), x))
        except UnsupportedError as error:
            message = error.what + error.why + " ".join(error.fix)
            known = ("length", "where it begins", "MicroPython", *(("anew", "hop") if hops else ()))
            assert any(words in message for words in known), message
    assert len(subjects) > COUNT // (2 if of is c_of else 4)
    return subjects


WAYS = pytest.mark.parametrize("of", [c_of, module_of])


@WAYS
@pytest.mark.parametrize(
    ("first", "length", "numerics"),
    [(1025, STEPS, ("float32",)), (2012, None, ("float32",)), (3014, STEPS, FINE)],
    ids=["float32", "open length", "integers"],
)
def test_what_came_out_is_what_the_model_makes_of_what_came_in(
    first: int, length: int | None, numerics: Sequence[str], of: Make, tmp_path: Path
) -> None:
    for one, stream in fed(random_subjects(first, length, numerics, of=of), tmp_path):
        for row, x in enumerate(one.x):
            stream.reset()
            _follow(one, row, stream, x, prefixes=length is None)


def _follow(one: Subject, row: int, stream: Stream, x: Any, prefixes: bool) -> None:
    rate = one.code.rate
    assert rate is not None
    in_rows = one.code.outputs[0].axis is not None or one.code.outputs[0].emitted > 0
    came: list[Any] = []
    at: list[int] = []
    for step, frame in enumerate(x, 1):
        y = stream.step(frame)
        if y is not None:
            came.append(y)
            at.append(step)
        stream = stream.fork() if step == len(x) // 3 else stream
        if step == len(x) or (prefixes and step in WHEN and step >= rate.first - rate.delay):
            ended = [*came, *stream.fork().finish()]
            wanted = one.wanted(step)[row]
            assert not in_rows or len(ended) == len(wanted), (one.code.name, step)
            if ended:
                close(one, np.stack(ended).reshape(wanted.shape) if in_rows else ended[-1], wanted)
    assert at == list(range(rate.first, len(x) + 1, rate.every)), one.code.name
    ended = [*came, *stream.finish()]
    stream.reset()
    whole = stream.run(x, one.wanted(len(x))[row].shape)
    if ended:
        np.testing.assert_array_equal(whole, np.stack(ended).reshape(whole.shape) if in_rows else ended[-1])


def close(one: Subject, got: Any, wanted: Any) -> None:
    if one.code.integer:
        np.testing.assert_array_equal(got, wanted, one.code.name)
    else:
        np.testing.assert_allclose(
            got, wanted, atol=1e-5 * max(1.0, float(np.abs(wanted).max())), err_msg=one.code.name
        )


@WAYS
@pytest.mark.parametrize("numerics", [("float32",), FINE], ids=["float32", "integers"])
def test_windows_are_what_the_model_makes_of_the_last_steps(numerics: Sequence[str], of: Make, tmp_path: Path) -> None:
    """At every hop, whether it streams all of a window, some of it, nothing, or all but what padding decides."""
    subjects = random_subjects(4015, LENGTH, numerics, hops=(1, 2, 3, 6), of=of)
    whole = 0
    assert sum(any(re.search(r"\b_?ends\(s", text) for text in one.code.files.values()) for one in subjects) > 3
    for one, stream in fed(subjects, tmp_path):
        rate = one.code.rate
        assert rate is not None and rate.first <= LENGTH and not rate.finishes
        whole += one.code.macs == rate.from_scratch
        for row, x in enumerate(one.x):
            stream.reset()
            came = [stream.step(frame) for frame in x]
            at = [step for step, y in enumerate(came, 1) if y is not None]
            assert at == list(range(rate.first, len(x) + 1, rate.every)), one.code.name
            for number, y in enumerate(y for y in came if y is not None):
                last = one.x[row : row + 1, number * rate.every :][:, :LENGTH]
                if last.shape[1] == LENGTH:
                    (wanted,) = Reference(one.graph, np.int64 if one.code.integer else np.float64).run([last])[0]
                    close(one, y.reshape(wanted.shape), wanted)
    assert 0 < whole < len(subjects)


def _cell_behind(window: Window, kind: str, length: int | None) -> Graph:
    """``""`` is no cell."""
    m = Maker(lambda options: options[0], 5)
    x = m.input("input", length, 3)
    (x,) = m.add("conv", Convolution(m.weights(9, 4), m.weights(4), (window,), 1, Function("relu")), x)
    if kind:
        _, x, *_ = m.add("rnn", m.cell(kind, 4, 5), x)
    m.output("output", m.add("head", m.dense(5 if kind else 4, 3), x, lead=0 if kind else 1)[0])
    return m.graph()


CELLS = [(Window(3), "lstm"), (Window(3, 2), "gru"), (Window(3, left=2), "simple_rnn")]


@pytest.mark.parametrize(("window", "kind"), CELLS, ids=[kind for _, kind in CELLS])
def test_states_go_on_from_window_to_window(window: Window, kind: str, tmp_path: Path) -> None:
    """The answer at a hop is the model's on all frames since the reset, where its states may be carried; what that
    changes is what the judge of it says."""
    plain, hop = _cell_behind(window, kind, LENGTH), 4
    with pytest.raises(StreamError, match="cannot be computed") as refused:
        c_of(plain, "refused", hop=hop)
    assert "--carry-state" in refused.value.fix[0]
    x = np.random.default_rng(7).normal(size=(2, 40, 3)).astype(np.float32)
    form = integers_of(plain, "int8", x[:, :LENGTH])
    integers = form.tensor(form.inputs[0].tensor).format.quantize(x)
    models = [c_of(plain, "floats", hop=hop, carry=True), c_of(form, "integers", "int8", hop, carry=True)]
    library = library_of(models, tmp_path)
    for one, graph, frames in zip(models, (plain, form), (x, integers), strict=True):
        ours, theirs = [], []
        for row in frames:
            stream = CStream(one, library)
            came = [y for frame in row if (y := stream.step(frame)) is not None]
            assert one.rate is not None and one.rate.every == hop
            ends = range(one.rate.first, len(row) + 1, hop)
            for y, end in zip(came, ends, strict=True):
                close(Subject(graph, one, frames), y, _so_far(graph, row[None, :end])[0])
            last = [row[end - one.rate.first :][:LENGTH] for end in ends[1:]]
            ours += came[1 : 1 + sum(len(window) == LENGTH for window in last)]
            theirs += [_so_far(graph, window[None])[0] for window in last if len(window) == LENGTH]
        real = graph.tensor(graph.outputs[0].tensor).format.real if one.integer else np.asarray
        apart = carried(streaming(lower(graph), hop, carry=True), [[x]])
        one_way, other = real(np.array(ours)), real(np.array(theirs))
        wanted = float(np.abs(one_way - other).max())
        assert apart.windows == len(ours) and apart.largest == pytest.approx(wanted, rel=1e-3) and wanted > 0
        assert apart.classes == int((np.argmax(one_way, axis=1) != np.argmax(other, axis=1)).sum())


def _so_far(graph: Graph, frames: Any) -> Any:
    return Reference(graph, np.int64 if graph.tensor(graph.outputs[0].tensor).format.integer else np.float64).run(
        [frames]
    )[0]


def test_states_that_go_on_need_all_of_what_they_see() -> None:
    behind = _cell_behind(Window(3, left=1, right=1), "lstm", LENGTH)
    with pytest.raises(StreamError) as refused:
        c_of(behind, "refused", hop=2, carry=True)
    assert "behind each window" in refused.value.why and "--stream" in refused.value.fix[0]


@pytest.mark.parametrize("kind", ["lstm", ""])
def test_windows_begin_where_frames_do(kind: str) -> None:
    """Frames of three steps are those of windows at every third step only: led through a cell, or put out."""
    odd = _cell_behind(Window(3, 3), kind, LENGTH)
    assert c_of(odd, "taken", hop=6, carry=bool(kind)).files
    with pytest.raises(StreamError) as refused:
        c_of(odd, "refused", hop=4, carry=bool(kind))
    assert refused.value.why == "it has a frame for every 3 steps"


def test_recurrent_models_are_the_same_as_streams(tmp_path: Path) -> None:
    """Models that already ran step by step still do: masks, wrapped cells, several inputs and outputs."""
    pairs = []
    for seed in range(40):
        graph = random_graph(random.Random(seed).choice, seed)
        try:
            pairs.append([generate(graph, "exact", f"m{seed}_{way}", capacity=9, stream=bool(way)) for way in (1, 0)])
        except StreamError:
            continue
    assert len(pairs) >= 10
    library = library_of([code for pair in pairs for code in pair], tmp_path)
    for one, other in pairs:
        rng = np.random.default_rng(1)
        inputs = [rng.normal(size=tuple(n or 7 for n in port.shape)).astype(np.float32) for port in one.inputs]
        for x in inputs:
            x[rng.random(x.shape[:1]) < 0.3] = 0  # masked, where masks are
        for got, wanted in zip(*(Instance(code, library).run(inputs) for code in (one, other)), strict=True):
            np.testing.assert_array_equal(got, wanted, one.name)


def test_a_mean_of_very_many_frames(tmp_path: Path) -> None:
    m = Maker(lambda options: options[0], 1)
    m.output("output", m.add("pool", GlobalPool("average"), m.input("input", None, 2))[0])
    x = np.array([[0.3, 0.3], [0.3, 0.9]], np.float32)
    for of, frames in ((c_of, 500_000), (module_of, 80_000)):
        ((_, stream),) = fed([Subject(m.graph(), of(m.graph(), "patient"), None)], tmp_path)
        np.testing.assert_allclose(stream.run(np.repeat(x, frames, axis=0), (2,)), (0.3, 0.6), rtol=1e-6)


def test_windows_of_as_many_steps_as_are_counted(tmp_path: Path) -> None:
    m = Maker(lambda options: options[0], 1)
    m.output("output", m.add("pool", GlobalPool("max"), m.input("input", 32767, 1))[0])
    code = c_of(m.graph(), "vast", hop=20000)
    frames = np.random.default_rng(1).normal(size=(72767, 1)).astype(np.float32)
    step = CStream(code, library_of([code], tmp_path)).step
    answers = [y[0] for frame in frames if (y := step(frame)) is not None]
    assert answers == [frames[first : first + 32767].max() for first in (0, 20000, 40000)]


def test_a_reset_forgets_the_frames(tmp_path: Path) -> None:
    m = Maker(lambda options: options[0], 1)
    x = m.input("input", None, 2)
    m.output("output", m.add("conv", Convolution(m.weights(6, 3), m.weights(3), (Window(3, left=2),)), x)[0])
    code = c_of(m.graph(), "forgetful")
    stream = CStream(code, library_of([code], tmp_path))
    frames = np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32)
    first, later = ([stream.step(frame) for frame in frames] for _ in range(2))
    stream.reset()
    again = [stream.step(frame) for frame in frames]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, later)


def _refused(build: Callable[[Maker, int], int], length: int | None = None) -> StreamError:
    m = Maker(lambda options: options[0], 1)
    m.output("output", build(m, m.input("input", length, 4)))
    with pytest.raises(StreamError) as error:
        c_of(m.graph(), "refused")
    assert next(line.why for line in explain(m.graph()) if line.why) == error.value.why
    return error.value


def test_what_cannot_stream_says_why() -> None:
    def conv(m: Maker, x: int, window: Window) -> int:
        return m.add("conv", Convolution(m.weights(4 * window.kernel, 4), None, (window,)), x)[0]

    backwards = _refused(lambda m, x: m.add("rnn", m.cell("gru", 4, 2), m.add("turn", Reverse(), x)[0])[0])
    assert 'layer "turn"' in backwards.what and "last step" in backwards.why
    strided = _refused(lambda m, x: conv(m, x, Window(3, 2, left=1, right=1)))
    assert "length" in strided.why and "--length" in strided.fix[0]
    early = _refused(lambda m, x: conv(m, x, Window(2, left=3)))
    assert early.why == "2 outputs are there before the first step"
    assert "whole" in _refused(lambda m, x: m.add("pad", Pad(((1, 0),)), x)[0]).why
    far = Window(2, dilation=20000, right=20000)
    assert "40,001" in _refused(lambda m, x: m.add("a", Merge("add"), x, conv(m, conv(m, x, far), far), lead=1)[0]).why
    m = Maker(lambda options: options[0], 1)
    x = m.input("input", None, None, 4)
    m.output("output", m.add("dense", m.dense(4, 2), x, lead=2)[0])
    with pytest.raises(StreamError) as open_:
        c_of(m.graph(), "open")
    assert "open" in open_.value.why
    apart = Maker(lambda options: options[0], 1)
    sides = [apart.input(name, steps, 4) for name, steps in (("long", 6), ("short", 4))]
    for name, side in zip(("long", "short"), sides, strict=True):
        apart.output(name, apart.add(f"{name}_dense", apart.dense(4, 2), side, lead=1)[0])
    with pytest.raises(StreamError) as lengths:
        c_of(apart.graph(), "apart")
    assert "lengths differ" in lengths.value.why
    padded = _refused(lambda m, x: m.add("flat", Reshape((24,)), conv(m, x, Window(3, left=2)))[0], 6)
    assert "padding" in padded.why and "--window" in padded.fix[0]


FROM_ELSEWHERE = """
#include <stdlib.h>
#include "NAME.h"
static int any(int least, int most) { return rand() % 50 ? least + rand() % (most - least + 1) : -9; }
#define DRAW(at, next, held, ended, least, most, full) \\
    *at = (NAME_place_t){ any(0, next), any(0, held), any(0, ended), any(least, most) };
int main(void)
{
    const float x[NAME_INPUT] = { 0 };
    float y[NAME_OUTPUT];
    int valid = 0, invalid = 0;
    srand(1);
    for (int turn = 0; turn < 20000; turn++) {
        NAME_t *state = malloc(sizeof *state);
        NAME_reset(state);
PLACES
        if (!NAME_state_valid(state)) {
            invalid++;
        } else {
            valid++;
            for (int t = 0; t < 9; t++) {
                (void)NAME_step(state, x, y);
                if (!NAME_state_valid(state)) {
                    return 2;
                }
            }
        }
        free(state);
    }
    return valid > 20 && invalid > 20 ? 0 : 3;
}
"""


def test_a_state_from_elsewhere_that_is_valid_stays_within_its_rings(tmp_path: Path) -> None:
    """Random ring positions under AddressSanitizer: every state that is called valid stays valid, and a step ends."""
    subjects = random_subjects(49, None, ("float32",)) + random_subjects(9000, LENGTH, ("float32",), (5,))
    codes = [one.code for one in subjects if one.code.checks_state]
    for code in codes[:5] + codes[-1:]:
        (port,), (out,), name = code.inputs, code.outputs, code.name
        places = re.findall(r"within\((&state->.*?)\)", code.files[f"{name}.c"])
        text = FROM_ELSEWHERE.replace("PLACES", "".join(f"DRAW({place})" for place in places))
        text = text.replace("NAME_INPUT", str(port.frame)).replace("NAME_OUTPUT", str(out.frame)).replace("NAME", name)
        source = write(code, tmp_path / name)
        main = source.with_name("main.c")
        main.write_text(text)
        sanitized = ["gcc", "-std=c99", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        compile([*sanitized, source, main, "-o", main.with_suffix(""), "-lm"])
        done = subprocess.run([main.with_suffix("")], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{name}: {done.returncode} {done.stderr[:2000]}"
