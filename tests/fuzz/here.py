"""What the reader's and the judge's processes do, in this one: to start one costs more than to read a small file, and
Keras is loaded here already. ``tests/conftest.py`` has all tests do so that do not ask for ``apart``."""

import hashlib
import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from layers.session import once

from gatesmith import cli
from gatesmith.importers.keras.containers import _child, _wire, sandbox
from gatesmith.importers.keras.dialect.kinds import user_modules
from gatesmith.importers.keras.live import custom
from gatesmith.oracle import judge

ALONE = threading.Lock()
"""HDF5 takes two files in memory of one name, open at once, for one file."""
PROCESS = sandbox.parse
JUDGE = judge._run
TRACER = custom.run


def commanded(arguments: Sequence[str]) -> tuple[int, str, str]:
    """A command by its own function: the exit code, what it says on stdout and on stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.main(list(arguments))
    return code, out.getvalue(), err.getvalue()


def parsed_here(wanted: bool = True) -> AbstractContextManager[Any]:
    """Files are parsed here, and the answer takes the wire's form all the same; or by the process, if not wanted."""
    return patch.object(sandbox, "parse", parse if wanted else PROCESS)


@contextmanager
def judged_here(wanted: bool = True) -> Iterator[None]:
    """Keras answers here; or in a process, if not wanted."""
    ours = (run, traced) if wanted else (JUDGE, TRACER)
    with patch.object(judge, "_run", ours[0]), patch.object(custom, "run", ours[1]):
        yield


def traced(module: str, answer: Path, *arguments: str) -> str:
    """As ``custom.run``."""
    custom._main(arguments)
    return ""


def run(package: str, model: Path, inputs: Path, outputs: Path) -> None:
    """As ``judge._run``. Of each file and its inputs a session asks a Keras once: half of all is asked again."""

    def answered() -> bytes:
        try:
            judge.answer(import_module(package), package, model, inputs, outputs)
        except Exception as error:
            raise judge._unable(package, f"{type(error).__name__}: {error}".splitlines()[-1]) from error
        return outputs.read_bytes()

    asked = hashlib.sha256(package.encode() + model.read_bytes() + inputs.read_bytes())
    outputs.write_bytes(answered() if user_modules() else once(asked.hexdigest(), answered))  # users' code may change


def parse(data: bytes, kind: str, where: str) -> Any:
    """As ``sandbox.parse``."""
    with ALONE:
        reply = _child.answer(_child.reader(kind), data)
    content = sandbox.parse_reply(_wire.packed(reply))
    if isinstance(content, _wire.Refusal):
        raise sandbox.refused(content, where)
    return content
