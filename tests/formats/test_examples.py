"""Every generated example, compiled and fed the bundled test sets as a sensor gives samples: what it prints is counted
against the labels, and has to be right as often as Keras, sample for sample.

The example's own function that reads a sample is the one thing replaced, as users replace it: by one that reads a file.
Headers of Arduino, ESP-IDF and Zephyr are stand-ins. Each case is in one type. ``GATESMITH_EVERYTHING=1`` takes both,
with all samples through MicroPython in float too, and holds the table of docs/formats.md; ``make golden`` writes it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from archive_files import edited
from everything import EVERYTHING
from test_formats import STANDINS, ran

from gatesmith.backends.c99 import examples
from gatesmith.backends.usage import Usage
from gatesmith.boards import target
from gatesmith.core.settings import Settings
from gatesmith.flow import generate as flow
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load
from gatesmith.quantization.observations import Observations

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES, PAGE = ROOT / "examples", ROOT / "docs" / "formats.md"
HEADERS = STANDINS / "headers"
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O1")
FEW = 10
"""Samples that MicroPython computes in float, which takes it a quarter of a second each."""


@dataclass(frozen=True)
class Case:
    """A model of ``examples``, and how it is fed."""

    title: str
    model: str
    calibration: str
    options: tuple[tuple[str, int], ...] = ()
    open: bool = False
    """Whether the file leaves the length of sequences open."""


CASES = (
    Case("basic_motions", "basic_motions", "basic_motions"),
    Case("basic_motions, length open", "basic_motions", "basic_motions", open=True),
    Case("japanese_vowels", "japanese_vowels", "japanese_vowels"),
    Case("motion_stream", "motion_stream", "basic_motions"),
    Case("motion_stream --window 100 --hop 100", "motion_stream", "basic_motions", (("window", 100), ("hop", 100))),
)
NUMERICS = ("float32", "int8")


@dataclass(frozen=True)
class Data:
    """A test set: (samples, steps, features), what Keras answers, and the truth."""

    x: np.ndarray
    keras: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]

    def some(self, count: int) -> Data:
        """So many samples, evenly taken."""
        at = np.linspace(0, len(self.x) - 1, min(count, len(self.x))).astype(int)
        return replace(self, x=self.x[at], keras=self.keras[at], labels=self.labels[at])


@cache
def data_of(model: str) -> Data:
    with np.load(EXAMPLES / f"{model}_test.npz") as file:
        classes = tuple(map(str, file["classes"])) if "classes" in file else ()
        return Data(file["in_0"].astype("<f4"), file["out_0"].argmax(-1), file["labels"], classes)


def opened(source: Path, place: Path) -> Path:
    """A model file whose sequences may have any length, else the same."""
    with edited(source, place) as parts:
        for layer in parts["config.json"]["config"]["layers"]:
            if "batch_shape" in layer["config"]:
                layer["config"]["batch_shape"][1] = None
    return place


@dataclass(frozen=True)
class Examples:
    """A model's examples by format: path -> text, each format's own; and the object file of the model in C."""

    case: Case
    usage: Usage
    formats: dict[str, dict[str, str]]
    library: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case, str], Examples]:
    @cache
    def make(case: Case, numeric: str) -> Examples:
        folder = tmp_path_factory.mktemp("examples")
        source = EXAMPLES / f"{case.model}.keras"
        if case.open:
            source = opened(source, folder / source.name)
        calibration = None if numeric == "float32" else str(EXAMPLES / f"{case.calibration}_calibration.npz")
        settings = Settings(
            target="zero", numeric=numeric, calibration=calibration, classes=data_of(case.model).classes,
            **dict(case.options),
        )  # fmt: skip
        model, chosen = load(source, settings), plan(settings)
        generated = program(model, chosen)
        observed = Observations()
        usage = flow.usage_of(model, generated, settings, observed)
        vectors = flow._vectors(model, chosen, generated, observed)
        formats = {}
        for form in ("make", "cmake", "arduino", "idf", "zephyr", "library"):
            variant = replace(chosen, settings=replace(settings, format=form))
            project = flow.surrounded(usage, variant, [target.load("zero")], vectors, source.name)
            formats[form] = {k: v.content for k, v in project.files.items() if isinstance(v.content, str)}
        chosen = plan(replace(settings, backend="micropython", target="pico"))
        modules, core = flow.modules_and_core(model, chosen, observed)
        use = flow.usage_of(model, modules, settings, observed)
        project = flow.python_project(use, core, target.load("pico"))
        formats["micropython"] = {k: v.content for k, v in project.files.items() if isinstance(v.content, str)}
        for path, text in generated.files.items():
            (folder / path).write_text(text)
        ran("gcc", "-std=c99", *STRICT, "-c", folder / f"{generated.name}.c", "-o", folder / "model.o")
        return Examples(case, usage, formats, folder / "model.o")

    return make


SENSOR = """{head}    static FILE *sensor;
    static int step;

    if (sensor == NULL) {{
        sensor = fopen("samples.f32", "rb");
    }}
    if (step == {steps}) {{
        step = 0;
        return 0;
    }}
    if (fread({name}, sizeof *{name}, {count}, sensor) != {count}) {{
        exit(0);
    }}
    step++;
    return 1;
}}
"""
"""Reads samples of a file in place of a sensor; after so many steps a sequence is over, unless that is never."""


def with_sensor(source: str, count: int, steps: int) -> str:
    """The program, with a sensor stub in the place of its reader."""
    reader = r"^(static int read_sample\(float (\w+)[^{]*\{\n.*?)^    for .*?^\}$"
    match = re.search(reader, source, re.M | re.S)
    assert match, "the example reads samples by a function of its own"
    sensor = SENSOR.format(head=match[1], name=match[2], count=count, steps=steps)
    return "#include <stdio.h>\n#include <stdlib.h>\n" + source.replace(match[0], sensor)


def answers(printed: str, data: Data) -> list[int]:
    """The classes that an example printed, one a line: their names, or numbers."""
    classes = []
    for line in printed.splitlines():
        name, share = line.rsplit(" ", 1)
        assert 0 <= float(share) <= 1
        classes.append(data.classes.index(name) if data.classes else int(name.removeprefix("class ")))
    return classes


def by_c(one: Examples, source: str, place: Path, data: Data, *compiler: object, start: str = "") -> str:
    """What a device's example prints."""
    steps = data.x.shape[1] if one.case.open else -1
    (place / "it.c").write_text(with_sensor(source, data.x.shape[2], steps) + start)
    ran(*compiler, *STRICT, "-I", one.library.parent, "-I", place, "-I", HEADERS, "it.c", "-c", "-o", "it.o", cwd=place)
    ran("g++", "it.o", one.library, "-o", "it", "-lm", cwd=place)
    data.x.tofile(place / "samples.f32")
    return ran(place / "it", cwd=place)


