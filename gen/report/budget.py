"""``gatesmith budget``: the fit of a model on boards in numeric types, and its bytes by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote

from ..budget.budget import Budget, MemoryBudget
from ..flow.advice import numeric_option, reading_options, tuning
from ..flow.budget import BudgetTable
from .overview import following, notes
from .page import Column, Part, Row, Sheet, Span, Styled, paged
from .quantities import counted, plain

BAR = 8
WIDE_BAR = 20
LAYERS = 12
"""Most layers that are listed by name."""
STYLE = {"yes": "good", "close": "note", "no": "bad"}


@paged
def budget_page(page: Sheet, table: BudgetTable) -> None:
    """The table, and for a single target its bytes by part."""
    source, work = table.model.reading.source, table.generated.worked
    page.line(Styled(source.path, "head"), f" | {source.written_by} | {work} | weights id {source.weights_id}", hang=2)
    _table(page, *((table.budgets, {}) if table.targets else _by_board(table)))
    _notes(page, table)
    if len({budget.target for budget in table.budgets}) == 1:
        for budget in table.budgets:
            page.blank()
            _parts(page, budget)
    page.blank()
    able = [budget for budget in table.budgets if budget.fits == "yes"]
    near = sum(budget.fits == "close" for budget in table.budgets)
    fitting = f"{len(able)} of {counted(len(table.budgets), 'combination')} fit{'s' if len(able) == 1 else ''}"
    page.line(Styled("result: ", "dim"), fitting + (f"; {near} too close to tell without a build" if near else ""))
    following(page, _next(table, able))


def budget_line(budget: Budget) -> str:
    """The budget in one line."""
    flash, ram = budget.flash, budget.ram
    words = {"yes": "fits", "close": "close: a build will tell", "no": "does not fit with the link"}
    return (
        f"{budget.target}: flash {flash.used:,} of {flash.limit:,} B ({_share(flash)}), RAM {ram.used:,} of"
        f" {ram.limit:,} B ({_share(ram)}), {budget.code}, with Gatesmith's link, no core or SDK; {words[budget.fits]}"
    )


def _table(page: Sheet, budgets: Sequence[Budget], able: Mapping[str, str]) -> None:
    first = {one.target: id(one) for one in reversed(budgets)}
    page.records(
        budgets,
        Column("target", style="name", folds=True, of=lambda one: one.target if first[one.target] == id(one) else ""),
        Column("type", of=lambda one: one.numeric),
        Column("flash used/limit", True, of=lambda one: f"{one.flash.used:,}/{one.flash.limit:,}"),
        Column("", leaves=1, of=lambda one: _bar(one.flash.used, one.flash.limit, BAR)),
        Column("", True, leaves=3, of=lambda one: _share(one.flash)),
        Column("RAM used/limit", True, of=lambda one: f"{one.ram.used:,}/{one.ram.limit:,}"),
        Column("", True, leaves=2, of=lambda one: _share(one.ram)),
        Column("~ms", True, of=lambda one: _milliseconds(one.milliseconds)),
        Column("fits", folds=True, of=lambda one: Styled(able.get(one.target, one.fits), STYLE[one.fits])),
    )


def _milliseconds(time: float | None) -> str:
    if time is None:
        return "-"
    return "<0.001" if time < 0.001 else plain(float(f"{time:.2g}"))


def _by_board(table: BudgetTable) -> tuple[list[Budget], dict[str, str]]:
    """A budget per board, smallest board first, of its first type that fits, else of one that may fit; and for each
    board the types that fit or may fit."""
    boards = [table.budgets_of(name) for name in dict.fromkeys(one.target for one in table.budgets)]
    rows, types = [], {}
    for each in sorted(boards, key=lambda each: (each[0].flash.limit, each[0].ram.limit)):
        rows.append(min(each, key=lambda one: (list(STYLE).index(one.fits), one.fits != "yes" and one.flash.used)))
        able, close, over = ([one.numeric for one in each if one.fits == fits] for fits in STYLE)
        close = [f"{numeric} (close)" for numeric in close]
        most = f"all but {', '.join(close + over)}" if close + over else "all"
        types[each[0].target] = most if len(able) > len(close + over) + 1 else ", ".join(able + close) or "none"
    return rows, types


def _notes(page: Sheet, table: BudgetTable) -> None:
    if not table.targets:
        page.line("A board's figures are those of the type beside it; --target NAME has all types, with their limits.")
    page.line(
        "RAM is static and the worst-case stack; the heap is not used. Tables, state and buffers are"
        f" exact; {_method(table.budgets)}.",
    )
    page.line(
        "Counted is bare firmware with Gatesmith's link, as on an emulated board; an Arduino core or an SDK comes on"
        " top."
    )
    if errors := [error for budget in table.budgets if (error := budget.milliseconds_error) is not None]:
        page.line(
            "~ms: a step or call at the board's clock, by the mean cycles a multiply-add of other models:"
            f" +-{100 * max(errors):.0f} %, with few units up to 1.6 times as long; gatesmith validate or choose count."
        )
    for budget in table.budgets if table.targets else ():
        for reason in budget.limits:
            page.line(Styled(f"{budget.target}, {budget.numeric}: ", "note"), reason, hang=2)
    boards: dict[str, list[str]] = {}
    for one in table.budgets:
        likeness = one.code_like and f"code as {one.code_like} makes it; no compiler of the maker was at hand"
        estimate = one.not_compiled and f"estimated, since {one.not_compiled}"
        for text in filter(None, (likeness, estimate)):
            boards.setdefault(text, []).append(one.target)
    for text, names in boards.items():
        page.line(f"{', '.join(dict.fromkeys(names))}: {text}.", hang=2)
    notes(page, table.notes)
    unknown = [name for name in table.unknown if name in table.targets]
    if unknown:
        page.line(Styled(f"{', '.join(unknown)}: no bounds, or a compiler that nobody has measured", "note"), hang=2)


def _method(budgets: Sequence[Budget]) -> str:
    """The method by which code and stack were found: compiled or estimated."""
    compiled = sum(budget.compiled for budget in budgets)
    if compiled == len(budgets):
        return "code and stack are as the board's compiler made them, with its firmware linked"
    if compiled:
        return "code and stack are compiled where the board's page says so, else estimated"
    errors = sorted(round(100 * (budget.flash.most / budget.flash.used - 1)) for budget in budgets)
    share = f"{errors[0]} to {errors[-1]}" if errors[0] < errors[-1] else str(errors[0])
    return f"code and stack are estimated from sizes of the same pieces in other models, flash +-{share} % at most"


def _parts(page: Sheet, budget: Budget) -> None:
    page.line(Styled(f"where the bytes go ({budget.target}, {budget.numeric})", "head"))
    columns = [Column("", folds=True), Column("", right=True), Column("", leaves=1), Column("", folds=True)]
    rows: list[Row] = []
    for name, memory in (("flash", budget.flash), ("RAM", budget.ram)):
        rows.append(Span(0, (Styled(name, "dim"),)))
        for part in memory.parts:
            rows.append(_line(f"  {part.name}", part.bytes, memory.limit, part.sure))
            if part.name.startswith("weights"):
                layers = list(budget.layers.items())
                rows += [_line(f"    {layer}", size, memory.limit, "") for layer, size in layers[:LAYERS]]
                if smaller := layers[LAYERS:]:
                    total = sum(size for _, size in smaller)
                    rows.append(_line(f"    {counted(len(smaller), 'smaller layer')}", total, memory.limit, ""))
        rows.append(_line("  free" if memory.free >= 0 else "  over by", abs(memory.free), memory.limit, ""))
    page.table(columns, rows, indent=2, titles=False)
    if budget.by_steps:
        page.line("Buffers hold one step: whole sequences would take more than a quarter of the RAM.", indent=2)


def _line(name: str, size: int, limit: int, sure: str) -> list[Part]:
    return [name, f"{size:,} B", _bar(size, limit, WIDE_BAR), Styled(sure, "dim")]


def _next(table: BudgetTable, able: Sequence[Budget]) -> list[tuple[str, str]]:
    path = quote(table.model.reading.source.path) + reading_options(table.settings)
    first = min(able, key=lambda one: (one.flash.limit, one.ram.limit, one.target), default=None)
    if first is not None:
        paths = {Path(name).stem: name for name in table.targets if name.endswith(".toml")}
        model = f"{path} --target {quote(paths.get(first.target, first.target))}"
        why = "write its C" if table.targets else "write the C for the smallest board that holds it"
        numeric = numeric_option(first.numeric, table.settings)
        tune = tuning(table.model.path, first.numeric, table.settings)
        more = [(tune, "so few bits lose accuracy without it")] if tune else []
        more += [] if table.targets else [(f"gatesmith budget {model} --numeric {first.numeric}", "where its bytes go")]
        return [(f"gatesmith generate {model} {numeric} --output {first.target}_model", why), *more]
    if table.targets:
        return [(f"gatesmith budget {path}", "which boards hold it")]
    return [(f"gatesmith inspect {path}", "which layers are large")]


def _bar(used: int, limit: int, width: int) -> str:
    filled = min(width, round(width * used / limit)) if limit else 0
    return f"[{'#' * filled}{'.' * (width - filled)}]"


def _share(memory: MemoryBudget) -> str:
    return f"{100 * memory.used / memory.limit:,.1f} %"
