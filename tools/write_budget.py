"""Compiles random models for a family's emulated boards and writes down the bytes of code: ``targets/budget``.

    python tools/write_budget.py cortex-m4f avr     # or nothing, for every family with firmware of its own

Code is compiled as a build compiles it, with debug lines besides, which say of each byte which function of the source
it is of, wherever the compiler has put it. A piece's size is the mean over the programs that hold it, its deviation
their standard deviation; nothing is fitted.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import budget_models
import numpy as np
from budget_debug import by_chain

from gatesmith.backends import c99
from gatesmith.backends.base import Generated
from gatesmith.boards import target
from gatesmith.boards.target import Target
from gatesmith.budget import compiled
from gatesmith.budget.budget import buffers
from gatesmith.budget.compiled import Compiled
from gatesmith.core.errors import BudgetError, UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.files.scratch import scratch
from gatesmith.files.store import Store
from gatesmith.flow.plan import plan
from gatesmith.flow.program import buffers as buffered
from gatesmith.flow.program import program
from gatesmith.importers.reading import load
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import board as firmware
from gatesmith.run.toolchain import chart

OUT = Path(__file__).resolve().parent.parent / "targets" / "budget"
PLACE = OUT.parent.parent / "out" / "budget"
"""Where models are."""
KEPT = Store(PLACE / "measured")
"""What was measured, by all that it follows from: a run that was cut goes on, and only what has changed runs again."""
MODELS = 28
"""Random models that a family's first board is compiled for; its other stand-ins take two."""
RARE = 3
"""A piece that fewer programs hold is as uncertain as it is large."""
OTHERS = ("int8w4", "float32w8", "float32w16", "int16", "int8w4", "float32w4", "float32w16", "int16w8")
"""Numeric types beside float32: a model is compiled in float32, int8 and in one of these, in turn."""
FOLDED = 0.25
"""Share of tables that compilers may put into code. Of a program where more is missing gcc knew the answer: what a
layer of one unit gives whatever its weights."""
FORMS = ("forward", "fold", "frame", "row", "arguments")
"""What names of layers' functions end with."""
SHARE = 0.25
"""Of the deepest stack that was seen: room for a model that goes further."""


@dataclass(frozen=True)
class Sample:
    """A program that was linked.

    Args:
        ram: static bytes beside the model's state and buffers.
        pieces: bytes of code by piece, each once however often it is there.
    """

    name: str
    made: Generated
    numeric: str
    built: Compiled
    ram: int
    pieces: Mapping[str, float]

    @property
    def code(self) -> int:
        """Bytes without tables."""
        return self.built.model - sum(table.bytes for table in self.made.tables)


FUNCTION = re.compile(r"\.(?:text|literal)(?:\.(?:unlikely|hot|startup|exit))?\.(\w+)")


def by_function(file: Path, objects: Container[str]) -> Counter[str]:
    """Bytes of each function of some objects, its literals included, where each was compiled into sections of its own
    (``-ffunction-sections``); what the compiler made of one function, as ``sum.part.0``, is added up.

    Args:
        file: as of :func:`gatesmith.run.toolchain.chart.by_object`.
        objects: as the file names them.
    """
    found: Counter[str] = Counter()
    for section, length, name in chart.placed_sections(file):
        if name in objects and (own := FUNCTION.match(section)) is not None:
            found[own[1]] += length
    return found


def models(folder: Path, seeds: Iterable[int]) -> Iterator[Path]:
    """Random models by number, each written when it is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        path = folder / f"m{seed}.keras"
        if not path.is_file():
            budget_models.model(seed).save(path)
        yield path


def measure(board: Target, paths: Iterable[Path], numerics: Sequence[str]) -> Iterator[Sample]:
    """Link models with a board's firmware; what does not fit it, or has no form in a numeric type, is left out."""
    for path in paths:
        model = load(path, Settings())
        for numeric in numerics:
            settings = Settings(target=board.name, numeric=numeric, calibration="synthetic")
            try:
                made = program(model, plan(settings))
                lengths, _ = buffered(made, board.ram)
                built, chains = answer(board, made, c99.glue(made, numeric, lengths))
            except (UnsupportedError, BudgetError):
                continue
            state = made.state_bytes + (-made.state_bytes % 4 if board.word > 8 else 0)
            ram = built.ram - state - sum(buffers(made, lengths, board.word))
            sample = Sample(path.stem, made, numeric, built, ram, by_piece(made, built, chains))
            if sum(chains.values()) - sample.code <= FOLDED * sum(table.bytes for table in made.tables):
                yield sample


