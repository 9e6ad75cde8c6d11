"""A file is not trusted because it lies in the folder: what it starts, opens or writes outside is asked about once."""

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from report_models import keras1_lstm
from told import Terminal

from gatesmith import cli
from gatesmith.boards import target
from gatesmith.core.errors import UsageError
from gatesmith.files.trust import UntrustedError
from gatesmith.flow import project

PIO = "\n[platformio]\nplatform = 'ststm32@^19.6.0'\nboard = 'nucleo_f446re'\nframework = 'arduino'\n"
BOARD = "extends = 'cortex-m4f'\nsummary = 'a board'\nclock = 180_000_000\nflash = 524_288\nram = 131_072\n"
SPY = '#!/bin/sh\necho started >>started\nexec arm-none-eabi-gcc "$@"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of somebody's, which is the current one; nothing is trusted yet."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    keras1_lstm(folder / "net.h5")
    return folder


def risks(text: str) -> Sequence[str]:
    """The sentences about a target file's privileges that a user is asked to trust."""
    Path("board.toml").write_text(text, "utf-8")
    try:
        target.load("board.toml")
    except UntrustedError as refusal:
        return refusal.privileges
    return ()


def of_flags(*flags: str) -> Sequence[str]:
    return risks(f"{BOARD}[compiler]\ncflags = {list(flags)!r}\n")


FLAGS = """
    -wrapper ./evil | -fplugin=./evil.so | -fpass-plugin=./evil.so | -B./evil | -B ./evil | -specs=evil |
    --specs=evil | @evil | -Xclang -load | -Xassembler --x | -Xlinker -x | -Xpreprocessor -x | -Wl,-plugin,x | -Wa,--x |
    -Wp,-MD,/tmp/x | -fuse-ld=./evil | --ld-path=./evil | -idirafter . | -isystem . | -I. | -I . |
    -include /etc/passwd | -imacros x | -iquote . | -isysroot . | --sysroot=. | -T evil.ld | -Tevil.ld | -L. | -lm |
    -o evil | -oevil | -dumpdir x | -dumpbase x | -save-temps | -MD | -MF x | -aux-info x | -fprofile-use=x |
    -fprofile-generate | -fauto-profile | -ftest-coverage | --coverage | -fdump-tree-all | -fmodule-mapper=|evil |
    -fmodules | -fopt-info-all=x | -flto-partition=x | -fdebug-prefix-map=a=b | -mllvm -load=evil.so |
    -mllvm=-load=evil.so | -mdynconfig=./evil.so | -mmcu=../evil | -ccc-x | -no-canonical-prefixes | -x c++ |
    -gsplit-dwarf | -gcc-toolchain=. | --gcc-toolchain=. | --target=x | --config=evil | --config evil |
    -resource-dir=. |
    -working-directory=. | -D_X=system(0) | -Dmain(x)=y | -Dfloat=evil | -Uint | -fintegrated-cc1 x |
    -nostdinc | -nostdlib | evil.c | evil.o | - | -E | -S | -std=c99;evil | -O2 evil | -stdlib=evil |
    -print-prog-name=x |
    --param=x | -ivfsoverlay x | -Wno-x,y
"""
"""Compiler flags that run, load, read or write something, or hold code, with ``|`` between them."""


def test_a_flag_that_may_start_or_load_something_is_asked_about() -> None:
    for flags in " ".join(FLAGS.split()).split(" | "):
        (sentence,) = of_flags("-O2", *flags.split(" "))
        assert re.search(r"^starts the compiler( in /\S+)?: arm-none-eabi-gcc -O2 .*-mcpu=cortex-m4", sentence), flags
        assert all(word in shlex.split(sentence) for word in flags.split(" ")), sentence
    (sentence,) = of_flags("-O2 -wrapper evil")
    assert "'-O2 -wrapper evil'" in sentence


def test_flags_of_every_shipped_target_and_everyday_ones_are_free() -> None:
    assert of_flags("-O3", "-g", "-std=gnu11", "-Wall", "-Wno-pedantic", "-Werror=vla", "-D_X", "-DY=3", "-w") == ()
    for name in target.names():
        board = target.load(name)
        assert all("PlatformIO" in each for each in target.privileges(board)), name
    host = (Path(__file__).resolve().parents[2] / "targets" / "host.toml").read_text("utf-8")
    assert risks(host) == () and "starts the compiler in" in risks(host.replace('"-ffp', '"-B./", "-ffp'))[0]
    assert len(risks(f"{BOARD}[compiler]\nmachine = ['-B.']\n")) == 2, "in both sets of flags"
    assert (
        len(risks(f"{BOARD}[compiler]\nexact = ['-B.']\n")) == len(risks(f"{BOARD}[compiler]\ntuned = ['-B.']\n")) - 1
    )


