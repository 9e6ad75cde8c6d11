"""Every layer case and wiring on MicroPythons: float beside Keras and the reference in float64; integers, by viper and
in plain Python, bit for bit the reference; whole sequences and step by step.

By default float on the unix port, of each layer as few cases as have every option's value; and one or two cases a kind
of the rest, others in each place and type: of float in every other place, of integers in every third type of each
place. Each takes half of its rows, in other places the other half.
``GATESMITH_EVERYTHING=1`` takes all of float on the unix port, two cases a kind, and all rows; every case runs where
``GATESMITH_MICROPYTHON`` says so (``modules``).
"""

import re
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from everything import EVERYTHING
from numeric_types import INTEGERS

from gatesmith.core.errors import UnsupportedError

from .batches import FLOAT, PLAIN, VIPER, Batches, Chosen, Ready
from .lab import Calls, Lab, Subject, by_kind, distinct, fewest
from .modules import PLACES, UNIX, WHOLLY, Answers, Fleet, has_viper, lacking
from .test_layers import BUILT

FEW = 2
"""Cases of a kind of ``MORE``, where not all are asked for, and one of the other kinds."""
MORE = ("lstm", "gru", "simple_rnn", "bidirectional", "convolution", "dense", "wiring")
NEAR = 1e-6
"""Largest distance from Keras, of values beyond 1 as a share of the value."""
CANCELLED = (
    r"MelSpectrogram|wiring: (contrast_stretched|transforms_of_frames|loudness)|operators: (reductions|windows)",
    r"squareplus\) 40 edges",
    r"Dense\(units=100\) 3 floats",
    r"Dense\(units=9, activation=(mish|selu|tanh_shrink)\) 6 edges",
    r"Dense\(units=6, activation=(glu|log_softmax)\) 6x3 floats",
    r"Dense\(units=4\)\)+ (6x2|2x6)x3 floats",
    r"Dot\(axes=(1|2|\[2, 1\]), normalize=False\) 6x3 (6x3|3x4) floats",
    r"LayerNormalization\(scale=False\) 6x3 floats",
    r"GRU\(units=3, reset_after, recurrent_activation=selu\)",
    r"Conv1D\(filters=17, kernel_size=5, padding=same\) 30x40 gentle",
    r"Conv2DTranspose\(filters=4, kernel_size=4, padding=same, use_bias=False\) 4x5x3 gentle",
)
"""Small values that are what large terms leave of each other, to 115 of a Dense and 3,800 of a Dot. Float32's rounding
of those stays: Keras itself is up to 6.1e-6 from float64 (Dot), and M3 and M4F up to 7.1e-6 from Keras (selu). So
distances are shares of the row's largest value here; measured: 8.3e-7, on the unix port, all of it Keras's own."""
STEEP = (
    r"GRU\(units=5, reset_after=False, unroll, return_sequences\) 6x3 floats",
    r"SimpleRNN\(units=5(, return_sequences)?\) \?x3 floats",
)
"""The same inside a cell: inputs of 25 and more, which an activation turns into values of at most 1."""
STEEPLY = 3e-6
"""For those, in single precision; measured: 2.4e-6. In double precision they are near, as all others."""
DOUBLE = (UNIX, "webassembly")


def few(subjects: Iterable[Subject], where: str, numeric: str) -> Iterator[Subject]:
    """Other cases in each place, and of integers in each type."""
    turn = PLACES.index(where)
    types = (FLOAT,) if numeric == FLOAT else INTEGERS
    for kind, group in by_kind(subjects).items():
        alike = EVERYTHING or numeric == FLOAT
        if not EVERYTHING and (turn + types.index(numeric) + zlib.crc32(kind.encode())) % (2 if alike else 3):
            continue
        stride = -(-len(group) // (FEW if EVERYTHING or kind in MORE else 1))
        first = turn if alike else turn * len(INTEGERS) + INTEGERS.index(numeric)
        yield from group[first % stride :: stride]


def parameters(where: str, numeric: str, module: str = "") -> Iterator[Chosen]:
    subjects = BUILT if numeric == FLOAT else distinct(BUILT)
    if where in WHOLLY:
        pass
    elif (where, numeric) != (UNIX, FLOAT):
        subjects = list(few(subjects, where, numeric))
    elif not EVERYTHING:
        subjects = fewest(distinct(subjects))
    for subject in subjects:
        yield Chosen(where, numeric, module, subject)


FLOATS = [one for where in PLACES for one in parameters(where, FLOAT)]
VIPERS = [
    one for numeric in INTEGERS for where in PLACES if has_viper(where) for one in parameters(where, numeric, VIPER)
]
PLAINS = [
    one
    for numeric in INTEGERS
    for where in PLACES
    if where in (UNIX, *WHOLLY) or not has_viper(where)
    for one in parameters(where, numeric, PLAIN)
]


@pytest.fixture(scope="session")
def batches(request: pytest.FixtureRequest, lab: Lab, fleet: Fleet) -> Batches:
    specs = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    return Batches(lab, fleet, [spec["one"] for spec in specs if isinstance(spec.get("one"), Chosen)])


@pytest.fixture
def ready(one: Chosen, batches: Batches) -> Ready:
    if missing := lacking(one.where):
        pytest.skip(f"{one.where}: {missing} is missing")
    try:
        return batches.ready(one)
    except UnsupportedError as error:
        if one.numeric == FLOAT:
            raise
        pytest.skip(f"no integer form: {error.what}")


@pytest.mark.parametrize("one", FLOATS, ids=str)
def test_float(one: Chosen, ready: Ready) -> None:
    got = ready.answers()
    same_by_steps(got)
    by_row = is_of(one, CANCELLED)
    from_keras = distance(got.calls, ready.wanted, by_row)
    assert from_keras <= (STEEPLY if is_of(one, STEEP) and one.where not in DOUBLE else NEAR)
    if one.where in DOUBLE:
        assert distance(got.calls, ready.reference(np.float64)) <= NEAR, "of float64 each value, whatever cancels"


def is_of(one: Chosen, patterns: Iterable[str]) -> bool:
    return any(re.search(pattern, one.subject.id) for pattern in patterns)


@pytest.mark.parametrize("one", [*VIPERS, *PLAINS], ids=str)
def test_integers(one: Chosen, ready: Ready) -> None:
    got = ready.answers()
    assert got.native == (one.module == VIPER)
    same_by_steps(got)
    for ours, wanted in zip(got.calls, ready.reference(np.int64), strict=True):
        for mine, other in zip(ours, wanted, strict=True):
            np.testing.assert_array_equal(mine, other)
    if got.native:
        assert got.heap == 0, "a step allocates"


def same_by_steps(got: Answers) -> None:
    """Bit for bit what the whole sequence gave."""
    for one, other in zip(got.steps or got.calls[0], got.calls[0], strict=True):
        assert one.tobytes() == other.tobytes()


def distance(got: Calls, wanted: Calls, by_row: bool = False) -> float:
    """The largest, of values beyond 1 as a share of the value, or of the row's largest."""
    worst = 0.0
    for ours, theirs in zip(got, wanted, strict=True):
        assert [y.shape for y in ours] == [y.shape for y in theirs]
        for one, other in zip(ours, theirs, strict=True):
            assert np.isfinite(other).all(), "Keras's own outputs are not finite: choose other inputs"
            size = np.abs(other)
            if by_row:
                size = size.max(axis=tuple(range(1, other.ndim)), keepdims=True)
            apart = np.abs(one.astype(np.float64) - other) / np.maximum(1.0, size)
            worst = max(worst, float(np.where(np.isnan(apart), np.inf, apart).max(initial=0.0)))
    return worst
