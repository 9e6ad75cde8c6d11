"""What other tools say of the C: MISRA C:2012 by cppcheck's addon, gcc's and clang's analysers; and what its compiled
object calls."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..backends.base import Generated
from ..run.toolchain.host import run_tool
from .facts import AnalysisFacts, FindingFacts
from .source import put

SECONDS = 300.0
RULES = {
    "2.2": "an assignment whose value a later path does not read; compilers drop it",
    "2.3": "the type is an assertion at compile time, which C99 has not",
    "5.9": "names of static functions are unique within a program that has one model of a name",
    "8.7": "the functions are the library's interface: other files call them",
    "8.9": "tables of constants stand at file scope, beside the layer that reads them",
    "10.1": "right shifts of negative numbers: the source refuses to compile where they are not arithmetic",
    "10.3": "the value was saturated to the type, or the type holds all of a narrower one's values",
    "10.4": "operands of int16_t and int32_t are promoted to int32_t, as C does",
    "10.6": "a sum of narrow values whose bound is proved above",
    "10.8": "a sum whose bound is proved above is brought to the type that holds it",
    "11.3": "words are read of aligned tables of bytes",
    "12.1": "precedence of * and + is C's; parentheses stand where readers err",
    "12.3": "two variables are declared in one statement",
    "12.2": "shifts by a table's constants, whose ranges are proved above",
    "13.4": "several sums are set to one value",
    "14.3": "a condition on a constant of this model, kept for readers",
    "15.5": "a function returns where the answer is known",
    "17.7": "the pointer that memcpy and memset return is the one they were given",
    "18.4": "a row of a table or of a sequence begins at pointer + index",
    "19.2": "parts of the working memory are used as different types, one after the other",
    "20.10": "names are put together in one macro",
    "21.1": "no name of the language is used",
}
"""Rules that generated C deviates from, with the reason."""
SEEN = {
    "core.UndefinedBinaryOperatorResult": "the index lies within its table, which the proofs show for every value",
    "knownConditionTrueFalse": RULES["14.3"],
}
"""Other findings that were looked at."""
MISRA = re.compile(r"misra-c2012-([\d.]+)$")
HEAP = {"malloc", "calloc", "realloc", "free", "alloca"}


def analyses(generated: Generated, folder: Path) -> tuple[AnalysisFacts, ...]:
    """Each tool that is here, and its findings; of another, what to install."""
    put(folder, generated.files)
    source = f"{generated.name}.c"
    cppcheck = [
        "cppcheck", "--addon=misra", "--std=c99", "--enable=style", "--inline-suppr", "--quiet",
        "--suppress=missingIncludeSystem", "--template={file}:{line}: {id}", source,
    ]  # fmt: skip
    gcc = ["gcc", "-std=c99", "-O2", "-fanalyzer", "-c", source, "-o", "analysed.o"]
    clang = ["clang", "--analyze", "-std=c99", "--analyzer-output", "text", source, "-o", "analysed.plist"]
    return _ran(cppcheck, folder), _ran(gcc, folder), _ran(clang, folder), _object(source, folder)


def _ran(command: Sequence[str], folder: Path) -> AnalysisFacts:
    tool = command[0]
    if shutil.which(tool) is None:
        return AnalysisFacts(tool=tool, command=tuple(command), missing=f"apt-get install {tool}", findings=())
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return AnalysisFacts(tool=tool, command=tuple(command), missing=f"longer than {SECONDS:g} s", findings=())
    lines = [line for line in done.stderr.splitlines() if re.match(r"[\w.]+:\d+:", line) and "note:" not in line]
    if done.returncode and not lines:  # a tool that failed has looked at nothing
        failed = f"it failed with exit status {done.returncode}"
        return AnalysisFacts(tool=tool, command=tuple(command), missing=failed, findings=())
    counts = Counter(line.rsplit(": ", 1)[-1] if tool == "cppcheck" else line.split(": ", 1)[1] for line in lines)
    first = {name: next(line.split(": ")[0] for line in lines if line.endswith(name)) for name in counts}
    findings = tuple(
        FindingFacts(name=name, count=count, first=first[name], reason=_reason(name))
        for name, count in sorted(counts.items())
        if name != "normalCheckLevelMaxBranches"  # cppcheck says how far it looked
    )
    return AnalysisFacts(tool=tool, command=tuple(command), missing="", findings=findings)


def _reason(name: str) -> str:
    rule = MISRA.search(name)
    return RULES.get(rule[1], "") if rule else next((why for key, why in SEEN.items() if key in name), "")


def _object(source: str, folder: Path) -> AnalysisFacts:
    """The functions of others that the object calls: none may come from the heap, and no call may go by a pointer."""
    command = ["gcc", "-std=c99", "-O2", "-c", source, "-o", "scanned.o"]
    run_tool(command, SECONDS, folder)
    undefined = run_tool(["nm", "-u", "scanned.o"], SECONDS, folder)
    code = run_tool(["objdump", "-d", "scanned.o"], SECONDS, folder)
    names = {line.split()[-1] for line in undefined.splitlines() if line.strip()}
    findings = [FindingFacts(name=f"calls {name}", count=1, first="", reason="") for name in sorted(names & HEAP)]
    if indirect := len(re.findall(r"\t(?:call|jmp)\s+\*(?!0x0\(%rip\))", code)):
        findings.append(FindingFacts(name="calls by a pointer", count=indirect, first="", reason=""))
    return AnalysisFacts(tool="gcc, nm, objdump", command=tuple(command), missing="", findings=tuple(findings))
