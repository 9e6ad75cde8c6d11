"""``inspect --plot``: every layer with its edges, nested models in boxes, and no word of a file outside a label."""

import itertools
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from report_models import HOSTILE, keras1_lstm, reading

from gatesmith import cli
from gatesmith.report import structure
from gatesmith.report.inspect import read
from gatesmith.report.summary import summarize

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"


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
