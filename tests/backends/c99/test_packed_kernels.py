"""Products of weights of few bits by each instruction set that has its own packing: what its C says of it, in sums."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from toolchain import STRICT

from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.kernels import Ask, sets
from gatesmith.backends.c99.kernels.packed import PackedGemv
from gatesmith.numerics.storage import PACKED, Storage
from gatesmith.run.toolchain.host import find_compiler

SHAPES = [(1, 3, 1), (7, 4, 4), (8, 5, 1), (16, 1, 4), (17, 24, 4), (31, 10, 3), (32, 6, 4), (40, 40, 3), (100, 33, 1)]
"""Inputs, units, gates."""
SETS = [name for name in sets.names() if any(isinstance(one, PackedGemv) for one in sets.kernel_set(name).kernels)]


@pytest.mark.parametrize("storage", PACKED, ids=lambda storage: storage.name)
@pytest.mark.parametrize("isa", SETS)
def test_sums_are_those_of_the_weights(isa: str, storage: Storage, tmp_path: Path) -> None:
    numbers = np.random.default_rng(0)
    kernels = (one for one in sets.kernel_set(isa).kernels if isinstance(one, PackedGemv) and one.storage == storage)
    for kernel in kernels:
        texts, cases, given = {}, [], {"space": "", "asm": False}
        for inputs, units, gates in SHAPES:
            shape = (inputs, units * gates)
            scales = numbers.choice(storage.multiples, (-(-inputs // 32), shape[1]))
            levels = numbers.integers(storage.levels[0], storage.levels[1] + 1, shape).astype(np.int8)
            if inputs == 32:  # the largest sum that a group has
                levels, scales = np.full_like(levels, storage.levels[0]), np.full_like(scales, storage.multiples.max())
            ask, layout = Ask(storage.name, "int8", levels, scales, 1 << 20), Layout(8, 1, (isa,))
            assert kernel.takes(ask)
            blocks = kernel.blocks(layout, units, gates)
            product = kernel.functions(ask, blocks, layout)[-1]
            texts[product.name] = str(
                sets.template(f"{isa}/{kernel.template}").get_def("gemv").render(**given, g=product)
            )
            cases.append((ask, blocks, product.name))
        source = tmp_path / f"{kernel.template}_{len(list(tmp_path.iterdir()))}.c"
        text = "\n".join(texts.values()).replace("static void", "void")
        source.write_text(f"#include <stdint.h>\n#include <string.h>\n{text}", "utf-8")
        command = [*find_compiler().split(), *STRICT, "-O1", "-fsanitize=undefined", "-fno-sanitize-recover"]
        built = source.with_suffix(".so")
        subprocess.run([*command, "-fPIC", "-shared", str(source), "-o", str(built)], check=True, timeout=120)
        library = ctypes.CDLL(str(built))
        for ask, blocks, name in cases:
            inputs = len(ask.values)
            x = numbers.integers(-128, 128, inputs).astype(np.int8)
            if inputs == 32:
                x[:] = -128
            values = ask.values.astype(np.int64) * np.repeat(ask.scales, 32, axis=0)[:inputs]
            wanted = blocks.pack(values * x[:, None]).sum(axis=1)
            for packed, sums in zip(kernel.pack(ask, blocks).reshape(blocks.count, -1), wanted, strict=True):
                got, table = np.full(blocks.rows, 5, np.int32), np.ascontiguousarray(packed)
                pointers = (ctypes.c_void_p(each.ctypes.data) for each in (got, table, x))
                getattr(library, name)(*pointers, ctypes.c_int(inputs))
                np.testing.assert_array_equal(got - 5, sums)
