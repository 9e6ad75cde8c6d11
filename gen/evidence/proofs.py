"""Proofs of a library's functions with CBMC: each function by itself, with contracts for its callees."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from msgspec import structs
from pycparser import c_ast

from ..backends.base import Generated
from ..core.errors import UsageError
from ..run.link.lifetime import bound, lives
from .contexts import ProofUnit
from .facts import PROVED, ProofFacts
from .source import Machine, literal, parse, put, subtree
from .units import harness
from .values import Interval, Memory, Type
from .walk import ROUNDS, IntervalWalk
from .writer import cells

CHECKS = (
    "--no-standard-checks", "--bounds-check", "--pointer-check", "--pointer-overflow-check", "--signed-overflow-check",
    "--undefined-shift-check", "--conversion-check", "--div-by-zero-check", "--unwinding-assertions",
    "--drop-unused-functions", "--slice-formula",
)  # fmt: skip
SPARSE = "--arrays-uf-always"
"""Arrays by their accesses, not by their elements: faster, but not for tables with values."""
FRAMES = 4096
"""Largest number of steps of a sequence in the proof of ``run``."""
WORKERS = 2
ROOM = 8 << 20
"""Kilobytes of memory that a proof may use."""


@dataclass
class Proofs:
    """All proofs of a library, the files to run them again, and seconds of CPU time per unit. For float models, there
    are no proofs and no walk."""

    proofs: list[ProofFacts]
    files: dict[str, str]
    walk: IntervalWalk | None
    seconds: dict[str, float]


@dataclass
class Prover:
    """Runs CBMC.

    Args:
        limit: seconds of processor time for a unit.
        answers: CBMC's earlier results, by a digest of the question.
        running: CBMC's processes; ended ones stay.
    """

    limit: float = 60.0
    answers: dict[str, tuple[str, int, float]] = field(default_factory=dict)
    running: set[subprocess.Popen[bytes]] = field(default_factory=set)

    def check(self, text: str, command: Sequence[str], path: Path) -> tuple[str, int, float]:
        """The result of a harness, the number of properties that hold, and seconds."""
        question = "\n".join((re.sub(r"/\*.*?\*/", "", text, flags=re.S), *command[2:]))
        key = hashlib.sha256(question.encode()).hexdigest()
        if key not in self.answers:
            put(path.parent, {path.name: text})
            self.answers[key] = self._run([*command[:1], str(path), *command[2:]])
        return self.answers[key]

    def _run(self, command: Sequence[str]) -> tuple[str, int, float]:
        limits = f"ulimit -t {int(self.limit)} && ulimit -v {ROOM}"  # one a call: dash refuses both together
        bounded = ("sh", "-c", f'{limits} && exec nice "$@"', "sh", *command, "--json-ui")
        with subprocess.Popen(bound(bounded), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            self.running.add(child)
            assert child.stdout is not None
            text = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        seconds = usage.ru_utime + usage.ru_stime
        if child.returncode < 0 or child.returncode > 128:
            return f"no answer in {self.limit:.0f} s", 0, seconds
        return (*self._read(text.decode()), seconds)

    @contextmanager
    def threads(self) -> Iterator[ThreadPoolExecutor]:
        """Threads to prove in. An exception ends CBMC's processes; those started afterwards get no time."""
        with ThreadPoolExecutor(WORKERS, initializer=lives) as pool:
            try:
                yield pool
            except BaseException:
                self.limit = 0.0
                for child in list(self.running):
                    child.terminate()
                raise

    def _read(self, text: str) -> tuple[str, int]:
        try:
            answer = json.loads(text)
        except ValueError:
            return "CBMC gave no answer", 0
        results = next((part["result"] for part in answer if "result" in part), None)
        if results is None:
            errors = [part["messageText"] for part in answer if part.get("messageType") == "ERROR"]
            return f"CBMC cannot read it: {'; '.join(errors)[:300]}", 0
        marks = [check for check in results if check["description"].startswith("reached: ")]
        if not any(check["status"] == "FAILURE" and check["description"] == "reached: the end" for check in marks):
            return "its end is not reached: what it assumes contradicts itself", 0
        wrong = [check for check in results if check["status"] != "SUCCESS" and check not in marks]
        wrong.sort(key=lambda check: check["status"] != "FAILURE")  # unknown ones follow from others
        if wrong:
            descriptions = dict.fromkeys(f"{check['description']}" for check in wrong)
            return f"not shown: {'; '.join(list(descriptions)[:4])}", 0
        return PROVED, len(results) - len(marks)


