"""Compiles representative models for a family's emulated boards and writes down the bytes: ``targets/budget``.

    python tools/write_budget.py cortex-m4f avr     # or nothing, for every family with firmware of its own
    python tools/write_budget.py --few cortex-m4f   # only the usual layers, in four types

Code is compiled as a build compiles it, with debug lines besides, which say of each byte which function of the source
it is of, wherever the compiler has put it. A piece's number is the mean over models that hold it; nothing is fitted.
``error`` is the largest of the random models', each left out of the means, of those whose pieces others have.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import budget_library
import budget_models
from budget_debug import by_chain

from gatesmith.backends import c99
from gatesmith.backends.base import Generated
from gatesmith.boards import target
from gatesmith.boards.costs import UNMEASURED, Costs, Member, kinds_of, needed
from gatesmith.boards.target import Target
from gatesmith.budget import compiled
from gatesmith.budget.budget import buffers, estimate
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
MODELS, RUNGS = 60, 20
"""Random models, and rungs of each ladder of ``budget_models``, that a family's first board is compiled for."""
MORE = 180
"""Random models where the compiler writes loops out: one size tells little of the next there."""
UNROLLS = frozenset({"-O3", "-fpeel-loops"})
"""With which gcc writes loops out where that makes them longer: whether it does is measured layer by layer."""
OTHERS = ("int8", "float32w8", "int8", "int16", "int8", "float32w4", "int8", "int16w8")
"""Numeric types beside float32: a model is compiled in float32 and in one of these, in turn."""
FEW = ("float32", "int8", "float32w8", "int16w8")
"""Numeric types of the usual layers."""
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
        used: of the C library.
    """

    name: str
    made: Generated
    numeric: str
    built: Compiled
    ram: int
    pieces: Mapping[str, float]
    used: budget_library.Used

    @property
    def code(self) -> int:
        """Bytes without tables."""
        return self.built.model - sum(table.bytes for table in self.made.tables)


def models(folder: Path, seeds: Iterable[int], make: Callable[[int], Any] = budget_models.model) -> Iterator[Path]:
    """Models by number, random ones or another kind, each written when it is asked for."""
    for seed in seeds:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{_initial(make)}{seed}.keras"
        if not path.is_file():
            make(seed).save(path)
        yield path


def _initial(make: Callable[[int], Any]) -> str:
    """How names of a kind of models begin."""
    return str(make.__name__[0])


def usual(folder: Path) -> list[Path]:
    """Few models of the usual layers."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("*.keras")):
        for name, model in budget_models.representative().items():
            model.save(folder / f"{name}.keras")
    return sorted(folder.glob("*.keras"))


def measure(board: Target, paths: Iterable[Path], numerics: Sequence[str]) -> Iterator[Sample]:
    """Link models with a board's firmware; what does not fit it, or has no form in a numeric type, is left out."""
    for path in paths:
        model = load(path, Settings())
        for numeric in numerics:
            settings = Settings(target=board.name, numeric=numeric, calibration="synthetic")
            try:
                made, lengths = program(model, plan(settings))
                lengths, _ = buffered(made, lengths, board.ram)
                built, chains, linked = answer(board, made, c99.glue(made, numeric, lengths))
            except (UnsupportedError, BudgetError):
                continue
            state = made.state_bytes + (-made.state_bytes % 4 if board.word > 8 else 0)
            ram = built.ram - state - sum(buffers(made, lengths, board.word))
            used = budget_library.Used(numeric, linked, kinds_of(made.pieces))
            sample = Sample(path.stem, made, numeric, built, ram, by_piece(made, built, chains), used)
            if sum(chains.values()) - sample.code <= FOLDED * sum(table.bytes for table in made.tables):
                yield sample


def answer(board: Target, made: Generated, glue: str) -> tuple[Compiled, dict[tuple[str, ...], float], dict[str, int]]:
    """A linked program's sizes, its bytes by function (:func:`by_chain`), and those of libraries' members; or what that
    gave the last time.

    Debug lines are those of a second build: on Xtensa, the linker shortens less where they are.

    Raises:
        BudgetError: the linker has no room for the program.
    """
    stand_in, flags = emulator.load(board.emulator), board.compiler.flags(False)
    key = f"pieces, members {compiled.key(made, glue, board, stand_in, flags)}"
    if (kept := KEPT.get(key)) is not None:
        found = kept[1]
        return Compiled(**found["built"]), {tuple(chain): size for chain, size in found["chains"]}, found["members"]
    with scratch() as folder:
        sources = compiled.written(made, glue, folder)
        plain, _ = firmware.linked(board, stand_in, *sources, folder / "plain", flags)
        built = compiled.measured(made, plain)
        debug, _ = firmware.linked(board, stand_in, *sources, folder / "debug", (*flags, "-g"))
        objects = set(map(str, plain.model_objects))
        chains = shared(
            by_chain(debug.path, f"{made.name}.c"), chart.by_function(plain.path.with_suffix(".map"), objects)
        )
        members = budget_library.members(plain.path)
    listed = [[list(chain), size] for chain, size in chains.items()]
    KEPT.put(key, (), {"built": asdict(built), "chains": listed, "members": members})
    return built, chains, members


