"""The document of a report: the verdict first, then tables, and pictures with captions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ...backends.templates import TemplateLookup
from ...core.graph import Array
from ...flow.facts import ManyFacts
from ...flow.gather import Gathered
from ...flow.results import TargetResult, ValidateResult
from ...importers.keras.dialect.spec import LayerSpec
from ...oracle.scores import REGRESSION
from ...version import __version__
from ..many import cells_of
from ..quantities import percent
from ..results import layer_costs
from ..summary import summarize, title
from . import figures
from .deciding import Bar, Rows, command, confusion, fits, layers, numeric_of, types, untried

LARGEST = 1_000_000
"""Most bytes of a document: heat maps are left out if it would be larger."""
LINES = 4
"""Most values of an output that are drawn."""
TITLES = (
    "target",
    "how",
    "numeric",
    "largest error",
    "a step or call",
    "ms",
    "flash",
    "RAM",
    "stack",
    "result",
)
POSITIONS = 400
"""Most steps or samples that are drawn."""


@dataclass(frozen=True)
class Figure:
    """A picture with its caption."""

    svg: str
    caption: str

    @classmethod
    def of(cls, drawn: Any, title: str, caption: str) -> Figure:
        """The picture of a figure of matplotlib, with a title for people who do not see it."""
        return cls(figures.svg(drawn, title), caption)


@dataclass(frozen=True)
class Section:
    """A part of the document; the first row of a table is its titles. Empty sections are left out."""

    title: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[tuple[str, Rows], ...] = ()
    text: tuple[str, ...] = ()
    code: str = ""


@cache
def _lookup() -> TemplateLookup:
    folder = Path(__file__).parent / "templates"
    return TemplateLookup(directories=[str(folder)], strict_undefined=True, default_filters=["h"])


def html(gathered: Gathered) -> str:
    """The whole document, at most :data:`LARGEST` bytes; needs matplotlib.

    Raises:
        UsageError: matplotlib is not installed.
    """
    light = [
        _verdict(gathered),
        *_decision(gathered),
        _scores(gathered),
        Section("Answers", tuple(_answers(gathered))),
        _survey(gathered),
        Section("Cost", tuple(_costs(gathered))),
        Section("Bytes", tuple(_bytes(gathered))),
        Section("Working memory", tuple(_arena(gathered))),
        Section("Made by", text=tuple(untried(gathered)), code=command(gathered)),
    ]
    text = _rendered(gathered, [*light, Section("Gates", tuple(_gates(gathered)))])
    if len(text.encode()) > LARGEST:
        dropped = Section("Gates", text=("The heat maps would make this page larger than 1 MB, and are left out.",))
        text = _rendered(gathered, [*light, dropped])
    return text


def _rendered(gathered: Gathered, sections: list[Section]) -> str:
    report: ManyFacts = gathered.runs.report
    passed = not report.exit_code
    return rendered(
        name=gathered.runs.source.path,
        about=f"{gathered.runs.source.written_by}, weights id {gathered.runs.source.weights_id}",
        verdict="PASS" if passed else "FAIL",
        passed=passed,
        sentence=_sentence(gathered),
        sections=[one for one in sections if one.figures or one.tables or one.text],
        notes=[*gathered.notes, *_notes(gathered)],
        raw=json.dumps(report.as_json(), indent=1),
        schema="gatesmith/validate-many/1",
    )


def _words_of(rows: Rows) -> set[int]:
    """Indices of the columns of words: none of their cells begins with a number."""
    number = re.compile(r"\W*\d[\d,.]*(\W|$)")
    columns = enumerate(zip(*rows[1:], strict=True))
    return {place for place, cells in columns if not any(isinstance(one, Bar) or number.match(one) for one in cells)}


def rendered(*, raw: str, **words: Any) -> str:
    """A document of sections.

    Args:
        raw: its facts as JSON. words: the template's other variables.
    """
    template = _lookup().get_template("report.html.mako")
    script = raw.replace("<", "\\u003c")
    helpers = {"is_bar": lambda cell: isinstance(cell, Bar), "words_of": _words_of}
    text = str(template.render(raw=raw, script=script, version=__version__, **helpers, **words))
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def _results(gathered: Gathered) -> list[tuple[TargetResult, ValidateResult]]:
    return [(row, row.done) for row in gathered.runs.rows if row.done is not None]


def _notes(gathered: Gathered) -> list[str]:
    notes = [note for _, result in _results(gathered) for note in result.report.notes]
    if gathered.survey is not None:
        notes += gathered.survey.notes
    hosts = {row.how for row, _ in _results(gathered)}
    if "emulator" in hosts:
        notes.append(
            "Boards ran as their instruction set on an emulated core; instructions are not cycles, and no board was"
            " touched."
        )
    return list(dict.fromkeys(notes))


def _verdict(gathered: Gathered) -> Section:
    rows = [(*cells_of(row), row.result if row.facts else f"{row.result}: {row.reason}") for row in gathered.runs.rows]
    report = gathered.runs.report
    basis = f"{report.samples} samples, {report.input}. Compared with {report.oracle}."
    failed = [f"{row.target}: {row.facts.verdict}" for row in gathered.runs.rows if row.result == "fail" and row.facts]
    table = ("Each target's outputs compared with the oracle's", (TITLES, *rows))
    return Section("Verdict", tables=(table,), text=(basis, *failed))


def _sentence(gathered: Gathered) -> str:
    """The verdict's sentence for the first target that failed, else for the drawn one."""
    failed = next((row.facts for row in gathered.runs.rows if row.result == "fail" and row.facts), None)
    chosen = _drawn_target(gathered)
    facts = failed or (chosen[1].report if chosen else None)
    return facts.verdict if facts else ""


