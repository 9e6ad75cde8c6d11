"""The real pio on generated projects: it builds, tests, flashes, checks and packs them; stand-ins for the platforms."""

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pio_lab
import pytest
from everything import EVERYTHING
from pio_lab import EXAMPLE, Pio

from gatesmith import cli
from gatesmith.boards import target
from gatesmith.core.errors import BuildError, UsageError
from gatesmith.core.settings import SILENT, Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import fitted, load
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference
from gatesmith.run.link.device import Device
from gatesmith.run.link.transport import ProcessTransport, Transport
from gatesmith.run.standins import emulator
from gatesmith.run.toolchain import platformio

TOLERANCE = 2e-6
STEPS = 6
STEP = 1 if EVERYTHING else 2
"""By default every other board or type."""
BOARDS = [name for name in target.names() if target.load(name).platformio is not None]

Project = Callable[..., Path]


def needs(*programs: str) -> None:
    for name in programs:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed (make toolchains)")


def needs_board(name: str) -> None:
    """The compiler, its C library, its core and the emulator of a board."""
    board = target.load(name)
    compiler = board.compiler.command
    needs(compiler, re.sub("gcc$", "g++", compiler))
    if missing := emulator.load(board.emulator).missing():
        pytest.skip(f"{missing} is not installed (make toolchains)")
    if name in pio_lab.AVR and not pio_lab.AVR_CORE.is_dir():
        pytest.skip("Debian's Arduino core is not installed (apt-get install arduino-core-avr)")


def agrees(name: str, transport: Transport) -> None:
    """Compare a board program's answers with the reference."""
    chosen = plan(Settings(target=name))
    generated = program(load(EXAMPLE, Settings()), chosen)
    samples = np.random.default_rng(5).normal(size=(2, STEPS, 6)).astype(np.float32)
    graph = fitted(load(EXAMPLE, Settings()), [samples]).graph
    (right,) = Reference(graph).run([samples])
    with Device(transport, generated) as device:
        got = np.stack([device.run_by_steps([sample], reset=True)[0] for sample in samples])
        assert device.cost().kind == "nanoseconds"
    assert np.abs(got - right).max() <= TOLERANCE
    assert np.abs(right[0] - right[1]).max() > 100 * TOLERANCE


@pytest.mark.parametrize("name", ["uno", "mega2560", *pio_lab.EMULATED][STEP - 1 :: STEP])
def test_run_builds_an_app_that_answers_on_its_core(pio: Pio, project: Project, tmp_path: Path, name: str) -> None:
    needs_board(name)
    folder = project("uno", "mega2560") if name in pio_lab.AVR else project(name)
    firmware = platformio.build(folder, name, SILENT)
    assert firmware == folder / ".pio" / "build" / name / "firmware.elf"
    command = emulator.load(target.load(name).emulator).prepare(tmp_path, firmware)
    agrees(name, ProcessTransport(command))


@pytest.mark.parametrize("name", ["native", "uno", "nucleo_f446re"])
def test_golden_vectors_pass(pio: Pio, project: Project, tmp_path: Path, name: str) -> None:
    """In floats; an Uno's in integers, which are equal."""
    needs("gcc", "g++")
    folder = project("uno", numeric="int8") if name == "uno" else project("nucleo_f446re")
    arguments: list[str | Path] = ["test", "-d", folder, "-e", name]
    if name != "native":
        needs_board(name)
        port = tmp_path / "port"
        arguments += ["--upload-port", port, "--test-port", port, "--no-reset"]
    output = pio(*arguments).stdout
    passed = re.findall(r"sample_\d: apart by 0\.00000\d+\s+\[PASSED\]", output)
    assert len(passed) == (2 if name == "uno" else 3), output  # as many as the board has room for
    assert f"{len(passed)} succeeded" in output and "[FAILED]" not in output
    assert name != "uno" or output.count("apart by 0.000000000") == 2


BY_STORAGE = {numeric.weights.name: name for name, numeric in NUMERICS.items() if numeric.weights.bits < 32}
TYPES = [*NUMERICS] if EVERYTHING else [*BY_STORAGE.values()][::2]
"""By default one of every other kind of storage; a build takes the same files in all."""


@pytest.mark.parametrize("numeric", TYPES)
def test_golden_vectors_pass_in_every_type(pio: Pio, project: Project, numeric: str) -> None:
    needs("gcc", "g++")
    output = pio("test", "-d", project("nucleo_f446re", numeric=numeric), "-e", "native").stdout
    apart = [float(one) for one in re.findall(r"sample_\d: apart by (\S+)\s+\[PASSED\]", output)]
    assert len(apart) == 3 and max(apart) <= NUMERICS[numeric].rounding * (not NUMERICS[numeric].integer), output


