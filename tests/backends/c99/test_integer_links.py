"""No integer model contains, or calls, anything of floating point; and it compiles where int has 16 bits."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numeric_types import FINE
from toolchain import need

from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load

MODEL = Path(__file__).parents[3] / "examples" / "basic_motions.keras"
DATA = MODEL.with_name("basic_motions_test.npz")
FLOATING = re.compile(r"\b(float|double|math\.h)\b|\d\.\d*f\b")
SOFT = re.compile(r"__aeabi_[fd]|__\w+[sdt]f\d?$|^(exp|tanh|sqrt|log|pow|floor|ceil|round)f?$")
CORES = {
    "arm-none-eabi": ["-mcpu=cortex-m0", "-mthumb", "-std=c99"],
    "avr": ["-mmcu=atmega2560", "-std=gnu99"],
}
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror", "-Os", "-c"]


@pytest.mark.parametrize("numeric", FINE)
@pytest.mark.parametrize("target", ["host", "mega2560"])
def test_no_float_in_the_source(numeric: str, target: str, tmp_path: Path) -> None:
    files = _files(numeric, target)
    source = files[f"{MODEL.stem}.c"]
    code = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    assert not (floats := FLOATING.findall(code)), floats


@pytest.mark.parametrize("numeric", FINE)
@pytest.mark.parametrize("prefix", CORES)
def test_no_soft_float_is_linked(numeric: str, prefix: str, tmp_path: Path) -> None:
    gcc, nm = need(f"{prefix}-gcc"), need(f"{prefix}-nm")
    for path, text in _files(numeric, "mega2560" if prefix == "avr" else "host").items():
        (tmp_path / path).write_text(text, "utf-8")
    subprocess.run([gcc, *CORES[prefix], *WARNINGS, f"{MODEL.stem}.c"], cwd=tmp_path, check=True, timeout=120)
    listed = subprocess.run([nm, "-u", f"{MODEL.stem}.o"], cwd=tmp_path, check=True, capture_output=True, text=True)
    names = [line.split()[-1] for line in listed.stdout.splitlines() if line.strip()]
    assert names, "nothing was compiled"
    assert not (linked := [name for name in names if SOFT.search(name)]), linked


@pytest.mark.parametrize("math", ["fast", "exact"])
def test_what_a_header_says_of_its_tables_and_of_math(math: str) -> None:
    """All constants are counted, tables of functions too; the header says nothing about float arithmetic."""
    settings = Settings(numeric="int8", calibration="synthetic", math=math)
    code = program(load(MODEL, settings), plan(settings))
    header, source = (code.files[f"{code.name}.{end}"] for end in "hc")
    tables = re.findall(r"^static const (\w+)_t \w+((?:\[\d+\])+) = \{", source, re.MULTILINE)
    sizes = [np.dtype(kind).itemsize * np.prod([int(n) for n in re.findall(r"\d+", dims)]) for kind, dims in tables]
    assert len(sizes) > 10 and code.weight_bytes == sum(sizes)
    assert f"{code.weight_bytes:,} bytes of weights and tables" in header
    assert "the same bits everywhere" in header and "contract" not in source and "math" not in source.lower()


def _files(numeric: str, target: str) -> dict[str, str]:
    settings = Settings(numeric=numeric, target=target, calibration=str(DATA))
    code = program(load(MODEL, settings), plan(settings))
    assert np.all([port.format.integer for port in (*code.inputs, *code.outputs)])
    return dict(code.files)
