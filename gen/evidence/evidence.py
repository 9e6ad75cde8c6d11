"""``gatesmith prove``: proofs of a model's C, function by function, in a folder that runs without Gatesmith."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import join

import pycparser
from msgspec import structs

from ..backends.base import Generated
from ..boards.target import Target
from ..core.errors import UsageError
from ..core.settings import SILENT, SYNTHETIC, Progress, Settings
from ..files.folder import check_folder, write_folder
from ..files.scratch import scratch
from ..flow.plan import Plan, plan
from ..flow.program import program
from ..flow.reports import about
from ..importers.reading import Model, load
from ..quantization.observations import Observations
from ..run.toolchain.host import run_process
from .analyses import analyses
from .coverage import coverage
from .facts import EvidenceReport, SumFacts
from .instructions import instructions
from .proofs import FRAMES, Proofs, Prover, prove
from .rounding import rounding
from .saturation import saturation
from .source import SECONDS, Machine, rendered
from .trace import layer_of, tables

ALWAYS = (
    "The proofs are of undefined behaviour: accesses outside of objects, signed overflow, shifts, divisions by zero,"
    " conversions that lose value, loops without end. That results are right is what the self-test and validate show.",
    "CBMC, gcc's preprocessor and pycparser work as their manuals say. Interval arithmetic proposes contracts and"
    " invariants, and CBMC checks each but one: to how many elements the pointers of an array point.",
    "Induction over loops: what holds as a loop begins, and after any turn if it held before it, holds at all turns; a"
    " variable that a turn changes by at least a and at most b has changed by at least n a and at most n b after n.",
    "An element of a local array is read only after it has been written.",
    "Places of the working memory that are in use at the same time do not overlap (the plan of the memory, which tests"
    " check) and end where it says; a function's pointers point to different objects.",
    "Callers pass pointers to objects of the sizes that the header says, and a state that reset has set up; numbers in"
    " it that say where a ring or queue stands are changed by the model's functions alone.",
    "Right shifts of negative values are arithmetic: the source refuses to compile elsewhere. A cast of an unsigned"
    " word to int8_t or int16_t, and of int32_t to uint32_t, keeps the low bits, as kernels of packed weights intend.",
    "cppcheck reads tables of more than ten lines with zeros in place of their values, of the same type and size; the"
    " other analysers read them as declarations, of values that they do not know.",
)
ROWS = (
    "The sum of a row's products, or a part of it, lies between the bounds of its row, which exact integer arithmetic"
    " computes from the weights, and numbers of a transform between those of its window: for any inputs."
    " CBMC checks that sums cannot overflow on the way; that a kernel adds the products of its row and no others is"
    " what bit-for-bit tests show."
)
FLOATS = (
    "C computes in IEEE 754's float32, rounded to nearest. Results below 2^-126 may become 0, products be added without"
    " a rounding (FMA), and sums have any order; but no formula is changed (-ffast-math).",
    "Functions are off by at most 2e-7 of max(1, |y|), exp of |y|: measured at a million values each, not proved.",
    "Weights are the C's. Inputs and states are no larger than calibration has shown; by itself, all a layer reads.",
)
WORST = (
    "The bound of instructions: a branch on a line of the C whose conditions rest on constants and counters alone, as"
    " the compiler notes lines, or in assembly, memcpy or memset, or in a division that such lines alone call, goes"
    " the same way for any data: what it decides about runs as often as in the steps that ran, whose counts were all"
    " the same; or the same in each kind of step, such as masked ones, of which all that may be ran. Other branches"
    " take the longest way, and loops that they end all turns of interval arithmetic. libgcc's division of 32 bits"
    " runs at most twice as many instructions as it has. A call to a function's middle is a jump; all that ran in a"
    " step's functions is on known ways."
)


@dataclass(frozen=True)
class Evidence:
    """The results of the proofs."""

    report: EvidenceReport
    proved: Proofs


def evidence(
    path: Path,
    folder: Path,
    settings: Settings,
    prover: Prover,
    page: Callable[[EvidenceReport], str],
    force: bool = False,
    progress: Progress = SILENT,
) -> Evidence:
    """Prove a model's C for a target, and write the folder.

    Args:
        page: the report as HTML.

    Raises:
        UsageError: the numeric type or the backend is not supported, or a tool is missing.
    """
    chosen = plan(settings)
    integer = chosen.numeric.integer
    if chosen.python or not (integer or chosen.numeric.name == "float32"):
        raise UsageError(
            f"only C of integers and float32 is proved, not {'MicroPython' if chosen.python else chosen.numeric.name}",
            fix="--numeric int8 --calibration DATA.npz",
        )
    check_folder(folder, force)
    with progress.step("read"):
        model = load(path, settings)
    with progress.step("generate"):
        observations = Observations()
        generated = program(model, chosen, observed=observations)
    with progress.step("prove"), scratch() as place:
        proofs = prove(generated, machine_of(chosen.target), place, prover) if integer else Proofs([], {}, None, {})
        report = _report(model, chosen, generated, proofs, (folder, place), observations)
    with progress.step("write"):
        files = _files(generated, proofs, structs.replace(report, folder=".", file=path.name), page)
        facts = {"model_id": generated.model_id, "source": model.reading.source.sha256}
        write_folder(folder, files, {}, facts, force, ("run.sh",))
    return Evidence(report, proofs)


def _files(
    generated: Generated, results: Proofs, report: EvidenceReport, page: Callable[[EvidenceReport], str]
) -> dict[str, str | bytes]:
    """The folder's files; they do not contain its path."""
    commands = [(proof.file, join(proof.command)) for proof in results.proofs if proof.command]
    script = {"run.sh": rendered("run.sh.mako", commands=commands)} if commands else {}
    facts = json.dumps(report.as_json(), indent=1) + "\n"
    return {**generated.files, **results.files, **script, "evidence.json": facts, "evidence.html": page(report)}


