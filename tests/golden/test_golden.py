"""Generated files that people have read, and a generated PlatformIO project as one text. ``make golden`` rewrites
them; the diff is part of the review."""

import difflib
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from graphs import Maker
from toolchain import SCALAR, generate

from gatesmith.backends import c99, platformio
from gatesmith.backends.base import Generated
from gatesmith.backends.usage import usage
from gatesmith.boards import target
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.activation import VectorActivation
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.convolution import Convolution
from gatesmith.layers.masking import Masking
from gatesmith.layers.merge import Merge
from gatesmith.layers.pool import GlobalPool
from gatesmith.layers.reverse import Reverse
from gatesmith.layers.windows import Window
from gatesmith.oracle.reference import Reference

HERE = Path(__file__).parent


def swing() -> Graph:
    """One LSTM and its head: what most people bring."""
    maker = Maker(random.Random(0).choice, 1)
    x = maker.input("motion", None, 3)
    _, last, *_ = maker.add("lstm", maker.cell("lstm", 3, 2), x)
    (y,) = maker.add("dense", maker.dense(2, 2), last)
    maker.output("dense", maker.add("dense_softmax", VectorActivation(Function("softmax")), y)[0])
    return maker.graph()


def both_ways() -> Graph:
    """A masked bidirectional GRU, whose backward half needs the whole sequence."""
    maker = Maker(random.Random(0).choice, 2)
    x, mask = maker.add("masking", Masking(0.0), maker.input("sound", 6, 2), lead=1)
    ahead = maker.add("forward_gru", maker.cell("gru", 2, 2, masked=True), x, mask)[0]
    turned = [maker.add("turn", Reverse(), t)[0] for t in (x, mask)]
    (back,) = maker.add("turn", Reverse(), maker.add("backward_gru", maker.cell("gru", 2, 2, masked=True), *turned)[0])
    maker.output("bidirectional", maker.add("bidirectional", Concatenate(0), ahead, back, lead=1)[0])
    return maker.graph()


def translator() -> Graph:
    """An encoder whose state starts a decoder, laid out for a core without SIMD."""
    maker = Maker(random.Random(0).choice, 3)
    source, target = maker.input("source", None, 2), maker.input("target", None, 1)
    _, _, *states = maker.add("encoder", maker.cell("gru_before", 2, 3), source)
    whole = maker.add("decoder", maker.cell("gru_before", 1, 3, initial=True), target, *states)[0]
    maker.output("text", maker.add("text", maker.dense(3, 1, Function("tanh")), whole, lead=1)[0])
    return maker.graph()


def spotter() -> Graph:
    """Convolutions along time, step by step: a stride, dilation, a branch that waits, a look ahead, a running mean."""
    maker = Maker(random.Random(0).choice, 4)
    x = maker.input("sound", None, 2)
    (x,) = maker.add("front", Convolution(maker.weights(6, 2), maker.weights(2), (Window(3, 2),)), x)
    same = Convolution(maker.weights(6, 2), None, (Window(3, 1, 2, 2, 2),), 1, Function("relu"))
    (ahead,) = maker.add("ahead", same, x)
    (x,) = maker.add("add", Merge("add"), x, ahead, lead=1)
    (x,) = maker.add("mean", GlobalPool("average"), x)
    maker.output("word", maker.add("word", maker.dense(2, 2), x)[0])
    return maker.graph()


def files(name: str) -> dict[str, str]:
    generated = {
        "swing": lambda: generate(swing(), name="swing"),
        "both_ways": lambda: generate(both_ways(), "exact", name="both_ways"),
        "translator": lambda: generate(translator(), "libm", name="translator", layout=SCALAR),
        "spotter": lambda: generate(spotter(), name="spotter", stream=True),
    }[name]()
    lengths = [axis.fixed or axis.length or 8 for axis in generated.axes]
    return {
        **generated.files,
        f"{name}_link.c": c99.glue(generated, "float32", lengths),
        "main.c": c99.example(usage(replace(generated, lengths=tuple(lengths)))),
    }


@pytest.mark.parametrize("name", ["swing", "both_ways", "translator", "spotter"])
def test_golden(name: str) -> None:
    folder, texts = HERE / name, files(name)
    if os.environ.get("GATESMITH_GOLDEN") == "write":
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for path, text in texts.items():
            (folder / path).write_text(text, "utf-8", newline="\n")
    assert {path.name for path in folder.iterdir()} == set(texts)
    for path, text in texts.items():
        before = (folder / path).read_text("utf-8")
        diff = difflib.unified_diff(before.splitlines(), text.splitlines(), f"golden/{path}", "now", lineterm="", n=1)
        assert text == before, "\n".join(["make golden rewrites these files:", *list(diff)[:60]])


ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = Path(__file__).parent / "project.txt"
STEPS = 3