def by_stdin(one: Examples, source: str, place: Path, data: Data) -> str:
    """What a program for this machine prints, which reads lines of numbers; an empty one ends a sequence."""
    (place / "main.c").write_text(source)
    folders = ("-I", one.library.parent, "-I", place)
    ran("gcc", "-std=c99", "-pedantic", *STRICT, *folders, "main.c", one.library, "-o", "it", "-lm", cwd=place)
    gap = "\n" if one.case.open else ""
    text = gap.join("".join(",".join(f"{v:.9g}" for v in row) + "\n" for row in window) for window in data.x)
    return ran(place / "it", stdin=text)


def by_python(one: Examples, place: Path, data: Data) -> str:
    """What ``main.py`` prints on MicroPython's unix port."""
    if (micropython := shutil.which("micropython")) is None:
        pytest.skip("micropython is not installed (make tools)")
    for path, text in one.formats["micropython"].items():
        if path.endswith(".py") and "/" not in path:
            (place / path).write_text(text)
    main = (place / "main.py").read_text()
    body = (
        "    from array import array\n"
        "    with open('samples.f32', 'rb') as file:\n"
        f"        for _ in range({len(data.x)}):\n"
        f"            for _ in range({data.x.shape[1]}):\n"
        f"                yield array('f', file.read({4 * data.x.shape[2]}))\n"
        + ("            yield None\n" if one.case.open else "")
    )
    main, count = re.subn(r"(?<=^def samples\(\):\n).*?(?=\n\n\n)", lambda _: body, main, flags=re.M | re.S)
    assert count == 1
    (place / "main.py").write_text(main)
    data.x.tofile(place / "samples.f32")
    return ran(micropython, "main.py", cwd=place)


