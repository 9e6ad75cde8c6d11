"""``make test`` of every model of the corpus in every numeric type, in the folder as it is generated.

A share of the models by default, each in every other type; with ``GATESMITH_EVERYTHING=1`` all of them in all. A type
may be refused, by layer; which were is said at the end of a run. Models that end in an error of the corpus's own are
for test_models.py.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import corpus_index as corpus
import pytest
from everything import EVERYTHING

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.flow.generate import generate as generate_model
from gatesmith.numerics import NUMERICS
from gatesmith.quantization.observations import SYNTHETIC

Record = Callable[[str, object], None]
EVERY = 1 if EVERYTHING else 24
"""Of the models, one in so many is tried."""
SHARE = [
    pytest.param(*param.values, number, id=param.id, marks=param.marks)
    for number, param in enumerate(corpus.entries(bad=False)[::EVERY])
]


@pytest.mark.parametrize(("entry", "number"), SHARE)
def test_make_test_passes(entry: dict[str, Any], number: int, tmp_path: Path, record_property: Record) -> None:
    if corpus.outside(entry):
        pytest.skip("not translated")
    if shutil.which("make") is None or shutil.which("cc") is None:
        pytest.skip("make or cc is not installed")
    path, weights = corpus.model_files(entry)
    names = list(NUMERICS) if EVERY == 1 else list(NUMERICS)[number % 2 :: 2]
    for name in names:
        numeric = NUMERICS[name]
        settings = Settings(weights=weights, numeric=name, name="m", calibration=SYNTHETIC if numeric.integer else None)
        try:
            generate_model(path, tmp_path / name, settings)
        except UnsupportedError as refusal:
            record_property("corpus", f"refused in {name}")
            record_property("corpus note", f"{entry['id']} in {name}: {refusal.what}")
            continue
        done = subprocess.run(
            ["make", "test"], cwd=tmp_path / name, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        record_property("corpus", f"whose own test passes in {name}")
