"""One model on several targets: the page, a row a target, and the same for continuous integration."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..errors import UsageError
from ..keras.spec import Source
from .overview import version
from .page import Column, Page, Part, Row, Styled
from .results import clipped
from .summary import counted

UNITS = {"instructions": "instr", "cycles": "cycles", "nanoseconds": "ns"}


class Result(Protocol):
    """One target's row."""

    @property
    def target(self) -> str: ...
    @property
    def how(self) -> str: ...
    @property
    def result(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


def many_page(rows: Sequence[Result], source: Source, report: Mapping[str, Any], ascii_only: bool = False) -> Page:
    """The table, then why a target did not run, then the sum."""
    page = Page(ascii_only)
    page.line(Styled(source.path, "head"), f" | {version(source)} | weights id {source.weights_id}", hang=2)
    page.blank()
    length = f" of {counted(report['steps'], 'step')}" if report.get("steps") else ""
    page.facts(
        [
            ("oracle", report["oracle"]),
            ("input", f"{counted(report['samples'], 'sample')}{length}: {report['input']}"),
            *clipped(*(row.facts for row in rows)),
            ("math", report["math"]),
        ],
        indent=0,
    )
    page.blank()
    columns = [Column("target", style="name", folds=True), Column("how"), Column("numeric")]
    columns += [Column(title, right=True) for title in ("max error", "a step or call", "flash", "RAM", "stack")]
    table: list[Row] = [_row(row) for row in rows]
    page.table([*columns, Column("result")], table, indent=0)
    page.blank()
    reasons = [(row.target, row.reason) for row in rows if row.reason]
    if reasons:
        page.facts(reasons, indent=0)
        page.blank()
    limits = sorted({row.facts["tolerance"] for row in rows if row.facts})
    told = f"; the limit is {', '.join(f'{limit:.1e}' for limit in limits)} x max(1, largest answer)" if limits else ""
    failed = [row.target for row in rows if row.result == "fail"]
    counts = ", ".join(
        f"{sum(row.result == word for row in rows)} {word}"
        for word in ("pass", "fail", "error", "does not fit", "skipped")
        if any(row.result == word for row in rows)
    )
    good = any(row.result == "pass" for row in rows) and not report["exit_code"]
    verdict = Styled("PASS", "good") if good else Styled("FAIL", "bad")
    page.line(verdict, f"  {counts}{told}", hang=6)
    if failed:
        page.line(f"beyond the limit: {', '.join(failed)}", indent=6, hang=6)
    page.facts(_notes(rows), indent=0)
    return page


def _row(row: Result) -> list[Part]:
    facts = row.facts
    style = {"pass": "good", "fail": "bad", "error": "bad"}.get(row.result, "note")
    result = Styled(row.result.upper() if row.result == "fail" else row.result, style)
    if not facts:
        return [row.target, row.how or "-", *["-"] * 6, result]
    error = facts["max_abs_error"]
    cells: list[Part] = [row.target, row.how, facts["numeric"]]
    cells.append(Styled(error if isinstance(error, str) else f"{error:.2e}", style))
    return [*cells, cost_text(facts), *(_bytes(facts.get(key)) for key in ("flash", "ram", "stack")), result]


def cost_text(facts: Mapping[str, Any]) -> str:
    """What a step or a call took, with its unit; ``-`` where nothing counts."""
    for unit, short in UNITS.items():
        if (count := facts.get(unit)) is not None:
            return f"{count:,.0f} {short}"
    return "-"


def _notes(rows: Sequence[Result]) -> list[tuple[str, Part]]:
    modules = [row for row in rows if row.facts.get("backend") == "micropython"]
    notes: list[tuple[str, Part]] = [(row.target, row.facts["device"]) for row in modules]
    seen = {row.how for row in rows if row.facts and row not in modules}
    if "host" in seen:
        notes.append(("host", "compiled C in a process of this machine; instructions by callgrind, where it is there"))
    if "emulator" in seen:
        notes.append(("emulator", "the board's instruction set on an emulated core; instructions are no cycles"))
    if "port" in seen:
        notes.append(("port", "what is behind the port: a board, or what stands in for one"))
    if seen:
        notes.append(("flash, RAM", "of the model alone, compiled for the target; stack: deepest of a step or call"))
    return notes


def _bytes(count: int | None) -> str:
    return "-" if count is None else f"{count:,} B"


def check_junit() -> None:
    """That JUnit's XML can be written at all.

    Raises:
        UsageError: junitparser is not installed.
    """
    if importlib.util.find_spec("junitparser") is None:
        raise UsageError("--junit needs junitparser, which is not installed", fix="pip install junitparser")


def write_junit(path: Path, rows: Sequence[Result], model: str) -> None:
    """JUnit's XML, a test case a target: what continuous integration shows.

    Raises:
        UsageError: junitparser is not installed, or the file cannot be written.
    """
    check_junit()
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

    suite = TestSuite(f"gatesmith validate {model}")
    kinds = {"fail": Failure, "error": Error, "does not fit": Skipped, "skipped": Skipped}
    for row in rows:
        case = TestCase(row.target, f"{model}.{row.how or 'none'}")
        if row.result in kinds:
            case.result = [kinds[row.result](f"{row.result}: {row.reason or _beyond(row.facts)}")]
        if row.facts:
            figures = {key: row.facts.get(key) for key in ("max_abs_error", *UNITS, "flash", "ram", "stack")}
            case.system_out = "\n".join(f"{key} {value}" for key, value in figures.items() if value is not None)
        suite.add_testcase(case)
    xml = JUnitXml()
    xml.add_testsuite(suite)
    try:
        xml.write(str(path), pretty=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _beyond(facts: Mapping[str, Any]) -> str:
    return f"max error {facts['max_abs_error']}, tolerance {facts['tolerance']} x max(1, largest answer)"
