"""The readers under atheris for a moment: an answer or a refusal. More: ``make fuzz-files``."""

import os
import random
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from everything import EVERYTHING, MINUTES

from .bounded import bounded, findings
from .readers import TARGETS, drawn

RUNS = 1000 if EVERYTHING else 500
LIMIT = f"-max_total_time={round(60 * MINUTES)}" if MINUTES else f"-runs={RUNS}"
BEGIN, LEAST = 4, 0.1
"""Inputs to begin with; of the inputs, that are read: fewer would test little."""
PATIENCE = round(300 + 60 * MINUTES * len(TARGETS))
TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed (pip install 'gatesmith[dev]')")
def test_readers(tmp_path: Path) -> None:
    for target in TARGETS:
        (tmp_path / target).mkdir()
        for seed in range(BEGIN):
            (tmp_path / target / f"{seed}").write_bytes(drawn(target, random.Random(seed)))
    options = [LIMIT, "-seed=1", "-timeout=60", "-max_len=60000", f"-artifact_prefix={findings(tmp_path)}/"]
    command = [sys.executable, "-m", "fuzz.readers", *options, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        bounded(command, PATIENCE - 20), capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment
    )
    logs = {path.stem: path.read_text("utf-8", "replace") for path in tmp_path.glob("*.log")}
    assert done.returncode == 0, done.stderr[-4000:] + [*logs.values()][-1][-4000:]
    assert {*logs} == {*TARGETS}
    for target, text in logs.items():
        read, seen = map(int, re.findall(r"(\d+) of (\d+) inputs were read", text)[-1])
        print(f"{target}: {read} of {seen} inputs were read")
        assert "Done " in text and read > LEAST * seen
