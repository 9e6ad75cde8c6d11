"""Working memory of MLPerf Tiny's models in int8, inputs and outputs counted in, beside what they take elsewhere."""

from pathlib import Path
from typing import Any

import corpus_index as corpus
import pytest

from gatesmith.core.settings import Settings
from gatesmith.flow.memory import memory

MOST = {"mlperf_kws_dscnn": 9 * 1024, "mlperf_ic_resnet8": 19 * 1024, "mlperf_sww": 9 * 1024}
"""TensorFlow Lite Micro's tensors: 16,000 and 49,152 bytes of the first two."""
ENTRIES = [one for one in corpus.entries(bad=False) if not one.values[0] or one.values[0]["id"] in MOST]


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("in_arena", (False, True), ids=("outside", "in the arena"))
def test_activations_fit(entry: dict[str, Any], in_arena: bool) -> None:
    path, _ = corpus.model_files(entry)
    plan = memory(Path(path), Settings(numeric="int8", own_inputs=in_arena, own_outputs=in_arena))
    assert plan.arena + plan.states + plan.inputs + plan.outputs <= MOST[entry["id"]]
