"""What ``generate`` wrote, what it costs, and how to use it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from ..backends.base import Generated
from ..budget import Budget
from ..keras.spec import Source
from ..version import __version__
from .budget import budget_line
from .overview import following, version
from .page import Column, Page, Part, Row, Styled

SCHEMA = "gatesmith/generate/1"


def purpose(path: str, name: str) -> str:
    """What a generated file is for."""
    known = {
        f"{name}.h": "the interface: read this one",
        f"{name}.c": "weights and code; no heap, no globals that change",
        f"{name}_selftest.c": "samples with their expected answers",
        "main.c": "an example: yours to change, never written over",
        "Makefile": "builds example and self-test: yours to change",
        "gatesmith.json": "model id and digests",
        f"{name}.py": "the model, in Python: goes to the board",
        f"{name}_viper.py": "its layers in native code: goes there too",
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
    place = f"lib/{name}/"
    plain = path.removeprefix(f"{place}include/").removeprefix(f"{place}src/")
    return known.get(path) or (known.get(plain, "") if plain in (f"{name}.h", f"{name}.c") else "")


def generate_page(
    made: Generated,
    folder: Path,
    files: Sequence[Path],
    source: Source,
    oracle: str,
    envs: Sequence[str] = (),
    again: str = "--target host",
    budgets: Sequence[Budget] = (),
    ascii_only: bool = False,
) -> Page:
    """The page after a success.

    Args:
        envs: the boards of a PlatformIO project.
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
    build = [(f"make -C {place} test", "build and run the self-test")]
    if envs:
        build = [
            (f"pio run -d {place} -e {envs[0]}", "build the app; -t upload puts it on the board"),
            (f"pio test -d {place} -e native", "the self-test on this machine; -e with a board: on it"),
        ]
    following(page, [*build, (f"gatesmith validate {quote(source.path)} {again}", "the same C beside Keras")])
    page.blank()
    page.line(Styled("use it in your own code", "dim"))
    for line in snippet(made):
        page.verbatim(line, indent=2)
    return page


def _python(page: Page, made: Generated, place: str, held: str, compiled: bool) -> None:
    """What to do with modules for MicroPython."""
    kind = "mpy" if compiled else "py"
    below = f"{place}/mpy" if compiled else place
    following(
        page,
        [
            (f"mpremote fs cp {below}/{made.name}*.{kind} :", "onto the board"),
            (f"mpremote run {place}/main.py", "the example, there"),
            (f"gatesmith validate {held}", "the same Python beside Keras"),
        ],
    )
    page.blank()
    page.line(Styled("use it in your own code", "dim"))
    given = ", ".join(port.name for port in made.inputs)
    call = "step" if made.causal else "predict"
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
        ("model id", made.model_id),
    ]


def work(made: Generated) -> tuple[str, Part]:
    """Multiply-adds, and of what."""
    stepped = any(port.axis is not None for port in made.inputs)
    return "work", f"{made.macs:,} multiply-adds {'a step' if stepped else 'in all'}"


def snippet(made: Generated) -> list[str]:
    """The calls a user makes, taken from the header as it is."""
    header = made.files.get(f"{made.name}.h", "")
    found = {
        match[1]: re.sub(r"\s+", " ", match[2])
        for match in re.finditer(rf"\bvoid {re.escape(made.name)}_(\w+)\(([^;]*)\);", header)
    }
    lines = [f'#include "{made.name}.h"', f"static {made.name}_t state;"]
    for name, remark in (("reset", "once, and before each new sequence"), ("step", "once a time step")):
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