ARDUINO = "\nint main(void)\n{\n    setup();\n    for (;;) {\n        loop();\n    }\n}\n"
IDF = "\nint main(void)\n{\n    app_main();\n    return 0;\n}\n"


def printed_by(one: Examples, form: str, place: Path, data: Data) -> str:
    """What the example of a format prints of the data."""
    name = one.usage.model.name
    files = one.formats["make" if form == "micropython" else form]
    (place / f"{name}_push.h").write_text(one.formats["make"].get(f"{name}_push.h", ""))
    if form == "micropython":
        return by_python(one, place, data)
    if form == "arduino":
        return by_c(one, files[f"{name}/examples/step/step.ino"], place, data, *CXX, start=ARDUINO)
    mains = {"idf": "main/main.c", "zephyr": "src/main.c", "library": "examples/bare/main.c"}
    if form in mains:
        return by_c(one, files[mains[form]], place, data, "gcc", "-std=c99", start=IDF * (form == "idf"))
    return by_stdin(one, files["main.c"], place, data)


CXX = ("g++", "-std=gnu++11", "-include", "Arduino.h", "-x", "c++")
TIMED = """#include <stdio.h>
#define SAMPLE_MS 100
static unsigned sample(void) {{ {wait} return (unsigned)now; }}
static const unsigned model[] = {{7, 0, 99, 250, 7, 7}};
int main(void) {{ for (int k = 0; k < 6; now += model[k++]) printf("%u ", sample() / 10); }}
"""


@pytest.mark.parametrize("platform", [examples.ESP_IDF, examples.ZEPHYR, examples.ARDUINO])
def test_samples_come_at_their_rate(platform: examples.Platform, tmp_path: Path) -> None:
    """The model's time is a part of that of a sample; after one that took too long, the rate starts anew."""
    headers = [word for name in platform.includes for word in ("-include", name)]
    compiler = ("gcc", "-std=c99", *headers) if headers else CXX
    (tmp_path / "it.c").write_text(TIMED.format(wait=platform.wait))
    ran(*compiler, *STRICT, "-Wno-unused", f"-I{HEADERS}", "it.c", "-oit", cwd=tmp_path)
    assert ran(tmp_path / "it", cwd=tmp_path).split() == ["10", "20", "30", "40", "65", "75"]


FORMATS = ("make", "cmake", "arduino", "idf", "zephyr", "library", "micropython")


def row(case: Case, numeric: str, one: Examples, folder: Path) -> tuple[str, bool]:
    """A line of the table, and whether it is about the whole test set."""
    cells, whole = [], True
    for form in FORMATS:
        place = folder / form
        place.mkdir()
        slow = form == "micropython" and numeric == "float32" and not EVERYTHING
        data = data_of(case.model).some(FEW) if slow else data_of(case.model)
        classes = np.array(answers(printed_by(one, form, place, data), data))
        assert len(classes) == len(data.x), f"{form}: an answer a window"
        right, keras = int((classes == data.labels).sum()), int((data.keras == data.labels).sum())
        assert right == keras, f"{form}: {right} of {len(data.x)}, Keras {keras}"
        assert numeric != "float32" or np.array_equal(classes, data.keras), form
        cells.append(str(right))
        whole &= not slow
    data = data_of(case.model)
    keras = int((data.keras == data.labels).sum())
    return f"| {case.title} | {numeric} | {len(data.x)} | {keras} | {' | '.join(cells)} |", whole


@pytest.mark.parametrize(
    ("case", "numeric"),
    [(case, numeric) for n, case in enumerate(CASES) for numeric in (NUMERICS if EVERYTHING else [NUMERICS[n % 2]])],
    ids=lambda word: word if isinstance(word, str) else word.title.replace(" ", "_"),
)
def test_examples_answer_as_keras(
    case: Case, numeric: str, built: Callable[[Case, str], Examples], tmp_path: Path
) -> None:
    line, whole = row(case, numeric, built(case, numeric), tmp_path)
    page = PAGE.read_text("utf-8")
    if whole and os.environ.get("GATESMITH_GOLDEN") == "write":
        begin = re.escape(line[: line.index(numeric) + len(numeric)])
        page = re.sub(rf"^{begin} .*$", line, page, flags=re.M)
        PAGE.write_text(page, "utf-8")
    assert not whole or line in page.splitlines(), line
