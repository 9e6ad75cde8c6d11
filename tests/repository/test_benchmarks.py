"""``make bench-diff`` tells what got worse, and the page is what the results say."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
BEFORE = {"host": {"W1": {"float32": {"instructions": 1000.0, "flash": 100, "ram": 10, "stack": 0}}}}


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of ``benchmarks``, which is no package."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))

    def imported(name: str) -> ModuleType:
        sys.modules.pop(name, None)
        return importlib.import_module(name)

    yield imported
    for name in ("compared", "page"):
        sys.modules.pop(name, None)


def run(**changed: Any) -> dict[str, Any]:
    return {"host": {"W1": {"float32": {**BEFORE["host"]["W1"]["float32"], **changed}}}}


@pytest.mark.parametrize(
    ("new", "regressions"),
    [
        (run(), []),
        (run(instructions=1030.0, flash=103), []),
        (run(instructions=500.0), []),
        (run(instructions=1031.0), ["host W1 float32: instructions 1,000.0 -> 1,031.0 (+3.1 %)"]),
        (run(ram=11), ["host W1 float32: ram 10 -> 11 (+10.0 %)"]),
        (run(stack=8), ["host W1 float32: stack 0 -> 8 (+inf %)"]),
        ({"host": {"W1": {"float32": {"refused": "no such layer"}}}}, ["host W1 float32: no such layer"]),
        ({"uno": BEFORE["host"]}, []),
    ],
)
def test_what_grew_by_3_percent_is_told(module: Any, new: dict[str, Any], regressions: list[str]) -> None:
    assert module("compared").worse(BEFORE, new) == regressions
    assert module("compared").told(BEFORE, new) == (1 if regressions else 0)


def test_the_page_is_what_the_results_say(module: Any, tmp_path: Path) -> None:
    results = json.loads((BENCHMARKS / "results.json").read_text("utf-8"))
    module("page").write(results, tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text("utf-8") == (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
