"""``build``, ``flash`` and ``monitor``: what they leave and refuse. tests/backends/platformio has the rest."""

import json
import os
import pty
import subprocess
import sys
import tty
from pathlib import Path

import numpy as np
import pytest
from stand_ins import emulated

from gatesmith import cli
from gatesmith.core.errors import BuildError, ExitCode
from gatesmith.core.settings import Settings
from gatesmith.flow.generate import generate as generate_model
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load
from gatesmith.run.link.device import Device
from gatesmith.run.toolchain import platformio
from gatesmith.version import __version__

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "basic_motions.keras"
BOARDS = ["uno", "nucleo_f446re"]


def built(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert cli.main(["build", str(EXAMPLE), *arguments, "--json"]) == 0
    facts: dict[str, object] = json.loads(capsys.readouterr().out)
    assert facts["schema"] == "gatesmith/build/1"
    return facts


@pytest.mark.parametrize("name", ["host", *BOARDS])
def test_a_program_is_left_and_runs(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = emulated(name)
    out = tmp_path / "out"
    options = ["--target", name, *(["--emulate"] if board.emulator else [])]
    facts = built(capsys, "-o", str(out), *options)
    assert built(capsys, "-o", str(out), *options) == facts
    names = {path.name for path in (out / "firmware").iterdir()} - {"runner"}
    assert names == {"basic_motions.elf", "basic_motions.map", "basic_motions.lst"}
    assert "basic_motions_step" in (out / "firmware" / "basic_motions.lst").read_text()
    assert "basic_motions_step" in (out / "firmware" / "basic_motions.map").read_text()
    model, whole = facts["model"], facts["program"]
    assert isinstance(model, dict) and isinstance(whole, dict)
    assert 12_000 < model["flash"] < whole["flash"] and 300 < model["ram"] < whole["ram"]
    settings = Settings(target=name)
    generated = program(load(EXAMPLE, settings), plan(settings))
    command = facts["command"]
    assert isinstance(command, list)
    with Device.start(command, generated, timeout=5.0) as device:
        assert device.step([np.zeros(6)])[0].sum() == pytest.approx(1.0)


def test_a_listing_is_in_the_words_of_the_core(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The compiler that stands in for a maker's has an objdump of its own."""
    emulated("esp32")
    built(capsys, "-o", str(tmp_path / "out"), "--target", "esp32", "--emulate")
    words = (tmp_path / "out" / "firmware" / "basic_motions.lst").read_text().split()
    assert "madd.s" in words and "loop" in words


def test_the_page_tells_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["build", str(EXAMPLE), "-o", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "B of the model; " in out and "firmware/basic_motions.lst" in out
    assert max(map(len, out.splitlines())) <= 100 + len(str(tmp_path))


@pytest.mark.parametrize(
    ("options", "code"),
    [(("--target", "uno"), ExitCode.BUILD), (("--target", "uno", "--emulate"), ExitCode.BUILD)],
)
def test_nothing_is_written_where_a_tool_is_missing(
    options: tuple[str, ...], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither pio nor a compiler for AVR."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert cli.main(["build", str(EXAMPLE), "-o", str(tmp_path / "out"), *options]) == code
    assert not (tmp_path / "out").exists()


def test_modules_are_not_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["-o", str(tmp_path / "out"), "--target", "webassembly"]
    assert cli.main(["build", str(EXAMPLE), *out, "--emulate"]) == ExitCode.USAGE
    assert "gatesmith generate MODEL --target webassembly" in " ".join(capsys.readouterr().err.split())
    assert cli.main(["generate", str(EXAMPLE), *out]) == ExitCode.OK
    assert (tmp_path / "out" / "basic_motions.py").is_file() and not (tmp_path / "out" / "natmod").exists()


@pytest.mark.parametrize(("flash", "refused"), [(15_000, "the model"), (18_000, "the program")])
def test_nothing_is_written_where_the_program_does_not_fit(
    flash: int, refused: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The estimate or the linker refuses, and names a type that fits. The library fits: ``generate`` writes it."""
    board = tmp_path / "mine.toml"
    board.write_text(f'extends = "cortex-m4f"\nsummary = "mine"\nflash = {flash}\nram = 20480\n', "utf-8")
    emulated(str(board))
    out = ["-o", str(tmp_path / "out"), "--target", str(board)]
    assert cli.main(["build", str(EXAMPLE), *out, "--emulate"]) == ExitCode.BUDGET
    assert not (tmp_path / "out").exists()
    message = " ".join(capsys.readouterr().err.split())
    assert f"error: {refused} does not fit" in message and "--numeric float32w4 fits" in message
    assert f"of {flash:,} B" in message
    assert cli.main(["generate", str(EXAMPLE), *out]) == ExitCode.OK
    narrow = ["--numeric", "float32w4", "-o", str(tmp_path / "narrow"), "--target", str(board)]
    assert cli.main(["build", str(EXAMPLE), *narrow, "--emulate"]) == ExitCode.OK


def test_a_user_s_own_board_stays_a_path_in_what_is_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = tmp_path / "my board.toml"
    board.write_text('extends = "cortex-m4f"\nsummary = "mine"\nflash = 131072\nram = 20480\n', "utf-8")
    emulated(str(board))
    assert cli.main(["build", str(EXAMPLE), "-o", str(tmp_path / "o"), "--target", str(board), "--emulate"]) == 0
    assert f"--target '{board}' --emulate" in " ".join(capsys.readouterr().out.replace("\\\n", " ").split())


def test_a_library_that_lacks_a_function_is_told_by_the_function(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulated("esp32")
    out = ["-o", str(tmp_path / "out"), "--target", "esp32", "--emulate", "--math", "libm"]
    assert cli.main(["build", str(EXAMPLE), *out]) == ExitCode.BUILD
    message = " ".join(capsys.readouterr().err.split())
    assert "esp32 is linked with has expf, tanhf" in message and "fix leave out --math libm" in message


def test_a_folder_that_is_gone_is_not_advised(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``flash MODEL`` builds in a temporary folder."""

    def fails(project: Path, *_: object) -> Path:
        raise BuildError("no way", where=f"pio run -d {project}", fix=f"pio pkg install -d {project}")

    monkeypatch.setattr(platformio, "build", fails)
    assert cli.main(["flash", str(EXAMPLE), "--target", "uno"]) == ExitCode.BUILD
    message = " ".join(capsys.readouterr().err.split())
    assert "gatesmith generate MODEL --target uno -o DIR writes the project" in message
    assert "pio pkg install -d DIR" in message and "/gatesmith-" not in message


def test_what_is_next_takes_the_same_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also for integers: the suggested ``validate`` repeats the options of their calibration."""
    words = ["--numeric", "int8", "--calibration", "synthetic", "--keep", "activity=int16", "--math", "exact"]
    for command in ("generate", "build"):
        assert cli.main([command, str(EXAMPLE), "-o", str(tmp_path / command), *words]) == 0
        page = " ".join(capsys.readouterr().out.replace("\\\n", " ").split())
        again = "--target host --math exact --numeric int8 --calibration synthetic --keep activity=int16"
        assert f"gatesmith validate {EXAMPLE} {again}" in page
    assert cli.main(["generate", str(EXAMPLE), "-o", str(tmp_path / "uno"), "--target", "uno"]) == 0
    assert f"gatesmith validate {EXAMPLE} --target uno --emulate" in " ".join(
        capsys.readouterr().out.replace("\\\n", " ").split()
    )
    for board, way in (("pico", "pico --emulate"), ("esp32", "host")):
        words = ["--target", board, "--backend", "micropython", "--numeric", "int8", "--calibration", "synthetic"]
        assert cli.main(["generate", str(EXAMPLE), "-o", str(tmp_path / f"{board}-modules"), *words]) == 0
        page = " ".join(capsys.readouterr().out.replace("\\\n", " ").split())
        again = f"--target {way} --backend micropython --numeric int8 --calibration synthetic"
        assert f"gatesmith validate {EXAMPLE} {again}" in page


def test_a_project_of_another_board_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generate_model(EXAMPLE, tmp_path / "project", Settings(target="mega2560"))
    assert cli.main(["flash", str(tmp_path / "project"), "--target", "uno"]) == ExitCode.USAGE
    err = " ".join(capsys.readouterr().err.split())
    assert "is not for uno" in err and "mega2560" in err


def test_a_project_is_flashed_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(platformio, "upload", lambda *arguments: calls.append(arguments[:3]))
    project = tmp_path / "project"
    generate_model(EXAMPLE, project, Settings(target="uno"))
    assert cli.main(["flash", str(project), "--target", "uno", "--port", "COM3", "--json"]) == 0
    assert calls == [(project, "uno", "COM3")]
    assert json.loads(capsys.readouterr().out) == {
        "schema": "gatesmith/flash/1",
        "file": str(project),
        "target": "uno",
        "port": "COM3",
        "model_id": None,
        "gatesmith": __version__,
        "options": "--target uno --port COM3",
    }


def test_monitor_shows_what_a_board_says() -> None:
    """In a terminal of its own, with a board that says one line with a byte that is no letter; Ctrl-] ends it."""
    pytest.importorskip("serial", reason="pyserial is not installed")
    person, screen = pty.openpty()
    board, line = pty.openpty()
    tty.setraw(line)
    program = "import sys; from gatesmith.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "monitor", "--target", "uno", "--port", os.ttyname(line)]
    process = subprocess.Popen(command, stdin=screen, stdout=screen, stderr=screen, start_new_session=True)
    try:
        shown = b""
        while b"Ctrl+]" not in shown:
            shown += os.read(person, 4096)
        os.write(board, b"booted \x07 well\r\n")
        while b"well" not in shown:
            shown += os.read(person, 4096)
        os.write(person, b"\x1d")
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        for end in (person, screen, board, line):
            os.close(end)
    assert b"115,200 baud" in shown and b"only answers" in shown and b"booted" in shown and b"\x07" not in shown
