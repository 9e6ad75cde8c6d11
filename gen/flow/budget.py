"""Budgets of a model on many boards and numeric types, and alternatives if one does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from shlex import quote
from typing import Literal

import msgspec

from ..backends import c99
from ..backends.base import Generated
from ..backends.c99.literals import omitted
from ..boards import target
from ..boards.backends import C99
from ..boards.optimized import optimized
from ..boards.programs import BALANCED
from ..budget.budget import ESTIMATED, Budget, require_fit
from ..budget.budget import budget as counted
from ..budget.compiled import compiled
from ..core.errors import BudgetError, BuildError, GatesmithError, UnsupportedError, UsageError, report_together
from ..core.graph import Graph
from ..core.settings import ANYTHING, SILENT, SYNTHETIC, Progress, Settings
from ..importers.reading import FileOrModel, Model, load
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..passes.memory import Program
from ..quantization.observations import Observations
from ..quantization.prepare import in_numbers
from ..quantization.sized import sized
from ..run.standins import emulator
from ..run.toolchain import board as firmware
from .advice import numeric_option, reading_options, sizes, target_option, tuning
from .idle import idle
from .plan import CHOSEN, Plan, check_windows, checks, numerics_of
from .program import buffers, placed, written
from .reports import BoardBudget, BudgetReport, about

BEST = 3
"""Most boards that advice names."""
LIGHT = 20_000_000
"""Most multiply-adds of a sample for a calibrated estimate. In larger models calibration changes a small part of the
bytes, and takes seconds."""

Basis = Literal["apart", "alike", "shown"]
"""The basis of an integer form: shapes alone (``apart`` or ``alike``, as in :func:`sized`), or calibration."""
SHAPED: tuple[Basis, ...] = ("apart", "alike")


@dataclass(frozen=True)
class BudgetTable:
    """A model, and its budgets on the requested boards and numeric types."""

    model: Model
    generated: Generated
    budgets: tuple[Budget, ...]
    unknown: tuple[str, ...]
    """Targets without bounds, or with a compiler that was never measured."""
    targets: tuple[str, ...] = ()
    """The requested targets; empty for every board."""
    settings: Settings = ANYTHING
    notes: tuple[str, ...] = ()
    """Notes on options that change nothing in any of the numeric types."""

    @property
    def report(self) -> BudgetReport:
        """The report for ``--json``."""
        return BudgetReport(
            **about(self.model.reading.source),
            **self.generated.work._asdict(),
            budgets=msgspec.convert(self.budgets, tuple[BoardBudget, ...], from_attributes=True),
            unknown=self.unknown,
            notes=self.notes,
        )

    def budgets_of(self, name: str) -> list[Budget]:
        """The budgets of one target."""
        return [budget for budget in self.budgets if budget.target == name]


def table(
    model: FileOrModel,
    settings: Settings,
    names: Sequence[str] = (),
    progress: Progress = SILENT,
    compiling: bool = False,
) -> BudgetTable:
    """Budgets of a file on targets by name or path, or on every board that Gatesmith supports.

    Args:
        compiling: whether installed compilers of the boards are used, which takes about a second each.

    Raises:
        UsageError: none of the targets has bounds, or none takes the numeric type; or an option is wrong.
        UnsupportedError: the model has no form in any of the numeric types.
    """
    report_together(checks({**vars(settings), "target": names}))
    check_windows(settings)
    if settings.numeric in CHOSEN:
        raise UsageError(f"--numeric {settings.numeric}: budget shows every type, and chooses none", fix="leave it out")
    with progress.step("read"):
        model = load(model, settings)
    with progress.step("generate"):
        sketches = _Sketches(model, settings)
        pairs, unknown = _estimated(sketches, settings, names or target.names(), compiling)
        first = sketches.program(pairs[0][0])
        assert first is not None
    if compiling:
        with progress.step("build"):
            built = [(plan, one if one.fits == "no" else sketches.compiled(plan, one)) for plan, one in pairs]
        pairs = [each for each in built if each[1].compiled or each[1].fits == "no" or each[0].target.costs is not None]
        unknown += dict.fromkeys(each[1].target for each in built if each not in pairs)
    notes = [idle(replace(plan, settings=settings), first) for plan, _ in pairs]
    common = tuple(note for note in notes[0] if all(note in each for each in notes))
    return BudgetTable(model, first, tuple(one for _, one in pairs), tuple(unknown), tuple(names), settings, common)


class _Sketches:
    """A model in numeric types and layouts, each computed when first needed, with tables without values.

    Bytes of RAM follow from shapes, whatever the integers mean. Bytes of flash depend on the biases and tables of
    functions of an integer form, which calibration shows, on synthetic inputs if there are no others.
    """

    def __init__(self, model: Model, settings: Settings) -> None:
        self.model = model
        self._settings = replace(settings, calibration=settings.calibration or SYNTHETIC)
        self._observed = Observations()
        self._graphs: dict[tuple[str, Basis], Graph | None] = {}
        self._places: dict[tuple[object, ...], Program] = {}
        self._generated: dict[tuple[object, ...], Generated | None] = {}
        self.refusal: UnsupportedError | None = None
        """The last error of a numeric type in which the model has no form."""

    def plan(self, board: target.Target, numeric: str) -> Plan:
        """The settings on a board, in a numeric type."""
        settings = replace(self._settings, target=board.option, numeric=numeric, backend=C99)
        return Plan(settings, board, NUMERICS[numeric], C99)

    def graph(self, plan: Plan, basis: Basis) -> Graph | None:
        """The model's graph; None if a layer has no form in the numeric type. If calibration chooses layers' types, it
        is the only basis."""
        if plan.settings.has_goals:
            basis = "shown"
        key, numeric = (plan.numeric.name, basis), plan.numeric
        if key not in self._graphs:
            self._graphs[key] = None
            try:
                self._graphs[key] = (
                    sized(self.model, numeric, plan.settings, basis == "alike")
                    if basis != "shown"
                    else in_numbers(self.model, plan.settings, numeric, self._observed)
                )
            except UnsupportedError as error:
                self.refusal = error
        return self._graphs[key]

    def program(self, plan: Plan, basis: Basis = "apart") -> Generated | None:
        """The library without the values of its tables; arguments and None as in :meth:`graph`."""
        graph, board, steps = self.graph(plan, basis), plan.target, plan.settings.max_steps
        if graph is None:
            return None
        key = (plan.numeric.name, basis, board.layout, board.constants, steps)
        if key not in self._generated:
            try:
                with omitted():
                    self._generated[key] = written(self.model, plan, self._placed(plan, basis, graph))
            except UnsupportedError as error:
                self._generated[key], self.refusal = None, error
        return self._generated[key]

    def _placed(self, plan: Plan, basis: Basis, graph: Graph) -> Program:
        """A graph with places in memory, which takes long to compute: once for all boards, once for this machine."""
        key = plan.numeric.name, basis, plan.settings.max_steps, plan.target.is_host
        if key not in self._places:
            self._places[key] = placed(self.model, plan, graph)
        return self._places[key]

    def budget(self, plan: Plan, link: bool = True) -> Budget | None:
        """The budget on a board, with the buffers that a build for it would choose; ``link`` as in
        :func:`gatesmith.budget.budget.budget`. Its margins include those of all bases."""
        bases = self._bases(plan)
        each = [one for basis in bases if (one := self._budget(plan, link, basis)) is not None]
        if not each:
            return None
        last = each[-1]
        tables, *code = last.flash.parts
        parts = last.flash.parts if bases[-1] == "shown" else (replace(tables, sure=ESTIMATED), *code)
        least, most = min(one.flash.least for one in each), max(one.flash.most for one in each)
        flash = replace(last.flash, least=least, most=most, parts=parts if plan.numeric.integer else last.flash.parts)
        widest = max((one.ram for one in each), key=lambda ram: ram.most)
        return replace(last, flash=flash, ram=replace(widest, least=min(one.ram.least for one in each)))

    def _bases(self, plan: Plan) -> tuple[Basis, ...]:
        """The bases of a budget: for integers, shapes in both ways if they differ, and calibration if it is fast."""
        if not plan.numeric.integer:
            return ("apart",)
        graphs = [self.graph(plan, basis) for basis in SHAPED]
        kinds = [[node.op.kind for node in graph.nodes] for graph in graphs if graph is not None]
        shaped = SHAPED if len(kinds) == 2 and kinds[0] != kinds[1] else SHAPED[:1]
        sketch = self.program(plan)
        light = sketch is not None and sketch.macs_of_call(sketch.lengths) <= LIGHT
        return (*shaped, "shown") if light else shaped

    def _budget(self, plan: Plan, link: bool, basis: Basis) -> Budget | None:
        if (generated := self.program(plan, basis)) is None:
            return None
        room, by_steps = buffers(generated, plan.target.ram) if link else (generated.lengths, False)
        return counted(generated, room, plan.target, plan.numeric.name, by_steps, link)

    def compiled(self, plan: Plan, estimated: Budget) -> Budget:
        """The budget of the library and its firmware, compiled by the board's compiler; or the estimate, with the
        reason why it was not compiled."""
        board, numeric = plan.target, plan.numeric.name
        if not board.emulator:
            return replace(estimated, not_compiled=f"no firmware of Gatesmith's own is there for {board.core}")
        stand_in = emulator.load(board.emulator)
        if stand_in.project is not None:
            return replace(estimated, not_compiled="its firmware is built by an SDK, which takes minutes")
        try:
            firmware.require_compiler(board, stand_in)
            graph = self.graph(plan, "shown") or in_numbers(self.model, plan.settings, plan.numeric, self._observed)
            generated = written(self.model, plan, self._placed(plan, "shown", graph))
            room = (1,) if estimated.by_steps else generated.lengths
            flags = board.compiler.flags(plan.exact)
            built = compiled(generated, c99.glue(generated, numeric, room), board, stand_in, flags)
        except (BuildError, BudgetError, UnsupportedError) as error:
            return replace(estimated, not_compiled=error.what)
        budget = counted(generated, room, board, numeric, estimated.by_steps, built=built)
        return replace(budget, code_like=stand_in.compiler.summary if stand_in.compiler else None)


def least_flash(model: Model, numeric: Numeric) -> int:
    """The least bytes of a model's matrices and tables, computed before anything is generated."""
    ops = {node.op.key(): node.op for node in model.graph.nodes}
    values = sum(array.size for op in ops.values() for array in op.arrays().values() if array.ndim > 1)
    return values * numeric.weights.bits // 8


