"""Integer layers on MicroPython: cases of every kind, by viper on the unix port, bit for bit the reference.

A few cases a kind; all of them with ``GATESMITH_VIPER_CASES=all``.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from gatesmith import passes
from gatesmith.backends import micropython
from gatesmith.calibrate import calibrate
from gatesmith.errors import UnsupportedError
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse
from gatesmith.passes.quantize import quantize
from gatesmith.reference import Reference

from .feeds import ROWS
from .lab import Lab, Subject
from .modules import ORIGIN, UNIX, Interpreters, calls, lacking
from .test_layers import TRANSLATED, title

EACH = 10**6 if os.environ.get("GATESMITH_VIPER_CASES") == "all" else 2


def _some() -> list[Subject]:
    """Cases of Keras 3, spread over each kind's list."""
    kinds: dict[str, list[Subject]] = {}
    for subject in TRANSLATED:
        if subject.package == "keras":
            kinds.setdefault(subject.id.split(":")[0], []).append(subject)
    return [s for own in kinds.values() for s in own[:: max(1, -(-len(own) // EACH))]]


@pytest.mark.parametrize("numeric", ["int8", "int16w8", "int16"])
@pytest.mark.parametrize("subject", _some(), ids=title)
def test_integers(numeric: str, subject: Subject, lab: Lab, interpreters: Interpreters) -> None:
    if missing := lacking(UNIX):
        pytest.skip(f"{missing} is missing")
    result = lab.result(subject)
    assert result.graph is not None and result.made is not None, result.error
    graph = fuse(result.graph)
    try:
        graph = quantize(graph, calibrate([(graph, result.inputs[0])]), NUMERICS[numeric])
    except UnsupportedError as error:
        pytest.skip(f"no integer form: {error.what}")
    options = micropython.Options(f"{result.made.name}_{numeric}", "test", NUMERICS[numeric])
    made = micropython.generate(passes.compile_graph(graph), ORIGIN, options, "test")
    given: list[list[Any]] = [made.take(inputs) for inputs in result.inputs]
    reference = Reference(graph, np.int64)
    with interpreters.start(UNIX, made) as device:
        got = calls(device, given, ROWS)
        for call, inputs in enumerate(given):
            for one, other in zip(got[call], reference.run(inputs), strict=True):
                np.testing.assert_array_equal(one, other)
        if made.causal and len(made.axes) < 2:
            for row in range(ROWS):
                for one, other in zip(device.run_by_steps([x[row] for x in given[0]]), got[0], strict=True):
                    np.testing.assert_array_equal(one, other[row])
        assert device.runs_without_heap()
