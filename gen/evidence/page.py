"""The evidence as a page: on the terminal, and for an assessor as HTML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from shlex import join, quote

from msgspec import Struct

from ..report.html.document import Section, rendered
from ..report.page import Column, Sheet, Styled, paged
from .evidence import Evidence
from .facts import EvidenceReport

HOW = (
    "How: 'one turn of any' replaces each loop by one arbitrary turn, from any values that its invariants allow;"
    " 'as it is' has no loop. The comparison of Constants, and functions that layers share, have no layer."
)
ROUNDING = (
    "How far C is at most from exact arithmetic with the same weights: a layer by itself, for one step from inputs and"
    " states that calibration has shown; an output, for a step of all layers, whose worst cases multiply. Beside it the"
    " largest seen, of noise and ends of these ranges, in the C as this machine compiles it."
)


@paged
def evidence_page(page: Sheet, evidence: Evidence) -> None:
    """The page after ``gatesmith prove``."""
    report, seconds = evidence.report, evidence.proved.seconds
    page.line(Styled(verdict(report), "good" if report.complete else "bad"), f"  {sentence(report)}")
    page.blank()
    for proof in evidence.proved.proofs:
        if not proof.proved:
            page.line(Styled(proof.name, "bad"), f"  {proof.result}", hang=2)
    slow = sorted(evidence.proved.proofs, key=lambda proof: -seconds.get(proof.name, 0.0))[:5]
    titles = ("layer or output", "bound", "largest seen") if report.rounding else ("slowest", "how", "seconds")
    rows = [(layer.name, layer.why or cell(layer.bound), cell(layer.seen)) for layer in report.rounding]
    rows = rows or [(proof.name, proof.how, f"{seconds.get(proof.name, 0.0):.1f}") for proof in slow]
    ends = [Column(title, right=title != "how") for title in titles[1:]]
    page.table([Column(titles[0], style="name", folds=True), *ends], [list(row) for row in rows], indent=2)
    page.blank()
    rerun = "" if report.rounding else f"; sh {quote(report.folder)}/run.sh runs the proofs again"
    page.line(f"{report.folder}/evidence.html is for assessors{rerun}.")


def verdict(report: EvidenceReport) -> str:
    """The result in words."""
    return f"{'' if report.complete else 'not all '}{'bounded' if report.rounding else 'proved'}"


def sentence(report: EvidenceReport) -> str:
    """The result in one sentence."""
    if report.rounding:
        bounded = sum(layer.bound is not None for layer in report.rounding)
        return f"{bounded} of {len(report.rounding)} results of layers and outputs have a bound of a step's rounding"
    return (
        f"{report.proved} of {report.units} units are free of undefined behaviour for any input and any state,"
        f" under {len(report.assumptions)} assumptions"
    )


def html(report: EvidenceReport) -> str:
    """The whole document."""
    sections = [*(_floats(report) if report.rounding else _integers(report)), *_others(report)]
    return rendered(
        name=report.file,
        about=f"{report.target}, {report.numeric}; {report.written_by}, weights id {report.weights_id};"
        f" Gatesmith {report.gatesmith}, model id {report.model_id}",
        verdict=verdict(report).upper(),
        passed=report.complete,
        sentence=f"{sentence(report)}. This page certifies nothing: it is material for those who assess.",
        sections=[one for one in sections if one.tables or one.text],
        notes=[],
        raw=json.dumps(report.as_json(), indent=1),
        schema="gatesmith/prove/1",
    )


def cell(fact: object) -> str:
    """A fact in words; all values of a tuple, such as the ends of a range."""
    if fact is None or isinstance(fact, bool):
        return "none" if fact is None else "yes" if fact else "no"
    if isinstance(fact, tuple):
        return "; ".join(map(cell, fact))
    if isinstance(fact, float) and abs(fact) < 1000:
        return f"{fact:.3g}"
    return f"{fact:,.0f}" if isinstance(fact, int | float) else str(fact)


def section(
    title: str, caption: str, facts: Sequence[Struct], columns: str, *text: str, code: Sequence[str] = ()
) -> Section:
    """A section with a table of facts, whose columns have the names of the JSON; no table if there are no facts."""
    names = tuple(columns.split())
    rows = [tuple(cell(getattr(fact, name)) for name in names) for fact in facts]
    tables = ((caption, (names, *rows)),) if rows else ()
    return Section(title, tables=tables, text=text, code="\n".join(code))


def _floats(report: EvidenceReport) -> Iterator[Section]:
    yield section("Rounding", "Errors of a step", report.rounding, "name output bound why seen", ROUNDING)


def _integers(report: EvidenceReport) -> Iterator[Section]:
    unproved = [proof for proof in report.proofs if not proof.proved]
    yield section("Not proved", "Units without a proof, and why", unproved, "name result tried")
    caption = "Each layer, its functions, and what became of their proofs"
    yield section("Layers and functions", caption, report.proofs, "name layer how checks result", HOW)
    note = "A caller's proof shows that it keeps these; a callee's proof shows that it needs no more."
    caption = "What each function takes and gives, what it calls, and the sums of rows that are assumed"
    yield section("Contracts", caption, report.proofs, "name contract calls axioms", note)
    caption = "Sums of a row, or a part of it, for any inputs of their type"
    yield section("Sums", caption, report.sums, "table low high")
    note = "Interval arithmetic: each input at the end that makes a row's sum largest. Real inputs rarely come near."
    columns = "layer matrix inputs calibrated least most kept rows beyond"
    yield section("Saturation", "Results of sums before they are saturated", report.saturation, columns, note)
    caption = "SHA-256 of the values in C, and whether the compiled object's are the same"
    note = "Each layer's tables were compared with the integers of the model, too: the unit tables."
    yield section("Constants", caption, report.tables, "name layer bytes source same", note)
    note = "By the program's instructions for an emulated core; the bound is of any step. They are not cycles."
    counted = [report.instructions] if report.instructions else []
    yield section("Instructions", "Of a step", counted, "function core steps most bound why", note)
    note = "By the self-test with noise over the whole type, its ends, zeros, small values; of each, reached and all."
    covered = [report.coverage] if report.coverage else []
    lines = [line for file in covered for line in ("Lines of which something is not reached:", *file.left)]
    columns = "vectors statements branches conditions"
    more = "Conditions (MC/DC) need gcc 14." if covered else "Not measured: gcov is not here (apt-get install gcc)."
    yield section("Coverage", "Reached", covered, columns, note, more, code=lines)


def _others(report: EvidenceReport) -> Iterator[Section]:
    yield Section("Assumptions", text=tuple(f"{number}. {line}" for number, line in enumerate(report.assumptions, 1)))
    for analysis in report.analyses:
        caption = "Findings, and why they stay; nobody has looked at those without a reason"
        note = f"No answer: {analysis.missing}." if analysis.missing else f"{len(analysis.findings)} kinds of findings."
        yield section(f"Static analysis: {analysis.tool}", caption, analysis.findings, "name count first reason", note)
    note = "In this folder, without Gatesmith: sh run.sh runs all proofs. One by one, and the analysers:"
    commands = [*(tool.command for tool in report.proofs), *(tool.command for tool in report.analyses)]
    versions = (f"{name}: {version}" for name, version in report.tools.items())
    yield section("Run again", "", (), "", *versions, note, code=[*map(join, filter(None, commands))])
