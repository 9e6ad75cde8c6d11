"""The registry: every file in it is whole, a board is a TOML and nothing else, and a wrong file says what is wrong."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from gatesmith import cli
from gatesmith.boards import target
from gatesmith.boards.backends import MICROPYTHON
from gatesmith.core.errors import ExitCode, UsageError
from gatesmith.core.settings import Settings
from gatesmith.files.trust import grant
from gatesmith.flow.generate import generate
from gatesmith.run.standins import emulator, interpreters
from gatesmith.run.toolchain import cache, mpy

ROOT = Path(__file__).resolve().parent.parent.parent
NOBODY = str(Path(__file__).parent.parent / "nobody.toml")
NEW = """
extends = "cortex-m4f"
summary = "a board of my own"
flash = 131_072
ram = 20_480

[layout]
rows = 4
"""


PIO = (
    NEW.split("[layout]", maxsplit=1)[0]
    + """[platformio]
platform = "ststm32"
board = "genericSTM32F401RC"
framework = "arduino"

[platformio.options]
{}
"""
)


def new(**changes: str) -> str:
    """The text of a new board with some lines replaced."""
    text = NEW
    for key, line in changes.items():
        text = re.sub(rf"^{key} = .*$", lambda _, line=line: line, text, flags=re.MULTILINE)
    return text


COMPILER = f"{NEW}\n[compiler]\n"
UNSEEN = (r"a\nb", r"a\u202eb", r"a\u0007b")
"""Texts that are not one line that shows, in the words of TOML."""


@pytest.mark.parametrize("name", target.names())
def test_every_target_is_whole(name: str) -> None:
    board = target.load(name)
    assert board.name == name and board.summary and board.numerics[0] == "float32"
    here = board.is_host or board.backend == MICROPYTHON
    assert here or (board.flash > 0 < board.ram and board.family in target.names("families"))
    if board.micropython is not None and board.micropython.emulator:
        assert board.micropython.emulator in interpreters.stand_ins()
    if board.emulator:
        stand_in = emulator.load(board.emulator)
        assert stand_in.counter.kind in ("instructions", "cycles", "") and stand_in.counter.ticks > 0
        for source in stand_in.firmware.sources:
            assert (ROOT / "firmware" / "ports" / source).is_file(), source


@pytest.mark.parametrize("name", target.names("emulators"))
def test_no_emulator_is_without_a_board(name: str) -> None:
    boards = [target.load(board) for board in target.names()]
    assert name in {emulator for board in boards for emulator in (board.emulator, board.chip)}


def test_a_family_extends_nothing() -> None:
    for name in target.names("families"):
        assert "extends" not in target.read_table("families", name)


def test_what_make_toolchains_installs_is_what_the_registry_names() -> None:
    script = (ROOT / ".ci" / "toolchains").read_text("utf-8")
    wanted = set(emulator.packages([emulator.load(name) for name in target.names("emulators")]))
    for name in target.names():
        board = target.load(name)
        if board.emulator:
            wanted.update(board.compiler.package.split())
    assert [
        package for package in sorted(wanted) if package not in script.split('"')[1::2] and package not in script
    ] == []


def test_make_toolchains_puts_npm_s_packages_where_they_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere")
    script = (ROOT / ".ci" / "toolchains").read_text("utf-8")
    packages = [emulator.load(name).npm for name in target.names("emulators")]
    for package in [*packages, *(stand_in.npm for stand_in in interpreters.stand_ins().values())]:
        if package:
            assert f'"{package}"' in script and "/gatesmith/npm/${module//@/-}" in script
            assert str(cache.npm_folder(package)) == "/nowhere/gatesmith/npm/" + package.replace("@", "-")


def test_a_new_board_is_a_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(NEW, "utf-8")
    board, relative = target.load(str(path)), target.load("nucleo_f446re")
    assert (board.name, board.flash, board.ram, board.layout.rows) == ("mine", 131072, 20480, 4)
    assert (board.layout.lanes, board.compiler, board.emulator) == (
        relative.layout.lanes,
        relative.compiler,
        relative.emulator,
    )
    assert board.platformio is None


def test_options_of_platformio_are_lines(tmp_path: Path) -> None:
    text = 'upload_speed = 460_800\n"board_build.core" = "x"\nbuild_flags = ["-D A", "-D B"]'
    pio = target.parse("mine", PIO.format(text)).platformio
    assert pio is not None
    assert pio.options == {"upload_speed": ("460800",), "board_build.core": ("x",), "build_flags": ("-D A", "-D B")}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (NEW + "colour = 3\n", "unknown key colour"),
        ("color = 1\n" + NEW, "unknown key color"),
        (new(flash='flash = "much"'), "flash must be a whole number"),
        (new(flash="flash = -5"), "flash must be at least 0"),
        (new(flash="flash = true"), "flash must be a whole number"),
        (new(rows="rows = 0"), "rows must be at least 1"),
        (NEW + '[waits]\nstates = 3\nline = 8\nsource = "x"\ncode = 65_537', "[waits]: code must be at most 65536"),
        (NEW + '[waits]\nstates = 16\nline = 8\nsource = "x"', "[waits]: states must be at most 15"),
        (NEW + '[waits]\nstates = 3\nline = 3\nsource = "x"', "[waits]: line must be at least 4"),
        (new(extends='extends = "cortex-m5"'), 'no family "cortex-m5"'),
        (new(extends="extends = 5"), "extends must be"),
        (new(extends=""), "lanes is missing"),
        (new(ram='ram = 1\nemulator = "renode"'), 'no emulator "renode"'),
        (new(ram='ram = 1\nfpu = "half"'), 'fpu "half" is not one of'),
        (new(ram="ram = 1\nnumerics = []"), "numerics is empty"),
        (new(ram="ram = 1\nnumerics = [1]"), "list of strings"),
        (NEW + '[platformio]\nboard = "x"\n', "platform is missing"),
        (PIO.format("").replace('"ststm32"', '"a\\nb"'), "platformio.platform has a line break"),
        (PIO.format('board = "y"'), '"board" is no option'),
        (PIO.format('"bad key" = "y"'), '"bad key" is no option'),
        (PIO.format("upload_speed = true"), "upload_speed must be"),
        (PIO.format("monitor_filters = [[]]"), "monitor_filters must be"),
        (PIO.format("monitor_filters = []"), "empty value"),
        (PIO.format('build_flags = "-D A\\n[env:other]"'), "options.build_flags has a line break"),
        (NEW + "[platformio.options]\nupload_speed = 9600\n", "platform is missing"),
        ("= 3", "is not TOML"),
        (COMPILER + 'command = "gcc $(shell touch x)"', "$ in 'gcc $(shell touch x)', which make would read"),
        (COMPILER + 'cflags = ["-O2", "$(shell touch x)"]', "$ in '$(shell touch x)'"),
        (COMPILER + 'exact = ["-DA=`x`#y"]', "# in"),
        (COMPILER + 'machine = ["x\\nall: ; touch x"]', "compiler.machine has a line break"),
        (COMPILER + 'command = "gcc\\u202e"', "compiler.command has a line break, or a character that does not show"),
        *((new(summary=f'summary = "{text}"'), "summary has a line break") for text in UNSEEN),
        *((f'core = "{text}"\n{NEW}', "core has a line break") for text in UNSEEN),
    ],
)
def test_a_wrong_file_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        target.parse("mine", text)
    assert says in refused.value.what


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", None])
def test_a_file_that_is_no_text_is_told_as_such(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"cannot be read|there is no file"):
        target.load(str(path))


def test_pages_say_what_stands_in_and_where_nothing_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["targets"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert all(len(line) <= 100 for line in out.splitlines())
    row = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert row["nucleo_f446re"].endswith("QEMU's mps2-an386")
    assert row["esp32"].endswith("QEMU's de233_fpu")
    assert cli.main(["targets", NOBODY]) == ExitCode.OK
    assert "No emulator stands in for it yet" in capsys.readouterr().out
    assert cli.main(["targets", "esp32"]) == ExitCode.OK
    out = " ".join(capsys.readouterr().out.split())
    assert "xtensa-esp32-elf-gcc" in out and "compiled by Debian's xtensa gcc configured as LX6" in out
    assert cli.main(["targets", "uno"]) == ExitCode.OK
    assert "simavr's atmega328p" in capsys.readouterr().out
    assert cli.main(["targets", "microbit", "--json"]) == ExitCode.OK
    (facts,) = json.loads(capsys.readouterr().out)["targets"]
    assert facts["stand_in"]["core"] == "Cortex-M0" and facts["ram"] == 16384


def test_shared_code_names_no_board_and_no_model() -> None:
    """A board that needs a line of Python would be the end of the registry; names of layers are in users' files."""
    words_of_their_own = ("host", "zero", *mpy.ARCHS)  # an architecture of native code may be called as an emulator
    names = [name for name in target.names() + target.names("emulators") if name not in words_of_their_own]
    words = re.compile(rf"\b({'|'.join(map(re.escape, [*names, 'swing', 'basic_motions']))})\b")
    code = [path for path in (ROOT / "gen").rglob("*") if path.suffix in (".py", ".mako")]
    sources = [*code, *(ROOT / "firmware" / "ports" / "bare").glob("*")]
    assert [f"{path.name}: {m[0]}" for path in sources for m in [words.search(path.read_text("utf-8"))] if m] == []