def entry_functions(generated: Generated, walk: IntervalWalk) -> dict[str, dict[str, Memory | Interval]]:
    """The functions for users, each with its arguments: arrays of the sizes in the header."""
    steps = {port.name: port.step for port in (*generated.inputs, *generated.outputs)}
    walked = {port.name for port in (*generated.inputs, *generated.outputs) if port.axis is not None}
    functions: dict[str, dict[str, Memory | Interval]] = {}
    state: Memory | None = None
    for word in ("reset", "step", "finish", "run"):
        name = f"{generated.name}_{word}"
        if name not in walk.source.functions:
            continue
        parameters: dict[str, Memory | Interval] = {}
        for declared in walk.parameters_of(walk.source.functions[name]):
            kind = walk.type_of(declared.type)
            if kind.scalar:
                parameters[declared.name] = Interval(kind, 0, FRAMES)
                continue
            if kind.to is not None and kind.to.record:
                state = state or _state(walk, walk.object(declared.name, kind.to), f"{generated.name}_state_valid")
                parameters[declared.name] = state
                continue
            count = kind.count or steps.get(declared.name, 1) * (FRAMES if declared.name in walked else 1)
            parameters[declared.name] = walk.object(declared.name, Type(to=kind.to, count=count), fixed=True)
        functions[name] = parameters
    return functions


def _state(walk: IntervalWalk, state: Memory, valid: str) -> Memory:
    """A state whose ring positions have the ranges that the function for checking foreign states allows."""
    for call in subtree(walk.source.functions.get(valid)):
        if isinstance(call, c_ast.FuncCall) and call.name.name == "within":
            place, *limits = call.args.exprs
            at = walk.field(state, place.expr.field.name)
            nexts, held, ended, least, most, _ = map(literal, limits)
            for name, low, high in (("next", 0, nexts), ("held", 0, held), ("ended", 0, ended), ("came", least, most)):
                number = walk.field(at, name)
                number.put(low, high)
                number.limits = low, high
    return state


def require_tools() -> None:
    """Check that the tools are installed.

    Raises:
        UsageError: a tool is missing.
    """
    for tool in ("cbmc", "gcc"):
        if shutil.which(tool) is None:
            raise UsageError(f"{tool} is not here, which proofs are made with", fix=f"apt-get install {tool}")


def prove(generated: Generated, machine: Machine, folder: Path, prover: Prover) -> Proofs:
    """Prove a library's functions. If a function is not proved because its contract is too weak, it is analysed again
    inside its callers; other functions then require the elements that it accesses. Callers that are then not proved are
    analysed inside theirs.

    Args:
        folder: folder for work in progress.

    Raises:
        UsageError: a tool is missing.
    """
    require_tools()
    source = parse(dict(generated.files), generated.name, machine, folder)
    walk = IntervalWalk(source, generated.sums)
    first = best = results = _round(generated, walk, folder, prover)
    wanting: set[str] = set()
    while True:
        called = {name for proof in results.proofs for name in proof.calls}
        more = {proof.name for proof in results.proofs if not proof.proved and proof.name in called} - wanting
        if not more:
            return best
        wanting |= more
        outermost = {name for proof in first.proofs if proof.name not in wanting for name in proof.calls}
        weak = [proof for proof in first.proofs if proof.name in wanting]
        retry = IntervalWalk(source, generated.sums, {proof.function for proof in weak if proof.name in outermost})
        retry.asked = walk.reached({proof.function for proof in weak})
        results = _round(generated, retry, folder, prover)
        wrong = [{proof.name for proof in each.proofs if not proof.proved} for each in (best, results)]
        best = results if wrong[1] < wrong[0] else best


