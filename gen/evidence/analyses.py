"""Findings of other tools in the C: MISRA C:2012 by cppcheck's addon, gcc's and clang's analysers; and the calls of its
compiled object."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from ..backends.base import Generated
from ..core.errors import BuildError
from ..run.link.lifetime import bound
from ..run.toolchain.host import run_process, run_tool
from .facts import AnalysisFacts, FindingFacts
from .source import SECONDS, put

DEVIATIONS = tomllib.loads(resources.files(__package__).joinpath("deviations.toml").read_text("utf-8"))
MISRA = re.compile(r"misra-c2012-([\d.]+)$")
TABLE = re.compile(r"(\bconst [^=;]*\d\]) = \{\n((?:(?!\};).*\n){9,})\};")
"""A table of constants on more than ten lines."""
HEAP = re.compile(r"^ +U (malloc|calloc|realloc|free|alloca)$", re.M)


def analyses(generated: Generated, folder: Path) -> tuple[AnalysisFacts, ...]:
    """The findings of each installed tool; for others, the package to install."""
    source = f"{generated.name}.c"
    zeros = shortened(generated.files[source])
    unknown = re.sub(r"static (const [^;]*?) = \{ 0 \};", r"extern \1;", zeros)
    for form, text in (("whole", generated.files[source]), ("zeros", zeros), ("unknown", unknown)):
        put(folder / form, {**generated.files, source: text})
    cppcheck = [
        "cppcheck", "--addon=misra", "--std=c99", "--enable=style", "--inline-suppr", "--quiet",
        "--suppress=missingIncludeSystem", "--template={file}:{line}: {id}", source,
    ]  # fmt: skip
    gcc = ["gcc", "-std=c99", "-O2", "-fanalyzer", "-c", source, "-o", "analysed.o"]
    clang = ["clang", "--analyze", "-std=c99", "--analyzer-output", "text", source, "-o", "analysed.plist"]
    runs = (cppcheck, "zeros"), (gcc, "unknown"), (clang, "unknown")
    return *(_run_analyser(command, folder / form) for command, form in runs), _object_calls(source, folder / "whole")


def shortened(text: str) -> str:
    """A source with zeros in its long tables, on the same lines: analysers take minutes for the real values."""
    return TABLE.sub(lambda match: f"{match[1]} = {{ 0 }};" + "\n" * (match[2].count("\n") + 1), text)


def _run_analyser(command: Sequence[str], folder: Path) -> AnalysisFacts:
    tool = command[0]
    if shutil.which(tool) is None:
        return AnalysisFacts(tool=tool, command=tuple(command), missing=f"apt-get install {tool}", findings=())
    try:
        status, printed = run_process(bound(command), SECONDS, tool, folder)
    except BuildError as error:
        return AnalysisFacts(tool=tool, command=tuple(command), missing=error.what, findings=())
    lines = [line for line in printed.splitlines() if re.match(r"[\w.]+:\d+:", line) and "note:" not in line]
    if status and not lines:  # a tool that failed has analysed nothing
        failed = f"it failed with exit status {status}"
        return AnalysisFacts(tool=tool, command=tuple(command), missing=failed, findings=())
    counts = Counter(line.rsplit(": ", 1)[-1] if tool == "cppcheck" else line.split(": ", 1)[1] for line in lines)
    first = {name: next(line.split(": ")[0] for line in lines if line.endswith(name)) for name in counts}
    findings = tuple(
        FindingFacts(name=name, count=count, first=first[name], reason=_reason(name))
        for name, count in sorted(counts.items())
        if name != "normalCheckLevelMaxBranches"  # cppcheck reports the depth of its search
    )
    return AnalysisFacts(tool=tool, command=tuple(command), missing="", findings=findings)


def _reason(name: str) -> str:
    rule, others = MISRA.search(name), DEVIATIONS["others"].items()
    return str(DEVIATIONS["misra"].get(rule[1], "") if rule else next((why for key, why in others if key in name), ""))


def _object_calls(source: str, folder: Path) -> AnalysisFacts:
    """The external functions that the object calls: none may be a heap function, and no call may go through a
    pointer."""
    command = "sh", "-c", f"gcc -std=c99 -O2 -c {source} -o scanned.o && nm -u scanned.o && objdump -d scanned.o"
    code = run_tool(command, SECONDS, folder)
    findings = [FindingFacts(name=f"calls {name}", count=1, first="", reason="") for name in HEAP.findall(code)]
    if indirect := len(re.findall(r"\t(?:call|jmp)\s+\*(?!0x0\(%rip\))", code)):
        findings.append(FindingFacts(name="calls by a pointer", count=indirect, first="", reason=""))
    tool = "gcc, nm, objdump: calls of the heap, and by pointers"
    return AnalysisFacts(tool=tool, command=command, missing="", findings=tuple(findings))
