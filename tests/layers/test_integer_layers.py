"""Layer cases and wirings in integers: the C computes what the reference computes, bit for bit, on values of the
calibration data, zeros, values far beyond them and noise; and both stay as near to float64 as stated here.

A share of the cases by default, evenly over the kinds, each in two of the four types, others in the next; all of them
in all types with ``GATESMITH_EVERYTHING=1``.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from everything import EVERYTHING
from numeric_types import INTEGERS, measured

from gatesmith.core.errors import UnsupportedError
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse

from . import integers
from .lab import Subject, chunks, distinct, made_of, share
from .test_layers import TRANSLATED

OF_A_KIND = 6
CHUNK = 24
BOUNDS = {"int8": 0.026, "int8w4": 0.35, "int8w2": 0.9, "int16w8": 0.0135, "int16": 0.001}
"""Largest error as a share of the output's range. Measured over all cases but ``LOOSE``: 0.0256, 0.0131, 0.0010."""
LOOSE = (
    (r"hard_shrink|ThresholdedReLU|ReLU\(threshold", "a step: what is on which side of it is decided by a rounding"),
    (r"sparsemax", "a step: Keras's threshold jumps with the size of the support"),
    (r"activation=tanh_shrink", "x - tanh x, cubic at 0: errors of x are large beside values that small"),
    (r"recurrent_activation=selu", "gates without bounds, with a bend at 0: errors grow with each step"),
    (r"SimpleRNN\(units=3, activation=selu", "a cell without bounds, with a bend at 0: errors grow with each step"),
    (r"activation=softsign", "513 points over 256 units of x, where x reaches 88: the bend at 0 is between two"),
    (r"activation=selu.* edges", "513 points over 512 units of x, where x reaches 110: a unit between two at the bend"),
    (r"activation=(tanh|sparse_sigmoid|mish|exponential).* edges|LSTM.*(mish|exponential)", "8-bit weights at x of 88"),
    (r"STFTSpectrogram.*(magnitude|log)|operators: steep|transforms_by_t", "roots and powers: steep near 0"),
    (r"operators: (numbers from absolute|waves|reductions)", "straight lines of tables, and roots of what is near 0"),
    (r"int8_as_keras|int8_in_hdf5", "Keras rounds the inputs of layers too, and so does float64 here"),
    (r"fake_quantisation", "grids of 16 and 64 values: a rounding decides which one is next"),
    (r"two_masks_and_none", "a rounding decides which of two is the larger"),
)
"""Cases whose definition allows more, and why; they may be ``LARGEST`` from float64."""
LARGEST = {"int8": 0.3, "int8w4": 0.9, "int8w2": 1.8, "int16w8": 0.05, "int16": 0.04}
"""Measured over those: 0.278 (an LSTM with tanh_shrink), 0.039 (hard_shrink in a cell), 0.0356 (norms), 0.0285 (STFT,
whose ranges reach down to silence)."""
TIES = r"Discretization|wiring: comparisons|operators: coarse"
"""Whose outputs are steps, on data that lie on them: those that half a step of an input decides are not compared."""
STEPS = "operators: steps"  # jumps at numbers in integers, which C and the reference share and float64 does not
REFUSED = {
    "activation: Activation(activation=exponential) 40 edges": "beyond 1e30",
    "wiring: whole_powers_of_negative_numbers": "power_1",  # a reciprocal beside powers
    "operators: coarse": "16",
    "operators: floats": "no integer form of",
    "operators: masked": "beyond 1e30",
    **{
        f"wiring: {name}": "form of"  # quotients, logarithms, roundings: in some types at least
        for name in (
            *("float8_as_keras_computes_it", "floats_that_were_integers", "whole_numbers_divided_without_rest"),
            *("masks_and_casts", "sums_and_remainders_of_integers", "contrast_stretched_over_a_range"),
            *("loudness_of_frames", "transforms_by_tensorflow"),
        )
    },
}


def no_integers(subject: Subject) -> str:
    """Words of the refusal of a subject that some type has no form of."""
    return next((words for begin, words in REFUSED.items() if subject.id.startswith(begin)), "?")


DISTINCT = distinct(TRANSLATED)
CHOSEN = DISTINCT if EVERYTHING else share(DISTINCT, OF_A_KIND, wiring=3 * OF_A_KIND)
CHUNKS = chunks(CHOSEN, CHUNK)


@pytest.mark.parametrize("chunk", CHUNKS.values(), ids=CHUNKS)
def test_bit_for_bit_and_near(chunk: list[Subject], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    models, wrong = [], []
    for number, subject in enumerate(chunk):
        graph, inputs = made_of(subject, tmp_path / f"case_{number}")
        given = integers.calm(inputs, " ".join(subject.feeds))
        seen = integers.ranges(fuse(graph), given)
        for place, name in enumerate(INTEGERS):
            if not EVERYTHING and (place + number) % 2:
                continue
            try:
                made = integers.convert(graph, given, NUMERICS[name], f"model_{number}_{name}", seen)
            except UnsupportedError as refusal:
                if no_integers(subject) not in refusal.what:
                    wrong.append(f"{subject.id} {name}: {refusal.what}")
                continue
            models.append((subject, name, made, graph, inputs))
    libraries = integers.compile_all([made.made for _, _, made, _, _ in models], tmp_path)
    for subject, name, made, graph, inputs in models:
        made.library = libraries[made.made.name]
        try:
            integers.same(made, inputs)
        except AssertionError as error:
            wrong.append(f"{subject.id} {name}: {str(error)[:1000]}")
            continue
        if subject.id.startswith(STEPS):
            continue
        given = integers.calm(inputs, " ".join(subject.feeds))
        ties = re.search(TIES, subject.id) is not None
        share = integers.distance(made, graph, given, subject.marker or np.nan, ties)
        loose = any(re.search(pattern, subject.id) for pattern, _ in LOOSE)
        if share > measured(name, LARGEST if loose else BOUNDS):
            wrong.append(f"{subject.id} {name}: {share:.4f} of the output's range from float64")
    said = capfd.readouterr().err
    wrong += [line for line in said.splitlines() if "runtime error" in line][:5]
    assert not wrong, "\n".join(wrong)
