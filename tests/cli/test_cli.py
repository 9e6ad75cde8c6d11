"""The command line: exit codes, streams, colour, and what it does not load."""

import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from report_models import keras1_lstm
from told import without_progress

from gatesmith import cli
from gatesmith.core.errors import ExitCode
from gatesmith.report.progress import Progress

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"


@pytest.fixture
def lstm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return keras1_lstm(tmp_path / "m.h5")


def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    import os

    run = [sys.executable, "-c", "import sys; from gatesmith.cli import main; sys.exit(main())", *arguments]
    return subprocess.run(run, capture_output=True, text=True, check=False, env={**os.environ, **more})


def test_version_is_light() -> None:
    """It loads what parses the command line, and no numbers."""
    line = "from gatesmith import cli; import sys; cli.main(['--version']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("gatesmith 0")
    for module in ("'numpy'", "'tensorflow'", "'keras'", "'h5py'", "'mako'", "'rich'"):
        assert module not in done.stdout


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


def test_ctrl_c_is_130(lstm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gatesmith.report import inspect

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(inspect, "read", interrupted)
    assert cli.main(["inspect", "m.h5"]) == 130


def test_results_go_to_stdout_and_parse(lstm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", "m.h5", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["schema"] == "gatesmith/inspect/1" and without_progress(err) == ""
    assert cli.main(["layouts", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "gatesmith/layouts/1"


def test_layouts_pages(capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ([], ["lstm"], ["GRU"], ["CuDNNGRU"], ["SimpleRNN"], ["rnn"]):
        assert cli.main(["layouts", *kind]) == 0
        out = capsys.readouterr().out
        assert out.isascii() and max(map(len, out.splitlines())) <= 100
    assert cli.main(["layouts"]) == 0
    out = capsys.readouterr().out
    for word in ("PyTorch", "ONNX", "Keras 1", "CuDNNLSTM", "reset_after", "recurrent_kernel"):
        assert word in out


def test_save_tells_on_stderr(lstm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", "m.h5", "--save", "g.npz"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "12 arrays" in err
    with np.load("g.npz") as found:
        assert found["lstm_1/f/b"].shape == (4,)
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
def test_colour(lstm: Path, arguments: list[str], environment: dict[str, str], coloured: bool) -> None:
    done = command("inspect", str(lstm), *arguments, **environment)
    assert done.returncode == 0 and ("\x1b[" in done.stdout) == coloured


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_terminals_without_colour(variable: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from gatesmith.report.terminal import colourful

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colourful(Terminal(), "auto")
    for key, value in variable.items():
        monkeypatch.setenv(key, value)
    assert not colourful(Terminal(), "auto")


def test_a_closed_pipe_is_quiet(lstm: Path) -> None:
    line = f"{sys.executable} -c 'from gatesmith.cli import main; main()' inspect --code {lstm} | true"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert without_progress(done.stderr) == ""


def test_plain_ascii_where_the_encoding_is_not_utf8(tmp_path: Path) -> None:
    model = keras1_lstm(tmp_path / "m.h5", name="größe")
    done = command("inspect", "--gates", str(model), PYTHONIOENCODING="latin-1")
    assert done.returncode == 0 and done.stdout.isascii() and "gr\\xf6\\xdfe" in done.stdout


def test_fast_steps_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatesmith.report.progress.MOMENT", 60.0)
    out = io.StringIO()
    progress = Progress(2, out)
    with progress.step("read"), progress.step("build"):
        pass
    assert out.getvalue() == ""


def test_slow_steps_are_told_with_those_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatesmith.report.progress.MOMENT", 0.05)
    out = io.StringIO()
    progress = Progress(3, out)
    with progress.step("read"):
        pass
    with progress.step("build"):
        time.sleep(0.06)
    with pytest.raises(ValueError, match="x"), progress.step("run"):
        raise ValueError("x")
    lines = out.getvalue().splitlines()
    assert [line.rsplit(" ", 1)[0] for line in lines] == [
        "gatesmith: 1/3 read ok",
        "gatesmith: 2/3 build ok",
        "gatesmith: 3/3 run FAILED",
    ]


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


def test_shells_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_GATESMITH_COMPLETE", "zsh_complete")
    for words, names in (("gatesmith gen", "generate"), ("gatesmith run --target nucleo_f4", "nucleo_f446re")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
        with pytest.raises(SystemExit):
            cli.main([])
        assert names in capsys.readouterr().out.splitlines()
    monkeypatch.delenv("_GATESMITH_COMPLETE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert [cli.main(["--install-completion"]) for _ in range(2)] == [0, 0]
    assert (tmp_path / ".zshrc").read_text().count("_GATESMITH_COMPLETE=zsh_source gatesmith") == 1
    monkeypatch.setenv("SHELL", "/bin/csh")
    assert cli.main(["--install-completion"]) == ExitCode.USAGE


def test_a_page_is_as_wide_as_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from gatesmith.report.terminal import columns_of

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for asked, wide in (("160", 160), ("72", 72), ("20", 60)):
        monkeypatch.setenv("COLUMNS", asked)
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
    data = json.loads(capsys.readouterr().out)
    validate(data, schemas()[data["schema"]])
