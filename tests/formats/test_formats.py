"""Every format by the tool that takes it, where that can be had here: CMake and Arduino's builder for real; ESP-IDF and
Zephyr by CMake with functions that stand in for theirs; the rest is read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gatesmith import cli
from gatesmith.core.errors import ExitCode
from gatesmith.core.settings import Settings
from gatesmith.flow.generate import FORMATS, generate

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "basic_motions.keras"
STANDINS = Path(__file__).parent / "standins"
NAME = "basic_motions"
WINDOW = "0 0 0 0 0 0\n" * 100
"""A window of samples, as the example for this machine reads it."""
ARDUINO = Path("/usr/share/arduino")

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Make:
    kept: dict[tuple[str, str, str], Path] = {}

    def make(form: str, target: str = "nucleo_f446re", numeric: str = "float32") -> Path:
        key = form, target, numeric
        if key not in kept:
            folder = tmp_path_factory.mktemp("formats") / form
            calibration = None if numeric == "float32" else "synthetic"
            generate(EXAMPLE, folder, Settings(target=target, numeric=numeric, calibration=calibration, format=form))
            kept[key] = folder
        return kept[key]

    return make


def ran(*command: object, cwd: Path | None = None, given: str = "", **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True,
        input=given, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


def cmake(source: Path, build: Path, **environment: str) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed (make toolchains)")
    strict = ("-Werror=dev", "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror")
    told = ran("cmake", "-S", source, "-B", build, *strict, **environment)
    assert "Warning" not in told
    ran("cmake", "--build", build)


@pytest.mark.parametrize("form", ["library", "cmake"])
@pytest.mark.parametrize("numeric", ["float32", "int8"])
def test_cmake_builds_it_and_its_test_passes(form: str, numeric: str, made: Make, tmp_path: Path) -> None:
    cmake(made(form, numeric=numeric), tmp_path / "b")
    assert "100% tests passed, 0 tests failed out of 1" in ran("ctest", "--test-dir", tmp_path / "b")


def test_a_project_of_somebody_else_s_takes_the_library_as_it_is(made: Make, tmp_path: Path) -> None:
    shutil.copytree(made("library"), tmp_path / "own" / "third_party" / NAME)
    shutil.copy(made("library") / "examples/native/main.c", tmp_path / "own")
    (tmp_path / "own" / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(own C)\n"
        f"add_subdirectory(third_party/{NAME})\nadd_executable(own main.c)\ntarget_link_libraries(own PRIVATE {NAME})\n"
    )
    cmake(tmp_path / "own", tmp_path / "b")
    assert ran(tmp_path / "b" / "own", given=WINDOW).count("class ") == 1


def test_esp_idf_s_functions_build_the_component(made: Make, tmp_path: Path) -> None:
    """By stand-ins of them: no ESP-IDF is here."""
    cmake(made("idf"), tmp_path / "b", IDF_PATH=str(STANDINS / "idf"))
    assert ran(tmp_path / "b" / f"{NAME}_app.elf").count("class ") == 10


def test_zephyr_s_functions_build_the_module(made: Make, tmp_path: Path) -> None:
    """By stand-ins of them: no Zephyr is here."""
    cmake(made("zephyr"), tmp_path / "b", ZEPHYR_BASE=str(STANDINS / "zephyr"))
    assert ran(tmp_path / "b" / "app").count("class ") == 10


def test_arduino_s_builder_builds_the_sketch_of_the_library(made: Make, tmp_path: Path) -> None:
    """Debian's arduino-builder and avr-gcc, for an Uno."""
    if shutil.which("arduino-builder") is None or not (ARDUINO / "hardware").is_dir():
        pytest.skip("arduino-builder is not installed (.ci/tools)")
    folder = made("arduino", "uno", "int8")
    libraries = tmp_path / "libraries"
    with zipfile.ZipFile(folder / f"{NAME}.zip") as packed:
        packed.extractall(libraries)
    builder = Path("/usr/share/arduino-builder")
    hardware = [word for place in (ARDUINO / "hardware", builder) if place.is_dir() for word in ("-hardware", place)]
    tools = [word for place in (ARDUINO / "hardware/tools", builder) if place.is_dir() for word in ("-tools", place)]
    (tmp_path / "b").mkdir()
    ran(
        "arduino-builder", "-compile", *hardware, *tools, "-libraries", libraries, "-fqbn", "arduino:avr:uno",
        "-build-path", tmp_path / "b", "-warnings", "all", libraries / NAME / "examples/step/step.ino",
    )  # fmt: skip
    assert (tmp_path / "b" / "step.ino.elf").stat().st_size > 10_000


def test_descriptions_name_files_that_are_there(made: Make) -> None:
    folder = made("library")
    pack = ET.parse(folder / f"{NAME}.pdsc").getroot()
    named = [one.get("name") for one in pack.iter("file")]
    assert named and all((folder / str(name)).is_file() for name in named)
    fields = dict(line.split("=", 1) for line in (folder / "library.properties").read_text().splitlines())
    needed = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"}
    assert needed <= set(fields) and fields["name"] == NAME
    data = json.loads((folder / "library.json").read_text())
    assert (folder / data["build"]["srcDir"] / data["headers"]).is_file()
    for example in data["examples"]:
        assert all((folder / example["base"] / name).is_file() for name in example["files"])


def test_yaml_is_yaml(made: Make) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: the files are not parsed")
    folder = made("library")
    assert yaml.safe_load((folder / "zephyr/module.yml").read_text()) == {"name": NAME, "build": {"cmake": "."}}
    component = yaml.safe_load((folder / "idf_component.yml").read_text())
    assert component["version"] == "1.0.0" and component["dependencies"]["idf"]


def test_the_zip_is_the_folder_and_the_same_each_time(made: Make, tmp_path: Path) -> None:
    folder = made("arduino")
    again = tmp_path / "again"
    generate(EXAMPLE, again, Settings(target="nucleo_f446re", format="arduino"))
    assert (again / f"{NAME}.zip").read_bytes() == (folder / f"{NAME}.zip").read_bytes()
    with zipfile.ZipFile(folder / f"{NAME}.zip") as packed:
        for name in packed.namelist():
            assert packed.read(name) == (folder / name).read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "rust"], "there is no format"),
        (["--format", "micropython"], "--backend micropython"),
        (["--format", "cmake", "--backend", "micropython"], "--backend c99"),
        (["--format", "idf", "--target", "uno", "--also", "mega2560"], "--also is for PlatformIO projects"),
    ],
)
def test_what_does_not_go_together_is_refused(options: list[str], said: str, tmp_path: Path, capsys: object) -> None:
    assert cli.main(["generate", str(EXAMPLE), "-o", str(tmp_path / "o"), *options]) == ExitCode.USAGE
    assert said in " ".join(capsys.readouterr().err.split())  # type: ignore[attr-defined]
    assert not (tmp_path / "o").exists()


def test_each_format_s_page_says_what_to_do_next(tmp_path: Path, capsys: object) -> None:
    commands = {"cmake": "cmake -S", "idf": "idf.py", "zephyr": "west build", "arduino": "arduino-cli"}
    commands["library"] = "ctest"
    assert {*commands, "make", "platformio", "micropython"} == set(FORMATS)
    for form, command in commands.items():
        assert cli.main(["generate", str(EXAMPLE), "--format", form, "-o", str(tmp_path / form)]) == 0
        assert command in capsys.readouterr().out  # type: ignore[attr-defined]