def shared(chains: Mapping[tuple[str, ...], int], functions: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    """The bytes of each function, shared out as another build's debug lines share out theirs."""
    sums: Counter[str] = Counter()
    for chain, size in chains.items():
        sums[chain[0]] += size
    return {chain: size * functions[chain[0]] / sums[chain[0]] for chain, size in chains.items() if sums[chain[0]]}


def by_piece(made: Generated, built: Compiled, chains: Mapping[tuple[str, ...], float]) -> dict[str, float]:
    """Bytes of each piece of a library's code, once; what is nobody's is its frame."""
    frame = next(piece for piece in made.pieces if piece.startswith("frame"))
    wanted, layers = _named(made)
    sums: dict[str, float] = defaultdict(float)
    for chain, size in chains.items():
        place = next((at for at, name in enumerate(chain) if name in layers or name in wanted), None)
        if place is None:
            sums["call" if any(map(_calls, chain)) else frame] += size
        elif chain[place] in wanted:
            sums[wanted[chain[place]]] += size
        else:
            own, inside = layers[chain[place]], [wanted[name] for name in chain[place:] if name in wanted][:1]
            kind = " ".join(inside[0].split()[:2]) if inside else ""
            if kind.startswith(("product", "in product")):
                sums[inside[0]] += size
            else:
                sums[own.get(kind, own[""])] += size
    tables = sum(table.bytes for table in made.tables)
    sums[frame] = built.model - tables - sum(size for piece, size in sums.items() if piece != frame)
    for piece in made.pieces:
        sums.setdefault(piece, 0)
    return {piece: total / max(1, made.pieces.count(piece)) for piece, total in sums.items()}


def _named(made: Generated) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Functions of a library: helpers and products with their pieces; those of layers with theirs, of the places by the
    helpers called there, and of the rest by nothing."""
    wanted: dict[str, str] = {}
    layers: list[dict[str, str]] = []
    for piece in made.pieces:
        kind, _, rest = piece.partition(" ")
        name = rest.rpartition(" ")[0]
        if kind == "helper":
            wanted |= {name: piece, f"act_{name}": piece}
        elif kind == "product":
            wanted[name] = piece
        elif piece.startswith("in product"):
            wanted[rest.split()[1]] = piece
        elif kind == "layer":
            layers.append({"": piece})
        elif kind == "in":
            layers[-1][" ".join(rest.split()[:2])] = piece
    lines = made.files[f"{made.name}.c"].splitlines()
    heads = [line.partition("static ")[2] for line in lines if line.startswith(("static ", "APART ", "__attribute__"))]
    names = [head.split("(")[0].split()[-1].lstrip("*") for head in heads if "(" in head]
    stems = {name: layer for name in names if (layer := _layer_of(name)) and name not in wanted}
    order = list(dict.fromkeys(stems.values()))
    assert len(order) == len(layers), (order, layers)
    pending: list[str] = []
    for name in names:  # what is written for a function stands above it
        if name in wanted:
            wanted |= dict.fromkeys(pending, wanted[name])
        pending = [] if name in wanted or name in stems or _calls(name) else [*pending, name]
    return wanted, {name: layers[order.index(layer)] for name, layer in stems.items()}


def _layer_of(function: str) -> str:
    """The layer that a function is of; empty where it is of none."""
    head, of, _ = function.partition("_arguments_of_")  # one a gate
    layer, _, form = (f"{head}_arguments" if of else function).rpartition("_")
    return layer if form in FORMS else ""


def _calls(function: str) -> bool:
    """Whether a function calls layers."""
    return function.startswith(("advance", "finish", "compute"))


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
    has pieces of all its kinds."""
    alike = [s for s in samples if s.numeric == sample.numeric and s.name != sample.name]
    sizes = {piece: round(size) for piece, size in means(samples, sample).items()}
    known = Costs("", "", 0.0, {}, {sample.numeric: 0}, sizes, {})
    if not alike or known.error_of(sample.numeric, sample.made.pieces):
        return None
    members = budget_library.varying([s.used for s in samples if s.name != sample.name])
    port = needed(members, sample.used.kinds) + sum(_base(s, members) for s in alike) / len(alike)
    whole = sample.code + sample.built.link + sample.built.rest
    return (estimate(sample.made.pieces, known) + sample.built.link + port) / whole - 1


def _base(sample: Sample, members: Mapping[str, Member]) -> int:
    """Bytes of port, start-up code, and what all models need of the C library."""
    return sample.built.rest - needed(members, sample.used.kinds)


def text_of(board: Target, samples: Sequence[Sample], firmwares: Mapping[str, Sequence[Sample]]) -> str:
    """The file of a family."""
    stand_in = emulator.load(board.emulator)
    command = "xtensa-lx106-elf-gcc" if stand_in.compiler else board.compiler.command
    version = subprocess.run([command, "-dumpversion"], capture_output=True, text=True, check=True).stdout.strip()
    drawn = [sample for sample in samples if sample.name.startswith(_initial(budget_models.model))]
    errors = sorted(abs(error) for sample in drawn if (error := off(sample, samples)) is not None)
    error = errors[-1] if len(errors) >= MODELS else UNMEASURED
    what = f"{stand_in.compiler.summary}, {version}" if stand_in.compiler else f"{command} {version}"
    lines = [
        "# Written by tools/write_budget.py; bytes.",
        f'measured = "{what}, {len(samples)} programs for {board.name}"',
        f"error = {error:.3f}",
    ]
    members = budget_library.varying([sample.used for sample in samples])
    for name, of in firmwares.items():
        numerics = sorted({s.numeric for s in of})
        lines += ["", f"[firmware.{name}]", f"ram = {max(s.ram for s in of)}"]
        for key, size in (
            ("link", lambda s: s.built.link - len(s.made.name)),
            ("port", lambda s: _base(s, members)),
        ):
            mean = {n: [size(s) for s in of if s.numeric == n] for n in numerics}
            each = ", ".join(f"{n} = {round(sum(sizes) / len(sizes))}" for n, sizes in mean.items())
            lines.append(f"{key} = {{ {each} }}")
    lines += ["", "[stack]"]
    for numeric in sorted({s.numeric for s in samples}):
        deepest = max(s.built.stack or 0 for s in samples if s.numeric == numeric)
        lines.append(f"{numeric} = {round(deepest * (1 + SHARE))}")
    for name, member in members.items():
        needing = "".join(f'    "{kind}",\n' for kind in member.kinds)
        lines += ["", f'[library."{name}"]', f"bytes = {member.bytes}", f"pieces = [\n{needing}]"]
    lines += ["", "[code]", *(f'"{piece}" = {round(size)}' for piece, size in means(samples).items())]
    print(f"{board.family}: {len(samples)} programs", flush=True)
    if errors:
        shares = ", ".join(f"{errors[round(share * (len(errors) - 1))]:.1%}" for share in (0.5, 0.9, 1.0))
        print(f"  {len(errors)} left out one by one: off by {shares} (median, 9 of 10, all)", flush=True)
    return "\n".join(lines) + "\n"


def programs(folder: Path, board: Target) -> list[tuple[Path, tuple[str, ...]]]:
    """What a family's first board is compiled for: models, and the numeric types of each."""
    unrolls = not UNROLLS.isdisjoint(board.compiler.flags(False))
    drawn = models(folder, range(MORE if unrolls else MODELS))
    mixed = [*models(folder, range(RUNGS), budget_models.ladder), *drawn]
    found = [
        (path, tuple(dict.fromkeys(("float32", OTHERS[turn % len(OTHERS)], "int8")))) for turn, path in enumerate(mixed)
    ]
    rungs = [
        (RUNGS, budget_models.functions),
        (RUNGS, budget_models.cells),
        (budget_models.CALLS, budget_models.helpers),
    ]
    found += [(path, ("float32",)) for count, make in rungs for path in models(folder, range(count), make)]
    both = [(RUNGS + 10, budget_models.walks), (RUNGS, budget_models.kinds)]
    found += [(path, ("float32", "int8")) for count, make in both for path in models(folder, range(count), make)]
    if board.fpu == "none":
        found += [(path, ("float32",)) for path in models(folder, range(len(budget_models.ALONE)), budget_models.alone)]
    return found


def main(families: Sequence[str]) -> None:
    """Compile, and write the files of families."""
    few = "--few" in families
    families = [family for family in families if family != "--few"]
    boards = [target.load(name) for name in target.names()]
    able = [b for b in boards if b.flash and b.emulator and b.family and emulator.load(b.emulator).project is None]
    for family in families or sorted({board.family for board in able}):
        firmwares: dict[str, list[Sample]] = {}
        own: Target | None = None
        for board in (board for board in able if board.family == family):
            if board.emulator in firmwares:
                continue
            folder = PLACE / "few" if few else PLACE
            if few:
                paths = usual(folder)[: None if own is None else 1]
                turns = [(path, FEW) for path in paths]
            elif own is None:
                turns = programs(folder, board)
            else:
                turns = [(path, ("float32", "int8")) for path in models(folder, range(2))]
            firmwares[board.emulator] = [
                sample for path, numerics in turns for sample in measure(board, [path], numerics)
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
