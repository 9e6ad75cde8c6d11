"""What generated modules hold and how they behave, here under CPython, which runs the same files. Of causal streams
what ``test_streams.py`` of the C, which feeds modules too, does not ask."""

import ast
import math
import random
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import test_viper
from boards import runs_without_heap
from graphs import Maker, integers_of
from numeric_types import FINE
from streams import ModuleStream, causal_graph
from test_streams import LENGTH, Subject, fed, module_of, random_subjects
from toolchain import imported, modules

import gatesmith
from gatesmith.backends import micropython
from gatesmith.backends.base import Generated
from gatesmith.backends.micropython.floats import PORTABLE
from gatesmith.backends.micropython.weights import Constants
from gatesmith.backends.usage import usage
from gatesmith.core.errors import GatesmithError, UnsupportedError
from gatesmith.core.graph import Graph
from gatesmith.layers.embedding import Embedding
from gatesmith.layers.pool import Pool
from gatesmith.layers.windows import Window
from gatesmith.numerics import NUMERICS, Storage
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.weights import round_weights
from gatesmith.run.repl.repl import ProcessRepl

Load = Callable[[Generated], Any]


def cell(width: int = 3, units: int = 4) -> Graph:
    maker = Maker(random.Random(1).choice, 1)
    x = maker.input("motion", None, width)
    _, last, *_ = maker.add("lstm", maker.cell("lstm", width, units), x)
    maker.output("dense", maker.add("dense", maker.dense(units, 2), last)[0])
    return maker.graph()


def two_outputs() -> Graph:
    maker = Maker(random.Random(2).choice, 2)
    x = maker.input("class", None, 3)
    every, last, *_ = maker.add("gru", maker.cell("gru", 3, 4), x)
    maker.output("import", maker.add("head", maker.dense(4, 2), last)[0])
    maker.output("every", maker.add("tail", maker.dense(4, 1), every, lead=1)[0])
    return maker.graph()


@pytest.fixture
def load(tmp_path: Path) -> Load:
    return lambda code: imported(code, tmp_path)


def test_same_bytes_for_the_same_model() -> None:
    assert all(small(numeric).files == small(numeric).files for numeric in ("float32", "int8"))


def test_weights_are_bytes_and_no_number_is_made_of_them() -> None:
    code = modules(cell())
    assigned = {
        node.targets[0].id: node.value.value  # type: ignore[attr-defined]
        for node in ast.parse(code.files["swing_weights.py"]).body
        if isinstance(node, ast.Assign)
    }
    assert {"LAYOUT", "MODEL_ID", "LSTM_KERNEL", "LSTM_RECURRENT", "LSTM_BIAS", "DENSE_KERNEL"} <= set(assigned)
    assert all(isinstance(value, bytes) for name, value in assigned.items() if name.endswith(("KERNEL", "BIAS")))
    assert sum(len(value) for value in assigned.values() if isinstance(value, bytes)) == code.weight_bytes
    numbers = [n.value for n in ast.walk(ast.parse(code.files["swing.py"])) if isinstance(n, ast.Constant)]
    assert [n for n in numbers if isinstance(n, float) and n not in (0.0, 1.0)] == []