def _decision(gathered: Gathered) -> Iterator[Section]:
    """The sections on the fit and on the numeric types."""
    if rows := fits(gathered):
        text = "Of the whole program: model, buffers, link, port, C library. Above, bytes are the model's alone."
        yield Section("Does it fit", tables=(("Shares of each board", rows),), text=(text,))
    if rows := types(gathered):
        text = "By the reference, on the same data: integers are a device's bit for bit. Bytes and times are estimates."
        yield Section("Numeric types", tables=(("Every numeric type side by side", rows),), text=(text,))


def _drawn_target(gathered: Gathered) -> tuple[TargetResult, ValidateResult] | None:
    """The target whose outputs are drawn: the first that is not this machine, else this machine."""
    results = _results(gathered)
    return next((one for one in results if one[0].how != "host"), results[0] if results else None)


def _answers(gathered: Gathered) -> Iterator[Figure]:
    chosen = _drawn_target(gathered)
    if chosen is None:
        return
    row, result = chosen
    for compared, ours, theirs in zip(result.outputs, result.answers, result.right, strict=True):
        walks = ours.ndim > 2
        order = "along the steps of the sample with the largest error" if walks else "sample by sample"
        yield Figure(trace_of(compared.name, ours, theirs), f"{compared.name} on {row.target}, {order}.")
        distance = np.abs(ours.astype(np.float64) - theirs)
        axes = tuple(n for n in range(distance.ndim) if n != (1 if walks else 0))
        worst, mean = distance.max(axis=axes)[:POSITIONS], distance.mean(axis=axes)[:POSITIONS]
        unit = "step" if walks else "sample"
        about = f"{compared.name}: absolute error by {unit}"
        yield Figure.of(figures.error_over(worst, mean, unit), about, f"Error by {unit}, over all samples.")


def trace_of(name: str, ours: Array, theirs: Array) -> str:
    """An SVG of an output compared with the oracle's, (samples, ...) each: sample by sample, or the steps of the sample
    with the largest error."""
    drawn = figures.trace(name, *_lines(ours, theirs), "step" if ours.ndim > 2 else "sample")
    return figures.svg(drawn, f"{name}: the device's answers over the oracle's, and their difference")


def _lines(ours: Array, theirs: Array) -> tuple[Array, Array]:
    """(positions, lines) of an output: the sequence of the worst sample, or one sample after another."""
    if ours.ndim > 2:
        worst = int(np.abs(ours - theirs).reshape(len(ours), -1).max(axis=1).argmax())
        ours, theirs = ours[worst], theirs[worst]
    shape = (len(theirs), -1)
    return ours.reshape(shape)[:POSITIONS, :LINES], theirs.reshape(shape)[:POSITIONS, :LINES]


