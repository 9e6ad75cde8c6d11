"""Budgets of a model on many boards and numeric types, and what would fit where one does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
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
from ..core.settings import ANYTHING, SILENT, Progress, Settings
from ..importers.reading import Model, load
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..passes.memory import Program
from ..quantization.observations import SYNTHETIC, Observations
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
"""Boards that are named where another one is the answer."""
LIGHT = 20_000_000
"""Multiply-adds of a sample; of models that take more, what calibration shows is a small part of the bytes, and takes
seconds."""

Basis = Literal["apart", "alike", "shown"]
"""What an integer form is by: shapes alone, values as of :func:`sized`; or what calibration shows."""
SHAPED: tuple[Basis, ...] = ("apart", "alike")


@dataclass(frozen=True)
class Table:
    """A model, and its budget on every board and numeric type that was asked for."""

    model: Model
    generated: Generated
    budgets: tuple[Budget, ...]
    unknown: tuple[str, ...]
    """Targets without bounds, or whose compiler nobody has measured."""
    named: tuple[str, ...] = ()
    """The targets that were asked for; empty for every board."""
    settings: Settings = ANYTHING
    notes: tuple[str, ...] = ()
    """On options that change nothing in any of the numeric types."""

    @property
    def report(self) -> BudgetReport:
        """For programs."""
        return BudgetReport(
            **about(self.model.reading.source),
            **self.generated.work._asdict(),
            budgets=msgspec.convert(self.budgets, tuple[BoardBudget, ...], from_attributes=True),
            unknown=self.unknown,
            notes=self.notes,
        )

    def of(self, name: str) -> list[Budget]:
        """Those of one target."""
        return [budget for budget in self.budgets if budget.target == name]


def table(
    path: Path,
    settings: Settings,
    names: Sequence[str] = (),
    progress: Progress = SILENT,
    compiling: bool = False,
) -> Table:
    """Budgets of a file on targets by name or path, or on every board that Gatesmith knows.

    Args:
        compiling: whether the boards' compilers are asked where they are here, which takes about a second each.

    Raises:
        UsageError: no target of those named has bounds, or none takes the numeric type; or an option is wrong.
        UnsupportedError: the model has no form in any of the numeric types.
    """
    report_together(checks({**vars(settings), "target": names}))
    check_windows(settings)
    if settings.numeric in CHOSEN:
        raise UsageError(f"--numeric {settings.numeric}: budget shows every type, and chooses none", fix="leave it out")
    with progress.step("read"):
        model = load(path, settings)
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
    return Table(model, first, tuple(one for _, one in pairs), tuple(unknown), tuple(names), settings, common)


class _Sketches:
    """A model in numeric types and layouts, each made when it is first asked for, its tables without their values.

    Bytes of RAM follow from shapes, where integers mean nothing. Which biases and tables of functions an integer form
    has, calibration shows, if on made-up inputs: of those, bytes of flash are told.
    """

    def __init__(self, model: Model, settings: Settings) -> None:
        self.model = model
        self._settings = replace(settings, calibration=settings.calibration or SYNTHETIC)
        self._seen = Observations()
        self._graphs: dict[tuple[str, Basis], Graph | None] = {}
        self._places: dict[tuple[object, ...], Program] = {}
        self._generated: dict[tuple[object, ...], Generated | None] = {}
        self.refusal: UnsupportedError | None = None
        """Why the model has no form in the numeric type that was asked for last, of those that it has none in."""

    def plan(self, board: target.Target, numeric: str) -> Plan:
        """The settings on a board, in a numeric type."""
        settings = replace(self._settings, target=board.option, numeric=numeric, backend=C99)
        return Plan(settings, board, NUMERICS[numeric], C99)

    def graph(self, plan: Plan, basis: Basis) -> Graph | None:
        """None where a layer has no form in the numeric type. Where calibration chooses layers' types, all go by it."""
        if plan.settings.has_goals:
            basis = "shown"
        key, numeric = (plan.numeric.name, basis), plan.numeric
        if key not in self._graphs:
            self._graphs[key] = None
            try:
                self._graphs[key] = (
                    sized(self.model, numeric, plan.settings, basis == "alike")
                    if basis != "shown"
                    else in_numbers(self.model, plan.settings, numeric, self._seen)
                )
            except UnsupportedError as error:
                self.refusal = error
        return self._graphs[key]

    def program(self, plan: Plan, basis: Basis = "apart") -> Generated | None:
        """The library without the values of its tables, and the steps that buffers hold; arguments, and None, as
        :meth:`graph`."""
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
        """A graph in memory, which takes long; it is one for all boards, and one for this machine."""
        key = plan.numeric.name, basis, plan.settings.max_steps, plan.target.is_host
        if key not in self._places:
            self._places[key] = placed(self.model, plan, graph)
        return self._places[key]

    def budget(self, plan: Plan, link: bool = True) -> Budget | None:
        """What the board is left, with the buffers that a build for it would choose; ``link`` as of
        :func:`gatesmith.budget.budget.budget`. Its margins are those of all bases together."""
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
        """What a budget is told by: integers by shapes in both ways, where those differ, and by what calibration shows,
        where that takes no time to speak of."""
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
        """The budget of what the board's compiler makes of the library and the firmware around it; the estimate, with
        the reason, where it makes nothing."""
        board, numeric = plan.target, plan.numeric.name
        if not board.emulator:
            return replace(estimated, not_compiled=f"no firmware of Gatesmith's own is there for {board.core}")
        stand_in = emulator.load(board.emulator)
        if stand_in.project is not None:
            return replace(estimated, not_compiled="its firmware is built by an SDK, which takes minutes")
        try:
            firmware.require_compiler(board, stand_in)
            graph = self.graph(plan, "shown") or in_numbers(self.model, plan.settings, plan.numeric, self._seen)
            generated = written(self.model, plan, self._placed(plan, "shown", graph))
            room = (1,) if estimated.by_steps else generated.lengths
            flags = board.compiler.flags(plan.exact)
            built = compiled(generated, c99.glue(generated, numeric, room), board, stand_in, flags)
        except (BuildError, BudgetError, UnsupportedError) as error:
            return replace(estimated, not_compiled=error.what)
        budget = counted(generated, room, board, numeric, estimated.by_steps, built=built)
        like = stand_in.compiler.summary if stand_in.compiler else None
        return replace(budget, code_like=like)


