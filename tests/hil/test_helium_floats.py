"""Products of floats by Helium on an emulated Cortex-M55: its assembly, the same in intrinsics, and the plain C beside
both, each as near to float64 as roundings allow. Sums begin elsewhere in each, so that their bits may differ."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends.c99.narrow_products import HALF_SHAPES
from toolchain import need

from gatesmith.backends.c99.blocks import Blocks, Layout
from gatesmith.backends.c99.kernels import Ask, Gemv, Kernels, sets
from gatesmith.backends.c99.spelling import NEEDS
from gatesmith.boards import target
from gatesmith.numerics import NUMERICS
from gatesmith.run.standins import emulator

from .test_narrow_floats import run_on_stand_in

BOARD = "mps3_an547"
LAYOUT = Layout(8, 1, ("mve",))
FORMS = {"asm": (True, False), "intrinsics": (False, False), "plain": (False, True)}
"""Of the same kernel: whether assembly may be written, and whether the core is taken for one without Helium."""
CALL = """    for (int block = 0; block < {count}; block++) {{
        memcpy(got, begin_{k}[block], sizeof begin_{k}[0]);
        {name}(got, table_{k}[block], {scales}x_{k}, {inputs});
        for (int row = 0; row < {rows}; row++) {{
            memcpy(&bits, &got[row], 4);
            printf("%08lx\\n", (unsigned long)bits);
        }}
    }}
"""


def kernel() -> Gemv:
    (gemv,) = (k for k in sets.kernel_set("mve").kernels if k.template == "floats.mako" and isinstance(k, Gemv))
    return gemv


def asked(numeric: str, shape: tuple[int, int, int], numbers: np.random.Generator) -> tuple[Ask, Blocks]:
    """Weights of which rows, in halves, have scales in every other shape, and subnormal ones among them."""
    inputs, units, gates = shape
    weights = numbers.normal(0, 1, (inputs, units * gates)).astype(np.float32)
    if numeric == "float32w16":
        weights *= 2.0 ** numbers.integers(-20, 20, units * gates) if inputs % 2 else 1
        weights[1:-1:3] = numbers.integers(-1024, 1024, weights[1:-1:3].shape) * 2.0**-24
    storage = NUMERICS[numeric].weights
    values, scales = (weights, None) if storage.bits == 32 else storage.store(weights)
    return Ask(storage.name, "float32", values, scales), kernel().blocks(LAYOUT, units, gates)


def table(name: str, values: Any) -> str:
    across = "".join(f"[{n}]" for n in values.shape)
    floats = values.dtype == np.float32
    numbers = ", ".join(f"{v.hex()}f" if floats else str(v) for v in values.reshape(-1).tolist())
    return f"static const {'float' if floats else f'{values.dtype.name}_t'} {name}{across} = {{ {numbers} }};"


def source(asks: list[tuple[Ask, Blocks]], x: list[Any], begin: list[Any], form: str) -> str:
    asm, without = FORMS[form]
    one, kernels = kernel(), Kernels(LAYOUT, asm=asm)
    names = kernels.closure([name for ask, _ in asks for name in one.helpers(ask)], NEEDS)
    plain = (kernels.primitive(name, False).render(asm=asm, plain=lambda n: kernels.plain(n, "")) for name in names)
    products = dict.fromkeys(g for ask, blocks in asks for g in one.functions(ask, blocks, LAYOUT))
    template = sets.template(f"mve/{one.template}")
    defined = [str(template.get_def(g.define).render(g=g, space="", asm=asm)) for g in products]
    text, calls = [*map(str, plain), *defined], []
    for k, (ask, blocks) in enumerate(asks):
        packed = {"table": one.pack(ask, blocks), "x": x[k], "begin": blocks.pack(begin[k])}
        if ask.scales is not None:
            packed["scales"] = one.pack_scales(ask.scales, ask.values, blocks)
        text += [table(f"{name}_{k}", values) for name, values in packed.items()]
        name = one.functions(ask, blocks, LAYOUT)[-1].name
        scales = f"scales_{k}[block], " if ask.scales is not None else ""
        calls.append(CALL.format(k=k, count=blocks.count, name=name, scales=scales, inputs=len(x[k]), rows=blocks.rows))
    head = "".join(f"#include <{name}.h>\n" for name in ("stdint", "stdio", "string", "arm_mve"))
    whole = "\n".join(text)
    whole = re.sub(r"#if defined\(__ARM_FEATURE_MVE\).*", "#if 0", whole) if without else whole
    return f"{head}{whole}\nint main(void)\n{{\nstatic float got[64];\nuint32_t bits;\n{''.join(calls)}return 0;\n}}\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("numeric", ["float32w16", "float32w8", "float32"])
def test_products_are_near_float64(numeric: str, form: str, tmp_path: Path) -> None:
    chosen = target.load(BOARD)
    stand_in = emulator.load(chosen.emulator)
    need(chosen.compiler.command)
    need(stand_in.command[0])
    numbers = np.random.default_rng(1)
    asks = [asked(numeric, shape, numbers) for shape in HALF_SHAPES]
    x = [numbers.normal(0, 1, len(ask.values)).astype(np.float32) for ask, _ in asks]
    begin = [numbers.normal(0, 1, ask.values.shape[1]).astype(np.float32) for ask, _ in asks]
    (tmp_path / "a.c").write_text(source(asks, x, begin, form), "utf-8")
    lines = [line for line in run_on_stand_in(chosen, stand_in, tmp_path).split() if re.fullmatch(r"[0-9a-f]{8}", line)]
    got = np.array([int(line, 16) for line in lines], np.uint32).view(np.float32)
    for (ask, blocks), sample, start in zip(asks, x, begin, strict=True):
        values = ask.values.view(np.float16) if ask.storage == "float16" else ask.values
        scales = np.float64(1) if ask.scales is None else ask.scales.astype(np.float64)
        weights = values.astype(np.float64) * scales
        allowed = (len(sample) + 4) * 2.0**-24 * (np.abs(sample) @ np.abs(weights) + np.abs(start))
        many = blocks.count * blocks.rows
        off = np.abs(got[:many].reshape(blocks.count, blocks.rows) - blocks.pack(start + sample @ weights))
        assert np.all(off <= blocks.pack(allowed)), (form, weights.shape)
        got = got[many:]
    assert got.size == 0
