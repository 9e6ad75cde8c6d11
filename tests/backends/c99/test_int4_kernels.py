"""Products of 4-bit weights by each instruction set that has its own packing: what its C says of it, in sums."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from toolchain import STRICT

from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.kernels import Ask, IntegerGemv, sets
from gatesmith.run.toolchain.host import find_compiler

SHAPES = [(1, 3, 1), (7, 4, 4), (8, 5, 1), (16, 1, 4), (17, 24, 4), (31, 10, 3), (32, 6, 4), (40, 40, 3), (100, 33, 1)]
"""Inputs, units, gates."""
SETS = [name for name in sets.names() if any(k.template == "int4.mako" for k in sets.found(name).kernels)]


@pytest.mark.parametrize("isa", SETS)
def test_sums_are_those_of_the_weights(isa: str, tmp_path: Path) -> None:
    numbers = np.random.default_rng(0)
    (kernel,) = (one for one in sets.found(isa).kernels if one.template == "int4.mako")
    assert isinstance(kernel, IntegerGemv)
    for inputs, units, gates in SHAPES:
        rows = units * gates
        scales = numbers.integers(1, 19, (-(-inputs // 32), rows))
        stored = numbers.integers(-7, 8, (inputs, rows))
        values = (stored * np.repeat(scales, 32, axis=0)[:inputs]).astype(np.int8)
        ask, layout = Ask("int4", "int8", values, scales), Layout(8, 1, (isa,))
        assert kernel.takes(ask)
        blocks = kernel.blocks(layout, units, gates)
        product = kernel.functions(ask, blocks, layout)[-1]
        text = str(sets.template(f"{isa}/int4.mako").get_def("gemv").render(g=product, space=""))
        source = tmp_path / f"{inputs}_{rows}.c"
        source.write_text(f"#include <stdint.h>\n#include <string.h>\n{text.replace('static void', 'void')}", "utf-8")
        command = [*find_compiler().split(), *STRICT, "-O1", "-fsanitize=undefined", "-fno-sanitize-recover"]
        built = source.with_suffix(".so")
        subprocess.run([*command, "-fPIC", "-shared", str(source), "-o", str(built)], check=True, timeout=120)
        call = getattr(ctypes.CDLL(str(built)), product.name)
        x = numbers.integers(-128, 128, inputs).astype(np.int8)
        wanted = blocks.pack(values.astype(np.int64) * x[:, None]).sum(axis=1)
        for packed, sums in zip(kernel.pack(ask, blocks).reshape(blocks.count, -1), wanted, strict=True):
            got, table = np.full(blocks.rows, 5, np.int32), np.ascontiguousarray(packed)
            call(*(ctypes.c_void_p(each.ctypes.data) for each in (got, table, x)), ctypes.c_int(inputs))
            np.testing.assert_array_equal(got - 5, sums)
