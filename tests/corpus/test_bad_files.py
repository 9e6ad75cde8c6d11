"""Damaged and hostile files of the corpus, given to the command line as a person would."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import corpus_index as corpus
import numpy as np
import pytest
from everything import EVERYTHING
from fuzz.here import commanded

pytestmark = pytest.mark.usefixtures("apart")

SECONDS, MEGABYTES = 60, 500  # of a busy machine; a bomb that is unpacked takes far more
NAMED = {
    "truncated_half": "cut off",
    "empty": "empty",
    "text_named": "plain text",
    "missing_kernel": "dense/kernel",
    "wrong_shape_recurrent": '"lstm"',
    "nan_weights": "lstm/lstm_cell/kernel",
    "unknown_layer": "MyMagicLayer",
    "lambda_layer": "my_lambda",
    "path_traversal": "KERAS_IMPORT_TRAVERSAL",
    "absurd_units": "2000000000",
    "pickled_model": "pickle",
    "bomb_config": "config.json",
    "no_config": "config.json",
    "broken_json": "JSON",
    "weights_only": "architecture",
    "cyclic_graph": "cycle",
    "zero_units": '"dense"',
}
"""What the message must name: the layer or the array where there is one, else the cause."""

MEASURED = """
import os, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    file.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}")
"""
"""Runs a command and writes its exit code and its peak memory in KiB. A process of its own, because the system counts
what a parent occupies at the moment of a fork as its child's: of this one, TensorFlow of other tests included."""


def refused(arguments: list[str], folder: Path) -> str:
    """The message of a command that must fail, cleanly, soon, and with little memory."""
    command = [str(Path(sys.executable).with_name("gatesmith")), *arguments]
    temporary, usage = folder / "tmp", folder / "usage"
    temporary.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-S", "-c", MEASURED, str(usage), *command],
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
        env={**os.environ, "COLUMNS": "400", "TMPDIR": str(temporary)},
        timeout=SECONDS,
    )
    code, kilobytes = map(int, usage.read_text("utf-8").split())
    usage.unlink()
    assert 1024 < kilobytes < MEGABYTES * 1024
    assert not list(temporary.iterdir()), "nothing may be left in the temporary folder"
    return _checked(code, done.stdout, done.stderr)


def refused_here(arguments: list[str], folder: Path) -> str:
    """As :func:`refused`, by the command's own function in this process: for a file that a process has refused."""
    with contextlib.chdir(folder), mock.patch.dict(os.environ, {"COLUMNS": "400"}):
        return _checked(*commanded(arguments))


def _checked(code: int, out: str, err: str) -> str:
    assert code == 3, err
    assert "Traceback" not in err + out
    assert err.count("error: ") == 1 and out == "", err
    assert not list(Path(tempfile.gettempdir()).glob("KERAS_IMPORT_*")), "content of the file was executed or unpacked"
    return err


def in_turn(commands: list[list[str]], turn: int) -> list[tuple[Callable[[list[str], Path], str], list[str]]]:
    """One of the commands as a process, then the others here: which one, the files take turns. All by
    GATESMITH_EVERYTHING=1."""
    first = turn % len(commands)
    others = refused if EVERYTHING else refused_here
    order = [*commands[first:], *commands[:first]]
    return [(refused if not number else others, words) for number, words in enumerate(order)]


@pytest.mark.parametrize("entry", corpus.entries(bad=True))
def test_refused_by_the_command_line(
    entry: dict[str, Any], tmp_path: Path, record_property: Callable[..., None]
) -> None:
    model, _ = corpus.model_files(entry)
    np.savez(tmp_path / "in.npz", in_0=np.zeros((2, 5, 3), np.float32))
    cause = NAMED.get(model.stem)
    commands = [
        ["run", str(model), "--target", "host", "--input", "in.npz", "--output", "out.npz", "--report", "r.json"],
        ["generate", str(model), "--target", "host", "-o", "library"],
    ]
    for how, arguments in in_turn(commands, len(model.stem)):
        message = how(arguments, tmp_path)
        assert model.name in message
        if cause is not None:
            assert cause in message, message
        else:
            assert 'layer "' in message, message
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.npz", "tmp"], "an output was left behind"
    record_property("told", "corpus: bad files refused")


def hostile() -> list[Any]:
    """Files that once got through: each with the command that takes it."""
    folder = Path(corpus.ROOT, "hostile")
    if not corpus.ROOT:
        return [pytest.param(None, None, id="no-corpus", marks=pytest.mark.skip(reason=corpus.UNSET))]
    models = [path for path in sorted((folder / "dos").glob("*.h5")) if path.name != "laughs3.h5"]  # 8 layers: a model
    data = sorted(folder.glob("bomb_*.npz"))
    return [
        *(pytest.param("model", path, id=path.name) for path in (*models, *sorted((folder / "targeted").iterdir()))),
        *(pytest.param(kind, path, id=f"{kind}-{path.name}") for path in data for kind in ("calibration", "input")),
    ]


@pytest.mark.parametrize(("kind", "path"), hostile())
def test_hostile_files_are_refused(kind: str, path: Path, tmp_path: Path) -> None:
    """Every command that reads the file refuses it, one of them within the memory limit of :func:`refused`."""
    example = str(Path(__file__).parents[2] / "examples" / "basic_motions.keras")
    library = ["--target", "host", "-o", "library"]
    each = {
        "model": [["inspect", str(path)], ["generate", str(path), *library]],
        "calibration": [["generate", example, *library, "--numeric", "int8", "--calibration", str(path)]],
        "input": [["validate", example, "--input", str(path)]],
    }
    for how, arguments in in_turn(each[kind], len(path.stem)):
        assert path.name in how(arguments, tmp_path)
    assert not (tmp_path / "library").exists()
