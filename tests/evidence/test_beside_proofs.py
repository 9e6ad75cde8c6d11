"""What stands beside the proofs: coverage of the self-test, other tools' findings, what the object calls; and a machine
without the tools that proofs are made with."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatesmith.backends.base import Generated
from gatesmith.core.errors import UsageError
from gatesmith.evidence import analyses as module
from gatesmith.evidence import proofs
from gatesmith.evidence.analyses import analyses, shortened
from gatesmith.evidence.coverage import coverage
from gatesmith.evidence.proofs import Prover, prove
from gatesmith.evidence.source import Machine
from gatesmith.evidence.values import Interval
from gatesmith.evidence.writer import ProofWriter
from gatesmith.run.link.lifetime import bound

from .models import attention, dense

UNREACHED = "\nint unreached(int x);\nint unreached(int x)\n{\n    return x > 77 ? 3 : 4;\n}\n"
ALLOCATED = "\n#include <stdlib.h>\nint *taken(void);\nint *taken(void)\n{\n    return malloc(sizeof(int));\n}\n"
POINTED = "\nint pointed(int (*f)(int));\nint pointed(int (*f)(int))\n{\n    return f(3) + 1;\n}\n"


def with_text(generated: Generated, text: str) -> Generated:
    source = f"{generated.name}.c"
    return replace(generated, files={**generated.files, source: generated.files[source] + text})


@pytest.mark.skipif(shutil.which("gcov") is None, reason="gcov is not here: apt-get install gcc")
def test_coverage_counts_and_names_what_is_left(tmp_path: Path) -> None:
    generated = dense("int8")
    whole, more = coverage(generated, tmp_path / "a"), coverage(with_text(generated, UNREACHED), tmp_path / "b")
    assert whole.statements[0] > 10 and whole.branches[1] > 0 and whole.vectors >= 5
    assert not any("forward" in line for line in whole.left), whole.left
    assert more.statements[1] == whole.statements[1] + 2 and more.statements[0] == whole.statements[0]
    assert any("return x > 77" in line for line in more.left)


def test_findings_of_tools_have_reasons(tmp_path: Path) -> None:
    results = analyses(dense("int8"), tmp_path)
    assert [one.tool.split(":")[0] for one in results] == ["cppcheck", "gcc", "clang", "gcc, nm, objdump"]
    for one in results:
        assert bool(one.findings) == (one.tool == "cppcheck" and not one.missing), one
        assert all(finding.count > 0 and finding.reason for finding in one.findings), one.findings
    if missing := [f"{one.tool} is not here: {one.missing}" for one in results if one.missing]:
        pytest.skip("; ".join(missing))


def test_long_tables_are_cut_for_analysers_and_no_other() -> None:
    short, rows = "static const int8_t a[2] = {\n    1, 2,\n};\n", "    { 3 },\n" * 12
    text = f"{short}static const int16_t b[12][1] = {{\n{rows}}};\n{short.replace('a[', 'c[')}int d = 3;\n"
    cut = shortened(text)
    assert cut.count("\n") == text.count("\n") and cut.startswith(short)
    assert [line for line in cut.splitlines() if "b[" in line] == ["static const int16_t b[12][1] = { 0 };"]
    assert cut.endswith(text[text.index("static const int8_t c[") :])


@pytest.mark.parametrize(("text", "name"), [(ALLOCATED, "calls malloc"), (POINTED, "calls by a pointer")])
def test_the_object_s_scan_sees_the_heap_and_pointers(text: str, name: str, tmp_path: Path) -> None:
    scan = analyses(with_text(dense("int8"), text), tmp_path)[-1]
    assert [finding.name for finding in scan.findings] == [name]


def test_a_tool_that_fails_has_not_found_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "bin" / "cppcheck"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}{os.pathsep}{os.environ['PATH']}")
    cppcheck = analyses(dense("int8"), tmp_path)[0]
    assert (cppcheck.tool, cppcheck.missing, cppcheck.findings) == ("cppcheck", "it failed with exit status 3", ())
    broken.write_text("#!/bin/sh\nsleep 30 &\nwait\n")  # with what it has started
    monkeypatch.setattr(module, "SECONDS", 1.0)
    slow = module._run_analyser(["cppcheck"], tmp_path)
    assert (slow.missing, slow.findings) == ("cppcheck took longer than 1 s", ())


def test_an_exception_ends_proofs_and_so_does_the_end_of_this_process() -> None:
    with pytest.raises(KeyboardInterrupt), (prover := Prover()).threads() as pool:
        job = pool.submit(prover._run, ["sh", "-c", "exec sleep 60"])
        while not prover.running:
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert job.result(10)[0] == "no answer in 0 s"
    assert [child.args[0] for child in prover.running] == bound(["sh"])[:1]


def test_a_missing_tool_is_named_with_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="cbmc is not here") as refusal:
        proofs.require_tools()
    assert refusal.value.fix == ("apt-get install cbmc",)


@pytest.mark.skipif(shutil.which("cbmc") is None, reason="cbmc is not here: apt-get install cbmc")
def test_bounds_of_a_product_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    product = ProofWriter._product

    def narrower(self: ProofWriter, node: Any, value: Interval, a: Interval, b: Interval) -> str:
        return product(self, node, replace(value, high=value.high // 2), a, b)

    monkeypatch.setattr(ProofWriter, "_product", narrower)
    proofs = prove(attention("int8"), Machine(32, 64), tmp_path, Prover()).proofs
    assert {one.how for one in proofs if one.name == "mix_forward"} != {"one turn of any"}, (
        "by bounds that are too small"
    )