def answer(board: Target, made: Generated, glue: str) -> tuple[Compiled, dict[tuple[str, ...], float]]:
    """A linked program's sizes, and its bytes by function (:func:`by_chain`); or what that gave the last time.

    Debug lines are those of a second build: on Xtensa, the linker shortens less where they are.

    Raises:
        BudgetError: the linker has no room for the program.
    """
    stand_in, flags = emulator.load(board.emulator), board.compiler.flags(False)
    key = f"pieces, members {compiled.cache_key(made, glue, board, stand_in, flags)}"
    if (kept := KEPT.get(key)) is not None:
        found = kept[1]
        return Compiled(**found["built"]), {tuple(chain): size for chain, size in found["chains"]}
    with scratch() as folder:
        sources = compiled.write_sources(made, glue, folder)
        plain, _ = firmware.link_firmware(board, stand_in, *sources, folder / "plain", flags)
        built = compiled.part_sizes(made, plain)
        debug, _ = firmware.link_firmware(board, stand_in, *sources, folder / "debug", (*flags, "-g"))
        objects = set(map(str, plain.model_objects))
        chains = shared(by_chain(debug.path, f"{made.name}.c"), by_function(plain.path.with_suffix(".map"), objects))
    listed = [[list(chain), size] for chain, size in chains.items()]
    KEPT.put(key, (), {"built": asdict(built), "chains": listed})
    return built, chains