def foreseen(model: Model, plan: Plan, boards: Sequence[target.Target], program_too: bool = True) -> None:
    """Refuse a model whose weights do not fit a board before it is calibrated and written, which takes long.

    Args:
        program_too: whether the whole program with the link must fit, and not the library alone.

    Raises:
        BudgetError: it does not fit; the remedy names alternatives that do.
    """
    for board in boards:
        if plan.python or not board.flash or least_flash(model, plan.numeric) <= board.flash:
            continue
        sketches = _Sketches(model, plan.settings)
        with advised(model, plan, sketches):
            if (budget := sketches.budget(sketches.plan(board, plan.numeric.name), program_too)) is not None:
                require_fit(budget, str(model.path))


def _estimated(
    sketches: _Sketches, settings: Settings, names: Sequence[str], compiling: bool
) -> tuple[list[tuple[Plan, Budget]], list[str]]:
    """Plans with their estimates, and the names of boards without bounds. A board whose code cannot be estimated is
    included only if it is compiled.

    Raises:
        UsageError: there are no estimates.
        UnsupportedError: the model has no form in any of the numeric types.
    """
    pairs, unknown = [], []
    for name in names:
        board = optimized(target.load(name), settings.optimize)
        if not board.flash or (board.costs is None and not (compiling and board.compiler.optimize != BALANCED)):
            unknown.append(board.name)
            continue
        for numeric in numerics_of(board):
            if settings.numeric not in (None, numeric):
                continue
            plan = sketches.plan(board, numeric)
            if (budget := sketches.budget(plan)) is not None:
                pairs.append((plan, budget))
    if not pairs:
        if sketches.refusal is not None:
            raise sketches.refusal
        if settings.optimize is not None and not compiling:
            raise UsageError(
                f"nothing is estimated of code for {settings.optimize}: compilers were measured with balanced code",
                fix="name boards, whose compilers are asked then: --target NAME --compile; or leave out --optimize",
            )
        raise UsageError(
            f"{', '.join(names)}: no flash and RAM to hold the model against, or not in this numeric type",
            fix="gatesmith targets lists the boards",
        )
    return pairs, unknown