def least_flash(model: Model, numeric: Numeric) -> int:
    """Bytes that a model's matrices and tables take for sure, before anything is generated."""
    ops = {node.op.key(): node.op for node in model.graph.nodes}
    values = sum(array.size for op in ops.values() for array in op.arrays().values() if array.ndim > 1)
    return values * numeric.weights.bits // 8


def foreseen(model: Model, plan: Plan, boards: Sequence[target.Target], program_too: bool = True) -> None:
    """Refuse a model whose weights do not fit a board before it is calibrated and written, which takes long.

    Args:
        program_too: what must fit is the whole program with the link; else the library alone.

    Raises:
        BudgetError: with what would fit.
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
    """Estimates, each by a plan, and the boards that are not known; of those that nothing can be estimated of only
    where they are compiled.

    Raises:
        UsageError: there is none.
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
    """Whatever does not fit its board inside is told again with what would fit; ``sketches`` of the same settings.

    Raises:
        BudgetError: with numeric types, a shorter sequence, or boards that fit.
    """
    try:
        yield
    except BudgetError as error:
        if error.fix:
            raise
        with suppress(GatesmithError):  # of a model that no numeric type takes, nothing is advised
            options = reading_options(plan.settings)
            fitted = fitting(sketches or _Sketches(model, plan.settings), plan)
            error.fix = *fitted, f"gatesmith budget {quote(str(model.path))}{options} shows every board"
        raise


def fitting(sketches: _Sketches, plan: Plan) -> tuple[str, ...]:
    """What would fit: other numeric types of the board, its other memories, a shorter sequence, the smallest boards."""
    board = plan.target
    lines: list[str] = []
    offered: list[Budget] = []
    if board.costs is not None:
        types = sorted(numerics_of(board), key=lambda name: name != plan.numeric.name)
        budget = [one for one in (_possible(sketches, board, name) for name in types[1:]) if one is not None]
        offered += [one for one in budget if one.fits != "no"]
        for word, answer in (("yes", "fits"), ("close", "may fit, which a build will tell")):
            lines += [f"{numeric_option(one.numeric)} {answer}: {sizes(one)}" for one in budget if one.fits == word]
        memories = target.with_other_memory(board)
        if same := _first(sketches, [(each, name) for name in types for each in memories]):
            lines.append(f"{target_option(same)} fits, if yours has it: {sizes(same)}")
            offered.append(same)
        if (steps := shorter(sketches, plan)) is not None:
            lines.append(f"--max-steps {steps} fits: no longer sequence does, whatever else is in the program")
    others = _Sketches(sketches.model, replace(plan.settings, keep=())) if plan.settings.keep else sketches
    able = list(islice(_able(others, board), BEST))
    lines += [f"{target_option(one)} fits: {sizes(one)}" for one in able]
    few = {one.numeric: tuning(sketches.model.path, one.numeric, plan.settings) for one in (*offered, *able)}
    lines += [f"{name} loses accuracy unless tuned: {command}" for name, command in few.items() if command][:1]
    return tuple(lines) or ("a smaller model: no board that Gatesmith knows holds this one",)


def _able(sketches: _Sketches, refused: target.Target) -> Iterator[Budget]:
    """The smallest boards that hold a model, each with the least memory that does."""
    done = {target.board_of(refused.option)[0]}
    for base, board in sorted(target.all_targets(), key=lambda pair: target.size_of(pair[1])):
        if base in done or not board.flash or board.costs is None:
            continue
        if one := _first(sketches, [(board, name) for name in numerics_of(board)]):
            done.add(base)
            yield one


def _first(sketches: _Sketches, pairs: Sequence[tuple[target.Target, str]]) -> Budget | None:
    """The first of boards and numeric types that surely fits."""
    tried = (_possible(sketches, board, numeric) for board, numeric in pairs)
    return next((one for one in tried if one is not None and one.fits == "yes"), None)


def _possible(sketches: _Sketches, board: target.Target, numeric: str) -> Budget | None:
    """The budget of a board; None where the weights alone are too much."""
    if least_flash(sketches.model, NUMERICS[numeric]) > board.flash:
        return None
    return sketches.budget(sketches.plan(board, numeric))


def shorter(sketches: _Sketches, plan: Plan) -> int | None:
    """The longest ``--max-steps`` that fits, where buffers of whole sequences are what does not; None without one."""
    if least_flash(sketches.model, plan.numeric) > plan.target.flash:  # known from shapes, before a matrix is rounded
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
