"""Generated modules on MicroPythons, many models a start: on Debian's, and on all that stand in for a target's
(``targets/micropython``).

``GATESMITH_MICROPYTHON`` names where every case runs, none if it is not set: ``unix,cortex-m3,cortex-m4f``.
``GATESMITH_MICROPYTHON_RECORD`` is a file that keeps what each model answered: with it a run that was interrupted goes
on where it was, and after a change only models whose modules or inputs differ run again.
"""

import hashlib
import json
import os
import shutil
from binascii import unhexlify
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith import passes
from gatesmith.backends import micropython
from gatesmith.backends.base import Generated, Origin, PortView
from gatesmith.core.errors import DeviceError
from gatesmith.core.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.run.repl import micropython as device
from gatesmith.run.repl.repl import Repl
from gatesmith.run.repl.session import CODES
from gatesmith.run.standins.interpreters import ROM_AT
from gatesmith.run.toolchain import mpy

Array = npt.NDArray[Any]
UNIX = "unix"
STAND_INS = device.stand_ins()
PLACES = (UNIX, *STAND_INS)
WHOLLY = tuple(name for name in os.environ.get("GATESMITH_MICROPYTHON", "").split(",") if name)
"""Where every case runs."""
RECORD = os.environ.get("GATESMITH_MICROPYTHON_RECORD", "")
ORIGIN = Origin("model.keras", "0" * 64, "Keras 3", "0" * 16)
DEVICE_SIDE = Path(__file__).parent / "device_side.py"
NAME = "model"
NATIVE = f"{NAME}_viper"
AT_ONCE = 12
"""Models in one exchange."""
SECONDS = 100.0
ENOUGH = 100_000
"""Bytes of heap that a board must have left for the next model; names of the models before stay in it."""


def modules(graph: Graph, numeric: str = "float32") -> Generated:
    """A graph's modules."""
    options = micropython.Options(NAME, "test", NUMERICS[numeric])
    return micropython.generate(passes.compile_graph(graph), ORIGIN, options, "test")


def lacking(where: str) -> str:
    """What is missing to run modules there; empty if nothing."""
    if where == UNIX:
        return "" if shutil.which("micropython") else "micropython (apt-get install micropython)"
    tools = ", ".join(device.missing_tools()) if STAND_INS[where].is_board else ""
    return f"{tools} (pip install 'gatesmith[micropython]')" if tools else STAND_INS[where].missing()


def has_viper(where: str) -> bool:
    """Whether its firmware takes native code."""
    return where == UNIX or bool(STAND_INS[where].arch)


@dataclass(frozen=True, eq=False)
class Job:
    """A model and what it is fed: a list of arrays (rows first, in the ports' own types) a call. Each row starts from
    zeros; with ``native`` false, a module of integers has only its plain fallback."""

    code: Generated
    inputs: Sequence[Sequence[Array]]
    native: bool = True

    @cached_property
    def data(self) -> bytes:
        ports = self.code.inputs
        return b"".join(
            np.ascontiguousarray(x[row], np.dtype(port.dtype).newbyteorder("<")).tobytes()
            for row in range(self.rows)
            for call in self.inputs
            for x, port in zip(call, ports, strict=True)
        )

    @property
    def rows(self) -> int:
        return len(self.inputs[0][0])

    @cached_property
    def lengths(self) -> dict[int, int]:
        """Steps of each axis."""
        steps = {n: axis.fixed for n, axis in enumerate(self.code.axes) if axis.fixed is not None}
        for port, x in zip(self.code.inputs, self.inputs[0], strict=True):
            if port.axis is not None:
                steps[port.axis] = x.shape[1]
        return steps

    def shape(self, port: PortView) -> tuple[int, ...]:
        """Of one row."""
        lengths = port.shape if port.axis is None else (self.lengths[port.axis], *port.shape[1:])
        return tuple(int(n or 0) for n in lengths)

    @cached_property
    def call(self) -> str:
        """The arguments of ``visit`` after its folder."""
        sides = [
            [
                (CODES[port.dtype], int(np.prod(self.shape(port), dtype=np.int64)), port.frame, port.axis is not None)
                for port in ports
            ]
            for ports in (self.code.inputs, self.code.outputs)
        ]
        native = self.code.integer and self.native
        return f"{native}, {self.rows}, {len(self.inputs)}, {sides[0]}, {sides[1]}, {self.code.integer}"

    @cached_property
    def id(self) -> str:
        """A hash of the modules, their inputs, and the device-side script."""
        digest = hashlib.sha256(DEVICE_SIDE.read_bytes())
        for path, text in sorted(self.code.files.items()):
            digest.update(f"{path}\0{text}\0".encode())
        digest.update(self.data)
        digest.update(self.call.encode())
        return digest.hexdigest()[:32]


