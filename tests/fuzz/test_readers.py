"""The readers under atheris for a moment: an answer or a refusal. More: ``make fuzz-files``."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from everything import EVERYTHING

from .bounded import bounded
from .readers import LEAST, TARGETS, seeds, share

RUNS = 1000 if EVERYTHING else 500
TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed (pip install 'gatesmith[dev]')")
def test_readers(tmp_path: Path) -> None:
    for target in TARGETS:
        (tmp_path / target).mkdir()
        seeds(target, tmp_path / target)
    options = [f"-runs={RUNS}", "-seed=1", "-timeout=60", "-max_len=60000", f"-artifact_prefix={tmp_path}/found-"]
    command = bounded([sys.executable, "-m", "fuzz.readers", ",".join(TARGETS), *options, str(tmp_path)], 280)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    logs = {path.stem: path.read_text("utf-8", "replace") for path in tmp_path.glob("*.log")}
    assert done.returncode == 0, done.stderr[-4000:] + [*logs.values()][-1][-4000:]
    assert {*logs} == {*TARGETS} and all(f"Done {RUNS}" in text and share(text) > LEAST for text in logs.values())
