"""What all tests share: counts that tests record are said at the end of a run, also of one spread over processes."""

from __future__ import annotations

from collections import Counter
from typing import Any


def pytest_addoption(parser: Any) -> None:
    """Boards for tests/hil; here, so that they are known wherever pytest is started."""
    group = parser.getgroup("boards")
    group.addoption(
        "--target",
        action="append",
        default=[],
        metavar="NAME",
        help="tests/hil: run every model and layer on this target (repeat for more; all-emulated)",
    )
    group.addoption("--port", metavar="URL", help="tests/hil: where the one --target is; without, it is emulated")
    group.addoption(
        "--flash", action="store_true", help="tests/hil: flash each case over --port by PlatformIO (wears the board)"
    )
    group.addoption("--hil-report", metavar="R.json", help="tests/hil: where the figures go (out/hil.json)")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tests record ``("corpus", "what it was")``, ``("corpus note", "a sentence")`` where a reader must know, and
    ``("emulated", "what a core computed and what it cost")``."""
    counts: Counter[str] = Counter()
    notes = []
    emulated = []
    for report in terminalreporter.stats.get("passed", []):
        for key, value in report.user_properties:
            if key == "corpus":
                counts[value] += 1
            elif key == "corpus note":
                notes.append(value)
            elif key == "emulated":
                emulated.append(value)
    if counts:
        terminalreporter.write_line("corpus: " + ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    for note in notes:
        terminalreporter.write_line(f"corpus: {note}")
    for line in sorted(emulated):
        terminalreporter.write_line(f"emulated: {line}")
