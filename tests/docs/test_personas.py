"""Each persona's page (docs/start), command by command, installed from a clone into an environment that holds nothing
else; then its C, and its Python for the board, get the test set and have to answer as Keras does.

Keras is left out of that environment, so comparisons there are with Gatesmith's own reference: TensorFlow alone would
take minutes. GATESMITH_EVERYTHING=1 installs what the page says, and follows each page with both Pythons; otherwise the
pages take turns. ESP-IDF, Zephyr, arduino-cli, PlatformIO's registry and a board with MicroPython have stand-ins
(tests/docs/standins, tests/formats/standins, tests/backends/platformio).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doc_blocks import DOCS, ROOT, blocks, extras, follow, furnish, program, shell
from everything import EVERYTHING
from layers.session import once

PAGES = sorted((DOCS / "start").glob("*.md"))
STANDINS = Path(__file__).parent / "standins"
NEEDS = {
    "arduino": "arduino-builder", "cubeide": "arm-none-eabi-gcc", "esp-idf": "cmake", "zephyr": "cmake",
    "micropython": "micropython", "platformio": "cmake", "notebook": "gcc",
}  # fmt: skip
OTHER = "3.13"
PYTHONS = ("this", OTHER)
LEFT_OUT = ("keras", "boards")
"""Extras that take minutes: TensorFlow, PlatformIO."""
BIN = Path(sys.executable).parent
UV = BIN / "uv"
SECONDS = 1800
CACHE = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))


def clone(copy: Path) -> Path:
    """What a clone of the repository has that an installation takes, as the tree is now."""
    for name in ("gen", "targets", "firmware", "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    return copy


def ran(*words: object) -> None:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def environment(python: str, asked: tuple[str, ...], place: Path) -> Path:
    """An environment with nothing but the clone's package and the extras that a page asks for. Pages of one Python with
    the same extras share it: what the first one's commands compile, the next one has. The package is built once.

    By uv, which keeps packages in a cache.
    """
    name = "-".join(("clean", *Path(python).parts[1:], *asked))

    def build() -> Path:
        source, out = clone(place / "clone" / "gatesmith"), place / "wheel"
        ran(UV, "build", "--quiet", "--wheel", "-o", out, source)
        return next(out.glob("*.whl"))

    def make() -> Path:
        folder = place / name / "venv"
        ran(UV, "venv", "--quiet", "--no-managed-python", "--python", python, folder)
        package = f"{once('wheel', build)}[{','.join(asked)}]"
        ran(UV, "pip", "install", "--quiet", "--python", folder / "bin" / "python", package)
        return folder

    return once(name, make)


def other_python() -> str | None:
    """A working Python of the other version: a name on PATH may be a shim without a Python."""
    ask = "import sys; print('{}.{}'.format(*sys.version_info))"
    for name in (f"/usr/bin/python{OTHER}", "/usr/bin/python3", f"python{OTHER}"):
        if (path := shutil.which(name)) is not None:
            done = subprocess.run([path, "-c", ask], capture_output=True, text=True, timeout=60, check=False)
            if done.stdout.strip() == OTHER:
                return path
    return None


def python_of(name: str) -> str:
    """This Python, or another one where it is installed."""
    if name == "this":
        return sys.executable
    if sys.version_info[:2] == (3, 13):
        pytest.skip(f"Python {OTHER} is this one")
    if (other := other_python()) is None:
        pytest.skip(f"Python {OTHER} is not installed beside this one")
    return other


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands in for tools that no registry has; pio is PlatformIO itself, with stand-ins of its platforms."""
    sys.path.append(str(ROOT / "tests" / "backends" / "platformio"))
    from pio_lab import make_core

    folder = tmp_path_factory.mktemp("programs")
    for path in STANDINS.iterdir():
        shutil.copy(path, folder)
    core = folder / "core"
    settings = make_core(core)
    exports = "".join(f"export {key}='{value}'\n" for key, value in settings.items())
    pio = BIN / "pio"
    (folder / "pio").write_text(f'#!/usr/bin/env bash\n{exports}exec "{pio}" "$@"\n')
    (folder / "pio").chmod(0o755)
    return folder


def cells() -> list[Any]:
    """Each page with each Python; by default the pages take turns if both Pythons are installed."""
    skipped = pytest.mark.skip(reason="followed with the other Python; with both by GATESMITH_EVERYTHING=1")
    every = EVERYTHING or sys.version_info[:2] == (3, 13) or other_python() is None
    parameters = []
    for turn, python in enumerate(PYTHONS):
        for number, page in enumerate(PAGES):
            marks = () if every or turn == number % 2 else skipped
            parameters.append(pytest.param(python, page, id=f"{python}-{page.stem}", marks=marks))
    return parameters


