"""What `generate` writes for a board of PlatformIO's, as the command line shows it; no pio is needed."""

import json
import shutil
from pathlib import Path

import pytest
from pio_lab import EXAMPLE

from gatesmith import cli
from gatesmith.core.errors import ExitCode
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load

NEW = """
extends = "cortex-m4f"
summary = "a board of mine"
flash = 131_072
ram = 20_480

[platformio]
platform = "ststm32"
board = "mine"
framework = "stm32cube"
"""


def generate(folder: Path, *arguments: str) -> int:
    return cli.main(["generate", str(EXAMPLE), "-o", str(folder), *arguments])


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_page_says_how_to_build_flash_and_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a long path would fold the commands
    assert generate(Path("p"), "--target", "uno", "--also", "mega2560") == ExitCode.OK
    shown = capsys.readouterr().out
    assert "pio run -d p -e uno\n" in shown and "pio test -d p -e native\n" in shown
    assert "platformio.ini" in shown and "make -C" not in shown
    assert generate(Path("p"), "--target", "uno", "--also", "mega2560", "--json") == ExitCode.OK
    facts = json.loads(capsys.readouterr().out)
    assert facts["platformio"] == ["uno", "mega2560"] and set(facts["files"]) == files(Path("p"))


def test_what_the_user_changed_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(tmp_path, "--target", "uno") == ExitCode.OK
    yours = ("platformio.ini", "src/main.cpp", "lib/basic_motions/library.json", "lib/basic_motions/README.md")
    for name in yours:
        (tmp_path / name).write_text("mine")
    (tmp_path / "src" / "basic_motions_link.c").write_text("not mine")
    assert generate(tmp_path, "--target", "uno", "--math", "exact") == ExitCode.OK
    assert {(tmp_path / name).read_text() for name in yours} == {"mine"}
    assert capsys.readouterr().out.count("stays as you changed it") == len(yours)
    assert "gs_model" in (tmp_path / "src" / "basic_motions_link.c").read_text()


def test_a_board_that_platformio_does_not_know_gets_a_plain_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the folder's old project goes, but for what is not Gatesmith's."""
    assert generate(tmp_path, "--target", "uno") == ExitCode.OK
    (tmp_path / "src" / "mine.c").write_text("")
    assert generate(tmp_path, "--target", "virt_rv32imafc") == ExitCode.OK
    model = {"basic_motions.c", "basic_motions.h", "basic_motions_selftest.c"}
    assert files(tmp_path) == {*model, "basic_motions_push.h", "main.c", "Makefile", "gatesmith.json", "src/mine.c"}
    assert generate(tmp_path, "--target", "virt_rv32imafc", "--also", "uno") == ExitCode.USAGE
    assert "virt_rv32imafc is no board of PlatformIO's" in capsys.readouterr().err


def test_boards_that_would_take_other_code_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A board of AVR after one whose constants C reads in place; code for instructions that the other lacks."""
    assert generate(tmp_path / "p", "--target", "pico", "--also", "uno") == ExitCode.USAGE
    assert "--target uno --also pico" in capsys.readouterr().err
    assert generate(tmp_path / "p", "--target", "uno", "--also", "pico") == ExitCode.OK
    assert generate(tmp_path / "q", "--target", "nucleo_f446re", "--also", "nucleo_f401re") == ExitCode.OK
    capsys.readouterr()
    pair = ("--target", "nucleo_f446re", "--also", "esp32")
    integers = ("--numeric", "int8", "--calibration", "synthetic")
    for isa, other, numeric in (("muladd, vfp", "none", ()), ("dsp", "mac16", integers)):
        assert generate(tmp_path / "r", *pair, *numeric) == ExitCode.USAGE
        message = " ".join(capsys.readouterr().err.split())
        assert f"instructions of gemv: {isa} for nucleo_f446re, {other} for esp32" in message
        assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("pair", [("uno", "pico"), ("nucleo_f446re", "nucleo_f401re")])
def test_boards_of_a_project_carry_what_validate_expects(pair: tuple[str, str]) -> None:
    model = load(EXAMPLE, Settings())
    first, second = (program(model, plan(Settings(target=name))).model_id for name in pair)
    assert first == second


def test_another_framework_gets_an_example_and_no_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text(NEW)
    assert generate(tmp_path / "p", "--target", str(tmp_path / "mine.toml")) == ExitCode.OK
    written = files(tmp_path / "p")
    assert "src/main.c" in written and not [name for name in written if "link" in name]
    assert "framework = stm32cube" in (tmp_path / "p" / "platformio.ini").read_text()


@pytest.mark.parametrize("name", ["native", "a board]", "a\nboard"])
def test_a_name_that_platformio_would_misread_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / f"{name}.toml").write_text(NEW)
    assert generate(tmp_path / "p", "--target", str(tmp_path / f"{name}.toml")) == ExitCode.USAGE
    assert "cannot name an environment" in (message := capsys.readouterr().err) or "cannot be the name of" in message


def test_a_model_files_name_stays_in_its_comment(tmp_path: Path) -> None:
    """A line of its own in platformio.ini could name a script that pio runs."""
    model = tmp_path / "x\n[env]\nextra_scripts = evil.py\n*.keras"
    shutil.copy(EXAMPLE, model)
    assert cli.main(["generate", str(model), "--target", "uno", "-o", str(tmp_path / "p")]) == ExitCode.OK
    for path in (tmp_path / "p").rglob("*"):
        if path.is_file():
            lines = path.read_text("utf-8").splitlines()
            assert not [line for line in lines if line.startswith("extra_scripts")], path
    assert (tmp_path / "p" / "platformio.ini").read_text().count("[env]") == 2
