"""No integer model contains, or calls, anything of floating point, and it compiles where int has 16 bits. A state that
a host writes over the link: a step is refused where it would leave a ring, and answered elsewhere."""

import ctypes
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs import Maker, integers_of, random_graph, sample
from link.states import read_state, write_state
from numeric_types import FINE
from streams import CStream
from toolchain import build, generate, library_of, need, of_header

from gatesmith.core.errors import DeviceError
from gatesmith.core.graph import Graph
from gatesmith.core.settings import Settings
from gatesmith.flow.built import linked, prepared
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load
from gatesmith.layers.merge import Merge
from gatesmith.layers.pool import GlobalPool
from gatesmith.oracle.reference import Reference

TIGHT = 2e-6
"""Of max(1, largest answer), for a well conditioned model; else what float32 itself costs, times SLACK."""
SLACK = 16.0


def compare(graph: Graph, inputs: list[Any], got: list[Any]) -> None:
    """Fail unless ``got`` is as near to the float64 reference as float32 can be expected to come."""
    batch = [x[None] for x in inputs]
    right = Reference(graph).run(batch)
    single = Reference(graph, np.float32).run(batch)
    for ours, wide, narrow in zip(got, right, single, strict=True):
        scale = max(1.0, float(np.abs(wide).max()))
        limit = max(TIGHT * scale, SLACK * float(np.abs(wide - narrow).max()))
        assert ours.shape == wide[0].shape
        apart = float(np.abs(ours - wide[0]).max())
        assert apart <= limit, f"{apart} from the reference, {limit} allowed"


def test_one_layer_used_twice_is_written_once(tmp_path: Path) -> None:
    maker = Maker(random.Random(0).choice)
    one, two = maker.input("one", 3, 2), maker.input("two", 3, 2)
    shared = maker.cell("gru_before", 2, 5)
    first, second = maker.add("left", shared, one)[1], maker.add("right", shared, two)[1]
    maker.output("y", maker.add("join", Merge("subtract"), first, second)[0])
    graph = maker.graph()
    code = generate(graph)
    assert code.files["model.c"].count("_forward(const float *x, float *h, float *y, float *scratch)") == 1
    library = build(code, tmp_path)
    inputs = sample(graph, np.random.default_rng(0))
    compare(graph, inputs, library.run(inputs))


def test_the_header_tells_values_that_are_no_numbers(tmp_path: Path) -> None:
    """Even if the compiler may assume that there is no NaN or infinity."""
    code = generate(random_graph(random.Random(3).choice, 3))
    flags = "-O2", "-ffinite-math-only"
    asked = of_header(code, tmp_path, "int", "const float *x, size_t n", f"{code.name}_finite(x, n)", *flags)
    largest = np.finfo(np.float32).max
    for x, finite in (
        ([0.0, -largest, 1e-45], 1),
        ([1.0, np.nan], 0),
        ([np.inf], 0),
        ([1.0, 2.0, -np.inf], 0),
        ([], 1),
    ):
        values = np.array(x, np.float32)
        assert asked(values.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(len(values))) == finite


MODEL = Path(__file__).parents[3] / "examples" / "basic_motions.keras"
DATA = MODEL.with_name("basic_motions_test.npz")
FLOATING = re.compile(r"\b(float|double|math\.h)\b|\d\.\d*f\b")
SOFT = re.compile(r"__aeabi_[fd]|__\w+[sdt]f\d?$|^(exp|tanh|sqrt|log|pow|floor|ceil|round)f?$")
CORES = {"arm-none-eabi": ["-mcpu=cortex-m0", "-mthumb", "-std=c99"], "avr": ["-mmcu=atmega2560", "-std=gnu99"]}
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror", "-Os", "-c"]


@pytest.mark.parametrize("numeric", FINE)
@pytest.mark.parametrize("target", ["host", "mega2560"])
def test_no_float_in_the_source(numeric: str, target: str, tmp_path: Path) -> None:
    files = _files(numeric, target)
    source = files[f"{MODEL.stem}.c"]
    code = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    assert not (floats := FLOATING.findall(code)), floats
    assert "push r" not in source, "assembly pushes bytes that the compiler does not count as stack"