def test_eight_bit_weights_take_a_quarter(load: Load) -> None:
    """Plus a scale for each row; the answer is that of the rounded weights."""
    graph = round_weights(cell(width=24, units=16), NUMERICS["float32w8"].weights)
    code, full = modules(graph, numeric="float32w8"), modules(graph)
    rows = 4 * 16 + 4 * 16 + 2
    assert code.weight_bytes == full.weight_bytes - 3 * (64 * 24 + 64 * 16 + 2 * 16) + 4 * rows
    x = np.random.default_rng(0).normal(size=(1, 5, 24)).astype(np.float32)
    answer = load(code).Model().predict(x[0].reshape(-1).tolist())
    np.testing.assert_allclose(answer, Reference(graph).run([x])[0][0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [1.0, 1e6, 1e-6])
def test_halves_take_half(size: float, load: Load) -> None:
    """Plus a power of two for each row, in matrices whose weights are not representable as halves."""
    maker = Maker(random.Random(3).choice, 3)
    table = Embedding((maker.weights(9, 7) * size).astype(np.float32), False)
    (row,) = maker.add("table", table, maker.input("x"))
    dense = maker.dense(7, 5)
    maker.output("y", maker.add("dense", replace(dense, kernel=(dense.kernel / size).astype(np.float32)), row)[0])
    graph = round_weights(maker.graph(), NUMERICS["float32w16"].weights)
    code, full = modules(graph, numeric="float32w16"), modules(graph)
    rows = 0 if size == 1 else 9 + 5
    assert code.weight_bytes == full.weight_bytes - 2 * (9 * 7 + 7 * 5) + 4 * rows
    x = np.array([4.0], np.float32)
    np.testing.assert_allclose(load(code).Model().predict([4.0]), Reference(graph).run([x])[0][0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.float32])
def test_weights_of_any_type_come_back(kind: Any) -> None:
    rng = np.random.default_rng(7)
    values = rng.integers(-128, 128, (5, 77)).astype(kind)
    weights = Constants()
    assert weights.add("TABLE", values, "[row][value]") == "w.TABLE"
    (constant,) = weights
    text = "(\n" + "\n".join(constant.lines()) + "\n)"
    assert max(map(len, text.splitlines())) <= 116
    back = np.frombuffer(ast.literal_eval(text), np.dtype(kind).newbyteorder("<")).reshape(values.shape)
    np.testing.assert_array_equal(back, values)
    assert constant.remark == f"{np.dtype(kind).name} 5x77: [row][value]"


def test_steps_and_sequences(load: Load) -> None:
    graph = cell(width=70, units=4)  # more inputs than are unpacked at a time
    module = load(modules(graph))
    x = np.random.default_rng(1).normal(size=(5, 70)).astype(np.float32)
    wanted = Reference(graph).run([x[None]])[0][0]
    model = module.Model()
    answers = [model.step(step.tolist()) for step in x]
    assert answers[0] is answers[-1], "the answer's buffer is used again"
    np.testing.assert_allclose(answers[-1], wanted, atol=1e-6)
    np.testing.assert_array_equal(model.predict(x.tolist()), answers[-1])
    np.testing.assert_array_equal(model.run(array("f", x.tobytes())), answers[-1])
    output = [0.0] * 2
    model.reset()
    for step in x:
        model.step_into(memoryview(array("f", step.tobytes())), output)
    np.testing.assert_array_equal(np.float32(output), answers[-1])


def test_firmware_with_less(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ESP8266 has no tanh and no erf; before 1.19 there is no inf, and before 1.23 nothing unpacks halves."""
    names: dict[str, Any] = {"exp": math.exp, "unpack_from": lambda *_: int("no code e")}
    monkeypatch.setitem(sys.modules, "math", SimpleNamespace(exp=math.exp))
    *portable, halves = PORTABLE.values()
    exec("\n".join(portable), names)
    assert names["inf"] == math.inf and math.isnan(names["nan"])
    for v in (-20, -2, -0.25, 0, 0.3, 1.7, 90):
        assert abs(names["tanh"](v) - math.tanh(v)) < 2e-7 > abs(names["erf"](v) - math.erf(v))
    with pytest.raises(ImportError, match=r"1\.23"):
        exec(halves, names)
    assert len(load(modules(cell())).Model().step([1, 2, 3])) == 2


def test_several_outputs_have_names_that_are_no_words_of_python(load: Load) -> None:
    graph = two_outputs()
    module = load(modules(graph))
    x = np.random.default_rng(2).normal(size=(4, 3)).astype(np.float32)
    head, every = Reference(graph).run([x[None]])
    answer = module.Model().predict(x.tolist())
    assert answer._fields == ("import_2", "every")
    np.testing.assert_allclose(answer.import_2, head[0], atol=1e-6)
    np.testing.assert_allclose(answer.every, every[0].reshape(-1), atol=1e-6)


def small(numeric: str) -> Generated:
    """The cell's modules in a type."""
    x = np.random.default_rng(4).normal(size=(4, 6, 3)).astype(np.float32)
    return modules(cell() if numeric == "float32" else integers_of(cell(), numeric, x), numeric)


@pytest.mark.parametrize(("numeric", "size"), [("float32", 4 * 2 * 4), ("int8", 4 + 2 * 4)])
def test_a_state_is_put_back_and_wrong_lengths_are_told(numeric: str, size: int, load: Load) -> None:
    model = load(small(numeric)).Model()
    model.step([1, 2, 3])
    state = model.state
    assert isinstance(state, bytes) and len(state) == size
    after = list(model.step([0.5, -1, 2]))
    model.reset()
    assert model.state == bytes(len(state))
    model.state = state
    assert list(model.step([0.5, -1, 2])) == after
    with pytest.raises(ValueError, match=f"{size} bytes"):
        model.state = state[1:]
    for wrong in (model.predict, model.step):
        with pytest.raises(ValueError, match="x has 7 values"):
            wrong([0.0] * 7)


def test_files_of_two_models_do_not_mix(load: Load, tmp_path: Path) -> None:
    code, other = modules(cell()), modules(cell(units=5))
    with pytest.raises(ImportError, match="another model"):
        load(Generated(**{**vars(code), "files": {**code.files, "swing_weights.py": other.files["swing_weights.py"]}}))


@pytest.mark.parametrize(
    ("name", "module"),
    [("lambda", "model_lambda"), ("machine", "model_machine"), ("esp32", "model_esp32"), ("a-bär ßł™", "a_bar_ssltm")],
)
def test_modules_hide_nothing(name: str, module: str) -> None:
    assert micropython.module_identifier(name) == module


def test_the_page_calls_what_the_example_calls() -> None:
    keras = pytest.importorskip("keras", reason="Keras 3 is not installed")
    image = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(2, 2), keras.layers.Flatten()])
    use = usage(gatesmith.convert(image, target="pico", backend="micropython").generated)
    assert micropython.calls(use)[-1] == "answer = model.predict(x)"
    assert "show(model.predict(x))" in micropython.example(use)


