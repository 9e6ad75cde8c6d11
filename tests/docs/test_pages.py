"""Every console and Python block of the documentation, each page in a folder of its own, in order.

Pages of personas are followed from a wheel (test_personas.py), docs/micropython.md on an emulated board
(tests/backends/micropython/test_port.py).
"""

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from doc_blocks import DOCS, ROOT, blocks, follow, furnish, program, shell
from everything import EVERYTHING
from fuzz.here import commanded

PAGES = [page for page in sorted(DOCS.rglob("*.md")) if blocks(page)]
HERE = [page for page in PAGES if page.relative_to(DOCS).parts[0] != "start"]
STEPS = 500 if EVERYTHING else 60
"""Of tuning."""
NAMED = re.compile(r"`(tests/\S+\.py)::(\w+)`")
INDENTED = re.compile(r"^    (?:\$ )?(?:gatesmith|pip|pio|mpremote|make|python|import) ", re.M)


def here(place: Path) -> Callable[[str], tuple[int, str, str]]:
    """Commands of Gatesmith in this process, which has it loaded; all others by a shell."""
    run = shell(place, [Path(sys.executable).parent])

    def carried_out(words: str) -> tuple[int, str, str]:
        command = shlex.split(words, comments=True)
        if command[0] != "gatesmith" or set(command) & {"|", ">", "&&", ";"}:
            return run(words)
        return commanded(command[1:])

    return carried_out


@pytest.mark.parametrize("page", HERE, ids=[str(page.relative_to(DOCS)) for page in HERE])
def test_the_blocks_of_a_page_do_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr("gatesmith.train.lesson.STEPS", STEPS)
    furnish(tmp_path / "place")
    monkeypatch.chdir(tmp_path / "place")
    for reason in follow(page, tmp_path / "place", here(tmp_path / "place")):
        record_property("told", f"docs: not run: {reason}")
    if page.name != "gates.md" and (text := program(page)):  # test_gates_page.py runs those
        exec(compile(text, str(page), "exec"), {})


def test_commands_stand_in_blocks_that_are_run() -> None:
    """An indented block is text: no test carries it out. One page's are, by a test of their own."""
    indented = [
        f"{page.relative_to(ROOT)}: {line[0]}"
        for page in sorted(DOCS.rglob("*.md"))
        if page.name != "micropython.md"
        for line in INDENTED.finditer(page.read_text("utf-8"))
    ]
    assert indented == []


def test_samples_fit_a_terminal() -> None:
    long = [
        f"{page.relative_to(ROOT)}:{block.line}: {line}"
        for page in PAGES
        for block in blocks(page)
        if block.kind in {"console", "c"}
        for line in block.text.splitlines()
        if len(line) > 80
    ]
    assert long == []


def test_what_is_left_out_says_why() -> None:
    for page in PAGES:
        for block in blocks(page):
            assert block.reason == "" or len(block.reason) > 10


def test_tests_that_pages_name_are_there() -> None:
    named = {
        (path, test) for page in sorted(DOCS.rglob("*.md")) for path, test in NAMED.findall(page.read_text("utf-8"))
    }
    assert len(named) > 5
    gone = [f"{path}::{test}" for path, test in named if f"def {test}(" not in (ROOT / path).read_text("utf-8")]
    assert gone == []