def shared(chains: Mapping[tuple[str, ...], int], functions: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    """The bytes of each function, shared out as another build's debug lines share out theirs."""
    sums: Counter[str] = Counter()
    for chain, size in chains.items():
        sums[chain[0]] += size
    return {chain: size * functions[chain[0]] / sums[chain[0]] for chain, size in chains.items() if sums[chain[0]]}


def by_piece(made: Generated, built: Compiled, chains: Mapping[tuple[str, ...], float]) -> dict[str, float]:
    """Bytes of each piece of a library's code, once; what is nobody's is its frame."""
    frame = next(piece for piece in made.pieces if piece.startswith("frame"))
    apart, layers = _named(made)
    sums: dict[str, float] = defaultdict(float)
    for chain, size in chains.items():
        place = next((at for at, name in enumerate(chain) if name in layers or name in apart), None)
        if place is None:
            sums["call" if any(map(_calls, chain)) else frame] += size
            continue
        inner = next((apart[name] for name in chain[place:] if name in apart), "")
        called = f"in {inner}" if chain[place] in layers and inner.startswith("helper") else inner
        sums[called if called in made.pieces else layers.get(chain[place], frame)] += size
    tables = sum(table.bytes for table in made.tables)
    sums[frame] = built.model - tables - sum(size for piece, size in sums.items() if piece != frame)
    for piece in made.pieces:
        sums.setdefault(piece, 0)
    return {piece: total / max(1, made.pieces.count(piece)) for piece, total in sums.items()}


def _named(made: Generated) -> tuple[dict[str, str], dict[str, str]]:
    """The pieces of a library's functions: of helpers and products, and of layers."""
    pieces = {piece.split()[1]: piece for piece in made.pieces if piece.startswith(("helper", "product"))}
    kinds = [piece for piece in made.pieces if piece.startswith("layer")]
    lines = made.files[f"{made.name}.c"].splitlines()
    heads = [line.partition("static ")[2] for line in lines if line.startswith(("static ", "APART ", "__attribute__"))]
    names = [head.split("(")[0].split()[-1].lstrip("*") for head in heads if "(" in head]
    apart = {name: pieces[key] for name in names if (key := c99.unnumbered(name.removeprefix("act_"))) in pieces}
    stems = {name: layer for name in names if (layer := _layer_of(name)) and name not in apart}
    order = list(dict.fromkeys(stems.values()))
    assert len(order) == len(kinds), (order, kinds)
    pending: list[str] = []
    for name in names:  # what is written for a function stands above it
        if name in apart:
            apart |= dict.fromkeys(pending, apart[name])
        pending = [] if name in apart or name in stems or _calls(name) else [*pending, name]
    return apart, {name: kinds[order.index(layer)] for name, layer in stems.items()}


def _layer_of(function: str) -> str:
    """The layer that a function is of; empty where it is of none."""
    head, of, _ = function.partition("_arguments_of_")  # one a gate
    layer, _, form = (f"{head}_arguments" if of else function).rpartition("_")
    return layer if form in FORMS else ""


def _calls(function: str) -> bool:
    """Whether a function calls layers."""
    return function.startswith(("advance", "finish", "compute"))


def sizes(samples: Sequence[Sample]) -> dict[str, tuple[int, int]]:
    """Bytes of each piece: the mean over the programs that hold it, and the standard deviation."""
    bytes_of: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        for piece, size in sample.pieces.items():
            bytes_of[piece].append(size)
    return {piece: _spread(bytes_of[piece]) for piece in sorted(bytes_of)}


def _spread(values: Sequence[float]) -> tuple[int, int]:
    """Mean and standard deviation; of few values the mean is the deviation too."""
    mean = round(float(np.mean(values)))
    return mean, mean if len(values) < RARE else round(float(np.std(values)))


def text_of(board: Target, samples: Sequence[Sample], firmwares: Mapping[str, Sequence[Sample]]) -> str:
    """The file of a family."""
    stand_in = emulator.load(board.emulator)
    command = "xtensa-lx106-elf-gcc" if stand_in.compiler else board.compiler.command
    version = subprocess.run([command, "-dumpversion"], capture_output=True, text=True, check=True).stdout.strip()
    what = f"{stand_in.compiler.summary}, {version}" if stand_in.compiler else f"{command} {version}"
    lines = [
        "# Written by tools/write_budget.py: bytes, and their standard deviation.",
        f'measured = "{what}, {len(samples)} programs for {board.name}"',
    ]
    for name, of in firmwares.items():
        numerics = sorted({s.numeric for s in of})
        alike = {numeric: [s for s in of if s.numeric == numeric] for numeric in numerics}
        link = {n: round(float(np.mean([s.built.link - len(s.made.name) for s in alike[n]]))) for n in numerics}
        port = {n: list(_spread([s.built.rest for s in alike[n]])) for n in numerics}
        lines += ["", f"[firmware.{name}]", f"ram = {max(s.ram for s in of)}"]
        lines += [f"{key} = {_inline(table)}" for key, table in (("link", link), ("port", port))]
    lines += ["", "[stack]"]
    for numeric in sorted({s.numeric for s in samples}):
        deepest = max(s.built.stack or 0 for s in samples if s.numeric == numeric)
        lines.append(f"{numeric} = {round(deepest * (1 + SHARE))}")
    lines += ["", "[code]", *(f'"{piece}" = {list(pair)}' for piece, pair in sizes(samples).items())]
    print(f"{board.family}: {len(samples)} programs", flush=True)
    return "\n".join(lines) + "\n"


def _inline(table: Mapping[str, object]) -> str:
    return "{ " + ", ".join(f"{key} = {value}" for key, value in table.items()) + " }"


def main(families: Sequence[str]) -> None:
    """Compile, and write the files of families."""
    boards = [target.load(name) for name in target.names()]
    able = [b for b in boards if b.flash and b.emulator and b.family and emulator.load(b.emulator).project is None]
    for family in families or sorted({board.family for board in able}):
        firmwares: dict[str, list[Sample]] = {}
        first = next(board for board in able if board.family == family)
        for board in (board for board in able if board.family == family):
            if board.emulator in firmwares:
                continue
            turns = [
                (path, tuple(dict.fromkeys(("float32", OTHERS[turn % len(OTHERS)], "int8"))))
                for turn, path in enumerate(models(PLACE, range(2 if firmwares else MODELS)))
            ]
            firmwares[board.emulator] = [
                sample for path, numerics in turns for sample in measure(board, [path], numerics)
            ]
        OUT.mkdir(exist_ok=True)
        text = text_of(first, firmwares[first.emulator], firmwares)
        (OUT / f"{family}.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("families", nargs="*", help="families of boards; default: all with an emulator")
    main(parser.parse_args().families)
