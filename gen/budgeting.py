"""Budgets of a model on many boards and numeric types, and what would fit where one does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from . import target
from .backends.base import Generated
from .budget import Budget
from .building import budget_of, goes_by_steps, program
from .errors import BudgetError, GatesmithError, UnsupportedError, UsageError
from .flow import SILENT, Progress, Settings
from .graph import Graph
from .numerics import NUMERICS
from .quantizing import SYNTHETIC, Observations, in_numbers, numeric_of, numerics_of
from .reading import Model, load

BEST = 3
"""Boards that are named where another one is the answer."""
STEPS_TEXT = 2_000_000
"""Characters of C above which no shorter sequence is looked for: each attempt writes them again."""


@dataclass(frozen=True)
class Table:
    """A model, and its budget on every board and numeric type that was asked for."""

    model: Model
    generated: Generated
    budgets: tuple[Budget, ...]
    unknown: tuple[str, ...]
    """Targets without bounds, or whose compiler nobody has measured."""

    def of(self, name: str) -> list[Budget]:
        """Those of one target."""
        return [found for found in self.budgets if found.target == name]


def table(path: Path, settings: Settings, names: Sequence[str] = (), progress: Progress = SILENT) -> Table:
    """Budgets of a file on targets by name or path, or on every board that Gatesmith knows.

    Raises:
        UsageError: no target of those named has bounds, or none takes the numeric type.
    """
    for name in names:
        target.load(name)
    with progress.step("read"):
        model = load(path, settings)
    with progress.step("generate"):
        return _table(model, settings, names or target.names())


def _table(model: Model, settings: Settings, names: Sequence[str], seen: Observations | None = None) -> Table:
    """``seen`` is what calibration shows of the model: that takes longer than a budget."""
    seen = Observations() if seen is None else seen
    made: dict[tuple[object, ...], tuple[Generated, tuple[int, ...]]] = {}
    graphs: dict[str, Graph | None] = {}
    # Made-up inputs will do: bytes do not depend on the ranges.
    settings = replace(settings, calibration=settings.calibration or SYNTHETIC)
    budgets, unknown = [], []
    first: Generated | None = None
    for name in names:
        board = target.load(name)
        if not board.flash or board.costs is None:
            unknown.append(board.name)
            continue
        for numeric in numerics_of(board):
            if settings.numeric not in (None, numeric):
                continue
            own = replace(settings, target=name, numeric=numeric)
            if numeric not in graphs:
                graphs[numeric] = _graph(model, own, numeric, seen)
            graph = graphs[numeric]
            if graph is None:
                continue
            key = (numeric, board.rows, board.lanes, board.isa, board.constants)
            if key not in made:
                generated, _, lengths = program(model, own, graph)
                made[key] = generated, lengths
            generated, lengths = made[key]
            first = first or generated
            budgets.append(_held(generated, board, own, lengths))
    if first is None:
        if settings.numeric and settings.numeric not in NUMERICS:
            raise UsageError(
                f'there is no numeric type "{settings.numeric}"', fix=f"choose one of: {', '.join(NUMERICS)}"
            )
        raise UsageError(
            f"{', '.join(names)}: no flash and RAM to hold the model against, or not in this numeric type",
            fix="gatesmith targets lists the boards",
        )
    return Table(model, first, tuple(budgets), tuple(unknown))


def _graph(model: Model, settings: Settings, numeric: str, seen: Observations) -> Graph | None:
    """The model in a numeric type; None where a layer has no form in it."""
    try:
        return in_numbers(model, settings, NUMERICS[numeric], seen)
    except UnsupportedError:
        return None


@contextmanager
def advised(model: Model, settings: Settings) -> Iterator[None]:
    """Whatever does not fit its board inside is told again with what would fit.

    Raises:
        BudgetError: with numeric types, a shorter sequence, or boards that fit.
    """
    try:
        yield
    except BudgetError as error:
        try:
            fixes = fitting(model, settings)
        except GatesmithError:
            raise error from None
        raise BudgetError(
            error.what,
            where=error.where,
            why=error.why,
            fix=(*fixes, f"gatesmith budget {quote(str(model.path))} shows every board"),
        ) from error


def fitting(model: Model, settings: Settings) -> tuple[str, ...]:
    """What would fit: other numeric types of the board, a shorter sequence, the smallest boards; most likely first."""
    board = target.load(settings.target)
    lines = []
    seen = Observations()
    if board.costs is not None:
        for found in _table(model, replace(settings, numeric=None), [settings.target], seen).budgets:
            if found.numeric != (settings.numeric or board.numerics[0]) and found.fits != "no":
                lines.append(f"{_chosen(found.numeric)} fits{_about(found)}: {_sizes(found)}")
        if (steps := shorter(model, settings, board, seen)) is not None:
            lines.append(f"--max-steps {steps} fits: no longer sequence does, whatever else is in the program")
    others = [name for name in target.names() if name != board.name]
    budgets = _table(model, replace(settings, keep=()), others, seen).budgets
    able = sorted((b for b in budgets if b.fits == "yes"), key=lambda b: (b.flash.limit, b.ram.limit, b.target))
    smallest: dict[str, Budget] = {}
    for found in able:
        smallest.setdefault(found.target, found)
    lines += [f"--target {b.target} {_chosen(b.numeric)} fits: {_sizes(b)}" for b in list(smallest.values())[:BEST]]
    return tuple(lines) or ("a smaller model: no board that Gatesmith knows holds this one",)


def shorter(model: Model, settings: Settings, board: target.Target, seen: Observations) -> int | None:
    """The longest ``--max-steps`` that fits, where buffers of whole sequences are what does not; None without one.
    ``seen`` as of :func:`_table`."""
    graph = in_numbers(model, settings, numeric_of(settings, board), seen)

    def fits(steps: int) -> bool:
        own = replace(settings, max_steps=steps)
        generated, _, lengths = program(model, own, graph)
        return _held(generated, board, own, lengths).fits == "yes"

    generated, _, lengths = program(model, settings, graph)
    free = [n for n, axis in zip(lengths, generated.axes, strict=True) if axis.fixed is None]
    too_long = sum(map(len, generated.files.values())) > STEPS_TEXT
    if not free or too_long or not fits(1):
        return None
    least, most = 1, max(free)
    while most - least > max(1, least // 16):
        middle = (least + most) // 2
        least, most = (middle, most) if fits(middle) else (least, middle)
    return least


def _held(made: Generated, board: target.Target, settings: Settings, lengths: Sequence[int]) -> Budget:
    """With the buffers that a build for the board would choose."""
    by_steps = goes_by_steps(made, lengths, board.ram)
    return budget_of(made, board, settings, (1,) if by_steps else lengths, by_steps)


def _chosen(numeric: str) -> str:
    return f"--numeric {numeric}" + (" --calibration DATA.npz" if NUMERICS[numeric].integer else "")


def _about(found: Budget) -> str:
    return ", narrowly" if found.fits == "close" else ""


def _sizes(found: Budget) -> str:
    return f"flash {found.flash.used:,} of {found.flash.limit:,} B, RAM {found.ram.used:,} of {found.ram.limit:,} B"
