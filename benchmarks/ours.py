"""Our side of a race: a workload generated for this machine, compiled as a library with one call without arguments."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import gatesmith
from gatesmith.boards import target
from gatesmith.run.toolchain.host import find_compiler

SHOWN = 8
"""Samples that calibrate integers."""

CALL = """\
#include <stddef.h>
#include "model.h"
static model_t state __attribute__((aligned(64))); /* as peers' own memory is */
static {kind} in[{inputs}];
static {kind} out[{outputs}];
void *ours_in(void) {{ return in; }}
void *ours_out(void) {{ return out; }}
void ours_call(void)
{{
    model_reset(&state);
    model_run(&state, in, {steps}out);
}}
void ours_nothing(void) {{ }}
"""


@dataclass(frozen=True)
class Built:
    """A library on disk, and what it says of itself.

    Args:
        library: has ``ours_call``, ``ours_in`` and ``ours_out``.
        note: the JSON that the racer reads: sample in, answer, type and scales.
    """

    library: Path
    note: Path


LIBRARIES = {"ours.so": True, "counted.so": False}
"""Libraries, and whether each is for a race: valgrind lacks the widest vectors."""


def flags(race: bool) -> list[str]:
    """What the target ``host`` compiles with here, in a race for this very processor."""
    return [*target.load("host").compiler.flags(False), *(["-march=native"] if race else [])]


def build(model: Path, data: Path, numeric: str, folder: Path) -> Built:
    """Generate and compile one workload.

    Raises:
        GatesmithError: the model or the type is refused.
        CalledProcessError: the compiler fails.
    """
    with np.load(data) as stored:
        x, y = stored["in_0"], stored["out_0"]
    whole = numeric.startswith("float")
    made = gatesmith.convert(model, numeric=numeric, calibration=None if whole else x[:SHOWN], name="model")
    assert len(made.generated.inputs) == len(made.generated.outputs) == 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.files.items():
        (folder / name).write_text(text, "utf-8")
    given, answer = made.generated.inputs[0].format, made.generated.outputs[0].format
    taken: Any = given.quantize(x[:1])
    dtype = "float32" if whole else numeric
    stepped = "size_t steps" in made.files["model.h"]
    text = CALL.format(
        kind="float" if whole else f"{dtype}_t",
        inputs=x[0].size,
        outputs=y[0].size,
        steps=f"{x.shape[1]}, " if stepped else "",
    )
    (folder / "call.c").write_text(text, "utf-8")
    sources = [str(folder / "model.c"), str(folder / "call.c")]
    for library, race in LIBRARIES.items():
        command = [*find_compiler().split(), "-std=c99", *flags(race), "-fPIC", "-shared", *sources]
        subprocess.run([*command, "-o", str(folder / library), "-lm"], check=True, timeout=300)
    zero, one = (np.asarray(answer.real(np.full(y[:1].shape, n, taken.dtype)), float).reshape(-1) for n in (0, 1))
    note = {"given": taken.reshape(-1).tolist(), "dtype": dtype, "at_0": zero.tolist(), "a_step": (one - zero).tolist()}
    (folder / "ours.json").write_text(json.dumps(note) + "\n", "utf-8")
    return Built(folder / "ours.so", folder / "ours.json")