@dataclass(frozen=True)
class Answers:
    """What a model answered.

    Args:
        calls: a list of arrays (rows first) a call.
        steps: the first call by steps, if it can.
        heap: bytes that one of these steps left allocated, at most; of native code alone.
        native: whether by native code.
    """

    calls: list[list[Array]]
    steps: list[Array] | None
    heap: int
    native: bool


def understood(job: Job, printed: str) -> Answers:
    """The answers from what the device printed."""
    first, *lines = printed.split("\n")
    model_id, native = first.split()
    assert model_id == job.code.model_id, f"it is {model_id}, not {job.code.model_id}"
    turns = len(job.inputs) + (1 if job.code.causal else 0)
    assert len(lines) == turns * job.rows, f"{len(lines)} lines where {turns * job.rows} were expected"
    rows = [lines[at : at + turns] for at in range(0, len(lines), turns)]
    heap = 0
    for row in rows if job.code.causal else ():
        steps, taken = row[-1].split()
        row[-1] = row[0] if steps == "=" else steps
        heap = max(heap, int(taken))
    columns = ([_arrays(job, unhexlify(row)) for row in column] for column in zip(*rows, strict=True))
    turned = [[np.stack(part) for part in zip(*column, strict=True)] for column in columns]
    calls = turned[: len(job.inputs)]
    return Answers(calls, turned[-1] if job.code.causal else None, heap, native == "True")


def _arrays(job: Job, data: bytes) -> list[Array]:
    arrays, at = [], 0
    for port in job.code.outputs:
        dtype, shape = np.dtype(port.dtype).newbyteorder("<"), job.shape(port)
        count = int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(data, dtype, count, at).reshape(shape).astype(port.dtype))
        at += count * dtype.itemsize
    assert at == len(data), f"{len(data)} bytes where {at} were expected"
    return arrays


class Fleet:
    """Every MicroPython, with what models answered there.

    Args:
        folder: for modules and images of file systems.
    """

    def __init__(self, folder: Path, record: str = RECORD) -> None:
        self.folder = folder
        self.record = Path(record) if record else None
        self.printed: dict[tuple[str, str], str | Exception] = {}
        if self.record is not None and self.record.is_file():
            for line in self.record.read_text("utf-8").splitlines():
                where, job, printed = json.loads(line)
                self.printed[where, job] = printed

    def answers(self, where: str, job: Job) -> Answers:
        """After ``work``.

        Raises:
            DeviceError: the model did not run there.
        """
        printed = self.printed[place(where), job.id]
        if isinstance(printed, Exception):
            raise printed
        return understood(job, printed)

    def work(self, where: str, jobs: Sequence[Job]) -> None:
        """Run the jobs that have not run there, in one start; after a failure it is started again."""
        here = place(where)
        todo = list({job.id: job for job in jobs if (here, job.id) not in self.printed}.values())
        if not todo:
            return
        folder = self.folder / f"{where}_{len(self.printed)}"
        folder.mkdir()
        running = Running(where, todo, folder)
        try:
            for at in range(0, len(todo), AT_ONCE):
                for job, printed in running.several(todo[at : at + AT_ONCE]):
                    self.printed[here, job.id] = printed
                    if self.record is not None and isinstance(printed, str):
                        with self.record.open("a", encoding="utf-8") as file:
                            file.write(json.dumps([here, job.id, printed]) + "\n")
        finally:
            running.stop()
            shutil.rmtree(folder)


