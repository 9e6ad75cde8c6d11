"""Compiles representative models for a family's emulated boards and writes down the bytes: ``targets/budget``.

    python tools/write_budget.py cortex-m4f avr     # or nothing, for every family with firmware of its own
    python tools/write_budget.py --few cortex-m4f   # only the usual layers, in float32 and int8

Code is compiled as a build compiles it, with debug lines besides, which say of each byte which function of the source
it is of, wherever the compiler has put it. A piece's number is the mean over models that hold it; nothing is fitted.
``error`` is the largest of a model's when its own bytes are left out of the means, of models whose pieces others have.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import budget_models
from elftools.elf.elffile import ELFFile

from gatesmith.backends import c99
from gatesmith.backends.base import Generated
from gatesmith.boards import target
from gatesmith.boards.costs import UNMEASURED
from gatesmith.boards.target import Target
from gatesmith.budget.budget import buffers
from gatesmith.budget.compiled import Compiled, measured
from gatesmith.core.errors import BudgetError, UnsupportedError
from gatesmith.core.scratch import scratch
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import goes_by_steps, program
from gatesmith.importers.reading import load
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import board as firmware

OUT = Path(__file__).resolve().parent.parent / "targets" / "budget"
MODELS = 14
OTHERS = ("int8", "float32w8", "int16", "float32w4", "int16w8")
"""Numeric types beside float32: a model is compiled in float32 and in one of these, in turn."""
STACK_SHARE = 0.25
"""Of the deepest stack that was seen: room for a model that goes deeper."""


@dataclass(frozen=True)
class Sample:
    """A program that was linked.

    Args:
        ram: static bytes beside the library's state and buffers.
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


def models(folder: Path, seeds: Iterable[int]) -> Iterator[Path]:
    """Random models, each written when it is asked for."""
    for seed in seeds:
        path = folder / f"m{seed}.keras"
        if not path.is_file():
            budget_models.model(seed).save(path)
        yield path


def usual(folder: Path) -> list[Path]:
    """Few models of the usual layers."""
    if not list(folder.glob("*.keras")):
        for name, model in budget_models.representative().items():
            model.save(folder / f"{name}.keras")
    return sorted(folder.glob("*.keras"))


def measure(board: Target, paths: Iterable[Path], numerics: Sequence[str]) -> Iterator[Sample]:
    """Link models with a board's firmware; what does not fit it, or has no form in a numeric type, is left out."""
    stand_in = emulator.load(board.emulator)
    for path in paths:
        for numeric in numerics:
            settings = Settings(target=board.name, numeric=numeric, calibration="synthetic")
            try:
                made, lengths = program(load(path, settings), plan(settings))
            except UnsupportedError:
                continue
            if goes_by_steps(made, lengths, board.ram):
                lengths = (1,)
            with scratch() as folder:
                tied = f"{made.name}_link.c"
                for name, text in {**made.files, tied: c99.glue(made, numeric, lengths)}.items():
                    (folder / name).write_text(text, "utf-8")
                sources = [folder / f"{made.name}.c"], [folder / tied]
                flags = (*board.compiler.flags(False), "-g")
                try:
                    linked, _ = firmware.linked(board, stand_in, *sources, folder / "build", flags)
                except BudgetError:
                    continue
                built = measured(made, linked)
                lines = by_function(linked.path, f"{made.name}.c")
            state = made.state_bytes + (-made.state_bytes % 4 if board.word > 8 else 0)
            ram = built.ram - state - sum(buffers(made, lengths, board.word))
            yield Sample(path.stem, made, numeric, built, ram, by_piece(made, built, lines))


@dataclass
class Bytes:
    """Of a function of the source: in a function of its own, and inlined into others."""

    own: int = 0
    inside: int = 0


