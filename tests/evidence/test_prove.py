"""Proofs of generated C: small models and planted faults. ``make prove`` does more."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from everything import EVERYTHING

from gatesmith.backends.base import Generated
from gatesmith.evidence.proofs import Proved, Prover, prove
from gatesmith.evidence.source import Machine

from . import models

pytestmark = pytest.mark.skipif(shutil.which("cbmc") is None, reason="cbmc is not here: apt-get install cbmc")
MACHINE = Machine(32, 64)
NUMERICS = ("int8", "int16w8", "int16", "int8w4") if EVERYTHING else ("int16",)


def wrong(done: Proved) -> list[str]:
    return [f"{one.name}: {one.result}" for one in done.proofs if not one.proved]


@pytest.mark.parametrize("numeric", NUMERICS)
def test_dense_layers_are_proved(numeric: str, tmp_path: Path) -> None:
    done = prove(models.dense(numeric), MACHINE, tmp_path, Prover())
    assert wrong(done) == []
    assert {"hidden_forward", "scores_forward"} <= {one.function for one in done.proofs}


FAULTS = {
    "index beyond the output": (r"y\[first \+ j\] =", "y[first + j + 1] =", "rnn_forward"),
    "index beyond the state": (r"c\[first \+ j\] = \(int16_t\)", "c[first + j + 1] = (int16_t)", "rnn_forward"),
    "index beyond the biases": (r"rnn_kernel_bias\[block\]\[row\]", "rnn_kernel_bias[block][row + 1]", "rnn_forward"),
    "gate not saturated": (r"gate\[row\] = saturate16\(", "gate[row] = (", "rnn_forward"),
    "output not saturated": (r"\(int8_t\)saturate8\(rescale\(out", "(int8_t)(rescale(out", "rnn_forward"),
    "cell not saturated": (r"cell = saturate16\(", "cell = (", "rnn_forward"),
    "shift of 33": (r"(rnn_kernel_multipliers\[block\]\[row\]), \d+\)", r"\1, 33)", "rnn_forward"),
    "shift of 32": (r"(rnn_recurrent_multipliers\[block\]\[row\]), \d+\)", r"\1, 32)", "rnn_forward"),
    "table of tanh one short": (r"tanh_table\[514\](.*?), 32767,\n\}", r"tanh_table[513]\1,\n}", "gate_tanh"),
    "index of tanh one on": (r"i = size >> 6;", "i = (size >> 6) + 1;", "gate_tanh"),
    "argument of a table one on": (r"u = x \+ 32768;", "u = x + 32769;", "look_up"),
    "table of softmax one short": (r"softmax_table\[513\](.*?), \d+,\n\}", r"softmax_table[512]\1,\n}", "look_up"),
    "one block too many": (r"block < RNN_BLOCKS", "block <= RNN_BLOCKS", "rnn_forward"),
    "one unit too many": (r"j < units", "j <= units", "rnn_forward"),
    "one input too many": (r"k < n;", "k <= n;", "gemv"),
    "one row too many": (r"sums\[7\] = sum_7", "sums[8] = sum_7", "gemv"),
    "one byte too many": (r"RNN_UNITS \* sizeof \*h", "(RNN_UNITS + 1) * sizeof *h", "rnn_forward"),
    "inputs of another matrix": (r"x, RNN_INPUTS\)", "x, RNN_UNITS)", "gemv|rnn_forward"),
    "bias too large": (r"(rnn_kernel_bias\[\d+\]\[\d+\] = \{\s*\{ )-?\d+", r"\g<1>2147000000", "gemv|rnn_forward"),
    "array one short": (r"int32_t gate\[8\]", "int32_t gate[7]", "rnn_forward"),
    "a product too large": (r"forget \* c\[", "forget * 4 * c[", "rnn_forward"),
}
"""What is planted, where, and the unit that is to show it."""
SHARE = ("shift of 32", "table of tanh one short", "one byte too many", "cell not saturated")


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generated, Prover]:
    """A model that is proved, and the prover that knows it: what a fault leaves as it was is not proved again."""
    made, prover = models.recurrent("int8"), Prover()
    assert wrong(prove(made, MACHINE, tmp_path_factory.mktemp("whole"), prover)) == []
    return made, prover


@pytest.mark.parametrize("fault", FAULTS if EVERYTHING else SHARE)
def test_planted_faults_are_found(fault: str, proved: tuple[Generated, Prover], tmp_path: Path) -> None:
    made, prover = proved
    pattern, by, unit = FAULTS[fault]
    name = f"{made.name}.c"
    text = re.sub(pattern, by, made.files[name], flags=re.S)
    assert text != made.files[name]
    found = wrong(prove(replace(made, files={**made.files, name: text}), MACHINE, tmp_path, prover))
    print(*found, sep="\n")
    assert any(re.match(unit, one) for one in found), found