class Running:
    """One MicroPython with the modules of many models, started when it is needed.

    Args:
        folder: on this machine, of which the unix port imports; boards have the same in their ROM.
    """

    def __init__(self, where: str, jobs: Sequence[Job], folder: Path) -> None:
        self.folder = folder
        self.stand_in = STAND_INS.get(where)
        self.board = self.stand_in if self.stand_in is not None and self.stand_in.is_board else None
        self.top = ROM_AT if self.stand_in is not None and (self.board or self.stand_in.runner) else str(folder)
        self.repl: Repl | None = None
        self.named = {job.id: f"m{number}" for number, job in enumerate(jobs)}
        with ThreadPoolExecutor(2) as pool:
            compiled = list(pool.map(self._compiled, [job.code.files for job in jobs]))
        self.files = dict(self._compiled({f"{DEVICE_SIDE.stem}.py": DEVICE_SIDE.read_text("utf-8")}))
        for job, files in zip(jobs, compiled, strict=True):
            name = self.named[job.id]
            for path, content in files.items():
                inside = "native/" if path.startswith(NATIVE) else ""
                self.files[f"{name}/{inside}{path}"] = content
            self.files |= {f"{name}/data": job.data, f"{name}/call": job.call.encode()}
        if self.board is None:
            for path, content in self.files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)

    def _compiled(self, files: Mapping[str, str]) -> Mapping[str, bytes]:
        """As a target's own users have them: source, or bytecode and native code."""
        if self.board is None:
            return {path: text.encode() for path, text in files.items() if path.endswith(".py")}
        return mpy.cross(files, self.board.arch)

    def several(self, jobs: Sequence[Job]) -> list[tuple[Job, str | DeviceError]]:
        """What each model prints, or what stopped it; where one of many is stopped, each runs again by itself."""
        try:
            each, free = self._ask(jobs)
        except DeviceError as error:
            self.stop()
            if len(jobs) == 1:
                return [(jobs[0], error)]
            return [answer for job in jobs for answer in self.several([job])]
        if self.board is not None and int(free) < ENOUGH:
            self.stop()
        return list(zip(jobs, (text.strip() for text in each), strict=True))

    def _ask(self, jobs: Sequence[Job]) -> tuple[Sequence[str], str]:
        """One exchange for several jobs: under load, each exchange waits long."""
        if self.repl is None:
            self.repl = self._start()
            self.repl.exec(f"import {DEVICE_SIDE.stem}", SECONDS)
        folders = [self.named[job.id] for job in jobs]
        printed = self.repl.exec(f"{DEVICE_SIDE.stem}.several({self.top!r}, {folders})", SECONDS)
        *each, free = printed.decode("ascii").replace("\r", "").split("end\n")
        if len(each) != len(jobs):
            raise DeviceError(f"{len(each)} answers came of {len(jobs)}", why=free[-200:])
        return each, free

    def _start(self) -> Repl:
        if self.board is not None:
            return device.boot(self.board, self.files, self.folder)
        return device.start_here(self.stand_in, {}, self.folder)

    def stop(self) -> None:
        if self.repl is not None:
            self.repl.close()
            self.repl = None


@cache
def place(where: str) -> str:
    """A place and what stands there."""
    if where == UNIX:
        stands = Path(shutil.which("micropython") or "").read_bytes()
    else:
        stands = STAND_INS[where].image.read_bytes() if STAND_INS[where].firmware else STAND_INS[where].npm.encode()
    return f"{where} {hashlib.sha256(stands).hexdigest()[:16]}"
