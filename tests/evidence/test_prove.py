"""Proofs of generated C: small models of every kind here, the rest by ``make prove``."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from graphs import Maker
from layers import integers

from gatesmith.backends.base import Generated
from gatesmith.evidence.proofs import Proved, Prover, prove
from gatesmith.evidence.source import Machine
from gatesmith.numerics import NUMERICS

pytestmark = pytest.mark.skipif(shutil.which("cbmc") is None, reason="cbmc is not here: apt-get install cbmc")
MACHINE = Machine(32, 64)


def dense(numeric: str) -> Generated:
    """The C of two Dense layers."""
    maker = Maker(lambda options: options[0])
    x = maker.input("x", 6)
    for name, units in (("hidden", 5), ("scores", 3)):
        (x,) = maker.add(name, maker.dense(maker.shape(x)[-1] or 0, units), x)
    maker.output("y", x)
    rng = np.random.default_rng(3)
    data = [[rng.normal(size=(20, 6)).astype(np.float32)]]
    return integers.convert(maker.graph(), data, NUMERICS[numeric], f"dense_{numeric}").made


def wrong(done: Proved) -> list[str]:
    return [f"{one.name}: {one.result}" for one in done.proofs if not one.proved]


@pytest.mark.parametrize("numeric", ["int8", "int16"])
def test_dense_layers_are_proved(numeric: str, tmp_path: Path) -> None:
    done = prove(dense(numeric), MACHINE, tmp_path, Prover())
    assert wrong(done) == []
    assert {"hidden_forward", "scores_forward"} <= {one.function for one in done.proofs}
