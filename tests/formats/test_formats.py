"""Every format by the tool that takes it, where that can be had here: CMake and Arduino's builder for real; ESP-IDF and
Zephyr by CMake with functions that stand in for theirs; the rest is read."""

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
from gatesmith.core.settings import Settings
from gatesmith.flow.generate import generate
from gatesmith.flow.plan import formats

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "basic_motions.keras"
STANDINS = Path(__file__).parent / "standins"
NAME = "basic_motions"
WINDOW = "0 0 0 0 0 0\n" * 100
"""A window of samples, as the example for this machine reads it."""
ARDUINO = Path("/usr/share/arduino")

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Make:
    folders: dict[tuple[str, str, str], Path] = {}

    def make(form: str, target: str = "nucleo_f446re", numeric: str = "float32") -> Path:
        key = form, target, numeric
        if key not in folders:
            folder = tmp_path_factory.mktemp("formats") / form
            calibration = None if numeric == "float32" else "synthetic"
            generate(EXAMPLE, folder, Settings(target=target, numeric=numeric, calibration=calibration, format=form))
            folders[key] = folder
        return folders[key]

    return make


def ran(*command: object, cwd: Path | None = None, stdin: str = "", **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True,
        input=stdin, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


def cmake(source: Path, build: Path, **environment: str) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed (make toolchains)")
    strict = ("-Werror=dev", "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror")
    output = ran("cmake", "-S", source, "-B", build, *strict, **environment)
    assert "Warning" not in output
    ran("cmake", "--build", build)


@pytest.mark.parametrize(("form", "numeric"), [("library", "int8"), ("cmake", "float32")])
def test_cmake_builds_it_and_its_test_passes(form: str, numeric: str, generated: Make, tmp_path: Path) -> None:
    cmake(generated(form, numeric=numeric), tmp_path / "b")
    assert "100% tests passed, 0 tests failed out of 1" in ran("ctest", "--test-dir", tmp_path / "b")


@pytest.mark.parametrize(
    ("form", "variable", "program"), [("idf", "IDF_PATH", f"{NAME}_app.elf"), ("zephyr", "ZEPHYR_BASE", "app")]
)
def test_a_system_s_functions_build_it(form: str, variable: str, program: str, generated: Make, tmp_path: Path) -> None:
    """With stand-ins for those of ESP-IDF and Zephyr, which are not installed."""
    cmake(generated(form), tmp_path / "b", **{variable: str(STANDINS / form)})
    assert ran(tmp_path / "b" / program).count("class ") == 1_000


def test_arduino_s_builder_builds_the_sketch_of_the_library(generated: Make, tmp_path: Path) -> None:
    """With Debian's arduino-builder and avr-gcc, for an Uno."""
    if shutil.which("arduino-builder") is None or not (ARDUINO / "hardware").is_dir():
        pytest.skip("arduino-builder is not installed (.ci/tools)")
    folder = generated("arduino", "uno", "int8")
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


def test_descriptions_name_files_that_are_there(generated: Make) -> None:
    folder = generated("library")
    pack = ET.parse(folder / f"Gatesmith.{NAME}.pdsc").getroot()
    assert (pack.findtext("vendor"), pack.findtext("name")) == ("Gatesmith", NAME), "Open-CMSIS-Pack: the file's name"
    named = [one.get("name") for one in pack.iter("file")]
    assert named and all((folder / str(name)).is_file() for name in named)
    fields = dict(line.split("=", 1) for line in (folder / "library.properties").read_text().splitlines())
    needed = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"}
    assert needed <= set(fields) and fields["name"] == NAME
    data = json.loads((folder / "library.json").read_text())
    assert {"version", "description", "keywords", "authors", "export"} <= set(data)
    assert data["frameworks"] == data["platforms"] == "*"
    assert data["build"] == {"srcDir": "src", "flags": ["-O2", "-ffp-contract=fast"], "extraScript": "flags.py"}
    assert (folder / "src" / data["headers"]).is_file()
    assert all((folder / one["base"] / name).is_file() for one in data["examples"] for name in one["files"])


def test_yaml_is_yaml(generated: Make) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed: the files are not parsed")
    folder = generated("library")
    assert yaml.safe_load((folder / "zephyr/module.yml").read_text()) == {"name": NAME, "build": {"cmake": "."}}
    component = yaml.safe_load((folder / "idf_component.yml").read_text())
    assert component["version"].startswith("1.0.0+") and component["dependencies"]["idf"]


def test_the_zip_is_the_folder_and_the_same_each_time(generated: Make, tmp_path: Path) -> None:
    folder = generated("arduino")
    again = tmp_path / "again"
    generate(EXAMPLE, again, Settings(target="nucleo_f446re", format="arduino"))
    assert (again / f"{NAME}.zip").read_bytes() == (folder / f"{NAME}.zip").read_bytes()
    with zipfile.ZipFile(folder / f"{NAME}.zip") as packed:
        assert all(packed.read(name) == (folder / name).read_bytes() for name in packed.namelist())


def test_each_format_s_page_says_what_to_do_next(tmp_path: Path, capsys: object) -> None:
    commands = {"cmake": "cmake -S", "idf": "idf.py", "zephyr": "west build", "arduino": "arduino-cli"}
    commands["library"] = "ctest"
    assert {*commands, "make", "platformio", "micropython"} == set(formats())
    for form, command in commands.items():
        options = ["--name", "more than the 32 letters of a component", "--format", form, "-o", str(tmp_path / form)]
        assert cli.main(["generate", str(EXAMPLE), *options]) == 0
        assert command in capsys.readouterr().out  # type: ignore[attr-defined]
    assert "\nCONFIG_PICOLIBC_IO_FLOAT=y\n" in (tmp_path / "zephyr/prj.conf").read_text(), "else %f prints *float*"
    assert 'Csub="an_the_32_letters_of_a_component"' in next((tmp_path / "library").glob("*.pdsc")).read_text()


def test_clang_builds_it_for_a_cortex_m(generated: Make, tmp_path: Path) -> None:
    """With picolibc's headers, by the flags of the board, warning-free: GCC's own flags are left out."""
    headers = Path("/usr/lib/picolibc/arm-none-eabi/include")
    if shutil.which("clang") is None or shutil.which("cmake") is None or not headers.is_dir():
        pytest.skip("clang, cmake or picolibc for Arm is not installed (make tools)")
    flags = f"-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard -isystem {headers} -Wall -Wextra -Werror"
    cross = [
        "-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY", "-DCMAKE_C_COMPILER=clang",
        "-DCMAKE_C_COMPILER_TARGET=arm-none-eabi", f"-DCMAKE_C_FLAGS={flags}",
    ]  # fmt: skip
    for numeric in ("float32", "int8"):
        folder = generated("library", numeric=numeric)
        assert "-fipa-cp-clone" in (folder / "CMakeLists.txt").read_text()
        ran("cmake", "-S", folder, "-B", tmp_path / numeric, *cross)
        ran("cmake", "--build", tmp_path / numeric, "--target", NAME)
        assert (tmp_path / numeric / f"lib{NAME}.a").is_file()


def test_gcc_keeps_the_flags_that_it_alone_knows(generated: Make, tmp_path: Path) -> None:
    """Also as the top project, which has no language before ``project()``."""
    ran("cmake", "-S", generated("library"), "-B", tmp_path, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", CC="gcc")
    assert "-fipa-cp-clone" in (tmp_path / "compile_commands.json").read_text()


@pytest.mark.parametrize("way", ["find_package", "add_subdirectory"])
def test_another_project_links_the_library(way: str, generated: Make, tmp_path: Path) -> None:
    """Installed or as a subfolder: the target is the same, and the other project's ``install`` works."""
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed (make toolchains)")
    dependency = f"find_package({NAME} 1.0 REQUIRED)"
    if way == "find_package":
        ran("cmake", "-S", generated("library"), "-B", tmp_path / "l", f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'usr'}")
        ran("cmake", "--build", tmp_path / "l", "--target", "install")
    else:
        shutil.copytree(generated("library"), tmp_path / "own" / NAME)
        dependency = f"add_subdirectory({NAME})"
    (tmp_path / "own").mkdir(exist_ok=True)
    shutil.copy(generated("library") / "examples/native/main.c", tmp_path / "own")
    (tmp_path / "own" / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.16)\nproject(own C)\n{dependency}\nadd_executable(own main.c)\n"
        f"target_link_libraries(own PRIVATE {NAME}::{NAME})\ninstall(TARGETS own)\n"
    )
    ran("cmake", "-S", tmp_path / "own", "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={tmp_path / 'usr'}")
    ran("cmake", "--build", tmp_path / "b")
    assert ran(tmp_path / "b" / "own", stdin=WINDOW).count("class ") == 1


def test_versions_hold_the_model_s_id(generated: Make) -> None:
    folder = generated("library")
    version = json.loads((folder / "library.json").read_text())["version"]
    assert version == f"1.0.0+{json.loads((folder / 'gatesmith.json').read_text())['model_id']}"
    assert f"\nversion={version}\n" in (folder / "library.properties").read_text()
    assert f'version: "{version}"' in (folder / "idf_component.yml").read_text()
    pack = ET.parse(folder / f"Gatesmith.{NAME}.pdsc").getroot()
    assert [one.get("version") for one in pack.iter("release")] == [version]
    assert [one.get("Cversion") for one in pack.iter("component")] == ["1.0.0"], "PACK.xsd: no metadata in a Cversion"


TAKEN = "test all install help clean m c log main while sin time wire json app con".split()


def test_names_that_others_have_are_changed_and_said(generated: Make, tmp_path: Path, capsys: object) -> None:
    """CMake configures all and builds one; the page, the header and the README state the name."""
    for name in TAKEN:
        folder = tmp_path / name
        shutil.copy(EXAMPLE, tmp_path / f"{name}.keras")
        assert cli.main(["generate", str(tmp_path / f"{name}.keras"), "--format", "cmake", "-o", str(folder)]) == 0
        page = " ".join(capsys.readouterr().out.split())  # type: ignore[attr-defined]
        assert f"the model is called model_{name} here" in page and f"{name} is a name of" in page
        library = folder / "lib" / f"model_{name}"
        for path in ("README.md", f"src/model_{name}.h"):
            assert f"the model is called model_{name} here" in " ".join((library / path).read_text().split())
    assert cli.main(["generate", str(EXAMPLE), "--name", "My Model", "-o", str(tmp_path / "mine")]) == 0
    assert "the model is called my_model here:" in " ".join(capsys.readouterr().out.split())  # type: ignore[attr-defined]
    lines = [f"add_subdirectory({name}/lib/model_{name})\n" for name in TAKEN]
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(every C)\ninclude(CTest)\n" + "".join(lines)
    )
    ran("cmake", "-S", tmp_path, "-B", tmp_path / "b", "-Werror=dev")
    ran("cmake", "--build", tmp_path / "b", "--target", "model_log")