def test_flags_reach_make_s_shell_as_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quote or a semicolon in a flag is part of the flag: make hands its recipe to a shell."""
    board = tmp_path / "mine.toml"
    flags = """cflags = ["-O2", "-DX='; touch pwned; '", "-DY=`touch pwned`"]"""
    board.write_text(f"{NEW}\n[compiler]\ncommand = 'echo'\n{flags}\n", "utf-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    grant(board, target.privileges(target.describe(str(board))))
    example = ROOT / "examples" / "basic_motions.keras"
    generate(example, tmp_path / "out", Settings(str(board), name="net"))
    done = subprocess.run(
        ["make", "net.o"], cwd=tmp_path / "out", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0 and "; touch pwned; " in done.stdout, done.stderr
    assert not (tmp_path / "out" / "pwned").exists()


def test_targets_are_found_by_words_apart_or_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["risc-v"], ["RISCV"], ["risc", "v"]):
        assert cli.main(["targets", *words]) == 0
        shown = capsys.readouterr().out
        assert {"pico2_riscv", "ch32v003", "esp32c3", "virt_rv32imafc"} <= set(shown.split())
        assert "nucleo_h563zi" not in shown
    assert set(target.search("nrf 5340")) == {"nrf5340_dk"}


MEMORIES = [f"{name}-{word}" for name in target.names() for word in target.describe(name).variants]


@pytest.mark.parametrize("name", [*MEMORIES, "esp32s3-n16r8", "esp32-n4r8"])
def test_a_board_s_memory_stands_behind_its_name(name: str) -> None:
    board, plain = target.load(name), target.load(name.partition("-")[0])
    assert (board.name, board.option) == (name, name)
    assert board.external_ram > 0 if "r" in name.partition("-")[2] else board.flash > 0 == board.external_ram
    assert board.platformio and plain.platformio and board.platformio.board == plain.platformio.board
    before, now = (set(each.platformio.options.get("build_flags", ())) for each in (plain, board) if each.platformio)
    assert before <= now and ("-D GS_LARGE=EXT_RAM_BSS_ATTR" in now) == (board.external_ram > 0)


def test_memories_change_flash_and_what_platformio_is_told() -> None:
    board = target.load("esp32s3-N16R8")
    assert (board.name, board.flash, board.external_ram) == ("esp32s3-n16r8", 6_553_600, 8_388_608)
    assert board.platformio
    options = board.platformio.options
    assert options["board_build.partitions"] == ("default_16MB.csv",)
    assert options["board_build.arduino.memory_type"] == ("qio_opi",)
    assert "CONFIG_SPIRAM_MODE_OCT=y" in options["custom_sdkconfig"]


@pytest.mark.parametrize(
    "name", ["esp32s3-n32", "ESP32S3-N16R8", "esp32s3-n8n", "esp32s3-", "esp32s3-r2r8", "esp32s3-r8r8", "uno-n8"]
)
def test_a_memory_that_a_board_has_not_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f'there is no target "{name}"') as refused:
        target.load(name)
    fix = "memories of esp32s3: n4, n8, n16, r2, r8, as in esp32s3-r8"
    assert (fix in refused.value.fix) == name.lower().startswith("esp32s3")