def test_what_there_is_no_template_for_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    strange = replace(NUMERICS["float32w8"], name="float32w5", weights=Storage("int5", 5, 0))
    monkeypatch.setitem(NUMERICS, strange.name, strange)
    with pytest.raises(UnsupportedError, match="no float32w5 yet"):
        modules(cell(), numeric=strange.name)
    monkeypatch.setattr(type(cell().nodes[0].op), "kind", "peephole")
    with pytest.raises(UnsupportedError, match='layer "lstm": MicroPython with float32 has no peephole'):
        modules(cell())


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


def test_a_list_of_steps_is_a_sequence(unix: ProcessRepl) -> None:
    """MicroPython's lists have no ``__len__`` to tell them from numbers by."""
    x = np.random.default_rng(4).normal(size=(1, 6, 3)).astype(np.float32)
    graph = integers_of(cell(), "int8", x)
    code = modules(graph, "int8")
    test_viper.on_unix(unix, test_viper.with_viper(code), code, viper=True)
    forms = "(sum(x, ()), x, list(x), [_array('f', row) for row in x])"
    words = f"x = {tuple(map(tuple, x[0].tolist()))}\nprint([list(_m.predict(form)) for form in {forms}])"
    answers = ast.literal_eval(unix.exec(words, 10.0).decode())
    (wanted,) = Reference(graph, np.int64).run(code.take([x]))
    np.testing.assert_allclose(answers, [code.outputs[0].format.real(wanted[0])] * 4, rtol=1e-6)


def test_windows_of_integers_in_real_numbers(tmp_path: Path) -> None:
    for one, stream in fed(random_subjects(600, LENGTH, FINE, (6,), module_of), tmp_path):
        x, model, out = one.x[0, :LENGTH], one.code.inputs[0].format.real, one.code.outputs[0].format.real
        wanted = out(Reference(one.graph, np.int64).run([x[None]])[0][0])
        assert isinstance(stream, ModuleStream)
        frames = (stream.model.step(model(frame).ravel().tolist()) for frame in x)
        real = [list(y) for y in frames if y is not None]
        np.testing.assert_allclose(np.reshape(real[0], wanted.shape), wanted, rtol=1e-5, atol=1e-5)


def test_a_state_from_elsewhere_stays_within_its_frames(tmp_path: Path) -> None:
    """Native code would write outside of its arrays. A state of the model itself goes back at any step."""
    for first, numerics in ((600, FINE), (2012, ("float32",))):
        for one, stream in fed(random_subjects(first, LENGTH, numerics, (6,), module_of), tmp_path):
            model = stream.model
            for frame in one.x[0]:
                stream.step(frame)
                model.state = kept = model.state
                for erased in (b"\xff", b"\x7f", b"\xfe"):
                    with pytest.raises(ValueError, match="outside of its frames"):
                        model.state = erased * len(kept)
                assert model.state == kept
            for drawn in np.random.default_rng(1).choice([0, 0, 0, 1, 2], (200 * (len(numerics) == 1), len(kept) // 4)):
                with suppress(ValueError):
                    model.state = drawn.astype("f4").tobytes()
                for frame in one.x[0, :6]:  # from positions that contradict each other too
                    stream.step(frame)
                    model.state = model.state


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
