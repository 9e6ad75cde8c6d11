"""Compiled sizes of a library and the firmware around it, by part. They are cached by a digest of everything that they
follow from, so that the same question is answered without a compiler."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from ..backends.base import Generated
from ..boards.target import Target
from ..files.scratch import scratch
from ..run.standins.emulator import Emulator
from ..run.toolchain import board as firmware
from ..run.toolchain import cache, chart, host
from ..run.toolchain.stack import deepest


@dataclass(frozen=True)
class Compiled:
    """Bytes of a linked program.

    Args:
        model: flash of the library, its tables included.
        link: flash of the link and of the code that ties the library to it.
        rest: flash of the port, the start-up code and the C library.
        ram: static bytes of the whole program.
        stack: of the library's deepest chain of calls; None if the compiler does not report it.
    """

    model: int
    link: int
    rest: int
    ram: int
    stack: int | None

    @property
    def flash(self) -> int:
        """Flash of the whole program."""
        return self.model + self.link + self.rest


def compiled(generated: Generated, glue: str, board: Target, stand_in: Emulator, flags: tuple[str, ...]) -> Compiled:
    """Compile and link a library with the link and the port of a stand-in, or read the cached sizes.

    Args:
        glue: the C text that ties the library to the link.
        flags: of the board's compiler.

    Raises:
        BuildError: a compiler or a C library is missing, or failed.
        BudgetError: the linker has no room for the program.
    """
    firmware.require_compiler(board, stand_in)
    store, digest = cache.answers(), cache_key(generated, glue, board, stand_in, flags)
    if (earlier := store.get(digest)) is not None:
        return Compiled(**earlier[1])
    with scratch() as folder:
        sources = write_sources(generated, glue, folder)
        program, _ = firmware.link_firmware(board, stand_in, *sources, folder / "build", flags)
        sizes = part_sizes(generated, program)
    store.put(digest, (), asdict(sizes))
    return sizes


def write_sources(generated: Generated, glue: str, folder: Path) -> tuple[list[Path], list[Path]]:
    """Write a model's files and its glue to a folder; the sources of the model, and those of the glue."""
    tied = f"{generated.name}_link.c"
    for name, text in {**generated.files, tied: glue}.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / f"{generated.name}.c"], [folder / tied]


def part_sizes(generated: Generated, program: host.Binary) -> Compiled:
    """Sizes of a linked program's parts.

    Raises:
        BuildError: ``size`` is missing or fails.
    """
    total = host.section_sizes([program.path], program.size_tool)
    parts = chart.by_object(program.path.with_suffix(".map"))
    model_objects = {str(path) for path in program.model_objects}
    ties = {
        str(path)
        for source, path in program.objects.items()
        if source.name in (f"{generated.name}_link.c", "gatesmith_link.c")
    }
    model = sum(part.flash for name, part in parts.items() if name in model_objects)
    link = sum(part.flash for name, part in parts.items() if name in ties)
    names = [f"{generated.name}_{suffix}" for suffix in (["step", "run"] if generated.causal else ["run"])]
    stack = deepest(names, program.model_objects, program.size_tool).value
    return Compiled(model, link, total.flash - model - link, total.ram, None if stack is None else int(stack))


def cache_key(generated: Generated, glue: str, board: Target, stand_in: Emulator, flags: tuple[str, ...]) -> str:
    """The cache key: a digest of all that the sizes follow from."""
    compiler = stand_in.compiler
    tools = (*shlex.split(compiler.shell()), *compiler.programs) if compiler else (board.compiler.command,)
    ports = host.firmware() / "ports"
    folders = {host.firmware() / "link", *((ports / source).parent for source in stand_in.firmware.sources)}
    sources = sorted(str(path) for folder in folders for path in folder.iterdir() if path.is_file())
    parts = [
        "sizes", *(part for item in sorted(generated.files.items()) for part in item), glue,
        *map(cache.stamp, tools), *map(cache.stamp, sources),
        repr((flags, stand_in.firmware)),
    ]  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