def by_function(path: Path, source: str) -> list[tuple[str, Bytes]]:
    """The functions of a source in its order, and the bytes of a program that debug lines say are theirs."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        spans = sorted(
            (symbol["st_value"] & ~1 if elf["e_machine"] == "EM_ARM" else symbol["st_value"], symbol.name)
            for symbol in elf.get_section_by_name(".symtab").iter_symbols()
            if symbol["st_info"]["type"] == "STT_FUNC"
        )
        addresses = [address for address, _ in spans]
        info = elf.get_dwarf_info()
        unit = next(cu for cu in info.iter_CUs() if source in _name(cu.get_top_DIE()))
        starts: dict[int, str] = {}
        for entry in unit.iter_DIEs():
            if entry.tag == "DW_TAG_subprogram" and {"DW_AT_name", "DW_AT_decl_line"} <= entry.attributes.keys():
                starts.setdefault(entry.attributes["DW_AT_decl_line"].value, _name(entry))
        order = sorted(starts)
        sizes = {line: Bytes() for line in order}
        lines = info.line_program_for_CU(unit)
        assert lines is not None
        before = None
        for state in (entry.state for entry in lines.get_entries() if entry.state is not None):
            if before is not None and state.address > before.address:
                owner = bisect_right(order, before.line) - 1
                within = bisect_right(addresses, before.address) - 1
                if owner >= 0 and within >= 0:
                    found = sizes[order[owner]]
                    if spans[within][1].partition(".")[0] == starts[order[owner]]:
                        found.own += state.address - before.address
                    else:
                        found.inside += state.address - before.address
            before = None if state.end_sequence or not state.address else state
    return [(starts[line], size) for line, size in sizes.items()]


def _name(entry: Any) -> str:
    value = entry.attributes["DW_AT_name"].value if "DW_AT_name" in entry.attributes else b""
    return str(value.decode() if isinstance(value, bytes) else value)


def by_piece(made: Generated, built: Compiled, functions: Sequence[tuple[str, Bytes]]) -> dict[str, float]:
    """Bytes of each piece of a library's code, once; what is nobody's is its ``frame``."""
    wanted: dict[str, str] = {}
    for piece in made.pieces:
        kind, _, name = piece.partition(" ")
        if kind == "helper":
            wanted |= {name: piece, f"act_{name}": piece}
        elif kind == "product":
            wanted[name] = piece
    layers = iter([piece for piece in made.pieces if piece.startswith("layer ")])
    sums: dict[str, float] = {}
    pending = Bytes()
    for name, size in functions:
        piece = next(layers, "") if name.endswith("_forward") else wanted.get(name, "")
        if name.startswith(("advance", "finish", "compute")):
            piece = "call"
        elif name.startswith(f"{made.name}_"):
            continue
        own, inside = pending.own + size.own, pending.inside + size.inside
        if not piece:
            pending = Bytes(own, inside)  # goes with what it is written for, below it
            continue
        pending = Bytes()
        places = {place: made.pieces.count(place) for place in (f"in {piece}", f"through {piece}")}
        copies = sum(places.values())
        for place, count in places.items():
            if count:
                sums[place] = sums.get(place, 0) + inside * count / copies
        sums[piece] = sums.get(piece, 0) + (own if copies else own + inside)
    tables = sum(table.bytes for table in made.tables)
    rest = built.model - tables - sum(sums.values())
    return {"frame": rest, **{piece: total / max(1, made.pieces.count(piece)) for piece, total in sums.items()}}


def means(samples: Sequence[Sample], without: Sample | None = None) -> dict[str, float]:
    """Bytes of each piece, the mean over the samples."""
    found: dict[str, list[float]] = {}
    for sample in samples:
        if without is None or sample.name != without.name:
            for piece, size in sample.pieces.items():
                found.setdefault(piece, []).append(size)
    return {piece: sum(sizes) / len(sizes) for piece, sizes in sorted(found.items())}


def off(sample: Sample, samples: Sequence[Sample]) -> float | None:
    """How far an estimate that has not seen the model is off, relative to code and firmware; None where no other model
    has all of its pieces."""
    known = means(samples, sample)
    alike = [s for s in samples if s.numeric == sample.numeric and s.name != sample.name]
    if not alike or not known.keys() >= {p for p in sample.made.pieces if not p.startswith("through ")}:
        return None
    estimate = known["frame"] + sum(known.get(piece, 0) for piece in sample.made.pieces)
    port = sum(s.built.rest for s in alike) / len(alike)
    whole = sample.code + sample.built.link + sample.built.rest
    return (estimate + sample.built.link + port) / whole - 1


def text_of(board: Target, samples: Sequence[Sample], firmwares: Mapping[str, Sequence[Sample]]) -> str:
    """The file of a family."""
    stand_in = emulator.load(board.emulator)
    command = "xtensa-lx106-elf-gcc" if stand_in.compiler else board.compiler.command
    version = subprocess.run([command, "-dumpversion"], capture_output=True, text=True, check=True).stdout.strip()
    errors = sorted(abs(error) for sample in samples if (error := off(sample, samples)) is not None)
    what = f"{stand_in.compiler.summary}, {version}" if stand_in.compiler else f"{command} {version}"
    lines = [
        "# Written by tools/write_budget.py; bytes.",
        f'measured = "{what}, {len(samples)} programs for {board.name}"',
        f"error = {max([*errors, UNMEASURED if len(errors) < MODELS else 0.0]):.3f}",
    ]
    for name, of in firmwares.items():
        numerics = sorted({s.numeric for s in of})
        lines += ["", f"[firmware.{name}]", f"ram = {max(s.ram for s in of)}"]
        for key, size in (
            ("link", lambda s: s.built.link - len(s.made.name)),
            ("port", lambda s: s.built.rest),
        ):
            mean = {n: [size(s) for s in of if s.numeric == n] for n in numerics}
            told = ", ".join(f"{n} = {round(sum(sizes) / len(sizes))}" for n, sizes in mean.items())
            lines.append(f"{key} = {{ {told} }}")
    lines += ["", "[stack]"]
    for numeric in sorted({s.numeric for s in samples}):
        deepest = max(s.built.stack or 0 for s in samples if s.numeric == numeric)
        lines.append(f"{numeric} = {round(deepest * (1 + STACK_SHARE))}")
    lines += ["", "[code]", *(f'"{piece}" = {round(size)}' for piece, size in means(samples).items())]
    print(f"{board.family}: {len(samples)} programs", flush=True)
    if errors:
        told = ", ".join(f"{errors[round(share * (len(errors) - 1))]:.1%}" for share in (0.5, 0.9, 1.0))
        print(f"  {len(errors)} left out one by one: off by {told} (median, 9 of 10, all)", flush=True)
    return "\n".join(lines) + "\n"


def main(families: Sequence[str]) -> None:
    """Compile, and write the files of families."""
    few = "--few" in families
    families = [family for family in families if family != "--few"]
    boards = [target.load(name) for name in target.names()]
    able = [b for b in boards if b.flash and b.emulator and b.family and emulator.load(b.emulator).project is None]
    with tempfile.TemporaryDirectory(prefix="gatesmith-budget-") as place:
        for family in families or sorted({board.family for board in able}):
            firmwares: dict[str, list[Sample]] = {}
            own: Target | None = None
            for board in (board for board in able if board.family == family):
                if board.emulator in firmwares:
                    continue
                turns: Iterable[tuple[Path, str]]
                if few:
                    paths = usual(Path(place))[: len(OTHERS) if own is None else 1]
                    turns = ((path, "int8") for path in paths)
                else:
                    small = models(Path(place), range(MODELS if own is None else 5))
                    turns = ((path, OTHERS[turn % len(OTHERS)]) for turn, path in enumerate(small))
                firmwares[board.emulator] = [
                    sample for path, numeric in turns for sample in measure(board, [path], ("float32", numeric))
                ]
                own = own or board
            if own is None:
                print(f"{family}: no firmware of its own")
                continue
            OUT.mkdir(exist_ok=True)
            text = text_of(own, firmwares[own.emulator], firmwares)
            (OUT / f"{family}.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
