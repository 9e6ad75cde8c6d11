"""Progress of long commands: one line that changes on a terminal, with count and time left; lines of text elsewhere."""

import re
import time

import pytest
from told import Terminal

from gatesmith.flow.send import send
from gatesmith.report.progress import Progress


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setattr("gatesmith.report.progress.MOMENT", 0.05)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CI", raising=False)
    return Terminal()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_terminal_sees_count_and_time_left(terminal: Terminal) -> None:
    progress = Progress(2, terminal, "never")
    with progress.step("read"):
        pass
    with progress.step("validate"):
        for done in range(10):
            progress.counted(done, 10)
            time.sleep(0.1)
    text = plain(terminal.getvalue())
    assert re.search(r"  \[2/2\] validate +\d+\.\d s \[#+\.+\]  [1-9] of 10 [\d.]+/s, ~\d+ (s|min) left", text)
    first, last = (line for line in text.replace("\r", "\n").splitlines() if line.endswith("done"))
    assert first.startswith("  [1/2] read") and re.fullmatch(r"  \[2/2\] validate +\d+\.\d s  done", last)
    assert max(map(len, text.replace("\r", "\n").splitlines())) <= 80


def test_what_ends_badly_lets_the_line_go(terminal: Terminal) -> None:
    progress = Progress(1, terminal, "never")
    with pytest.raises(KeyboardInterrupt), progress.step("build"):
        time.sleep(0.15)
        raise KeyboardInterrupt
    text = terminal.getvalue()
    assert plain(text).rstrip().endswith("FAILED")
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h"), "the cursor is hidden"


def test_a_fast_command_says_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatesmith.report.progress.MOMENT", 60.0)
    with Progress(1, terminal).step("read"):
        pass
    assert terminal.getvalue() == ""


def test_continuous_integration_gets_lines(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    progress = Progress(1, terminal)
    with progress.step("validate"):
        progress.counted(1, 2)
        time.sleep(0.1)
    assert re.fullmatch(r"gatesmith: 1/1 validate ok \d+\.\ds\n", terminal.getvalue())


def test_samples_are_counted_as_they_are_sent() -> None:
    class Device:
        def run(self, sample: list[float], reset: bool) -> list[float]:
            return sample

    class Watched:
        counts: list[tuple[int, int]] = []  # noqa: RUF012

        def counted(self, done: int, total: int) -> None:
            self.counts.append((done, total))

    (answers,) = send(Device(), [[1.0, 2.0, 3.0]], False, Watched())  # type: ignore[arg-type, list-item]
    assert answers.tolist() == [1, 2, 3]
    assert Watched.counts == [(0, 3), (1, 3), (2, 3), (3, 3)]
