"""A file operation fails, or the process is killed at it: the folder is the old one, the new one, or says what it is.

Each operation in turn (open, read, close, lstat, flock, create, write, fsync, rename, mkdir, unlink, rmdir), with a
full disk, a broken one, a refusal, an interruption, and the process killed before it and in it. Then the same command
again must complete the folder and leave nothing else. The folder is compared with that of a run without a fault, not
with its own manifest.

A folder without a model takes every operation in one of the ways, which take turns. Two commands take a share of their
operations in two of the ways. With ``GATESMITH_EVERYTHING=1`` all take all. Counts are told at the end of a run.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from everything import EVERYTHING

from gatesmith.core.errors import ExitCode

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"
ALL, WAYS = 1_000_000, 6
SHARE = 5
"""Operations of a command that fail, one after the other, unless all do."""
ONE, OTHER = str(EXAMPLES / "basic_motions.keras"), str(EXAMPLES / "japanese_vowels.keras")
COMMANDS: dict[str, tuple[list[str] | None, list[str]]] = {
    "folder, new": (None, ["folder", "one"]),
    "folder, an update": (["folder", "one"], ["folder", "two"]),
    "generate, a new folder": (None, ["generate", ONE]),
    "generate, an update": (["generate", ONE, "--name", "m"], ["generate", OTHER, "--name", "m"]),
    "generate, an update of a project": (
        ["generate", ONE, "--target", "nucleo_f446re"],
        ["generate", OTHER, "--target", "nucleo_f446re"],
    ),
    "generate, a folder into a project": (["generate", ONE], ["generate", OTHER, "--target", "nucleo_f446re"]),
    "build, a new folder": (None, ["build", ONE]),
    "build, an update": (["build", ONE, "--name", "m"], ["build", OTHER, "--name", "m"]),
}
SHORT = [name for name in COMMANDS if name.startswith("folder")]
SHORT += ["generate, a folder into a project", "build, an update"]
Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """faulty.c as a library."""
    if sys.platform != "linux" or shutil.which("gcc") is None:
        pytest.skip("operations are made to fail on Linux, with gcc")
    library = tmp_path_factory.mktemp("shim") / "faulty.so"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["gcc", *flags, "-o", library, HERE / "faulty.c", "-ldl"], check=True, timeout=60)
    return library


def outcomes(shim: Path, place: Path, old: list[str] | None, new: list[str]) -> list[dict[str, Any]]:
    """What the driver found; first the log of a run in which nothing fails."""
    watched, job = place / "watched", place / "job.json"
    (watched / "parent" / "tmp").mkdir(parents=True)
    how_many = {"share": ALL, "faults": 1} if new[0] == "folder" else {"share": SHARE, "faults": 2}
    how_many = {"share": ALL, "faults": WAYS} if EVERYTHING else how_many
    job.write_text(json.dumps({"commands": {"old": old, "new": new}, **how_many}), "utf-8")
    done = subprocess.run(
        [sys.executable, HERE / "driver.py", job],
        cwd=watched,
        env={**os.environ, "LD_PRELOAD": str(shim), "TMPDIR": str(watched / "parent" / "tmp")},
        capture_output=True,
        text=True,
        timeout=3000 if EVERYTHING else 300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", COMMANDS if EVERYTHING else SHORT)
def test_old_or_new_or_marked(name: str, shim: Path, tmp_path: Path, record_property: Record) -> None:
    log, *runs = outcomes(shim, tmp_path, *COMMANDS[name])
    check_order(log["log"])
    table: Counter[tuple[str, str]] = Counter()
    for one in runs:
        where = f"{one['fault']} at {one['operation']}"
        assert one["left"] in ("old", "new", "marked"), f"{where}: {one['left']}"
        assert (one["again"], one["error"]) == (0, one["error"]) and one["whole"], f"{where}: {one['error']}"
        assert one["leftovers"] == [], where
        if one["fault"] in ("kill", "torn"):
            assert one["code"] == -9, f"{where}: the fault was not reached"
        else:
            stderr = one["stderr"]
            assert "Traceback" not in stderr and "bug" not in stderr, f"{where}: {stderr}"
            allowed = (ExitCode.OK, ExitCode.SYSTEM)
            assert one["code"] in allowed, f"{where}: {one['code']} {stderr}"
            assert one["code"] != 0 or one["left"] == "new", where
            assert one["code"] == 0 or stderr.count("error: ") == 1, f"{where}: {stderr}"
            assert one["left"] != "marked" or "run the same gatesmith command again" in " ".join(stderr.split()), stderr
        table[one["fault"], one["left"]] += 1
    record_property(
        "told", f"faults: {name}: {', '.join(f'{fault} {left} {n}' for (fault, left), n in sorted(table.items()))}"
    )
    if EVERYTHING or name.startswith("folder"):
        assert {outcome for _, outcome in table} == {"old", "new"} | ({"marked"} if COMMANDS[name][0] else set())


def check_order(log: list[str]) -> None:
    """Every file is on the disk before it is moved; the folder says that it is incomplete before it is, and as long."""
    log = [line for line in log if line.split(" ", 2)[1] not in ("open", "read", "close", "lstat", "flock")]
    last: dict[str, str] = {}
    moved: list[str] = []
    for line in log:
        _, operation, path = line.split(" ", 2)
        name = path.rsplit("/", 1)[-1]
        if operation == "write":
            last[name] = "write"
        elif operation == "fsync":
            last[name] = "fsync"
        elif operation == "rename":
            assert last.get(name, "fsync") == "fsync", f"{name} is moved before it is on the disk"
            moved.append(name)
    assert moved
    if len(moved) > 1:
        assert moved[0] == "gatesmith.incomplete.json" and moved[-1] == "gatesmith.json"
        renames = [index for index, line in enumerate(log) if re.search(r" rename .*/gatesmith[.\w]*json$", line)]
        for index in renames:
            assert log[index + 1].split(" ", 2)[1] == "fsync", "the folder itself is not on the disk"
        removed = [index for index, line in enumerate(log) if " unlink /out/" in line and ".gatesmith-" not in line]
        assert renames[0] < removed[0] and log[removed[-1]].endswith("/gatesmith.incomplete.json")