def test_a_program_is_told_by_its_place(here: Path) -> None:
    for command, shown in (
        ("./evil", f"{here}/evil"),
        ("evil-gcc", "evil-gcc"),
        ("gcc -wrapper x", "'gcc -wrapper x'"),
    ):
        sentences = risks(f"{BOARD}[compiler]\ncommand = '{command}'\n")
        assert sentences and all(f": {shown} -O2" in each for each in sentences)
    assert risks(f"{BOARD}[compiler]\ncommand = 'arm-none-eabi-gcc'\n") == ()


@pytest.mark.parametrize(
    ("lines", "phrase"),
    [
        ("platform = 'https://evil/x.git'", "platform = https://evil/x.git"),
        ("platform = './evil'", "platform = ./evil"),
        ("platform = 'ststm32@https://evil'", "ststm32@https"),
        ("platform = 'evil'", "platform = evil"),
        ("board = '../x'", "board = ../x"),
        ("options = {extra_scripts = 'pre:evil.py'}", "extra_scripts = pre:evil.py"),
        ("options = {build_flags = '!evil'}", "build_flags = !evil"),
        ("options = {build_flags = ['-DX', '-include evil.h']}", "-include evil.h"),
        ("options = {upload_command = 'evil'}", "upload_command = evil"),
        ("options = {lib_deps = 'evil'}", "lib_deps = evil"),
        ("options = {platform_packages = 'x@file://.'}", "platform_packages"),
        ("options = {upload_protocol = '${sysenv.X}'}", "upload_protocol"),
        ("options = {'board_build.ldscript' = 'evil.ld'}", "ldscript"),
    ],
)
def test_platformio_gets_known_words_alone(lines: str, phrase: str) -> None:
    key = lines.split(" ", maxsplit=1)[0]
    table = "\n".join([*(line for line in PIO.splitlines() if not line.startswith(f"{key} ")), lines])
    (sentence,) = risks(f"{BOARD}{table}\n")
    assert phrase in sentence
    assert risks(f"{BOARD}{PIO}options = {{upload_protocol = 'stlink', build_flags = ['-D X', '-DY=1']}}\n") == ()


@pytest.mark.parametrize(
    "text",
    [f"{BOARD}[micropython]\narch = '$(shell touch x)'\nemulator = ''\n", f"{BOARD}[compiler]\npackage = 'x; evil'\n"],
)
def test_names_are_names(text: str) -> None:
    with pytest.raises(UsageError, match="is a name, not"):
        risks(text)


def test_a_file_s_name_reaches_no_platformio_ini() -> None:
    name = "b]\nextra_scripts = pre:evil.py\n[env:c.toml"
    Path(name).write_text(f"{BOARD}{PIO}", "utf-8")
    with pytest.raises(UsageError, match="cannot be the name"):
        target.load(name)


def hostile(where: Path) -> None:
    """A repository whose target's compiler is a script of its own."""
    (where / "evil.sh").write_text(SPY)
    (where / "evil.sh").chmod(0o755)
    flags = "cflags = ['-O2']\nexact = ['-O2']\n"
    (where / "board.toml").write_text(f"{BOARD}[compiler]\ncommand = './evil.sh'\n{flags}")
    (where / "gatesmith.toml").write_text("model = 'net.h5'\ntarget = 'board.toml'\n")


def test_nothing_is_started_without_a_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile(here)
    lines = "validate|run|diff --against net.h5|budget --target board.toml|generate -o out|trust|trust board.toml"
    for line in f"{lines}|validate net.h5 --target board.toml".split("|"):
        words = line.split()
        assert cli.main(words) == 2, words
        message = " ".join(capsys.readouterr().err.split())
        assert f"{here}/evil.sh -O2" in message and "gatesmith trust board.toml" in message, words
    assert not (here / "started").exists() and not (here / "out").exists()
    assert cli.main(["targets", "board.toml"]) == 0  # only read
    assert cli.main(["trust", "--yes"]) == 0
    assert target.load("board.toml").compiler.command == "./evil.sh"


