"""What ``generate`` wrote, what it costs, and how to use it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from ..backends.base import Generated, Rate
from ..backends.usage import SEQUENCE, STREAM, WINDOW, Usage
from ..flow.results import GenerateResult
from ..version import __version__
from .budget import budget_line
from .overview import following, version
from .page import Column, Page, Part, Row, Styled
from .stream import hint

SCHEMA = "gatesmith/generate/1"


def purpose(path: str, name: str) -> str:
    """What a generated file is for."""
    known = {
        f"{name}.h": "the interface: read this one",
        f"{name}_push.h": "gathers a sensor's samples, one a call, into windows",
        f"{name}.c": "weights and code; no heap, no globals that change",
        f"{name}_selftest.c": "samples with their expected answers",
        "main.c": "an example: yours to change, never written over",
        "Makefile": "builds example and self-test: yours to change",
        "gatesmith.json": "model id and digests",
        f"{name}.py": "the model, in Python: goes to the board",
        f"{name}_viper.py": "its layers in native code: goes there too",
        f"{name}_thumb.py": "their products in assembly: goes there too",
        f"{name}_plain.py": "the same in plain Python, for firmware without native code",
        f"{name}_weights.py": "its weights: goes to the board too",
        f"{name}.pyi": "types, for editors",
        f"mpy/{name}.mpy": "both as bytecode: faster to load than .py",
        "main.py": "an example: yours to change, never written over",
        "package.json": "for mip",
        "natmod/Makefile": "builds the C as a native module, where the firmware's source is at hand",
        "README.md": "how to install it, and what it costs",
        "platformio.ini": "an environment a board: yours to change, never written over",
        "src/main.cpp": "the app, here Gatesmith's link: yours to change",
        "src/main.c": "the app, here an example: yours to change",
        f"src/{name}_link.c": "ties the model to the link",
        "test/test_golden/test_golden.cpp": "samples with their expected answers",
    }
    within = {
        "CMakeLists.txt": "for CMake, ESP-IDF and Zephyr",
        "idf_component.yml": "for ESP-IDF's component manager",
        "module.yml": "for Zephyr",
        "library.properties": "for Arduino",
        "library.json": "for PlatformIO",
        f"{name}.pdsc": "for Keil and STM32CubeIDE",
        "step.ino": "a sketch that calls it",
        "README.md": "how to use it, and the flags that it wants",
        "sdkconfig.defaults": "ESP-IDF's settings",
        "prj.conf": "Zephyr's settings",
        "test_custom_runner.py": "reads the test's lines for pio test",
        f"{name}.zip": "the library for Arduino's IDE",
    }
    own = (f"{name}.h", f"{name}_push.h", f"{name}.c", f"{name}_selftest.c")
    last = path.rpartition("/")[2]
    return known.get(path) or (known[last] if last in own else within.get(last, ""))


def generate_page(done: GenerateResult, again: str = "--target host", ascii_only: bool = False) -> Page:
    """The page after a success.

    Args:
        again: the options by which ``validate`` takes the same code.
    """
    made, folder, files, source = done.generated, done.folder, done.files, done.source
    page = Page(ascii_only)
    page.line(Styled(source.path, "head"), f" | {version(source)} | weights id {source.weights_id}", hang=2)
    page.blank()
    page.line(Styled(f"{folder}/", "head"))
    rows: list[Row] = [[_below(path, folder), purpose(_below(path, folder), made.name)] for path in files]
    page.table([Column("", style="name", folds=True), Column("", folds=True)], rows, titles=False)
    page.blank()
    held: list[tuple[str, Part]] = [
        ("budget", Styled(budget_line(found), "plain" if found.fits == "yes" else "note")) for found in done.budgets
    ]
    judge: list[tuple[str, Part]] = [("answers by", done.oracle)] if done.oracle else []
    page.facts([*costs(made), *held, *judge], indent=0)
    for note in made.graph.notes:
        page.line(Styled("note", "note"), f"  {note}", hang=6)
    page.blank()
    place = quote(str(folder))
    if f"{made.name}.py" in made.files:
        _python(page, done.usage, place, f"{quote(source.path)} {again}", any(path.suffix == ".mpy" for path in files))
        return page
    held_against = (f"gatesmith validate {quote(source.path)} {again}", "compare the same C with Keras")
    following(page, [*_steps(done.format, place, made.name, done.envs), held_against])
    page.blank()
    _shown(page, done.usage, snippet(done.usage))
    return page


def _steps(format: str, place: str, name: str, envs: Sequence[str]) -> list[tuple[str, str]]:
    """What to do next with a folder, by what surrounds the code in it."""
    built = [
        (f"cmake -S {place} -B {place}/build && cmake --build {place}/build", "build it, and its self-test"),
        (f"ctest --test-dir {place}/build", "run the self-test"),
    ]
    steps = {
        "make": [(f"make -C {place} test", "build and run the self-test")],
        "cmake": built,
        "library": built,
        "idf": [(f"idf.py -C {place} build", "build it with ESP-IDF")],
        "zephyr": [(f"west build -b BOARD {place}", "build it with Zephyr")],
        "arduino": [
            (
                f"arduino-cli compile --fqbn FQBN --library {place}/{name} {place}/{name}/examples/step",
                "build the sketch; in the IDE: Sketch, Include Library, Add .ZIP Library",
            )
        ],
    }
    if format == "platformio":
        return [
            (f"pio run -d {place} -e {envs[0]}", "build the app; -t upload puts it on the board"),
            (f"pio test -d {place} -e native", "the self-test on this machine; -e with a board: on it"),
        ]
    return steps[format]


def _python(page: Page, usage: Usage, place: str, held: str, compiled: bool) -> None:
    """What to do with modules for MicroPython."""
    made, kind = usage.made, "mpy" if compiled else "py"
    below = f"{place}/mpy" if compiled else place
    following(
        page,
        [
            (f"mpremote fs cp {below}/{made.name}*.{kind} :", "onto the board"),
            (f"mpremote run {place}/main.py", "the example, there"),
            (f"gatesmith validate {held}", "compare the same Python with Keras"),
        ],
    )
    page.blank()
    given = ", ".join(port.name for port in made.inputs)
    call = "step" if made.causal or made.rate else "predict"
    lines = [f"import {made.name}", f"model = {made.name}.Model()", f"answer = model.{call}({given})"]
    if usage.feed == WINDOW and call == "step":
        lines.append(f"model.reset()  # after {usage.window} samples: the next one is the first of a window")
    _shown(page, usage, lines)


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def costs(made: Generated) -> list[tuple[str, Part]]:
    """Bytes and work, with what is known about each."""
    python = f"{made.name}.py" in made.files
    return [
        ("weights", f"{made.weight_bytes:,} B of constants, plus code"),
        ("state", f"{made.state_bytes:,} B for each independent sequence" + ("" if python else "; heap 0 B")),
        work(made),
        *([("stream", told)] if (told := rated(made.rate) if made.rate else hint(made.graph)) else []),
        ("model id", made.model_id),
    ]


def work(made: Generated) -> tuple[str, Part]:
    """Multiply-adds, and of what."""
    stepped = any(port.axis is not None for port in made.inputs)
    told = f"{made.macs:,} multiply-adds {'a step' if stepped else 'in all'}"
    if made.rate and made.rate.anew > made.macs:
        anew = made.rate.anew
        told += f", {anew / max(made.macs, 1):.1f} times less than {anew:,} if each output were computed anew"
    return "work", told


def rated(rate: Rate) -> str:
    """When the steps of a stream give outputs."""
    every = "every step" if rate.every == 1 else f"one step in {rate.every}"
    late = f"; {rate.delay} steps late, the last by finish" if rate.finishes else ""
    return f"an output at {every}, the first at step {rate.first}{late}"


def _shown(page: Page, usage: Usage, lines: Sequence[str]) -> None:
    """How the model is used, in a sentence and in code."""
    page.line(Styled("use it in your own code", "dim"))
    page.line(" ".join(usage.told), indent=2)
    for line in lines:
        page.verbatim(line, indent=2)


def snippet(usage: Usage) -> list[str]:
    """The calls that a user makes, in C."""
    made = usage.made
    name, ins, outs = made.name, [port.name for port in made.inputs], [port.name for port in made.outputs]
    if usage.feed in (WINDOW, STREAM):
        call = f"{name}_push{'_float' if made.integer else ''}({', '.join(['&model', *ins, *outs])})"
        return [
            f'#include "{name}_push.h"',
            f"static {name}_push_t model;",
            f"{name}_push_reset(&model);  /* once */",
            f"if ({call})  /* each sample; 1 if there is an answer */",
        ]
    lines = [f'#include "{name}.h"', f"static {name}_t model;"]
    if usage.feed == SEQUENCE and made.causal:
        step = f"{name}_step({', '.join(['&model', *ins, *outs])});"
        return [*lines, f"{name}_reset(&model);  /* before each sequence */", f"{step}  /* each sample */"]
    free = [axis.name for axis in made.axes if axis.fixed is None]
    return [*lines, f"{name}_run({', '.join(['&model', *ins, *free, *outs])});  /* everything at once */"]


def generate_json(done: GenerateResult) -> dict[str, Any]:
    """The same as data."""
    made, source = done.generated, done.source
    return {
        "schema": SCHEMA,
        "gatesmith": __version__,
        "file": source.path,
        "weights_id": source.weights_id,
        "model_id": made.model_id,
        "folder": str(done.folder),
        "files": [_below(path, done.folder) for path in done.files],
        "oracle": done.oracle,
        "platformio": list(done.envs),
        "weight_bytes": made.weight_bytes,
        "state_bytes": made.state_bytes,
        "macs": made.macs,
    }
