"""``gatesmith diff``: the page of the differences between two models."""

from __future__ import annotations

from collections.abc import Iterator

from ..flow.diff import Difference
from .page import Column, Part, Row, Sheet, Styled, paged
from .quantities import counted, error_text, percent

COSTS = (
    ("instructions", "instructions", ""), ("cycles", "cycles", ""), ("milliseconds", "ms", ""),
    ("flash", "flash", " B"), ("ram", "RAM", " B"), ("stack", "stack", " B"), ("weight_bytes", "weights", " B"),
    ("state_bytes", "state", " B"), ("macs", "multiply-adds", ""),
)  # fmt: skip


@paged
def diff_page(page: Sheet, difference: Difference) -> None:
    """A column per model, a column of the changes, and the differences of outputs and code."""
    before, after = difference.before, difference.after
    for word, result in (("before", before), ("after", after)):
        page.line(
            Styled(f"{word:<7}", "dim"), Styled(result.source.path, "head"),
            f" | {result.source.written_by} | weights id {result.source.weights_id}", hang=9,
        )  # fmt: skip
    page.blank()
    report = after.report
    samples = f"{counted(report.samples, 'sample')}: {after.input_note}"
    page.facts(("device", f"{report.target}, {report.numeric}: {after.how}"), ("input", samples))
    columns = [Column("", style="name", folds=True)]
    columns += [Column(name, right=True) for name in ("before", "after", "change")]
    page.table(columns, [*errors(difference), *_costs(difference)])
    page.blank()
    if not difference.outputs:
        page.line(Styled("outputs", "note"), "  of other shapes: they are not compared", hang=9)
    for row in difference.outputs:
        agreement = "" if row.argmax_agreement is None else f"; same class {percent(row.argmax_agreement)}"
        text = f"  {row.name}: differ by at most {row.max_abs:.3g}, {row.mean_abs:.3g} in the mean{agreement}"
        page.line(Styled("outputs", "name"), text, hang=9)
    code = "the same but for numbers" if difference.same_code else "another: layers or their sizes have changed"
    page.line(Styled("code", "name"), f"     {code}", hang=9)
    for word, result in (("before", before), ("after", after)):
        if not result.passed:
            page.line(
                Styled("FAIL", "bad"), f"     {word}: the device is too far from Keras; gatesmith validate", hang=9
            )


def errors(difference: Difference) -> Iterator[Row]:
    """Rows of each output's errors, and of its scores if both models have the same, accuracies or errors."""
    before, after = difference.before, difference.after
    for index, row in enumerate(after.outputs):
        earlier = before.outputs[index] if index < len(before.outputs) else None
        title = f" {row.name}" if len(after.outputs) > 1 else ""
        if row.scores and earlier and earlier.scores and row.scores.device.keys() == earlier.scores.device.keys():
            for key in row.scores.device:
                old, new = earlier.scores.device[key], row.scores.device[key]
                yield [f"{key}{title}", _score(key, old), _score(key, new), _change_of_score(key, old, new)]
        first = "-" if earlier is None else error_text(earlier.max_abs)
        yield [f"error beside its own Keras{title}", first, error_text(row.max_abs), ""]


def _costs(difference: Difference) -> Iterator[Row]:
    """A row for each cost that is known."""
    for key, title, unit in COSTS:
        old, new = getattr(difference.before.report, key), getattr(difference.after.report, key)
        if old is not None or new is not None:
            yield [title, _number(old, unit), _number(new, unit), _change(old, new)]


def _score(key: str, value: float) -> str:
    return percent(value) if key == "accuracy" else f"{value:.4g}"


def _change_of_score(key: str, old: float, new: float) -> Part:
    worse = new < old if key in ("accuracy", "r2") else new > old
    text = f"{100 * (new - old):+.1f} points" if key == "accuracy" else f"{new - old:+.3g}"
    return text if new == old else Styled(text, "bad" if worse else "good")


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:,.4g}{unit}" if isinstance(value, float) and value < 1000 else f"{value:,.0f}{unit}"


def _change(old: float | None, new: float | None) -> str:
    if old is None or new is None or old == new:
        return ""
    return f"{100 * (new - old) / old:+.1f} %" if old else f"+{new:,.0f}"
