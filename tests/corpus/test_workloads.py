"""Models of the speed workloads, in the folder beside the corpus: int8 beside what TFLite's said of itself."""

from pathlib import Path

import numpy as np
import pytest
from corpus_index import ROOT

from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import evaluate
from gatesmith.quantization.prepare import quantized

SPEED = Path(ROOT).resolve().parent / "speed"


@pytest.mark.skipif(not (ROOT and SPEED.is_dir()), reason="GATESMITH_CORPUS is not set, or no workloads lie beside it")
@pytest.mark.parametrize(("name", "limit"), [("W1", 0.0054), ("W2", 0.0017), ("W3", 0.004), ("W5", 0.0034)])
def test_int8_is_as_close_as_tflite_said_of_itself(name: str, limit: float) -> None:
    """W3, a GRU, is no TFLite figure: it cannot convert it."""
    path = SPEED / f"{name}_io.npz"
    settings = Settings(numeric="int8", calibration=str(path))
    graph = quantized(load(SPEED / f"{name}.keras", settings), settings, NUMERICS["int8"]).graph
    with np.load(path) as data:
        error = float(np.abs(evaluate(graph, [data["in_0"]])[0] - data["out_0"]).max())
    assert error <= limit