@contextmanager
def advised(model: Model, plan: Plan, sketches: _Sketches | None = None) -> Iterator[None]:
    """Adds alternatives that would fit to a BudgetError raised inside; ``sketches`` have the same settings.

    Raises:
        BudgetError: the error with numeric types, a shorter sequence, or boards that fit.
    """
    try:
        yield
    except BudgetError as error:
        if error.fix:
            raise
        with suppress(GatesmithError):  # no advice for a model without a form in any numeric type
            options = reading_options(plan.settings)
            fitted = fitting(sketches or _Sketches(model, plan.settings), plan)
            error.fix = *fitted, f"gatesmith budget {quote(str(model.path))}{options} shows every board"
        raise


def fitting(sketches: _Sketches, plan: Plan) -> tuple[str, ...]:
    """Alternatives that fit: other numeric types of the board, other memories, a shorter sequence, other boards."""
    board, settings = plan.target, plan.settings
    lines: list[str] = []
    offered: list[Budget] = []
    if board.costs is not None:
        types = sorted(numerics_of(board), key=lambda name: name != plan.numeric.name)
        rows = [one for one in (_possible(sketches, board, name) for name in types[1:]) if one is not None]
        offered += [one for one in rows if one.fits != "no"]
        for fit, how in (("yes", "fits"), ("close", "may fit, which a build will tell")):
            lines += [f"{numeric_option(one.numeric, settings)} {how}: {sizes(one)}" for one in rows if one.fits == fit]
        memories = target.with_other_memory(board)
        if variant := _first(sketches, [(each, name) for name in types for each in memories]):
            lines.append(f"{target_option(variant, settings)} fits, if yours has it: {sizes(variant)}")
            offered.append(variant)
        if (steps := shorter(sketches, plan)) is not None:
            lines.append(f"--max-steps {steps} fits: no longer sequence does, whatever else is in the program")
    others = _Sketches(sketches.model, replace(settings, keep=())) if settings.keep else sketches
    able = list(islice(_able(others, board), BEST))
    lines += [f"{target_option(one, settings)} fits: {sizes(one)}" for one in able]
    few = {one.numeric: tuning(sketches.model.path, one.numeric, settings) for one in (*offered, *able)}
    lines += [f"{name} loses accuracy unless tuned: {command}" for name, command in few.items() if command][:1]
    return tuple(lines) or ("a smaller model: no board that Gatesmith knows holds this one",)