def _round(generated: Generated, walk: IntervalWalk, folder: Path, prover: Prover) -> Proofs:
    units = walk.run(entry_functions(generated, walk))
    with prover.threads() as pool:
        proofs_of_units = list(pool.map(partial(_prove_unit, walk, folder, prover), units))
    proofs = [_tables_proof(walk, generated), *(proof for proof, _, _ in proofs_of_units)]
    files = {proof.file: text for proof, text, _ in proofs_of_units}
    return Proofs(proofs, files, walk, {proof.name: seconds for proof, _, seconds in proofs_of_units})


def _tables_proof(walk: IntervalWalk, generated: Generated) -> ProofFacts:
    """A proof that layers' tables in C have the integers of the model: bounds of sums depend on it."""
    numbers = {name: np.array(values, "<i8").tobytes() for name, values in walk.numbers.items()}
    digests = {name: hashlib.sha256(values).hexdigest() for name, values in numbers.items()}
    wrong = [table.name for table in generated.tables if table.digest not in ("", digests.get(table.name))]
    if walk.settled_at == ROUNDS:
        return ProofFacts(name="contracts", result=f"not settled in {ROUNDS} rounds", how="compared")
    result = f"not the integers of the model: {', '.join(wrong)}" if wrong else PROVED
    claims = ("each layer's tables have the integers of the model, compared by SHA-256",)
    checks = sum(bool(table.digest) for table in generated.tables)
    return ProofFacts(name="tables", result=result, how="compared", contract=claims, checks=checks)


def _prove_unit(walk: IntervalWalk, folder: Path, prover: Prover, unit: ProofUnit) -> tuple[ProofFacts, str, float]:
    """A unit's proof, its harness, and seconds."""
    file, turns = f"units/{unit.name}.c", max(unit.turns, 3)
    command = ("cbmc", file, "--unwind", str(turns), *walk.source.machine.options, *CHECKS)
    best = ProofFacts(
        name=unit.name,
        function=unit.function,
        result=unit.unread or ("a loop without a bound, or a pointer into a part of a struct" if unit.endless else ""),
        contract=contract(unit),
        calls=tuple(dict.fromkeys(callee.name for callee in unit.calls.values())),
        axioms=tuple(sorted(unit.axioms)),
        file=file,
        command=command,
    )
    how = "one turn of any" if any(what == "loop" for what, _ in unit.notes) else "as it is"
    chosen, tried, seconds = "", list[str](), 0.0
    for way, real in ((how, False), (f"{how}, with its tables' values", True)):
        text = "" if unit.unread else harness(walk, unit, real)
        if unit.endless or text == chosen:
            chosen = chosen or text
            break
        question = command if real else (*command, SPARSE)
        result, checks, took = prover.check(text, question, folder / file)
        seconds += took
        if not chosen or result == PROVED:
            best, chosen = structs.replace(best, result=result, how=way, checks=checks, command=question), text
        if best.proved:
            break
        tried.append(f"{way}: {result}")
    return structs.replace(best, tried=tuple(tried)), chosen, seconds


def contract(unit: ProofUnit) -> tuple[str, ...]:
    """A function's requirements on its callers and its guarantees, in words."""
    lines = []
    for name, value in unit.parameters.items():
        if isinstance(value, Interval):
            lines.append(f"{name} from {value.low} to {value.high}" if not value.single else f"{name} is {value.low}")
        elif value.type.record:
            numbers = [f"{place} from {part.low} to {part.high}" for place, part in cells(value, name)]
            lines += [f"{name}: a {value.type.record}", *numbers]
        else:
            kind = value.type.spelled if value.type.scalar else "pointers"
            full = not value.type.scalar or (value.low, value.high) == (value.type.low, value.type.high)
            bounds = "" if full else f" from {value.low} to {value.high}"
            written = ", written" if id(value) in unit.written else ""
            lines.append(f"{name}: {value.count} of {kind}{bounds}{written}{', or NULL' if value.null else ''}")
    if unit.returned is not None:
        lines.append(f"gives from {unit.returned.low} to {unit.returned.high}")
    return tuple(lines)
