"""``make test`` of every model of the corpus in every numeric type, in the folder as it is generated.

A share of the models by default, all of them with ``GATESMITH_EVERYTHING=1``. A type may be refused, by layer; which
were is said at the end of a run. Models that end in an error of the corpus's own are for test_models.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import corpus_index as corpus
import pytest

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.flow.generate import generate as generate_model
from gatesmith.numerics import NUMERICS
from gatesmith.quantization.quantizing import SYNTHETIC

Record = Callable[[str, object], None]
EVERY = 1 if os.environ.get("GATESMITH_EVERYTHING") else 24
"""Of the models, one in so many is tried."""


@pytest.mark.parametrize("entry", corpus.entries(bad=False)[::EVERY])
def test_make_test_passes(entry: dict[str, Any], tmp_path: Path, record_property: Record) -> None:
    if corpus.outside(entry):
        pytest.skip("not translated")
    if shutil.which("make") is None or shutil.which("cc") is None:
        pytest.skip("make or cc is not installed")
    path, weights = corpus.model_files(entry)
    for name, numeric in NUMERICS.items():
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