@pytest.mark.parametrize(("python", "page"), cells())
def test_the_page_works_from_a_clone(
    python: str,
    page: Path,
    programs: Path,
    shared_models: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    if shutil.which(NEEDS[page.stem]) is None:
        pytest.skip(f"{NEEDS[page.stem]} is not installed (make tools)")
    place = tmp_path / "place"
    furnish(place)
    wanted = installed(page)
    asked = tuple(one for one in wanted if EVERYTHING or one not in LEFT_OUT)
    if len(asked) < len(wanted):
        left = ", ".join(sorted({*wanted} - {*asked}))
        why = "to save minutes; GATESMITH_EVERYTHING=1 does"
        record_property("told", f"docs: not run: {page.name}: {left} not installed, {why}")
    clean = environment(python_of(python), asked, shared_models)
    run = shell(
        place, [programs, clean / "bin"], GATESMITH_STANDINS=str(ROOT / "tests/formats/standins"),
        GATESMITH_CACHE=str(tmp_path / "cache"), XDG_CACHE_HOME=CACHE, PYTHONDONTWRITEBYTECODE="",
    )  # fmt: skip  # what was installed is compiled by the first command, not by each

    def carried_out(words: str) -> tuple[int, str, str]:
        return run(words) if extras(words) is None else (0, "", "")

    for reason in follow(page, place, carried_out):
        record_property("told", f"docs: not run: {reason}")
    fed(page, place, tmp_path / "fed")
    if text := program(page):
        (place / "page.py").write_text(text)
        code, out, err = run("python page.py")
        assert code == 0, out + err


MAIN = """
#include <stdio.h>
#include <stdlib.h>
{head}

static FILE *sensor;
static void next_sample(float *x)
{{
    if (fread(x, sizeof(float), {width}, sensor) != {width}) {{
        exit(0);
    }}
}}

#ifdef __cplusplus
static void read_sample(float *x) {{ next_sample(x); }}
#else
static void show(const float *y)
{{
    int best = 0;

    for (int k = 1; k < 4; k++) {{
        best = y[k] > y[best] ? k : best;
    }}
    printf("%d\\n", best);
}}
#endif

{block}

int main(void)
{{
    sensor = fopen("samples.f32", "rb");
#ifdef __cplusplus
    setup();
    for (;;) {{
        loop();
    }}
#else
    float sample[{width}];

    begin();
    for (;;) {{
        next_sample(sample);
        each_sample(sample);
    }}
#endif
}}
"""
"""Feeds a page's block of C: the functions of a sketch, or ``begin`` and ``each_sample``."""


def fed(page: Path, place: Path, folder: Path) -> None:
    """Feed the test set to what a page shows in C, and in Python for the board: the answers are Keras's."""
    folder.mkdir()
    with np.load(place / "test.npz") as data:
        x, wanted = data["in_0"].astype("<f4"), data["out_0"].argmax(-1)
    x.tofile(folder / "samples.f32")
    shown = [block for block in blocks(page) if block.kind == "board" or (block.kind == "c" and "{" in block.text)]
    for block in shown:
        text = by_board(block.text, place, folder, x) if block.kind == "board" else by_c(block.text, place, folder, x)
        assert np.array_equal([int(line) for line in text.splitlines()], wanted), f"{page.name}:{block.line}"
    assert len(shown) == (page.stem != "notebook"), f"{page.name} shows one program"


def by_c(block: str, place: Path, folder: Path, x: np.ndarray) -> str:
    header = min(place.rglob("model_push.h"), key=lambda path: (len(path.parts), "swing" not in path.parts))
    sketch = "void loop()" in block
    head = '#include "Arduino.h"' if sketch else ""
    (folder / "it.c").write_text(MAIN.format(head=head, width=x.shape[-1], block=block))
    compiler = ("g++", "-x", "c++") if sketch else ("gcc", "-std=c99")
    strict = ("-Wall", "-Wextra", "-Werror", "-O1")
    includes = ("-I", header.parent, "-I", ROOT / "tests/formats/standins/headers")
    ran("gcc", "-std=c99", *strict, "-c", header.parent / "model.c", "-o", folder / "model.o")
    ran(*compiler, *strict, *includes, "-c", folder / "it.c", "-o", folder / "it.o")
    ran("g++", folder / "it.o", folder / "model.o", "-o", folder / "it", "-lm")
    return subprocess.run([folder / "it"], cwd=folder, capture_output=True, text=True, timeout=60, check=True).stdout


def by_board(block: str, place: Path, folder: Path, x: np.ndarray) -> str:
    """On MicroPython's unix port, with the modules that the page's first command wrote."""
    samples, steps, width = x.shape
    feed = (
        "from array import array\n\n\ndef samples():\n    with open('samples.f32', 'rb') as file:\n"
        f"        for _ in range({samples * steps}):\n            yield array('f', file.read({4 * width}))\n\n\n"
    )
    for path in (place / "swing").glob("model*.py"):
        shutil.copy(path, folder)
    (folder / "page.py").write_text(feed + block)
    command = ["micropython", "page.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=True).stdout


def installed(page: Path) -> list[str]:
    """The extras of a page's installation, its first command and its only one."""
    sets = [extras(command.words) for block in blocks(page) for command in block.commands() if block.kind == "console"]
    assert sets and sets[0] is not None, f"{page} begins with an installation"
    assert sets[1:] == [None] * (len(sets) - 1), f"{page} installs once"
    return sets[0]


def test_every_persona_has_its_page() -> None:
    assert {page.stem for page in PAGES} == set(NEEDS)
    for page in PAGES:
        assert installed(page) is not None
