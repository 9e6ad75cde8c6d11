"""The commands that README.md and docs/micropython.md tell a newcomer, each as it stands there, on what stands in for a
Pico: from a file to an answer, and to an LED that shows it."""

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from boards import SECONDS, mpremote, switched_on

from gatesmith import cli
from gatesmith.core.errors import ExitCode
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import fitted, load
from gatesmith.oracle.reference import Reference

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
README, PAGE = ROOT / "README.md", ROOT / "docs" / "micropython.md"
CLASSES = ("badminton", "running", "standing", "walking")
LED = """
class Pin:
    OUT = 1

    def __init__(self, name, mode):
        self.name = name

    def value(self, on):
        print("LED", self.name, int(on))
"""


def commands_below(page: Path, heading: str) -> list[list[str]]:
    """The words of each command in the first block below a heading."""
    section = page.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    block = re.search(r"(?:^    .*\S.*\n)+", section, re.MULTILINE)
    assert block
    return [shlex.split(line, comments=True) for line in block[0].replace("\\\n", "").splitlines()]


def carried_out(words: Sequence[str], port: str) -> str:
    """What a command prints, run where it is typed; a shell would replace its asterisks."""
    program, *rest = words
    if program == "gatesmith":
        assert cli.main(rest) == ExitCode.OK
        return ""
    if program == "mpremote":
        spread = [sorted(str(path) for path in Path().glob(word)) if "*" in word else [word] for word in rest]
        return mpremote(port, *(word for each in spread for word in each))
    assert program == "pip", f"who runs {program}?"
    return ""


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    with switched_on("cortex-m0") as opened:
        yield opened


def definition(steps: np.ndarray) -> np.ndarray:
    """What the example answers after these steps."""
    model = fitted(load(EXAMPLES / "basic_motions.keras", Settings()), [steps[None]])
    return Reference(model.graph).run([steps[None]])[0][0]


@pytest.mark.parametrize(
    ("page", "heading", "near"),
    [
        (README, "Use it from MicroPython", 1e-5),
        (PAGE, "From a file to a Pico", 1e-5),
        (PAGE, "Integers, by viper", 0.05),
    ],
    ids=["readme", "float", "integers"],
)
def test_as_told(
    page: Path, heading: str, near: float, port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = commands_below(page, heading)
    name = next(Path(words[2]).stem for words in commands if words[:2] == ["gatesmith", "generate"])
    shutil.copy(EXAMPLES / "basic_motions.keras", f"{name}.keras")
    shutil.copy(EXAMPLES / "basic_motions_calibration.npz", "data.npz")
    Path("machine.py").write_text(LED, "utf-8")  # the emulated board has no pins
    mpremote(port, "exec", "import os\nfor n in os.listdir():\n    os.remove(n)")
    mpremote(port, "fs", "cp", "machine.py", ":")
    if heading.startswith("Integers"):
        commands = [*commands, ["mpremote", "run", f"{name}/main.py"]]
    printed = [carried_out(words, port) for words in commands][-1]

    main = Path(name, "main.py").read_text("utf-8")
    count = re.search(r"^WINDOW = (\d+)", main, re.M)
    assert count
    zeros = definition(np.zeros((int(count[1]), 6), np.float32))
    answer = re.search(r"(\w+) (\d\.\d\d)", printed)
    assert answer
    best = int(np.argmax(zeros))
    assert answer[1] in (str(best), CLASSES[best])
    assert abs(float(answer[2]) - zeros.max()) < 0.006 + near
    assert f"LED LED {int(np.argmax(zeros) == 0)}" in printed

    with np.load(EXAMPLES / "basic_motions_test.npz") as data:
        sample = data["in_0"][0][:10]
    steps = ", ".join(str([float(v) for v in step]) for step in sample)
    printed = mpremote(port, "exec", f"import {name}\nm = {name}.Model()\nfor x in ({steps}): y = m.step(x)\nprint(*y)")
    np.testing.assert_allclose([float(word) for word in printed.split()], definition(sample), atol=near)

    if heading == "From a file to a Pico":
        assert f"`mpremote fs cp {name}/main.py :`" in page.read_text("utf-8")
        mpremote(port, "fs", "cp", f"{name}/main.py", ":")
        assert "class " in started_again(port)


def started_again(port: str) -> str:
    """A board's output from its start until it waits for input."""
    import serial

    with serial.Serial(port, timeout=1.0) as line:
        line.write(b"\r\x02\x04")
        printed = b""
        deadline = time.monotonic() + SECONDS
        while b'"help()"' not in printed.partition(b"soft reboot")[2] and time.monotonic() < deadline:
            printed += line.read(64)
    return printed.decode("utf-8", "replace").partition("soft reboot")[2]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP."""
    command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            match = re.search(r"port (\d+)", process.stdout.readline())
            assert match
            yield f"http://127.0.0.1:{match[1]}"
        finally:
            process.terminate()


def test_mip(port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """package.json, as served from the folder; the sources go to the board's /lib."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLES / "basic_motions.keras", "swing.keras")
    words = "generate swing.keras --target pico --backend micropython --numeric float32w4 -o swing"
    assert cli.main(words.split()) == ExitCode.OK
    mpremote(port, "exec", "import os\nfor n in os.listdir():\n    os.remove(n)")
    with served(tmp_path / "swing") as address:
        mpremote(port, "mip", "install", f"{address}/package.json")
    printed = mpremote(port, "exec", "import swing\nprint(swing.__file__, len(swing.Model().step([0.0] * 6)))")
    assert printed.split() == ["/lib/swing.py", "4"]
    mpremote(port, "fs", "rm", "-r", ":lib")
