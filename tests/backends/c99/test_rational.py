"""The rational tanh of instruction sets, and the C beside their assembly, over all exponents of float32."""

import ctypes
from pathlib import Path

import numpy as np
import pytest
from test_float32_math import LIMIT, SETTINGS, sweep
from toolchain import STRICT, compile, need

from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.kernels import Kernels

MEANING = {"tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}


@pytest.mark.parametrize("setting", sorted(SETTINGS))
@pytest.mark.parametrize(("isa", "asm"), [("vfp", True), ("vfp", False), ("vectors", False)])
def test_tanh_and_sigmoid(setting: str, isa: str, asm: bool, tmp_path: Path) -> None:
    kernels = Kernels(Layout(8, 1, (isa,)))
    facts = {"asm": asm, "counted": lambda *_: None}

    def written(name: str) -> str:
        return str(kernels.primitive(name, False)(**facts))

    helpers = kernels.closure((), written, named=MEANING).values()
    lines = ["#include <stdint.h>", "#include <string.h>", *helpers]
    for name in MEANING:
        lines.append(f"void each_{name}(const float *x, float *y, int n);")
        lines.append(f"void each_{name}(const float *x, float *y, int n)")
        lines.append(f"{{ for (int k = 0; k < n; k++) {{ y[k] = act_{name}(x[k]); }} }}")
    source, target = tmp_path / "a.c", tmp_path / "a.so"
    source.write_text("\n".join(lines) + "\n", "utf-8")
    compiler, *flags = SETTINGS[setting]
    compile([need(compiler), *STRICT, *flags, "-shared", "-fPIC", source, "-o", target])
    x = np.append(sweep("tanh"), np.array([np.inf, -np.inf], np.float32))
    for name, meaning in MEANING.items():
        y = np.empty_like(x)
        each = getattr(ctypes.CDLL(str(target)), f"each_{name}")
        each(x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p), ctypes.c_int(len(x)))
        with np.errstate(over="ignore"):
            wanted = meaning(x.astype(np.float64))
        assert np.abs(y - wanted).max() <= LIMIT
        assert y.max() == 1.0 and y.min() == (-1.0 if name == "tanh" else 0.0)
        assert (np.diff(y[:-2]) >= -2 * np.spacing(np.float32(1))).all()