def _able(sketches: _Sketches, refused: target.Target) -> Iterator[Budget]:
    """The boards that a model fits, the smallest first, each with the smallest memory that suffices."""
    excluded = {target.board_of(refused.option)[0]}
    for base, board in sorted(target.all_targets(), key=lambda pair: target.size_of(pair[1])):
        if base in excluded or not board.flash or board.costs is None:
            continue
        if one := _first(sketches, [(board, name) for name in numerics_of(board)]):
            excluded.add(base)
            yield one


def _first(sketches: _Sketches, pairs: Sequence[tuple[target.Target, str]]) -> Budget | None:
    """The budget of the first pair of board and numeric type that certainly fits; None if none does."""
    budgets = (_possible(sketches, board, numeric) for board, numeric in pairs)
    return next((one for one in budgets if one is not None and one.fits == "yes"), None)


def _possible(sketches: _Sketches, board: target.Target, numeric: str) -> Budget | None:
    """The budget of a board; None if the weights alone are too large."""
    if least_flash(sketches.model, NUMERICS[numeric]) > board.flash:
        return None
    return sketches.budget(sketches.plan(board, numeric))


def shorter(sketches: _Sketches, plan: Plan) -> int | None:
    """The longest ``--max-steps`` that fits, if the buffers of sequences are too large; None if there is none."""
    if least_flash(sketches.model, plan.numeric) > plan.target.flash:  # from shapes, before a matrix is rounded
        return None
    board_plan = sketches.plan(plan.target, plan.numeric.name)
    if (sketch := sketches.program(board_plan)) is None:
        return None

    def fits(steps: int) -> bool:
        sized = sketches.budget(replace(board_plan, settings=replace(board_plan.settings, max_steps=steps)))
        return sized is not None and sized.fits == "yes"

    free = [n for n, axis in zip(sketch.lengths, sketch.axes, strict=True) if axis.fixed is None]
    if not free or not fits(1):
        return None
    least, most = 1, max(free)
    while most - least > max(1, least // 16):
        middle = (least + most) // 2
        least, most = (middle, most) if fits(middle) else (least, middle)
    return least
