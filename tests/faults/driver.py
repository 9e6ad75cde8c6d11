"""Runs Gatesmith's commands again and again in children of one process, in each of which one file operation fails.

Started with faulty.c preloaded, in the folder that is watched: ``driver.py JOB.json``. The job is ``commands``
(``old``, what is there before, or null; ``new``), ``share``: how many of the operations fail, evenly spread, and
``faults``: in how many ways each, which take turns. A line of JSON an outcome. What is computed is computed once:
reading, vectors, and what the compiler makes. The command ``folder NAME`` writes files without a model.
"""

import contextlib
import ctypes
import hashlib
import io
import itertools
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gatesmith import cli
from gatesmith.core.errors import GatesmithError
from gatesmith.files.folder import JOURNAL, write_folder
from gatesmith.flow import generate
from gatesmith.run.toolchain import host

FAULTS = {"ENOSPC": 1, "EIO": 2, "kill": 3, "torn": 4, "EACCES": 5, "EINTR": 6}
ONE_OF_OURS = ("EACCES", "EINTR")
"""Faults that nobody's temporary files have: only operations in the output folder fail so."""
SHIM = ctypes.CDLL(None)
HERE = Path.cwd()
OUT, OLD, TEMPORARY = HERE / "parent" / "out", HERE / "old", HERE / "parent" / "tmp"
BUILT = HERE.parent / "built"
Files = dict[str, str]


def files(folder: Path) -> Files:
    """Paths and digests of what is in a folder; of what differs from run to run, the path alone."""
    return {
        path.relative_to(folder).as_posix(): ""
        if path.suffix in (".map", ".lst", ".elf")
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def build_once(*arguments: Any, **options: Any) -> host.Binary:
    """The build, cached from the first call on: injecting faults into it is not the subject here."""
    SHIM.faults_pause(1)
    try:
        out = arguments[2]
        cached = BUILT / hashlib.sha256(arguments[0][0].read_bytes()).hexdigest()
        if not cached.exists():
            BUILT.mkdir(exist_ok=True)
            REAL_BUILD(*arguments, **options)
            shutil.copytree(out, cached)
        shutil.copytree(cached, out, dirs_exist_ok=True)
        objects = {source: out / f"{number:02}_{source.stem}.o" for number, source in enumerate([*arguments[0]])}
        return host.Binary(out / "device", "gcc", (), objects, tuple(objects.values()), (str(out / "device"),))
    finally:
        SHIM.faults_pause(0)


REAL_BUILD, REAL_LOAD, REAL_VECTORS = host.build, generate.load, generate._vectors
MODELS: dict[str, Any] = {}
VECTORS: dict[str, Any] = {}


def load_once(path: Path, settings: Any) -> Any:
    if str(path) not in MODELS:
        MODELS[str(path)] = REAL_LOAD(path, settings)
    return MODELS[str(path)]


def vectors_once(model: Any, chosen: Any, generated: Any, observed: Any) -> Any:
    if generated.model_id not in VECTORS:
        VECTORS[generated.model_id] = REAL_VECTORS(model, chosen, generated, observed)
    return VECTORS[generated.model_id]


host.build, generate.load, generate._vectors = build_once, load_once, vectors_once


def command(words: Sequence[str]) -> int:
    if words[0] != "folder":
        return cli.main(list(words))
    name, out = words[1], Path(words[-1])
    texts = {"m.c": name, f"{name}/m.h": name, "same.h": "same"}
    try:
        write_folder(out, texts, {"Makefile": f"all: {name}\n"}, {"model_id": name}, False, ("m.c",))
    except GatesmithError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def run(words: Sequence[str], nth: int = 0, fault: int = 0, log: str = "") -> tuple[int, str]:
    """The exit code of a command in a child, and its stderr; minus the signal that ended it."""
    stderr = HERE.parent / "stderr"
    stderr.write_text("", "utf-8")
    child = os.fork()
    if child == 0:
        text = io.StringIO()
        with contextlib.redirect_stderr(text), contextlib.redirect_stdout(io.StringIO()):
            file = os.open(HERE.parent / log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) if log else -1
            SHIM.faults_arm(nth, fault, os.fsencode(HERE / "parent"), file)
            code = command([*words, "-o", str(OUT)])
            SHIM.faults_pause(1)
        stderr.write_text(text.getvalue(), "utf-8")
        os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, stderr.read_text("utf-8")


def restore(old: bool) -> None:
    shutil.rmtree(HERE / "parent", ignore_errors=True)
    TEMPORARY.mkdir(parents=True)
    if old:
        shutil.copytree(OLD, OUT)


def state(old: Files, new: Files) -> str:
    """The folder's state: ``old``, ``new``, ``marked`` (as incomplete), or one that must never be."""
    if not OUT.exists():
        return "old" if not old else "gone"
    digests = {path: digest for path, digest in files(OUT).items() if not path.startswith(".gatesmith-")}
    whole = {path: digest for path, digest in digests.items() if path != JOURNAL}
    of_old = {item for item in whole.items() if item not in new.items()}
    of_new = {item for item in whole.items() if item not in old.items()}
    if JOURNAL in digests:
        return "marked" if not of_old or not of_new else "marked and mixed"
    return "new" if whole == new else "old" if whole == old else "MIXED"


def outcomes(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    commands = job["commands"]
    old: Files = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for words in filter(None, commands.values()):
            assert command([*words, "-o", str(HERE.parent / "warm" / Path(words[1]).name)]) == 0
    if commands["old"]:
        restore(False)
        assert run(commands["old"])[0] == 0
        shutil.copytree(OUT, OLD)
        old = files(OLD)
    restore(False)
    assert run(commands["new"])[0] == 0
    new = files(OUT)
    restore(bool(old))
    assert run(commands["new"], log="log")[0] == 0
    assert files(OUT) == new
    log = (HERE.parent / "log").read_text("utf-8").splitlines()
    yield {"log": log}
    faults = itertools.cycle(FAULTS.items())
    for nth in range(1, len(log) + 1, max(1, len(log) // job["share"])):
        for name, fault in itertools.islice(faults, job["faults"]):
            if name in ONE_OF_OURS and not log[nth - 1].split(" ", 2)[2].startswith("/out"):
                continue
            restore(bool(old))
            code, stderr = run(commands["new"], nth, fault)
            outcome = state(old, new)
            again, error = run(commands["new"])
            rest = sorted(item.name for item in (*OUT.parent.iterdir(), *OUT.iterdir(), *TEMPORARY.iterdir()))
            yield {
                "operation": log[nth - 1],
                "fault": name,
                "code": code,
                "stderr": stderr,
                "left": outcome,
                "again": again,
                "error": error,
                "whole": files(OUT) == new,
                "leftovers": [one for one in rest if "gatesmith-" in one],
            }


if __name__ == "__main__":
    for line in outcomes(json.loads(Path(sys.argv[1]).read_text("utf-8"))):
        print(json.dumps(line), flush=True)