def test_golden_vectors_fail_where_an_answer_is_wrong(pio: Pio, project: Project, tmp_path: Path) -> None:
    needs("gcc", "g++")
    folder = tmp_path / "wrong"
    shutil.copytree(project("nucleo_f446re"), folder, ignore=shutil.ignore_patterns(".pio"))
    vectors = folder / "test" / "test_golden" / "test_golden.cpp"
    text = vectors.read_text("utf-8")
    head, answers = text.split("right_output[3][4] APART = {\n    { 0.", 1)
    vectors.write_text(f"{head}right_output[3][4] APART = {{\n    {{ 1.{answers}", "utf-8")
    output = pio("test", "-d", folder, "-e", "native", status=1).stdout
    assert "[FAILED]" in output and "3 test cases: 1 failed, 2 succeeded" in output


def test_monitor_opens_the_port_with_the_projects_settings(pio: Pio, project: Project) -> None:
    """The monitor needs a terminal; the port may be a terminal as well."""
    ours, theirs = os.openpty()
    port, board = os.openpty()
    where = ["-d", str(project("nucleo_f446re")), "-e", "nucleo_f446re", "-p", os.ttyname(board)]
    command = [platformio.find(), "device", "monitor", *where]
    shown, wanted = b"", (b"Quit: Ctrl+C", b"from the board")
    monitor = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    try:
        for words in wanted:
            end = time.monotonic() + 60
            while words not in shown and time.monotonic() < end:
                if words == wanted[1]:
                    os.write(port, b"from the board")
                if select.select([ours], [], [], 0.2)[0]:
                    shown += os.read(ours, 4096)
    finally:
        monitor.kill()
        monitor.wait(30)
        for each in (ours, theirs, port, board):
            os.close(each)
    assert b"115200" in shown and all(words in shown for words in wanted), shown


@pytest.mark.parametrize("numeric", ["float32", "int8"][STEP - 1 :: STEP])
def test_the_librarys_sketch_builds_with_the_library_alone(pio: Pio, project: Project, numeric: str) -> None:
    needs_board("uno")
    folder = project("uno", numeric=numeric)
    library = folder / "lib" / "basic_motions"
    config = folder / "platformio.ini"
    output = pio("ci", library / "examples" / "step", "--lib", library, "--project-conf", config, "-e", "uno").stdout
    assert "step.ino.cpp.o" in output and "SUCCESS" in output


def test_check_finds_nothing_that_matters_and_would_find_something(pio: Pio, project: Project, tmp_path: Path) -> None:
    needs("cppcheck")
    needs_board("uno")
    folder = tmp_path / "checked"
    shutil.copytree(project("uno", "mega2560"), folder, ignore=shutil.ignore_patterns(".pio"))
    check = ("check", "-d", folder, "--skip-packages", "--fail-on-defect", "medium", "--fail-on-defect", "high")
    assert pio(*check, "-e", "uno", "-e", "native").stdout.count("PASSED") >= 2
    source = folder / "src" / "main.cpp"
    source.write_text(source.read_text("utf-8") + "\nint wrong(int *p) { p = 0; return *p; }\n", "utf-8")
    assert "nullPointer" in pio(*check, "-e", "uno", status=1).stdout


def test_the_library_packs(pio: Pio, project: Project, tmp_path: Path) -> None:
    folder = project("nucleo_f446re") / "lib" / "basic_motions"
    pio("pkg", "pack", folder, "-o", tmp_path)
    (archive,) = tmp_path.glob("basic_motions-1.0.0+*.tar.gz")
    with tarfile.open(archive) as held:
        names = set(held.getnames())
    assert names == {
        "README.md",
        "flags.py",
        "library.json",
        "src/basic_motions.h",
        "CMakeLists.txt",
        "Gatesmith.basic_motions.pdsc",
        "idf_component.yml",
        "library.properties",
        "zephyr/module.yml",
        "src/basic_motions.c",
        "src/basic_motions_push.h",
        "examples/step/step.ino",
        "examples/native/main.c",
        "examples/bare/main.c",
    }


@pytest.mark.parametrize("name", BOARDS)
def test_every_boards_settings_are_what_pio_knows(pio: Pio, project: Project, name: str) -> None:
    """In this process: pio's own linter, without starting pio twenty times."""
    from platformio.project.config import ProjectConfig

    findings = ProjectConfig.lint(str(project(name) / "platformio.ini"))
    assert findings == {"errors": [], "warnings": []}


def test_the_linter_would_say_what_it_does_not_know(pio: Pio, project: Project, tmp_path: Path) -> None:
    pio("project", "config", "-d", project("esp32s3"), "--lint")
    text = (project("esp32s3") / "platformio.ini").read_text("utf-8")
    (tmp_path / "platformio.ini").write_text(text + "colour = red\n", "utf-8")
    output = pio("project", "config", "-d", tmp_path, "--lint", "--json-output").stdout
    assert "colour" in output


def test_a_platform_that_cannot_be_fetched_is_named_with_what_to_do(pio: Pio, project: Project) -> None:
    with pytest.raises(BuildError) as refused:
        platformio.build(project("teensy41"), "teensy41", SILENT)
    assert "registry is not reachable" in refused.value.what
    assert refused.value.why == "not installed yet: teensy @ ^5.2.0"
    assert any("pio pkg install" in fix for fix in refused.value.fix)


