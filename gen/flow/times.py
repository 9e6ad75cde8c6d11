"""The time of a step on a board, counted or estimated, and labelled as such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..boards import cycles
from ..boards.schema import Waits
from ..boards.target import Target
from ..run.measures import Measure, measure_of
from ..run.standins.trace import Trace

AROUND = "(around layers)"
UNWAITED = "without waits for flash"


class LayerCost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The cost of a layer in a step or run, including the functions that it calls."""

    layer: str
    instructions: float
    estimated_cycles: float | None = None


def cycles_of(board: Target, trace: Trace | None) -> dict[str, Any]:
    """Facts of a report: instructions of each layer and, if the core has a table, estimated cycles."""
    if trace is None:
        return {}
    executed, calls = trace.executed()
    if not executed or calls < 1:
        return {}
    table = cycles.of(board)
    parts: dict[str, list[cycles.Executed]] = {}
    for one in executed:
        parts.setdefault(one.layer, []).append(one)
    estimates = {layer: 0.0 if table is None else table.estimate(part) / calls for layer, part in parts.items()}
    shares = [
        LayerCost(
            layer=layer or AROUND,
            instructions=round(sum(one.count for one in parts[layer]) / calls, 1),
            estimated_cycles=None if table is None else round(estimates[layer], 1),
        )
        for layer in trace.layers
        if layer in parts
    ]
    facts: dict[str, Any] = {"layers": msgspec.to_builtins(shares)} if len(shares) > 1 else {}
    if table is not None:
        kind = f"estimated by {table.origin(board)}; {_within(table.error)}, {UNWAITED}; {table.checked}"
        facts["estimated_cycles"] = Measure(round(sum(estimates.values()), 1), kind=kind)
    return facts


def waits_of(waits: Waits | None, trace: Trace | None) -> dict[str, Any]:
    """Facts of a report: cycles that a step waits for flash, which estimates of cycles do not include."""
    if waits is None or trace is None or (calls := trace.executed()[1]) < 1:
        return {}
    code, constants = (count / calls for count in trace.reads())
    kind = (
        f"estimated: {constants:,.0f} reads of constants and {code:,.0f} of code, {waits.line} B and {waits.states} "
        f"cycles each, behind its caches, none read ahead; {waits.source}"
    )
    return {"flash_waits": Measure(round((code + constants) * waits.states, 1), kind=kind)}


def milliseconds(board: Target, costs: Mapping[str, Any]) -> Measure:
    """Milliseconds of a step or run: from the device, or from counted or estimated cycles at the board's clock.

    Args:
        costs: facts of a report.
    """
    nanoseconds, counted = measure_of(costs, "nanoseconds"), measure_of(costs, "cycles")
    if nanoseconds.value is not None:
        return _rounded(nanoseconds.value / 1e6, nanoseconds.per, "by the device's own clock")
    if not board.clock:
        return Measure(None)
    if counted.value is not None:
        return _at(board, counted.value, counted.per, "cycles as counted")
    table, estimated = cycles.of(board), measure_of(costs, "estimated_cycles").value
    if estimated is None or table is None:
        return Measure(None)
    kind = f"estimated cycles, {_within(table.error)}, {UNWAITED}"
    if board.core != table.core:
        kind += f", by the {table.core}'s table"
    return _at(board, estimated, costs["instructions_per"], kind)


def _at(board: Target, count: float, per: str, kind: str) -> Measure:
    return _rounded(1e3 * count / board.clock, per, f"{kind}, at {board.clock / 1e6:g} MHz")


def _rounded(value: float, per: str, kind: str) -> Measure:
    return Measure(float(f"{value:.4g}"), per, kind)


def _within(error: float) -> str:
    return f"+-{100 * error:.0f} %"