def _scores(gathered: Gathered) -> Section:
    chosen = _drawn_target(gathered)
    if chosen is None or (scores := chosen[1].outputs[0].scores) is None:
        return Section("Labels")
    row, result = chosen
    measures: list[tuple[str, ...]] = [("", "device", "oracle")]
    for key in scores.device:
        pair = (scores.device[key], scores.oracle[key])
        measures.append((key, *(percent(x) if key == "accuracy" else f"{x:.4g}" for x in pair)))
    tables: list[tuple[str, Rows]] = [(f"Labels, {row.target}", tuple(measures))]
    drawn: tuple[Figure, ...] = ()
    if scores.confusion is not None:
        table = confusion(scores.confusion, gathered.classes)
        tables.append(("Samples by label (row) and the device's answer (column)", table))
    if scores.task == REGRESSION:
        ours = np.asarray(result.answers[0], np.float64).reshape(-1)
        labels = np.asarray(result.labels, np.float64).reshape(-1)
        name = result.outputs[0].name
        ordered = figures.trace(name, ours[:POSITIONS, None], labels[:POSITIONS, None], "sample", "label")
        drawn = (
            Figure.of(figures.residuals(labels, ours), f"{name}: answers against labels", "Answers against labels."),
            Figure.of(ordered, f"{name}: labels and answers in their order", "Labels and answers in their order."),
        )
    return Section("Labels", drawn, tuple(tables))


def _survey(gathered: Gathered) -> Section:
    survey, head = gathered.survey, "What integers lose"
    if survey is None or not (snr := figures.noise_of(survey.rows)):
        return Section(head)
    drawn, caption = figures.bars(snr, "dB"), "Signal to noise, a value of the model a bar."
    figure = Figure.of(drawn, "Signal to noise of each value", caption)
    return Section(head, (figure,), text=(f"Integers compared with float on {survey.judged}.",))


def _costs(gathered: Gathered) -> Iterator[Figure]:
    for unit in ("instructions", "cycles"):
        counts = [(row.target, getattr(row.facts, unit)) for row in gathered.runs.rows if row.facts]
        if counts := [(name, count) for name, count in counts if count]:
            picture = figures.bars(counts, unit, log=len(counts) > 3)
            yield Figure.of(picture, f"{unit} a step or call", f"{unit.capitalize()} a step or call, by target.")
    for row in gathered.runs.rows:
        if row.facts is not None and row.facts.layers:
            unit, costs = layer_costs(row.facts.layers)
            picture = figures.bars(list(costs.items()), unit)
            caption = f"Where a step or call's {unit} go, by layer: {row.target}."
            yield Figure.of(picture, f"{unit} by layer, {row.target}", caption)


def _bytes(gathered: Gathered) -> Iterator[Figure]:
    budgets = [one for one in gathered.budgets if one.numeric == numeric_of(gathered)]
    for name, key in (("Flash", "flash"), ("RAM", "ram")) if gathered.budgets else ():
        rows = {one.target: [(part.name, part.bytes) for part in getattr(one, key).parts] for one in budgets}
        yield Figure.of(figures.stacks(rows), f"{name} by what takes it", f"{name}, by what takes it.")
    if sizes := layers(gathered):
        picture = figures.bars(list(sizes.items()), "bytes")
        yield Figure.of(picture, "Bytes of constants, by layer", "Constants in flash, by layer.")


def _arena(gathered: Gathered) -> Iterator[Figure]:
    """The working memory over time, for models that do not stream."""
    plan = gathered.memory
    if plan is None or not plan.held:
        return
    drawn = figures.arena(plan.held, plan.moments, plan.arena)
    caption = (
        f"{plan.arena:,} bytes of working memory in {plan.numeric}: what lies where, and from when to when."
        f" States that last take {plan.states:,} bytes beside it."
    )
    yield Figure.of(drawn, "The working memory over time", caption)


def _gates(gathered: Gathered) -> Iterator[Figure]:
    for _, view in summarize(gathered.runs.reading).walk():
        spec: Any = view.spec
        if not (isinstance(spec, LayerSpec) and spec.gates):
            continue
        kernels = [one for one in spec.gates if one.role == "kernel"]
        slices = "; ".join(f"{one.gate} {one.role} {one.array.path}{one.slice}" for one in kernels)
        name = ".".join(view.path)
        about = f"{name}: weights of each gate, and how they are spread"
        yield Figure.of(figures.gates(figures.matrices(spec)), about, f"{title(spec)} {name}. {slices}")
