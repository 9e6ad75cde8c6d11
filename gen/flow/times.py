"""What a step takes: milliseconds of a board, called what they are, counted or estimated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..boards import cycles
from ..boards.target import Target
from ..run.standins.trace import Trace

UNWAITED = "without waits for flash"


def cycles_of(board: Target, seen: Trace | None) -> dict[str, Any]:
    """Facts of a report: estimated cycles of what was executed, where the core has a table."""
    table = cycles.of(board) if seen is not None else None
    if seen is None or table is None:
        return {}
    executed, calls = seen.executed()
    if not executed or calls < 1:
        return {}
    how = f"estimated by {table.origin(board)}; {_within(table.error)}, {UNWAITED}; {table.checked}"
    return {"estimated_cycles": round(table.estimate(executed) / calls, 1), "estimated_cycles_kind": how}


def milliseconds(board: Target, costs: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a report: milliseconds of a step or run, at the board's clock."""
    if (nanoseconds := costs.get("nanoseconds")) is not None:
        return _milliseconds(nanoseconds / 1e6, costs["nanoseconds_per"], "by the device's own clock", 0)
    if not board.clock:
        return {}
    if (counted := costs.get("cycles")) is not None:
        return _at(board, counted, costs["cycles_per"], "cycles as counted")
    table = cycles.of(board)
    if (guessed := costs.get("estimated_cycles")) is None or table is None:
        return {}
    told = f"estimated cycles, {_within(table.error)}, {UNWAITED}"
    if board.core != table.core:
        told += f", by the {table.core}'s table"
    return _at(board, guessed, costs["instructions_per"], told)


def _at(board: Target, count: float, per: str, kind: str) -> dict[str, Any]:
    told = f"{kind}, at {board.clock / 1e6:g} MHz"
    return _milliseconds(1e3 * count / board.clock, per, told, board.clock)


def _milliseconds(value: float, per: str, kind: str, clock: int) -> dict[str, Any]:
    facts: dict[str, Any] = {"milliseconds": float(f"{value:.4g}"), "milliseconds_per": per, "milliseconds_kind": kind}
    return facts | ({"clock": clock} if clock else {})


def _within(error: float) -> str:
    return f"+-{100 * error:.0f} %"
