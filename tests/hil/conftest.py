"""Which boards, and the figures of a run: a table at its end, and all of them as JSON."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = "gatesmith/hil/1"
REPORT = "out/hil.json"
UNITS = ("instructions", "cycles", "nanoseconds")
FEW = ["nucleo_f446re"]
"""Where no target is named, as in continuous integration: one emulated board."""


def pytest_generate_tests(metafunc: Any) -> None:
    """A test that asks for ``place`` runs on every target named, or on a few."""
    if "place" in metafunc.fixturenames:
        from gatesmith.flow import validate_many as many

        named = metafunc.config.getoption("--target") or FEW
        names = many.names_of(named) if len(named) > 1 or named == [many.ALL_EMULATED] else named
        metafunc.parametrize("place", names, scope="session")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Boards were named: their matrix and nothing else."""
    if not config.getoption("--target"):
        return
    here = Path(__file__).parent
    others = [item for item in items if here in item.path.parents and item.path.name != "test_matrix.py"]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in set(others)]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tests record ``("hil", facts as JSON)``."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, []) if r.when == "call"]
    rows = [json.loads(value) for report in reports for key, value in report.user_properties if key == "hil"]
    if not rows:
        return
    rows.sort(key=lambda row: (row["target"], row["what"] == "layer", row["case"]))
    for line in _table(rows):
        terminalreporter.write_line(f"hil: {line}")
    config = terminalreporter.config
    named = config.getoption("--hil-report")
    if named or config.getoption("--target"):
        path = ROOT / (named or REPORT)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"schema": SCHEMA, "rows": rows}, indent=2) + "\n", "utf-8")
        terminalreporter.write_line(f"hil: {len(rows)} rows in {path}")


def _table(rows: list[dict[str, Any]]) -> list[str]:
    """Models one by one, layers by kind: the worst of each figure. Three columns of words, then numbers."""
    kinds: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        name = row["case"] if row["what"] == "model" else f"{row['kind']} (layer)"
        kinds[row["target"], row["how"], name].append(row)
    cells: list[tuple[str, ...]]
    cells = [("target", "how", "what", "cases", "max error", "a step or call", "flash", "RAM", "stack")]
    for about, group in kinds.items():
        unit = next((each for each in UNITS if group[0].get(each) is not None), "")
        cost = f"{_largest(group, unit):,.0f} {unit}" if unit else "-"
        sizes = [_largest(group, key) for key in ("flash", "ram", "stack")]
        figures = ["-" if size is None else f"{size:,} B" for size in sizes]
        cells.append((*about, str(len(group)), f"{_largest(group, 'max_abs_error'):.1e}", cost, *figures))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = ([(str.ljust if k < 3 else str.rjust)(c, widths[k]) for k, c in enumerate(row)] for row in cells)
    return ["  ".join(row).rstrip() for row in padded]


def _largest(group: list[dict[str, Any]], key: str) -> Any:
    return max((row[key] for row in group if row.get(key) is not None), default=None)


@pytest.fixture(scope="session")
def port(request: pytest.FixtureRequest) -> str | None:
    name: str | None = request.config.getoption("--port")
    if name and len(request.config.getoption("--target")) != 1:
        pytest.exit("--port reaches one board: give --target once", returncode=2)
    return name


@pytest.fixture(scope="session")
def flashes(request: pytest.FixtureRequest) -> bool:
    """Whether each case is put on the board behind the port."""
    return bool(request.config.getoption("--flash"))
