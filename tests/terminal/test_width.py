"""Pages follow the terminal: every command's page at several widths, and all of them on a real terminal of 80 columns.

No line is longer than the terminal, and no number is broken: every number of a narrow page is one of the wide page.
Progress of long commands is one line that changes on a terminal, with count and time left; lines of text elsewhere.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import termios
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import lines
import numpy as np
import pytest
from layers.session import once
from rich.cells import cell_len
from told import Terminal

from gatesmith import cli
from gatesmith.cli import entry
from gatesmith.flow.send import send
from gatesmith.report import page as pages
from gatesmith.report.page import Column, Page
from gatesmith.report.progress import Progress

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
NAMES = [command.__name__ for command in entry.COMMANDS]
MODEL, DATA, SHOWN = "swing.keras", "swing.npz", "shown.npz"
INT8 = ["--numeric", "int8", "--calibration", SHOWN]
COMMANDS: dict[str, list[str]] = {
    "help": ["--help"],
    **{f"{name} --help": [name, "--help"] for name in NAMES},
    "targets": ["targets"],
    "one target": ["targets", "uno"],
    "layouts": ["layouts"],
    "inspect": ["inspect", MODEL],
    "gates": ["inspect", "--gates", MODEL],
    "memory": ["inspect", "--memory", MODEL, "--numeric", "int8"],
    "code": ["inspect", "--code", MODEL],
    "save": ["inspect", "--save", "gates.npz", MODEL],
    "stream": ["inspect", "--stream", MODEL],
    "plot": ["inspect", "--plot", "model.dot", MODEL],
    "budget": ["budget", MODEL, "--numeric", "float32"],
    "budget of one": ["budget", MODEL, "--target", "mega2560", "--estimate"],
    "calibrate": ["calibrate", MODEL, *INT8, "--input", DATA],
    "choose": ["choose", MODEL, "--data", SHOWN, "--input", DATA, "--boards", "zero", *INT8[:2]],
    "generate": ["generate", MODEL, "--target", "nucleo_f446re", "-o", "nucleo"],
    "generate for MicroPython": ["generate", MODEL, "--target", "pico", "--backend", "micropython", "-o", "pico"],
    "build": ["build", MODEL, "--target", "host", "-o", "built"],
    "run": ["run", MODEL, "--input", DATA],
    "validate": ["validate", MODEL, *INT8, "--input", DATA],
    "validate on several": ["validate", MODEL, *INT8, "--input", DATA, "--target", "host", "--target", "zero"],
    "report": ["report", MODEL, "--input", DATA, "-o", "report.html"],
    "flash without a port's board": ["flash", MODEL, "--target", "uno", "--port", "socket://127.0.0.1:1"],
    "an error": ["generate", "nothing.keras", "--target", "host", "-o", "none"],
    "a wrong option": ["budget", MODEL, "--numeric", "int9"],
    "convert": ["convert", MODEL, "--target", "zero", *INT8, "-o", "kept"],
    "diff": ["diff", "--target", "zero", "--emulate"],
    "monitor without a port": ["monitor"],
    "a schema that is none": ["schema", "gatesmith/nothing/1"],  # one that is there is JSON, for programs
}
NUMBER = re.compile(r"\d[\d.,]*")
SLOW = (
    "budget", "budget of one", "calibrate", "choose", "generate", "generate for MicroPython", "validate",
    "validate on several", "report", "flash without a port's board", "convert", "diff",
)  # fmt: skip
"""Not carried out a second time on the terminal, which shows the page that is kept."""
APART = ("help", "code")
"""What is no page."""
WIDTHS = (99, 90, 80)
SECONDS, END = 1200, "\x04"
"""How long all of them may take on a terminal, and what it is told behind them."""
Texts = dict[int, str]
"""A page as text, by the terminal's width."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the example under a short name, whose path holds no number but the test's."""
    return furnished(tmp_path)


def furnished(folder: Path) -> Path:
    """Each fifth sample: emulators compute them, and pages are as wide."""
    shutil.copy(EXAMPLES / "basic_motions.keras", folder / MODEL)
    for source, name in (("test", DATA), ("calibration", SHOWN)):
        with np.load(EXAMPLES / f"basic_motions_{source}.npz") as data:
            np.savez(folder / name, **{key: array[::5] for key, array in data.items()})
    return folder


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Texts]]:
    """What each command shows: its pages, at each width."""
    return once("width", lambda: carried_out(furnished(tmp_path_factory.mktemp("width"))))


def carried_out(folder: Path) -> dict[str, list[Texts]]:
    texts: dict[str, list[Texts]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, words in COMMANDS.items():
            viewed: list[Page] = []
            patch.setattr(pages, "show", lambda page, stream, choice="auto", viewed=viewed: viewed.append(page))
            cli.main(words)
            texts[name] = [{width: page.plain(width) for width in (pages.WIDTH, *WIDTHS)} for page in viewed]
    return texts


def numbers(text: str) -> Counter[str]:
    text = re.sub(r"left out at \d+ columns", "", text)
    return Counter(match.rstrip(".,") for match in NUMBER.findall(text))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [name for name in COMMANDS if "help" not in name and name != "code"])
def test_pages_fit_and_break_no_number(name: str, width: int, shown: dict[str, list[Texts]]) -> None:
    assert shown[name], "no page"
    for page in shown[name]:
        assert [line for line in page[width].splitlines() if cell_len(line) > width] == []
        broken = numbers(page[width]) - numbers(page[pages.WIDTH])
        assert not broken, (broken, page[pages.WIDTH])


def test_costs_and_verdicts_stay_on_a_narrow_page(shown: dict[str, list[Texts]]) -> None:
    for name in ("validate", "validate on several"):
        narrow = shown[name][-1][80]
        for word in ("instr", "flash", "RAM", "stack", "PASS"):
            assert word in narrow, name


def test_columns_leave_in_the_stated_order() -> None:
    columns = [Column("name", folds=True), Column("second", leaves=2), Column("first", leaves=1)]
    columns.append(Column("cost", right=True))
    page = Page(lambda sheet: sheet.table(columns, [["a" * 20, "b" * 20, "c" * 20, "1,234,567"]]))
    assert "left out" not in page.plain(90)
    assert "left out at 70 columns: first" in page.plain(70)
    assert "left out at 60 columns: first\n" in page.plain(60)
    assert "left out at 45 columns: second, first" in page.plain(45)
    assert "1,234,567" in page.plain(45)


@pytest.mark.parametrize(
    "path", ["'a model.keras'", "'my models'/lib/swing --library 'my models'/lib", f"'{'my models/' * 9}swing.keras'"]
)
def test_commands_go_on_as_a_shell_reads_them(path: str) -> None:
    command = f"gatesmith validate {path} --target nucleo_f446re --numeric int8 --emulate"
    page = Page(lambda sheet: sheet.commands([(command, "compare with Keras")]))
    text = page.plain(60)
    assert max(map(len, text.splitlines())) <= max(60, len(path) + 10)
    (printed,) = re.findall(r"gatesmith.*", text.replace("\\\n", " "))
    assert shlex.split(printed) == shlex.split(command)


def test_a_terminal_of_eighty_columns(place: Path, shown: dict[str, list[Texts]]) -> None:
    """All commands on a terminal of 80 columns, which would wrap what is longer."""
    slow = {name: "".join(page[80] for page in shown[name]) for name in SLOW}
    (place / "all.json").write_text(json.dumps([COMMANDS, slow]))
    script = (
        "import json; from gatesmith import cli\n"
        "commands, slow = json.load(open('all.json'))\n"
        "for name, words in commands.items():\n"
        "    print('=====', name, flush=True)\n"
        "    print(slow[name], end='', flush=True) if name in slow else cli.main(words)\n"
    )
    environment = {**os.environ, "TERM": "dumb", "CI": "", "COLUMNS": ""}
    with lines.terminal() as (board, name), Path(name).open("wb") as screen, ThreadPoolExecutor(1) as reader:
        termios.tcsetwinsize(screen, (50, 80))
        printed_by = reader.submit(until_closed, board)
        command, streams = [sys.executable, "-c", script], {"stdin": screen, "stdout": screen, "stderr": screen}
        try:
            subprocess.run(command, cwd=place, env=environment, check=True, timeout=SECONDS, **streams)
        finally:
            screen.write(END.encode())
            screen.flush()
        text = plain(printed_by.result()).replace("\r", "\n")
    assert [line for line in text.splitlines() if cell_len(line) > 80] == []
    sections = re.split(r"^===== (.*)$", text, flags=re.MULTILINE)[1:]
    printed = dict(zip(sections[::2], sections[1::2], strict=True))
    assert list(printed) == [*COMMANDS]
    for name, pages_kept in shown.items():
        if not name.endswith("--help") and name not in APART:
            page_numbers = numbers("".join(page[pages.WIDTH] for page in pages_kept))
            assert set(numbers(printed[name]) - page_numbers) <= times(printed[name]), name


def until_closed(terminal: int) -> str:
    """What a terminal is told up to ``END``."""
    text = b""
    while not text.endswith(END.encode()):
        text += os.read(terminal, 65536)
    return text.decode().removesuffix(END)


def times(text: str) -> set[str]:
    """Numbers of progress: steps done and seconds, as a terminal is told and as continuous integration is."""
    lines = [line for line in text.splitlines() if re.match(r"(\s+\[\d+(/\d+)?\]|gatesmith: \d+(/\d+)?) ", line)]
    return set(numbers("\n".join(lines)))


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
        model = SimpleNamespace(graph=SimpleNamespace(stateful=False))

        def run(self, sample: list[float], reset: bool) -> list[float]:
            return sample

    class Watched:
        counts: list[tuple[int, int]] = []  # noqa: RUF012

        def counted(self, done: int, total: int) -> None:
            self.counts.append((done, total))

    (answers,) = send(Device(), [[1.0, 2.0, 3.0]], False, Watched())  # type: ignore[arg-type, list-item]
    assert answers.tolist() == [1, 2, 3]
    assert Watched.counts == [(0, 3), (1, 3), (2, 3), (3, 3)]
