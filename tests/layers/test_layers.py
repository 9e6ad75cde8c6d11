"""Every layer with every option that changes its result, and layers wired together, three ways: Keras, the reference
in float64, and the generated C. (The generated Python: ``test_micropython``.)

Cases are the layers' own (``CASES`` in ``gen/layers``); wirings are in ``wirings``. What must be refused is a case too.
Keras 3 builds as few cases as have any two of options' values, feeds and ranks together that some case has together. Of
the cases that both Kerases have, tf_keras builds as few as have each value and feed: how options are combined is the
same to both, and so are ranks. Functions of single values take turns in cells. ``GATESMITH_EVERYTHING=1`` takes all.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from everything import EVERYTHING

from gatesmith.core.errors import GatesmithError

from .feeds import ROWS
from .lab import Calls, Lab, Subject, cases_of_layers, distinct, fewest, subjects_of
from .wirings import wired

pytest.importorskip("keras", reason="Keras 3 is not installed")
pytest.importorskip("tf_keras", reason="tf_keras is not installed")

REFERENCE = 2e-6


def subjects() -> Iterator[Subject]:
    cases = [subject for kind, case in cases_of_layers() for subject in subjects_of(case, kind)]
    first = set(distinct(cases))
    twins = [subject for subject in cases if subject not in first and not subject.refused]
    left_out = set() if EVERYTHING else set(twins) - set(fewest(twins, shapes=False))
    yield from (subject for subject in cases if subject not in left_out)
    yield from wired()


ALL = list(subjects())
TRANSLATED = [subject for subject in ALL if not subject.refused]
OF_KERAS = [subject for subject in TRANSLATED if subject.package == "keras"]
LEFT_OUT = set() if EVERYTHING else set(OF_KERAS) - set(fewest(OF_KERAS, together=2))
BUILT = [subject for subject in TRANSLATED if subject not in LEFT_OUT]
REFUSED = [subject for subject in ALL if subject.refused]


def title(subject: Subject) -> str:
    return f"{subject.package}-{subject.id}"


def test_no_two_subjects_have_one_name() -> None:
    assert len({title(subject) for subject in ALL}) == len(ALL)


@pytest.mark.parametrize("subject", BUILT, ids=title)
def test_three_ways(lab: Lab, subject: Subject) -> None:
    """The definition, in float64, computes what Keras computes; so does the C; its run is its step repeated, bit for
    bit, wherever the model can advance by steps, and two instances leave each other alone."""
    result = lab.built(subject)
    if result.error is not None:
        raise result.error
    assert result.code is not None
    agree(result.reference(), result.wanted, REFERENCE, "reference, ")
    whole = result.compiled
    agree(whole, result.wanted, subject.tolerance, "C, ")
    if result.code.causal:
        rows = [result.instance().steps([x[row] for x in result.inputs[0]]) for row in range(ROWS)]
        for one, other in zip(map(np.stack, zip(*rows, strict=True)), whole[0], strict=True):
            np.testing.assert_array_equal(one.view(np.uint32), other.view(np.uint32))
    ours, others = result.instance(), result.instance()
    for call, inputs in enumerate(result.inputs):
        for instance, row in ((ours, 0), (others, 1)):
            got = instance.run([x[row] for x in inputs])
            for one, other in zip(got, whole[call], strict=True):
                np.testing.assert_array_equal(one.view(np.uint32), other[row].view(np.uint32))


@pytest.mark.parametrize("subject", REFUSED, ids=title)
def test_refused(lab: Lab, subject: Subject) -> None:
    """The refusal names the layer and the cause; it is never a crash."""
    error = lab.built(subject).error
    assert isinstance(error, GatesmithError), error or "it was translated"
    message = f"{error.what} {error.why} {' '.join(error.fix)}"
    assert subject.refused in message


def agree(got: Calls, wanted: Calls, tolerance: float, of: str = "") -> None:
    """Every row within the tolerance of the row's own largest value: a large one must not hide a small one."""
    for call, (ours, theirs) in enumerate(zip(got, wanted, strict=True)):
        assert [y.shape for y in ours] == [y.shape for y in theirs]
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            assert np.isfinite(other).all(), "Keras's own outputs are not finite: choose other inputs"
            axes = tuple(range(1, other.ndim))
            apart = np.abs(one.astype(np.float64) - other).max(axis=axes) if axes else np.abs(one - other)
            size = np.maximum(1.0, np.abs(other).max(axis=axes) if axes else np.abs(other))
            worst = int(np.argmax(np.where(np.isnan(apart), np.inf, apart) / size))
            assert apart[worst] <= tolerance * size[worst], (
                f"{of}call {call}, output {index}, row {worst}: {apart[worst]:.3g} apart, largest {size[worst]:.3g}\n"
                f"ours {one[worst]}\nKeras {other[worst]}"
            )
