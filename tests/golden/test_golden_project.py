"""A generated PlatformIO project as one text. ``make golden`` rewrites it; the diff is part of the review."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_golden import both_ways, swing, translator
from toolchain import SCALAR, generate

from gatesmith.backends import platformio
from gatesmith.backends.base import Generated
from gatesmith.backends.usage import usage
from gatesmith.boards import target
from gatesmith.core.errors import UsageError
from gatesmith.core.graph import Graph
from gatesmith.core.settings import Settings
from gatesmith.flow import generate as flow
from gatesmith.oracle.reference import Reference

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = Path(__file__).parent / "project.txt"
STEPS = 3


def files(
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
    generated, project = files("uno", "mega2560")
    for name, text in generated.files.items():
        assert project.pop(f"lib/swing/src/{name}") == text
    for path in platformio.FIRMWARE:
        assert project.pop(f"lib/gatesmith_link/src/{Path(path).name}") == (ROOT / "firmware" / path).read_text("utf-8")
    listing = "".join(f"==== {path}\n{text}" for path, text in sorted(project.items()))
    if os.environ.get("GATESMITH_GOLDEN") == "write":
        GOLDEN.write_text(listing, "utf-8", newline="\n")
    assert listing == GOLDEN.read_text("utf-8"), "make golden rewrites this file"


def test_flags_are_those_that_all_boards_want_whatever_their_processor() -> None:
    assert '"-O2",\n      "-ffp-contract=off"' in files("zero", "esp8266", exact=True)[1]["lib/swing/library.json"]
    mixed = files("uno", "zero")[1]["lib/swing/library.json"]
    assert '"flags": [\n      "-ffp-contract=fast"\n    ]' in mixed and "-mmcu" not in mixed


def test_a_small_board_gets_fewer_vectors() -> None:
    inputs = [np.zeros((3, 100, 6), np.float32)]
    vectors = platformio.Vectors(inputs, [np.zeros((3, 4), np.float32)], [100], 1e-5)
    assert len(vectors.fitting([target.load("esp32"), target.load("uno")]).inputs[0]) == 1
    assert len(vectors.fitting([target.load("esp32")]).outputs[0]) == 3


@pytest.mark.parametrize(
    ("boards", "what"),
    [
        (("nucleo_f446re", "uno"), "cannot share a project"),
        (("uno", "uno"), "given twice"),
        (("uno", "host"), "no board of PlatformIO"),
    ],
)
def test_boards_that_take_other_code_are_refused(boards: tuple[str, ...], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        files(*boards)


def test_a_numeric_type_that_a_further_board_does_not_take_is_refused(tmp_path: Path) -> None:
    custom = tmp_path / "own.toml"
    custom.write_text('extends = "cortex-m4f"\nsummary = "of floats"\nnumerics = ["float32"]\n', "utf-8")
    settings = Settings(target="nucleo_f446re", numeric="float32w8")
    with pytest.raises(UsageError, match='own has no numeric type "float32w8"'):
        flow.generate(ROOT / "examples" / "basic_motions.keras", tmp_path / "out", settings, more=[str(custom)])


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
@pytest.mark.parametrize("worse", [0.0, 0.01])
@pytest.mark.parametrize(("model", "steps"), [(swing, 3), (both_ways, 6), (translator, 4)])
def test_golden_vectors_of_every_kind_of_model(
    tmp_path: Path, model: Callable[[], Graph], steps: int, worse: float
) -> None:
    """Models run by steps, as a whole sequence, with two sequences; the vectors fail if an answer is wrong."""
    generated, project = files("uno", model=model, steps=steps, worse=worse)
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
