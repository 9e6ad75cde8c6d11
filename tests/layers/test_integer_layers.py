"""Layer cases and wirings in integers: the C computes what the reference computes, bit for bit, on values of the
calibration data, zeros, values far beyond them and noise; and both stay as near to float64 as stated here.

A share of the cases by default, evenly over the kinds, each in every third type, others in the next; all of them in all
types with ``GATESMITH_EVERYTHING=1``.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from everything import EVERYTHING
from numeric_types import INTEGERS, measured

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.graph import Graph
from gatesmith.layers.integer import Ranges
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.base import Numeric
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.quantize import quantize

from . import integers
from .lab import Subject, chunks, distinct, read_case, share
from .test_layers import BUILT

OF_A_KIND = 4
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
    (r"operators: (numbers from absolute|waves|reductions|coarse)", "straight lines of tables, and roots near 0"),
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
OPERATORS = "operators: "
STEPS = "operators: steps"  # jumps at numbers in integers, which C and the reference share and float64 does not
REFUSED = {
    "activation: Activation(activation=exponential) 40 edges": "beyond 1e30",
    "wiring: whole_powers_of_negative_numbers": "power_1",  # a reciprocal beside powers
    **{
        f"wiring: {name}": "form of"  # quotients, logarithms, roundings: in some types at least
        for name in (
            *("float8_as_keras_computes_it", "float8_of_an_equation", "floats_that_were_integers"),
            "whole_numbers_divided_without_rest",
            *("masks_and_casts", "sums_and_remainders_of_integers", "contrast_stretched_over_a_range"),
            *("loudness_of_frames", "transforms_by_tensorflow"),
        )
    },
}

OF_ALL = {
    "no integer form of": "add:2 subtract:2 multiply:2 divide:5 true_divide:5 divide_no_nan:3 floor_divide:5 mod:5 "
    "fmod:3 arctan2:3 sinc:2 power:5",
    "a gain of": "divide:2 true_divide:2",
    "beyond 1e30": "dot_product_attention:3",
}
OF_16 = {
    "no form of 16 bits": "cos:1 sin:1 arccos:2 arcsin:2 arctanh:2 arccosh:2 cbrt:1 reciprocal:2 rsqrt:2 ceil:1 "
    "floor:1 sign:1 trunc:1 round:1 cast:1 saturate_cast:1 convert_to_tensor:1 divide_no_nan:1 power:2",
    "too far for 16-bit": "angle:1",
}
"""What calls of operators are refused for by every type, and by those of 16 bits; each with the number of calls."""


def no_integers(subject: Subject) -> str:
    """Words of the refusal of a subject that some type has no form of."""
    return next((words for begin, words in REFUSED.items() if subject.id.startswith(begin)), "?")


DISTINCT = distinct(BUILT)
CHOSEN = DISTINCT if EVERYTHING else share(DISTINCT, OF_A_KIND, wiring=18) + [s for s in DISTINCT if " 9x1 " in s.id]
CHUNKS = chunks(CHOSEN, CHUNK)


def refusal(graph: Graph, seen: Ranges, numeric: Numeric) -> str:
    try:
        quantize(fuse(graph), seen, numeric)
    except UnsupportedError as error:
        return error.what
    return ""


def converting(graph: Graph, seen: Ranges, numeric: Numeric) -> tuple[list[Graph], list[str]]:
    """Graphs of all outputs that the type converts, and the refusals of the other outputs."""
    if not refusal(graph, seen, numeric):
        return [graph], []
    parts, refusals = list[Graph](), []
    for port in graph.outputs:
        for number, other in enumerate([*parts, replace(graph, outputs=())]):
            part = replace(graph, outputs=(*other.outputs, port)).pruned()
            if not (reason := refusal(part, seen, numeric)):
                parts[number : number + 1] = [part]
                break
        else:
            refusals.append(reason)
    return parts, refusals


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Graph, Ranges]]:
    """Models of operators, and their ranges."""
    path, models = tmp_path_factory.mktemp("operators") / "model", []
    for subject in (one for one in DISTINCT if one.id.startswith(OPERATORS)):
        graph, inputs = read_case(subject, path)
        models.append((graph, integers.ranges(fuse(graph), integers.calm(inputs, " ".join(subject.feeds)))))
    return models


@pytest.mark.parametrize("name", INTEGERS)
def test_operators_that_a_type_refuses(name: str, operators: list[tuple[Graph, Ranges]]) -> None:
    """A call that no converted model contains is refused alone too; those calls are listed with their reasons."""
    counts, numeric = Counter[tuple[str, str]](), NUMERICS[name]
    listed = [*OF_ALL.items(), *(OF_16.items() if numeric.size == 2 else ())]
    for graph, seen in operators:
        parts, refusals = converting(graph, seen, numeric)
        assert sum(len(part.outputs) for part in parts) + len(refusals) == len(graph.outputs)
        for reason in refusals:
            operator = re.sub(r"layer \"(\w+?)(_\d+)?\":.*", r"\1", reason)
            counts[operator, next((words for words, _ in listed if words in reason), reason)] += 1
    calls = [(call.split(":"), words) for words, names in listed for call in names.split()]
    assert counts == {(operator, words): int(count) for (operator, count), words in calls}


@pytest.mark.parametrize("chunk", CHUNKS.values(), ids=CHUNKS)
def test_bit_for_bit_and_near(chunk: Sequence[Subject], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    models, wrong = [], []
    for number, subject in enumerate(chunk):
        graph, inputs = read_case(subject, tmp_path / f"case_{number}")
        calls = integers.calm(inputs, " ".join(subject.feeds))
        seen = integers.ranges(fuse(graph), calls)
        for place, name in enumerate(INTEGERS):
            if not EVERYTHING and (place + number) % 3:
                continue
            parts = converting(graph, seen, NUMERICS[name])[0] if subject.id.startswith(OPERATORS) else [graph]
            for turn, part in enumerate(parts):
                try:
                    model = integers.convert(part, calls, NUMERICS[name], f"model_{number}_{name}_{turn}", seen)
                except UnsupportedError as refusal:
                    if no_integers(subject) not in refusal.what:
                        wrong.append(f"{subject.id} {name}: {refusal.what}")
                    continue
                models.append((subject, name, model, part, inputs))
    libraries = integers.compile_all([model.code for _, _, model, _, _ in models], tmp_path)
    for subject, name, model, graph, inputs in models:
        model.library = libraries[model.code.name]
        try:
            integers.same(model, inputs)
        except AssertionError as error:
            wrong.append(f"{subject.id} {name}: {str(error)[:1000]}")
            continue
        if subject.id.startswith(STEPS):
            continue
        calls = integers.calm(inputs, " ".join(subject.feeds))
        ties = re.search(TIES, subject.id) is not None
        share = integers.distance(model, graph, calls, subject.marker or np.nan, ties)
        loose = any(re.search(pattern, subject.id) for pattern, _ in LOOSE)
        if share > measured(name, LARGEST if loose else BOUNDS):
            wrong.append(f"{subject.id} {name}: {share:.4f} of the output's range from float64")
    errors = capfd.readouterr().err
    wrong += [line for line in errors.splitlines() if "runtime error" in line][:5]
    assert not wrong, "\n".join(wrong)
