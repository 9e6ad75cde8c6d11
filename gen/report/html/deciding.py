"""The facts that decide whether to ship: fit, numeric types, and what was not tried. Tables with bars, as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote

from ...budget.budget import Budget, MemoryBudget
from ...core.settings import MEMORY, REPORTING
from ...flow.gather import Gathered
from ...flow.verdict import facts_of
from ...numerics import NUMERICS
from ...oracle.compare import OutputComparison
from ..quantities import percent


@dataclass(frozen=True)
class Bar:
    """A cell with a bar: its text, and the filled share of the bar, 0 to 1; more than 1 is over the limit."""

    text: str
    share: float


Cell = str | Bar
Rows = tuple[tuple[Cell, ...], ...]


def fits(gathered: Gathered) -> Rows:
    """Flash, RAM and time of each board, each as a share of its limit; titles first; empty without a board."""
    budgets = [one for one in gathered.budgets if one.numeric == numeric_of(gathered)]
    if not budgets:
        return ()
    deadline = gathered.settings.max_ms
    head = ("board", "flash", "RAM", f"time, of {deadline:g} ms" if deadline else "time a step or call", "fits")
    return (
        head,
        *((one.target, _memory(one.flash), _memory(one.ram), _time(gathered, one), one.fits) for one in budgets),
    )


def numeric_of(gathered: Gathered) -> str:
    """The numeric type of the report."""
    return next((row.facts.numeric for row in gathered.runs.rows if row.facts), gathered.settings.numeric or "float32")


def _memory(memory: MemoryBudget) -> Bar:
    share = memory.used / memory.limit
    return Bar(f"{memory.used:,} of {memory.limit:,} B ({100 * share:.2g} %)", share)


def _time(gathered: Gathered, one: Budget) -> Cell:
    """Milliseconds, measured or else estimated from other models."""
    facts = next((row.facts for row in gathered.runs.rows if row.target == one.target and row.facts), None)
    if facts is not None and facts.milliseconds is not None:
        label, value = f"{facts.milliseconds:.3g} ms", facts.milliseconds
    elif one.milliseconds is not None:
        label, value = f"~{one.milliseconds:.2g} ms", one.milliseconds
    else:
        return "not known"
    deadline = gathered.settings.max_ms
    return Bar(f"{label} ({100 * value / deadline:.2g} %)", value / deadline) if deadline else label


def types(gathered: Gathered) -> Rows:
    """Every numeric type on the same data: its scores and errors, and its costs on the first board."""
    if not gathered.types:
        return ()
    board = gathered.budgets[0].target if gathered.budgets else ""
    budgets = {one.numeric: one for one in gathered.budgets if one.target == board}
    head = ("type", "answers", "largest difference", *((f"flash, {board}", "RAM", "ms") if board else ()))
    mark = {numeric_of(gathered): " (this report)"}
    rows = (
        (name + mark.get(name, ""), *_answers(error), *(_costs(budgets.get(name)) if board else ()))
        for name, error in gathered.types.items()
    )
    return (head, *rows)


def _answers(error: OutputComparison | str) -> tuple[str, str]:
    return (error, "-") if isinstance(error, str) else (facts_of(error)[-1], f"{error.max_abs:.2e}")


def _costs(one: Budget | None) -> tuple[str, str, str]:
    if one is None:
        return "-", "-", "-"
    time = "-" if one.milliseconds is None else f"~{one.milliseconds:.2g}"
    return f"{one.flash.used:,} B", f"{one.ram.used:,} B", time


def layers(gathered: Gathered) -> Mapping[str, int]:
    """Layer -> bytes of its constants, largest first; empty without a board."""
    one = next((one for one in gathered.budgets if one.numeric == numeric_of(gathered)), None)
    return {} if one is None else one.layers


def confusion(matrix: Sequence[Sequence[int]], names: Sequence[str]) -> Rows:
    """Samples by label (row) and answer (column), then recall, precision and F1 of each class."""
    count = len(matrix)
    words = list(names) if len(names) == count else [str(n) for n in range(count)]
    chosen = [sum(row[n] for row in matrix) for n in range(count)]
    rows: list[tuple[Cell, ...]] = []
    for n, row in enumerate(matrix):
        right, total = row[n], sum(row)
        cells = [Bar(str(value), value / total if total else 0.0) for value in row]
        scores = (_share(right, total), _share(right, chosen[n]), _share(2 * right, total + chosen[n]))
        rows.append((words[n], *cells, *scores))
    return (("label", *words, "recall", "precision", "F1"), *rows)


def _share(part: int, total: int) -> str:
    return percent(part / total) if total else "-"


def untried(gathered: Gathered) -> Iterator[str]:
    """Sentences on the things that were not tried."""
    if not gathered.types or any(isinstance(error, str) for error in gathered.types.values()):
        yield "Some numeric types have no form of this model, or were not compared."
    if gathered.settings.calibration is None:
        names = ", ".join(name for name, one in NUMERICS.items() if one.integer)
        yield f"Integer types ({names}) were not compared: they need --calibration DATA."
    ways = {row.how for row in gathered.runs.rows if row.facts}
    if "port" not in ways:
        yield "No real board was touched: boards ran as their instruction set on an emulated core, if at all."
    yield from (f"{row.target} did not run: {row.reason}." for row in gathered.runs.rows if not row.facts)


def command(gathered: Gathered) -> str:
    """The command that writes this report again; empty if its model or data have no file."""
    words = [("--target", row.target) for row in gathered.runs.rows] + [("--port", port) for port in gathered.ports]
    words += [("--input", str(gathered.input))] if gathered.input else []
    options = gathered.settings.repeated(REPORTING) + "".join(f" {option} {quote(word)}" for option, word in words)
    text = f"gatesmith report {quote(str(gathered.path))}{options} --output report.html"
    return "" if MEMORY in text else text
