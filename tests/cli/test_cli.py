"""The command line: exit codes, streams, colour, and what it does not load."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fuzz.here import commanded
from report_models import keras1_lstm
from told import Terminal, without_progress

from gatesmith import cli
from gatesmith.core.errors import ExitCode

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"


@pytest.fixture
def lstm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return keras1_lstm(tmp_path / "m.h5")


def test_inspecting_loads_neither_tensorflow_nor_a_backend(lstm: Path) -> None:
    line = "from gatesmith import cli; import sys; cli.main(['inspect', 'm.h5']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True, cwd=lstm.parent)
    for module in ("'tensorflow'", "'keras'", "'h5py'", "'mako'"):
        assert module not in done.stdout


def test_a_bug_says_so(lstm: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from gatesmith.report import inspect

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("oh [red]no[/red]\x1b[2J")

    monkeypatch.setattr(inspect, "read", broken)
    monkeypatch.delenv("GATESMITH_DEBUG", raising=False)
    assert cli.main(["inspect", "m.h5"]) == ExitCode.BUG
    err = capsys.readouterr().err
    assert "bug in Gatesmith" in err and "RuntimeError: oh [red]no[/red]\\x1b[2J" in err and "Traceback" not in err
    monkeypatch.setenv("GATESMITH_DEBUG", "1")
    assert cli.main(["inspect", "m.h5"]) == ExitCode.BUG
    assert "Traceback" in capsys.readouterr().err


def test_layouts_pages(capsys: pytest.CaptureFixture[str]) -> None:
    for kind in (["lstm"], ["GRU"], ["CuDNNGRU"], ["SimpleRNN"], ["rnn"], []):
        assert cli.main(["layouts", *kind]) == 0
        out = capsys.readouterr().out
        assert out.isascii()
    for word in ("PyTorch", "ONNX", "Keras 1", "CuDNNLSTM", "reset_after", "recurrent_kernel"):
        assert word in out


def test_save_tells_on_stderr(lstm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", "m.h5", "--save", "g.npz"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "12 arrays" in err
    with np.load("g.npz") as arrays:
        assert arrays["lstm_1/f/b"].shape == (4,)
    assert cli.main(["inspect", "m.h5", "--save", "no/such/folder/g.npz"]) == ExitCode.USAGE


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ([], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color=never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour(
    lstm: Path, arguments: list[str], environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code, out, _ = commanded(["inspect", str(lstm), *arguments])
    assert code == 0 and ("\x1b[" in out) == coloured


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_terminals_without_colour(variable: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from gatesmith.report.terminal import colourful

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colourful(Terminal(), "auto")
    for key, value in variable.items():
        monkeypatch.setenv(key, value)
    assert not colourful(Terminal(), "auto")


def test_plain_ascii_where_the_encoding_is_not_utf8(tmp_path: Path) -> None:
    model = keras1_lstm(tmp_path / "m.h5", name="größe")
    command = [sys.executable, "-m", "gatesmith", "inspect", "--gates", model]
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0 and done.stdout.isascii() and "gr\\xf6\\xdfe" in done.stdout


def test_help_groups_options(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option of every command has a section, but for help, --color and trust's consent."""
    from gatesmith.cli import options
    from gatesmith.cli.entry import program

    parameters = [one for command in program().commands.values() for one in command.params]
    named = {one.name for one in parameters if one.param_type_name == "option"}
    members = [member for group in options.GROUPS.values() for member in group]
    assert named - set(members) == {"color", "yes"} and sorted(set(members) & named) == sorted(members)
    assert cli.main(["validate", "--help"]) == 0
    text = capsys.readouterr().out
    sections = [line[:-1] for line in text.splitlines() if re.fullmatch(r"[A-Z]\w+:", line)]
    assert sections == ["Arguments", "Input", "Target", "Numbers", "Output", "Options"]
    assert text.index("Input:") < text.index("--input") < text.index("Target:") < text.index("--target")


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_shells_complete(shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With the environment variables that click's completion scripts set."""
    monkeypatch.setenv("_GATESMITH_COMPLETE", f"{shell}_complete")
    cases = {"gen": "generate", "run --target nucleo_f4": "nucleo_f446re", "validate --target all-e": "all-emulated"}
    for words, names in cases.items():
        monkeypatch.setenv("COMP_WORDS", f"gatesmith {words}")
        monkeypatch.setenv("COMP_CWORD", words.split()[-1] if shell == "fish" else str(words.count(" ") + 1))
        with pytest.raises(SystemExit):
            cli.main([])
        completions = re.split(r"[\s,]", capsys.readouterr().out)
        assert names in completions and "nucleo_h743zi" not in completions


def test_completion_is_installed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert [cli.main(["--install-completion"]) for _ in range(2)] == [0, 0]
    assert (tmp_path / ".zshrc").read_text().count("_GATESMITH_COMPLETE=zsh_source gatesmith") == 1
    monkeypatch.setenv("SHELL", "/bin/csh")
    assert cli.main(["--install-completion"]) == ExitCode.USAGE


def test_a_page_is_as_wide_as_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from gatesmith.report.terminal import columns_of

    for columns, wide in (("160", 160), ("72", 72), ("20", 60)):
        monkeypatch.setenv("COLUMNS", columns)
        assert columns_of(Terminal()) == wide
    assert columns_of(io.StringIO()) == 100


@pytest.mark.parametrize(
    "words",
    [
        "inspect M", "inspect M --gates", "inspect M --stream", "inspect M --memory", "layouts", "targets uno",
        "budget M --target uno --estimate", "calibrate M --numeric int8 --calibration D", "generate M -o out",
    ],
)  # fmt: skip
def test_answers_keep_their_schemas(words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    validate = pytest.importorskip("jsonschema", reason="comes with nbformat, of the extra dev").validate
    from gatesmith.flow.schemas import schemas

    places = {"M": f"{EXAMPLE}", "D": f"{EXAMPLE.with_name('basic_motions_calibration.npz')}", "out": f"{tmp_path}/out"}
    assert cli.main([*(places.get(word, word) for word in words.split()), "--json"]) == 0
    out, err = capsys.readouterr()
    assert without_progress(err) == ""
    data = json.loads(out)
    validate(data, schemas()[data["schema"]])
