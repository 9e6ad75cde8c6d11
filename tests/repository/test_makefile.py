"""The Makefile's variables: names and words as they were given, which neither make nor the shell runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = ("test", "hil", "fuzz", "fuzz-files", "fuzz-link", "golden", "bench", "bench-diff")
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(folder: Path, *words: str) -> str:
    """What make says where each program of its environment only tells what it is given, a line a word."""
    if not folder.is_dir():
        (folder / "bin").mkdir(parents=True)
        for name in ("python", "gatesmith"):
            text = f'#!/bin/sh\n[ "$1" = -c ] && exec {sys.executable} "$@"\nprintf "<%s>\\n" "$@"\n'
            (folder / "bin" / name).write_text(text, "utf-8")
            (folder / "bin" / name).chmod(0o755)
        for stamp in (".keras", ".dev"):
            (folder / stamp).touch()
    command = [
        "make",
        "--no-print-directory",
        "-C",
        str(ROOT),
        "-o",
        "tools",
        "-o",
        "out/peers/.made",
        f"VENV={folder}",
        *words,
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_variable_is_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for text in (f"$(shell touch {ran})", f"$(touch {ran})", f"`touch {ran}`", f"x; touch {ran}"):
        assignments = [f"{name}={text}" for name in ("args", "minutes", "workloads")]
        printed = make(tmp_path / "env", *RULES, *assignments)
        assert f"<{text}>" in printed
    assert not ran.exists()


def test_args_are_words(tmp_path: Path) -> None:
    printed = make(tmp_path / "env", "golden", """args=-k "lstm or gru" -x 'a b'""").splitlines()
    assert printed[printed.index("<tests/golden>") + 1 :][:4] == ["<-k>", "<lstm or gru>", "<-x>", "<a b>"]
    assert make(tmp_path / "env", "golden").splitlines()[-1] == "<tests/golden>"


@pytest.mark.parametrize(
    "name", ["a'b.keras", "$(shell touch pwned).keras", "`touch x`", "a; touch pwned #", "a,  b $x"]
)
def test_a_name_is_one_word(name: str, tmp_path: Path) -> None:
    """Nothing in it reaches make or a shell: what the recipe's shell hands on is the name."""
    variables = [f"{variable}={name}" for variable in ("model", "target", "port", "input")]
    words = make(tmp_path / "env", "validate", *variables).splitlines()
    assert words.count(f"<{name}>") == len(variables), words
