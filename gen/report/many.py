"""One model on several targets: the page with a row per target, and JUnit's XML for continuous integration."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..boards.backends import MICROPYTHON
from ..files.single import write_file
from ..flow.facts import UNITS, Facts
from ..flow.results import ManyResult, TargetResult
from .overview import opening
from .page import Column, Fact, Part, Sheet, Styled, paged
from .quantities import error_text, size
from .results import clipped, each_step, samples_of

SHORT = {"instructions": "instr", "cycles": "cycles", "nanoseconds": "ns"}


@paged
def many_page(page: Sheet, result: ManyResult) -> None:
    """The table, the reasons of targets that did not run, and the verdict."""
    rows, report = result.rows, result.report
    opening(page, result.source)
    facts = [row.facts for row in rows if row.facts]
    page.facts(
        ("oracle", report.oracle),
        ("input", f"{samples_of(report)}: {report.input}"),
        clipped(*facts),
        each_step(*facts),
        ("math", report.math),
    )
    columns = [Column("target", style="name", folds=True), Column("how", leaves=1), Column("numeric", leaves=2)]
    columns += [Column("max error", right=True), Column("a step or call", right=True, folds=True)]
    columns += [Column(title, right=True) for title in ("ms", "flash", "RAM", "stack")]
    page.table([*columns, Column("result", folds=True)], [_row(row) for row in rows])
    page.blank()
    page.facts(*((row.target, row.reason) for row in rows))
    page.blank()
    sentences = dict.fromkeys(row.facts.verdict for row in rows if row.facts and row.result == "pass")
    verdicts = f": {'; '.join(sentences)}" if sentences else ""
    failed = [row for row in rows if row.result == "fail"]
    counts = ", ".join(
        f"{sum(row.result == word for row in rows)} {word}"
        for word in ("pass", "fail", "error", "does not fit", "skipped")
        if any(row.result == word for row in rows)
    )
    good = any(row.result == "pass" for row in rows) and not report.exit_code
    verdict = Styled("PASS", "good") if good else Styled("FAIL", "bad")
    page.line(verdict, f"  {counts}{verdicts}", hang=6)
    for row in failed:
        page.line(f"{row.target}: {row.facts.verdict if row.facts else ''}", indent=6, hang=6)
    page.facts(*_notes(rows))


def cells_of(row: TargetResult) -> list[str]:
    """The texts of a target's row, except for the last column, the result."""
    facts = row.facts
    if facts is None:
        return [row.target, row.how or "-", *["-"] * 7]
    error = "-" if facts.max_abs_error is None else error_text(facts.max_abs_error)
    sizes = [size(count) or "-" for count in (facts.flash, facts.ram, facts.stack)]
    return [row.target, row.how, facts.numeric, error, cost_text(facts), facts.time, *sizes]


def _row(row: TargetResult) -> list[Part]:
    style = {"pass": "good", "fail": "bad", "error": "bad"}.get(row.result, "note")
    result = Styled(row.result.upper() if row.result == "fail" else row.result, style)
    cells: list[Part] = [*cells_of(row)]
    if row.facts is not None:
        cells[3] = Styled(str(cells[3]), style)
    return [*cells, result]


def cost_text(facts: Facts) -> str:
    """The cost of a step or a call, with its unit; ``-`` if nothing counts it."""
    cost = facts.cost()
    return f"{cost[1].value:,.0f} {SHORT[cost[0]]}" if cost else "-"


def _notes(rows: Sequence[TargetResult]) -> Iterator[Fact]:
    measured = [(row, row.facts) for row in rows if row.facts]
    yield from ((row.target, facts.device or "") for row, facts in measured if facts.backend == MICROPYTHON)
    hosts = {row.how for row, facts in measured if facts.backend != MICROPYTHON}
    if "host" in hosts:
        yield "host", "compiled C in a process of this machine; instructions by callgrind, where it is there"
    if "emulator" in hosts:
        yield "emulator", "the board's instruction set on an emulated core; instructions are no cycles"
    if days := [facts.measured_on for _, facts in measured if facts.measured_on]:
        text = f"{len(days)} of {len(measured)} measured before ({', '.join(sorted(set(days)))})"
        yield "cache", f"{text}; --no-cache measures anew"
    if any(facts.milliseconds is not None for _, facts in measured):
        is_estimated = any(facts.estimated_cycles is not None for _, facts in measured)
        text = "of a step or call at the board's clock, without waits for flash"
        yield "ms", text + ("; ~ is estimated from instructions (--report says how)" if is_estimated else "")
    if "port" in hosts:
        yield "port", "what is behind the port: a board, or what stands in for one"
    if hosts:
        yield "flash, RAM", "of the model alone, compiled for the target; stack: deepest of a step or call"


def write_junit(path: Path, rows: Sequence[TargetResult], model: str) -> None:
    """Write JUnit's XML with a test case per target, for continuous integration.

    Raises:
        UsageError: the file cannot be written.
    """
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

    suite = TestSuite(f"gatesmith validate {model}")
    kinds = {"fail": Failure, "error": Error, "does not fit": Skipped, "skipped": Skipped}
    for row in rows:
        case = TestCase(row.target, f"{model}.{row.how or 'none'}")
        if row.result in kinds:
            reason = row.reason or (row.facts.verdict if row.facts else "")
            case.result = [kinds[row.result](f"{row.result}: {reason}")]
        if row.facts:
            figures = {key: getattr(row.facts, key) for key in ("max_abs_error", *UNITS, "flash", "ram", "stack")}
            case.system_out = "\n".join(f"{key} {value}" for key, value in figures.items() if value is not None)
        suite.add_testcase(case)
    xml = JUnitXml()
    xml.add_testsuite(suite)
    out = io.BytesIO()
    xml.write(out, pretty=True)
    write_file(path, out.getvalue())