def project_files(
    *boards: str, model: Callable[[], Graph] = swing, steps: int = STEPS, exact: bool = False, worse: float = 0.0
) -> tuple[Generated, dict[str, str]]:
    """A project; its golden answers are off by ``worse``."""
    graph = model()
    code = generate(graph, name=model.__name__, layout=SCALAR)
    shapes = [(2, steps, port.frame) for port in code.inputs]
    inputs = [np.linspace(-2, 2, int(np.prod(shape)), dtype=np.float32).reshape(shape) for shape in shapes]
    project = platformio.project(
        usage(replace(code, lengths=(8,) * len(code.axes))),
        [target.load(name) for name in boards],
        platformio.Vectors(inputs, [y + worse for y in Reference(graph).run(inputs)], [steps] * len(code.axes), 1e-5),
        numeric="float32",
        room=[1] * len(code.axes),
        exact=exact,
        source=f"{model.__name__}.keras",
        version="0.0.0",
    )
    return code, {path: file.content for path, file in project.files.items()}


def test_golden_project() -> None:
    generated, project = project_files("uno", "mega2560")
    for name, text in generated.files.items():
        assert project.pop(f"lib/swing/src/{name}") == text
    for path in platformio.FIRMWARE:
        assert project.pop(f"lib/gatesmith_link/src/{Path(path).name}") == (ROOT / "firmware" / path).read_text("utf-8")
    listing = "".join(f"==== {path}\n{text}" for path, text in sorted(project.items()))
    if os.environ.get("GATESMITH_GOLDEN") == "write":
        GOLDEN.write_text(listing, "utf-8", newline="\n")
    assert listing == GOLDEN.read_text("utf-8"), "make golden rewrites this file"


def test_flags_are_those_that_all_boards_want_whatever_their_processor() -> None:
    assert (
        '"-O2",\n      "-ffp-contract=off"' in project_files("zero", "esp8266", exact=True)[1]["lib/swing/library.json"]
    )
    mixed = project_files("uno", "zero")[1]["lib/swing/library.json"]
    assert '"flags": [\n      "-ffp-contract=fast"\n    ]' in mixed and "-mmcu" not in mixed


def test_a_small_board_gets_fewer_vectors() -> None:
    inputs = [np.zeros((3, 100, 6), np.float32)]
    vectors = platformio.Vectors(inputs, [np.zeros((3, 4), np.float32)], [100], 1e-5)
    assert len(vectors.fitting([target.load("esp32"), target.load("uno")]).inputs[0]) == 1
    assert len(vectors.fitting([target.load("esp32")]).outputs[0]) == 3


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
@pytest.mark.parametrize("worse", [0.0, 0.01])
@pytest.mark.parametrize(("model", "steps"), [(swing, 3), (both_ways, 6), (translator, 4)])
def test_golden_vectors_of_every_kind_of_model(
    tmp_path: Path, model: Callable[[], Graph], steps: int, worse: float
) -> None:
    """Models run by steps, as a whole sequence, with two sequences; the vectors fail if an answer is wrong."""
    generated, project = project_files("uno", model=model, steps=steps, worse=worse)
    for path, text in project.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    library, warn = tmp_path / "lib" / generated.name, ["-Wall", "-Wextra", "-Werror", "-Wno-float-equal"]
    core = ROOT / "tests" / "backends" / "platformio" / "standins" / "core"
    include = ["-I", str(library / "src"), "-I", str(tmp_path / "lib" / "gatesmith_link" / "src"), "-I", str(core)]
    commands = [
        ["gcc", "-std=c99", *warn, *include, "-c", str(library / "src" / f"{generated.name}.c"), "-o", "model.o"],
        ["g++", "-std=gnu++11", *warn, *include, "test/test_golden/test_golden.cpp", "model.o", "-o", "golden"],
        ["gcc", "-std=c99", *warn, *include, "-fsyntax-only", str(library / "examples" / "native" / "main.c")],
        ["g++", "-std=gnu++11", *warn, *include, "-DARDUINO", "-fsyntax-only", "src/main.cpp"],
    ]
    sketch = ["-include", "Arduino.h", "-x", "c++", str(library / "examples" / "step" / "step.ino")]
    commands.append(["g++", "-std=gnu++11", *warn, *include, "-fsyntax-only", *sketch])
    for command in commands:
        subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    output = subprocess.run([tmp_path / "golden"], check=True, capture_output=True, text=True, timeout=60).stdout
    assert output.count("PASS") == (0 if worse else 2) and output.count("FAIL") == (2 if worse else 0)
    assert output.endswith("golden done 2\n")
