"""Models beside what others said of theirs: of the speed workloads, in the folder beside the corpus, int8 beside the
errors of TFLite; of MLPerf Tiny, the working memory in int8, inputs and outputs counted in."""

from pathlib import Path
from typing import Any

import corpus_index as corpus
import numpy as np
import pytest
from corpus_index import ROOT

from gatesmith.core.settings import Settings
from gatesmith.flow.memory import memory
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


MOST = {"mlperf_kws_dscnn": 9 * 1024, "mlperf_ic_resnet8": 19 * 1024, "mlperf_sww": 9 * 1024}
"""TensorFlow Lite Micro's tensors: 16,000 and 49,152 bytes of the first two."""
ENTRIES = [one for one in corpus.entries(bad=False) if not one.values[0] or one.values[0]["id"] in MOST]


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("in_arena", (False, True), ids=("outside", "in the arena"))
def test_activations_fit(entry: dict[str, Any], in_arena: bool) -> None:
    path, _ = corpus.model_files(entry)
    plan = memory(Path(path), Settings(numeric="int8", own_inputs=in_arena, own_outputs=in_arena))
    assert plan.arena + plan.states + plan.inputs + plan.outputs <= MOST[entry["id"]]
