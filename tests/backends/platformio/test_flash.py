"""``gatesmith build`` and ``flash`` for a board, with the real pio: its stand-in uploader starts an emulator, and
``validate --port`` then talks to it as to a board."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_pio import needs_board

from gatesmith import cli

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "basic_motions.keras"
BOARD = "nucleo_f446re"


def test_build_flash_validate(pio: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("serial", reason="pyserial is not installed (pip install '.[dev]')")
    needs_board(BOARD)
    out, port = tmp_path / "out", tmp_path / "port"
    here = ["--target", BOARD]
    assert cli.main(["build", str(EXAMPLE), *here, "-o", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["how"] == "board" and Path(facts["elf"]).is_file() and facts["program"]["flash"] > 16_000
    assert "basic_motions_step" in Path(facts["listing"]).read_text()
    try:
        assert cli.main(["flash", str(out), *here, "--port", str(port)]) == 0
        printed = " ".join(capsys.readouterr().out.replace("\\\n", " ").split())
        assert f"gatesmith validate MODEL --target {BOARD} --port {port}" in printed
        np.savez(tmp_path / "in.npz", in_0=np.random.default_rng(0).normal(size=(2, 100, 6)).astype(np.float32))
        files = ["--input", str(tmp_path / "in.npz"), "--report", str(tmp_path / "r.json")]
        assert cli.main(["validate", str(EXAMPLE), *here, "--port", str(port), *files]) == 0
        report = json.loads((tmp_path / "r.json").read_text())
        assert report["max_abs_error"] <= 2e-6 and report["port"] == str(port) and report["nanoseconds"] >= 0
    finally:
        for pid in out.glob(".pio/build/*/emulator/pid"):
            os.kill(int(pid.read_text()), signal.SIGKILL)