def test_a_compilers_last_words_reach_the_user(pio: Pio, project: Project, tmp_path: Path) -> None:
    needs("gcc")
    folder = tmp_path / "broken"
    shutil.copytree(project("nucleo_f446re"), folder, ignore=shutil.ignore_patterns(".pio"))
    source = folder / "lib" / "basic_motions" / "src" / "basic_motions.c"
    source.write_text(source.read_text("utf-8") + "#error nobody has finished this\n", "utf-8")
    with pytest.raises(BuildError) as refused:
        platformio.build(folder, "native", SILENT)
    assert "nobody has finished this" in refused.value.why
    assert refused.value.where == f"pio run -d {folder} -e native"


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no PlatformIO project"):
        platformio.build(tmp_path, "uno", SILENT)


def test_a_machine_without_pio_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "platformio.ini").write_text("[env:native]\nplatform = native\n")
    monkeypatch.setattr(platformio.shutil, "which", lambda *_, **__: None)
    with pytest.raises(BuildError) as refused:
        platformio.build(tmp_path, "native", SILENT)
    assert "pip install" in refused.value.fix[0]


def test_the_registry_is_reachable_where_one_of_its_hosts_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as listening, socket.socket() as closed:
        for each in (listening, closed):
            each.bind(("127.0.0.1", 0))
        listening.listen()
        monkeypatch.setattr(platformio, "REGISTRY", (closed.getsockname(), listening.getsockname()))
        assert platformio.reachable()
        monkeypatch.setenv("HTTPS_PROXY", "http://")
        assert not platformio.reachable()
        monkeypatch.setenv("HTTPS_PROXY", "http://{}:{}".format(*listening.getsockname()))
        monkeypatch.setattr(platformio, "REGISTRY", (closed.getsockname(),))
        assert platformio.reachable()
        monkeypatch.delenv("HTTPS_PROXY")
        assert not platformio.reachable()


GCC_ALONE = ["-fpeel-loops", "-fipa-cp-clone", "-fno-tree-vectorize"]


def test_gcc_alone_gets_the_flags_that_it_alone_knows(pio: Pio, project: Project, tmp_path: Path) -> None:
    """In pio's build, which takes gcc here, and whose example runs; and by the script itself: Clang gets none."""
    needs("gcc")
    folder = tmp_path / "told"
    shutil.copytree(project("nucleo_f446re"), folder, ignore=shutil.ignore_patterns(".pio"))
    output = pio("run", "-d", folder, "-e", "native", "-v").stdout
    compiled = [line for line in output.splitlines() if line.endswith("basic_motions.c")]
    assert compiled and all(flag in line.split() for line in compiled for flag in GCC_ALONE)
    example = [folder / ".pio" / "build" / "native" / "program"]
    output = subprocess.run(example, input="0 0 0 0 0 0\n" * 100, capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"class \d 0\.\d\d\n", output)
    needs("clang")

    class Environment:
        def subst(self, name: str) -> str:
            assert name == "$CC"
            return "clang"

        WhereIs = staticmethod(shutil.which)  # as SCons calls it

    script = (folder / "lib" / "basic_motions" / "flags.py").read_text("utf-8")
    exec(script, {"Import": lambda name: None, "env": Environment()})  # has no Append: nothing may be added


def test_build_flash_validate(pio: Pio, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its stand-in uploader starts an emulator, and ``validate --port`` then talks to it as to a board."""
    pytest.importorskip("serial", reason="pyserial is not installed (pip install '.[dev]')")
    needs_board(board := "nucleo_f446re")
    out, port = tmp_path / "out", tmp_path / "port"
    here = ["--target", board]
    assert cli.main(["build", str(EXAMPLE), *here, "-o", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["how"] == "board" and Path(facts["elf"]).is_file() and facts["program"]["flash"] > 16_000
    assert "basic_motions_step" in Path(facts["listing"]).read_text()
    try:
        assert cli.main(["flash", str(out), *here, "--port", str(port)]) == 0
        printed = " ".join(capsys.readouterr().out.replace("\\\n", " ").split())
        assert f"gatesmith validate MODEL --target {board} --port {port}" in printed
        np.savez(tmp_path / "in.npz", in_0=np.random.default_rng(0).normal(size=(2, 100, 6)).astype(np.float32))
        files = ["--input", str(tmp_path / "in.npz"), "--report", str(tmp_path / "r.json")]
        assert cli.main(["validate", str(EXAMPLE), *here, "--port", str(port), *files]) == 0
        report = json.loads((tmp_path / "r.json").read_text())
        assert report["max_abs_error"] <= 2e-6 and report["port"] == str(port) and report["nanoseconds"] >= 0
    finally:
        for pid in out.glob(".pio/build/*/emulator/pid"):
            os.kill(int(pid.read_text()), signal.SIGKILL)