def test_a_terminal_is_asked_once(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile(here)
    words = ["generate", "-o", "out"]

    def answered(answer: str) -> tuple[int, str]:
        shown = Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", Terminal(answer))
            patch.setattr(sys, "stderr", shown)
            return cli.main(words), " ".join(shown.getvalue().split())

    code, message = answered("n\n")
    assert code == 2 and "Trust it" in message and f"{here}/evil.sh-O2" in message.replace(" ", "")
    assert answered("")[0] == 2 and not Path("out").exists()
    assert answered("y\n")[0] == 0 and Path("out").is_dir()
    assert cli.main([*words, "--force"]) == 0
    text = Path("board.toml").read_text()
    Path("board.toml").write_text(text.replace("'a board'", "'another summary'"))
    assert cli.main([*words, "--force"]) == 0
    Path("board.toml").write_text(text.replace("['-O2']", "['-O2', '-B.']", 1))
    assert cli.main([*words, "--force"]) == 2
    capsys.readouterr()


@pytest.mark.parametrize(
    ("options", "phrase"),
    [
        ({"output": "../x"}, "writes into"),
        ({"output": "/etc/x"}, "writes into /etc/x"),
        ({"output": "link/x"}, "writes into"),
        ({"output": "pio"}, "lets PlatformIO build the project"),
        ({"model": "pio"}, "lets PlatformIO build the project"),
        ({"whatever": "evil.py"}, "sets whatever = evil.py"),
        ({"port": "exec:evil"}, "opens the port exec:evil"),
        ({"port": "execpty:evil"}, "execpty"),
        ({"port": "spy:///dev/ttyX?file=/etc/x"}, "spy"),
        ({"port": "socket://example.org:1"}, "socket://example.org"),
        ({"port": "rfc2217://localhost:1"}, "rfc2217"),
        ({"port": "socket://localhost:1/x?y"}, "socket"),
        ({"port": "hwgrep://x"}, "hwgrep"),
        ({"port": "/dev/../etc/x"}, "/dev/../etc/x"),
        ({"port": "COM3;x"}, "COM3;x"),
        ({"port": "-x"}, "-x"),
        ({"output": "out", "numeric": "int8", "target": "uno", "input": "x.npz"}, ""),
        ({"port": "/dev/ttyACM0"}, ""), ({"port": "COM3"}, ""), ({"port": "socket://127.0.0.1:5000"}, ""),
        ({"port": "socket://[::1]:5000"}, ""), ({"port": "/dev/serial/by-id/usb-Arduino_1.2-if00"}, ""),
    ],
)  # fmt: skip
def test_what_a_project_s_file_is_asked_about(options: dict[str, str], phrase: str, here: Path) -> None:
    (here / "link").symlink_to(here.parent)
    (here / "pio").mkdir()
    (here / "pio" / "platformio.ini").write_text("[platformio]\n")
    sentences = project.privileges(options)
    assert len(sentences) == bool(phrase) and all(phrase in each for each in sentences)


def test_an_option_that_nobody_has_looked_at_is_asked_about() -> None:
    """A new option of the file is a privilege until it is in this list, or is said to be one here."""
    assert {"custom"} >= project.OPTIONS - project.HARMLESS


def test_a_project_s_own_words_are_asked_about_where_they_are_used(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("gatesmith.toml").write_text("model = 'net.h5'\noutput = '../out'\ntarget = 'uno'\n")
    Path("gatesmith.local.toml").write_text("[ports]\nuno = 'execpty:touch started'\n")
    assert cli.main(["generate"]) == 2 and "writes into" in capsys.readouterr().err
    for words in (["run"], ["validate"], ["flash"], ["run", "--backend", "micropython"]):
        assert cli.main(words) == 2
        assert "execpty:touch started" in capsys.readouterr().err, words
    assert not (here.parent / "out").exists() and not (here / "started").exists()
    assert cli.main(["generate", "-o", "mine"]) == 0  # the command line is trusted, and the rest is not used
    assert cli.main(["trust", "--yes"]) == 0
    assert cli.main(["generate"]) == 0 and (here.parent / "out").is_dir()


def test_convert_trusts_what_it_was_told(here: Path) -> None:
    """What a command line has said, and convert has written down, is not asked about again."""
    assert cli.main(["convert", "net.h5", "-o", "../out", "--target", "nucleo_f446re"]) == 0
    assert cli.main(["generate"]) == 0