def machine_of(board: Target) -> Machine:
    """The sizes of C's types on a board."""
    if board.is_host:
        return Machine(32, 64)
    return Machine(16, 32) if board.constants == "progmem" else Machine()


def _report(
    model: Model,
    chosen: Plan,
    generated: Generated,
    results: Proofs,
    places: tuple[Path, Path],
    observations: Observations,
) -> EvidenceReport:
    observed = observations.of(model, replace(chosen.settings, calibration=chosen.settings.calibration or SYNTHETIC))
    walk, place = results.walk, places[1]
    counted = instructions(generated, chosen, walk, place / "instructions") if walk else None
    proofs = tuple(structs.replace(proof, layer=layer_of(proof.function, generated)) for proof in results.proofs)
    return EvidenceReport(
        **about(model.reading.source),
        model_id=generated.model_id,
        target=chosen.target.name,
        numeric=chosen.numeric.name,
        proved=sum(proof.proved for proof in results.proofs),
        units=len(proofs),
        proofs=proofs,
        assumptions=(*assumptions(generated, results), *([WORST] if counted and counted.bound is not None else [])),
        coverage=coverage(generated, place / "coverage") if walk and shutil.which("gcov") else None,
        tables=() if walk is None else tables(walk, generated, place),
        sums=tuple(SumFacts(table=name, low=low, high=high) for name, (low, high) in generated.sums.items()),
        saturation=() if walk is None else saturation(generated.graph, observed),
        rounding=() if walk else rounding(model, chosen, observed, bool(generated.axes) and generated.causal),
        instructions=counted,
        tools=tools(chosen.target.compiler.command),
        analyses=analyses(generated, place / "analyses"),
        plain=plain(generated),
        folder=str(places[0]),
    )


def plain(code: Generated) -> bool:
    """Whether the source has no alternatives in assembly or intrinsics."""
    return not re.search(r"__asm__|__ARM_FEATURE|__riscv_|__XTENSA|__AVX|__SSE|__wasm", code.files[f"{code.name}.c"])


def assumptions(generated: Generated, results: Proofs) -> tuple[str, ...]:
    """All assumptions of the proofs or of the bounds."""
    lines = list(FLOATS if results.walk is None else ALWAYS)
    if any(proof.axioms for proof in results.proofs):
        lines.append(ROWS)
    if not plain(generated):
        lines.append(
            "Kernels of this target have forms with assembly or intrinsics; the plain C beside them is what is proved."
            " That both give the same bits is tested on emulated cores (tests/hil), not proved."
        )
    if f"{generated.name}_run" in generated.files[f"{generated.name}.h"] and generated.axes:
        lines.append(f"A call of {generated.name}_run has at most {FRAMES} steps.")
    return tuple(lines)


def tools(compiler: str) -> dict[str, str]:
    """The versions of the tools and of the target's compiler."""
    names = filter(shutil.which, ("cbmc", "gcc", "gcov", "cppcheck", "clang", compiler))
    outputs = {name: run_process([name, "--version"], SECONDS, name)[1] for name in names}
    versions = {name: (text.splitlines() or [""])[0] for name, text in outputs.items()}
    return versions | {"pycparser": pycparser.__version__}
