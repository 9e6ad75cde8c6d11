"""What a step takes: milliseconds of a board, called what they are, counted or estimated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..boards import cycles
from ..boards.target import Target
from ..run.standins.trace import Trace

AROUND = "(around layers)"
UNWAITED = "without waits for flash"


class LayerCost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a layer takes of a step or run, with what it calls."""

    layer: str
    instructions: float
    estimated_cycles: float | None = None


def cycles_of(board: Target, seen: Trace | None) -> dict[str, Any]:
    """Facts of a report: what each layer executed and, where the core has a table, estimated cycles."""
    if seen is None:
        return {}
    executed, calls = seen.executed()
    if not executed or calls < 1:
        return {}
    table = cycles.of(board)
    parts = [(layer, [one for one in executed if one.layer == layer]) for layer in seen.layers]
    shares = [
        LayerCost(
            layer=layer or AROUND,
            instructions=round(sum(one.count for one in part) / calls, 1),
            estimated_cycles=None if table is None else round(table.estimate(part) / calls, 1),
        )
        for layer, part in parts
        if part
    ]
    facts: dict[str, Any] = {"layers": msgspec.to_builtins(shares)} if len(shares) > 1 else {}
    if table is None:
        return facts
    how = f"estimated by {table.origin(board)}; {_within(table.error)}, {UNWAITED}; {table.checked}"
    total = round(table.estimate(executed) / calls, 1)
    return facts | {"estimated_cycles": total, "estimated_cycles_kind": how}


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