@pytest.mark.parametrize("numeric", FINE)
@pytest.mark.parametrize("prefix", CORES)
def test_no_soft_float_is_linked(numeric: str, prefix: str, tmp_path: Path) -> None:
    gcc, nm = need(f"{prefix}-gcc"), need(f"{prefix}-nm")
    for path, text in _files(numeric, "mega2560" if prefix == "avr" else "host").items():
        (tmp_path / path).write_text(text, "utf-8")
    subprocess.run([gcc, *CORES[prefix], *WARNINGS, f"{MODEL.stem}.c"], cwd=tmp_path, check=True, timeout=120)
    listed = subprocess.run([nm, "-u", f"{MODEL.stem}.o"], cwd=tmp_path, check=True, capture_output=True, text=True)
    names = [line.split()[-1] for line in listed.stdout.splitlines() if line.strip()]
    assert names, "nothing was compiled"
    assert not (linked := [name for name in names if SOFT.search(name)]), linked


@pytest.mark.parametrize("math", ["fast", "exact"])
def test_what_a_header_says_of_its_tables_and_of_math(math: str) -> None:
    """All constants are counted, tables of functions too; the header says nothing about float arithmetic."""
    settings = Settings(numeric="int8", calibration="synthetic", math=math)
    code = program(load(MODEL, settings), plan(settings))
    header, source = (code.files[f"{code.name}.{end}"] for end in "hc")
    tables = re.findall(r"^static const (\w+)_t \w+((?:\[\d+\])+) = \{", source, re.MULTILINE)
    sizes = [np.dtype(kind).itemsize * np.prod([int(n) for n in re.findall(r"\d+", dims)]) for kind, dims in tables]
    assert len(sizes) > 10 and code.weight_bytes == sum(sizes)
    assert f"{code.weight_bytes:,} bytes of weights and tables" in header
    assert "the same bits everywhere" in header and "contract" not in source and "math" not in source.lower()


def _files(numeric: str, target: str) -> dict[str, str]:
    settings = Settings(numeric=numeric, target=target, calibration=str(DATA))
    code = program(load(MODEL, settings), plan(settings))
    assert np.all([port.format.integer for port in (*code.inputs, *code.outputs)])
    return dict(code.files)


PLACES = 3
"""Of four words each: next, held, ended, came."""
STREAM = Path(__file__).resolve().parents[3] / "examples" / "motion_stream.keras"


def test_a_step_from_places_beyond_their_rings_is_refused() -> None:
    settings = Settings(target="host", stream=True)
    chosen = plan(settings, runs=True)
    with linked(prepared(load(STREAM, settings), chosen), chosen) as build, build.start() as device:
        frame = [np.ones(port.shape[1:], "f4") for port in build.generated.inputs]
        for _ in range(40):
            device.step(frame)
        state = read_state(device)
        after = device.step(frame)
        refused = set()
        for word in range(0, len(state), 2):
            for value in (b"\xff\x7f", b"\x00\x80"):
                write_state(device, state[:word] + value + state[word + 2 :])
                try:
                    device.step(frame)
                except DeviceError as refusal:
                    assert "place in the state" in str(vars(refusal))
                    refused.add(word)
        assert len(refused) == 4 * PLACES
        write_state(device, state)
        for one, other in zip(device.step(frame), after, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_count_from_elsewhere_is_no_divisor(tmp_path: Path) -> None:
    """Erased memory counts -1 steps: the next step would divide by 0."""
    m = Maker(lambda options: options[0], 1)
    x = np.random.default_rng(1).normal(size=(1, 24, 2)).astype(np.float32)
    m.output("y", m.add("pool", GlobalPool("average"), m.input("x", None, 2))[0])
    code = generate(integers_of(m.graph(), "int8", x), numeric="int8", stream=True, by_rows=False)
    stream = CStream(code, library_of([code], tmp_path))
    for fill, valid in ((-1, 0), (-(2**62), 0), (0, 1)):
        stream.instance.state[:-2] = fill
        assert stream.instance.call("state_valid", []) == valid
    assert stream.step(np.zeros(2)) is not None and stream.instance.call("state_valid", []) == 1
