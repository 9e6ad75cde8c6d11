"""What ``generate`` wrote, what it costs, and how to use it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from ..backends.base import Generated, Rate
from ..budget.budget import Budget
from ..importers.keras.spec import Source
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


def generate_page(
    made: Generated,
    folder: Path,
    files: Sequence[Path],
    source: Source,
    oracle: str,
    envs: Sequence[str] = (),
    format: str = "make",
    again: str = "--target host",
    budgets: Sequence[Budget] = (),
    ascii_only: bool = False,
) -> Page:
    """The page after a success.

    Args:
        envs: the boards of a PlatformIO project.
        format: what surrounds the code.
        again: the options by which ``validate`` takes the same code.
        budgets: what the boards hold.
    """
    page = Page(ascii_only)
    page.line(Styled(source.path, "head"), f" | {version(source)} | weights id {source.weights_id}", hang=2)
    page.blank()
    page.line(Styled(f"{folder}/", "head"))
    rows: list[Row] = [[_below(path, folder), purpose(_below(path, folder), made.name)] for path in files]
    page.table([Column("", style="name", folds=True), Column("", folds=True)], rows, titles=False)
    page.blank()
    held: list[tuple[str, Part]] = [
        ("budget", Styled(budget_line(found), "plain" if found.fits == "yes" else "note")) for found in budgets
    ]
    judge: list[tuple[str, Part]] = [("answers by", oracle)] if oracle else []
    page.facts([*costs(made), *held, *judge], indent=0)
    for note in made.graph.notes:
        page.line(Styled("note", "note"), f"  {note}", hang=6)
    page.blank()
    place = quote(str(folder))
    if f"{made.name}.py" in made.files:
        _python(page, made, place, f"{quote(source.path)} {again}", any(path.suffix == ".mpy" for path in files))
        return page
    held_against = (f"gatesmith validate {quote(source.path)} {again}", "compare the same C with Keras")
    following(page, [*_steps(format, place, made.name, envs), held_against])
    page.blank()
    page.line(Styled("use it in your own code", "dim"))
    for line in snippet(made):
        page.verbatim(line, indent=2)
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
            (f"arduino-cli lib install --zip-path {place}/{name}.zip", "or Sketch, Include Library, in the IDE")
        ],
    }
    if format == "platformio":
        return [
            (f"pio run -d {place} -e {envs[0]}", "build the app; -t upload puts it on the board"),
            (f"pio test -d {place} -e native", "the self-test on this machine; -e with a board: on it"),
        ]
    return steps[format]


def _python(page: Page, made: Generated, place: str, held: str, compiled: bool) -> None:
    """What to do with modules for MicroPython."""
    kind = "mpy" if compiled else "py"
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
    page.line(Styled("use it in your own code", "dim"))
    given = ", ".join(port.name for port in made.inputs)
    call = "step" if made.causal or made.rate else "predict"
    for line in (f"import {made.name}", f"model = {made.name}.Model()", f"answer = model.{call}({given})"):
        page.verbatim(line, indent=2)


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


def snippet(made: Generated) -> list[str]:
    """The calls a user makes, taken from the header as it is."""
    header = made.files.get(f"{made.name}.h", "")
    found = {
        match[1]: re.sub(r"\s+", " ", match[2])
        for match in re.finditer(rf"\b(?:void|int) {re.escape(made.name)}_(\w+)\(([^;]*)\);", header)
    }
    lines = [f'#include "{made.name}.h"', f"static {made.name}_t state;"]
    for name, remark in (
        ("reset", "once, and before each new sequence"),
        ("step", "once a time step" + ("; 1 where there is an output" if made.rate else "")),
        ("finish", "after the last, until it gives 0"),
    ):
        if name in found:
            lines.append(f"{_call(made.name, name, found[name])}  /* {remark} */")
    if "step" not in found and "run" in found:
        lines.append(f"{_call(made.name, 'run', found['run'])}  /* a whole sequence */")
    return lines


def _call(prefix: str, name: str, parameters: str) -> str:
    words = [re.sub(r"\[.*", "", part).split()[-1].lstrip("*") for part in parameters.split(",")]
    return f"{prefix}_{name}({', '.join(['&state', *words[1:]])});"


def generate_json(
    made: Generated, folder: Path, files: Sequence[Path], source: Source, oracle: str, envs: Sequence[str] = ()
) -> dict[str, Any]:
    """The same as data."""
    return {
        "schema": SCHEMA,
        "gatesmith": __version__,
        "file": source.path,
        "weights_id": source.weights_id,
        "model_id": made.model_id,
        "folder": str(folder),
        "files": [_below(path, folder) for path in files],
        "oracle": oracle,
        "platformio": list(envs),
        "weight_bytes": made.weight_bytes,
        "state_bytes": made.state_bytes,
        "macs": made.macs,
    }
