"""Two runs beside each other: what a workload costs on a core more than it did."""

from __future__ import annotations

from typing import Any

TOLERATED = 1.03
COUNTS = ("instructions", "cycles", "flash", "ram", "stack")
"""Counts repeat exactly; times do not, and are not judged."""


def worse(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """A line for each count that grew by more than 3 %, and for each that is there no longer."""
    lines = []
    for target, models in new.items():
        for model, numerics in models.items():
            for numeric, row in numerics.items():
                before = old.get(target, {}).get(model, {}).get(numeric, {})
                where = f"{target} {model} {numeric}"
                if "refused" in row and before and "refused" not in before:
                    lines.append(f"{where}: {row['refused']}")
                for count in COUNTS:
                    if count in row and count in before and row[count] > TOLERATED * before[count]:
                        grown = 100 * (row[count] / before[count] - 1) if before[count] else float("inf")
                        lines.append(f"{where}: {count} {before[count]:,} -> {row[count]:,} (+{grown:.1f} %)")
    return lines


def told(old: dict[str, Any], new: dict[str, Any]) -> int:
    """Print what got worse; 1 if anything did."""
    lines = worse(old, new)
    rows = sum(len(numerics) for models in new.values() for numerics in models.values())
    print("\n".join(lines) or f"nothing of {rows} rows got worse by more than 3 %")
    return 1 if lines else 0
