"""The pages: their text, their width, and that nothing in a file can dress up as markup or control."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from report_models import HOSTILE, keras1_lstm, keras2_fused, reading

from gatesmith.core.errors import BuildError, GatesmithError, ModelError
from gatesmith.report import inspect as pages
from gatesmith.report.code import script
from gatesmith.report.errors import error_page
from gatesmith.report.page import WIDTH, Column, Page, Row, Span, Styled, clean
from gatesmith.report.save import arrays, save
from gatesmith.report.summary import Summary, summarize

GOLDEN = Path(__file__).parent / "golden"


def wide(text: str) -> list[str]:
    return [line for line in text.splitlines() if len(line) > WIDTH]


def golden(name: str, text: str) -> None:
    """Compare with the reviewed text; ``GATESMITH_GOLDEN=write`` writes it anew."""
    import os

    path = GOLDEN / name
    if os.environ.get("GATESMITH_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def files(folder: Path) -> dict[str, Path]:
    return {
        "keras1_lstm": keras1_lstm(folder / "keras1_lstm.h5"),
        "cudnn_lstm": keras2_fused(folder / "cudnn_lstm.h5", "CuDNNLSTM"),
        "gru_reset_after": keras2_fused(folder / "gru_reset_after.h5", "GRU"),
    }


@pytest.fixture(params=["keras1_lstm", "cudnn_lstm", "gru_reset_after"])
def model(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Summary]:
    monkeypatch.chdir(tmp_path)
    path = files(tmp_path)[request.param].relative_to(tmp_path)
    return request.param, pages.read(path)


def test_pages_are_as_reviewed(model: tuple[str, Summary]) -> None:
    name, summary = model
    text = pages.overview(summary).plain() + "\n\n" + pages.gates_page(summary).plain()
    golden(f"{name}.txt", text.replace(summary.reading.source.sha256, "<sha256>"))


def test_colour_changes_nothing_but_colour(model: tuple[str, Summary]) -> None:
    import re

    page = pages.gates_page(model[1])
    assert re.sub(r"\x1b\[[0-9;]*m", "", page.ansi()).splitlines() == [
        line.rstrip() for line in page.plain().splitlines()
    ]


def test_json_has_every_gate(model: tuple[str, Summary]) -> None:
    data = json.loads(json.dumps(pages.report(model[1]).as_json(), allow_nan=False))
    assert data["schema"] == "gatesmith/inspect/1"
    assert {"file", "sha256", "weights_id", "keras_version", "inputs", "outputs", "parameters"} <= set(data)
    layer = data["layers"][0]
    assert layer["state_bytes"] in (16, 32)
    assert layer["macs_total"] == layer["macs_per_step"] * 5
    gates = {gate["gate"] for gate in layer["gates"]}
    assert gates == set(layer["order_used"]) == set(layer["order_in_file"])
    for gate in layer["gates"]:
        assert {"role", "array", "slice", "code", "transform", "min", "max", "mean", "std"} <= set(gate)


def run_script(text: str, folder: Path) -> dict[str, np.ndarray]:
    """Run the printed script as it is; returns its slices by ``layer/W_i``."""
    tail = "\nnp.savez('found.npz', **{f'{l}/{n}': v for l, found in gates.items() for n, v in found.items()})\n"
    (folder / "script.py").write_text(text + tail, encoding="utf-8")
    done = subprocess.run([sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "found.npz") as slices:
        return dict(slices)


def test_code_runs_and_gives_the_gates(model: tuple[str, Summary], tmp_path: Path) -> None:
    text = script(model[1])
    assert text.isascii() and not wide(text)
    slices = run_script(text, tmp_path)
    expected = arrays(model[1])
    assert len(slices) == len(expected) > 0
    for key, value in expected.items():
        layer, gate, symbol = key.rsplit("/", 2)
        np.testing.assert_array_equal(slices[f"{layer}/{symbol}_{gate}"], value)


def test_save_writes_the_gates(model: tuple[str, Summary], tmp_path: Path) -> None:
    save(model[1], tmp_path / "gates.npz")
    with np.load(tmp_path / "gates.npz") as saved:
        assert set(saved.files) == set(arrays(model[1]))
        for part in next(v for _, v in model[1].walk()).spec.gates:
            symbol = {"kernel": "W", "recurrent": "U", "bias": "b", "bias in": "b_in", "bias rec": "b_rec"}[part.role]
            (key,) = [key for key in saved.files if key.endswith(f"/{part.gate}/{symbol}")]
            np.testing.assert_array_equal(saved[key], part.data)
            assert saved[key].dtype == np.float32
    assert [path.name for path in tmp_path.glob(".gates*")] == []


def test_names_of_a_file_stay_text() -> None:
    summary = summarize(reading(HOSTILE, f"{HOSTILE}.h5"))
    for page in (pages.overview(summary), pages.gates_page(summary)):
        assert "\x1b" not in page.plain()
        assert "[red]x[/red]\\x1b[2J\\n" in page.plain()
        assert "\x1b[2J" not in page.ansi() and "[red]x[/red]" in page.ansi()
        assert not wide(page.plain())
    text = script(summary)
    assert "\x1b" not in text
    compile(text, "script", "exec")
    (key, *_) = arrays(summary)
    assert not set(key) & set("[]\x1b\n\\:") and not key.startswith(("/", "."))


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a/../b", "/abs", "C:\\x"])
def test_saved_names_stay_inside(name: str) -> None:
    for key in arrays(summarize(reading(name))):
        assert len(key.split("/")) == 3
        assert not {"..", ".", ""} & set(key.split("/"))


@pytest.mark.parametrize("text", ["a\tb", "a\rb", "\u202eabc", "\x9b2J", "\x7f", "a\u0000"])
def test_clean_leaves_only_printable_characters(text: str) -> None:
    assert clean(text).isprintable()


def test_long_names_wrap_and_are_whole() -> None:
    name = "layer_with_a_name_" * 12
    summary = summarize(reading(name))
    for page in (pages.overview(summary), pages.gates_page(summary)):
        assert not wide(page.plain())
        assert name in page.plain().replace("\n", "").replace(" ", "").replace("-", "") or name[:60] in page.plain()


def test_ascii_where_the_terminal_is_not_utf8() -> None:
    summary = summarize(reading("größe_日本" * 12))
    for page in (pages.overview(summary), pages.gates_page(summary)):
        assert page.plain(ascii=True).isascii() and not wide(page.plain(ascii=True))


def test_wide_characters_count_twice() -> None:
    from rich.cells import cell_len

    rows: list[Row] = [["日本" * 60, "x"], Span(2, ("y" * 150,)), None]
    page = Page(lambda sheet: sheet.table([Column("a", folds=True), Column("b")], rows))
    assert max(cell_len(line.plain) for line in page.lines) <= WIDTH


def test_error_page_has_the_fix_last() -> None:
    error = GatesmithError(
        f"no {HOSTILE}", where="m.h5, layer 1\n   >  1  x\n  fix  spoof", why="because", fix=("do this", "or that")
    )
    assert error_page(error).plain().splitlines() == [
        "error: no [red]x[/red]\\x1b[2J\\n",
        "  in   m.h5, layer 1",
        "          >  1  x\\n  fix  spoof",
        "  why  because",
        "  fix  do this",
        "       or that",
    ]
    page = error_page(BuildError("cc failed", why="m.c:1: no\n  | x\n  | ^"))
    assert page.plain().splitlines()[1:] == ["  why  m.c:1: no", "         | x", "         | ^"]
    assert error_page(ModelError("x" * 300)).plain().count("\n") == 5


def test_words_are_styled_without_being_read() -> None:
    page = Page(lambda sheet: sheet.line(Styled("[bold]", "bad"), " :smile: ", "[/]"))
    assert "[bold] :smile: [/]" in page.plain()
    assert "[bold]" in page.ansi() and ":smile:" in page.ansi()


def test_gates_as_json_are_those_of_the_page(model: tuple[str, Summary]) -> None:
    _, summary = model
    gates = pages.gates_report(summary).as_json()
    whole = pages.report(summary).as_json()["layers"]
    (name,) = gates["layers"]
    (layer,) = [one for one in whole if one["name"] == name]
    assert gates["schema"] == "gatesmith/gates/1" and gates["layers"][name]["gates"] == layer["gates"]
    assert {one["gate"] for one in layer["gates"]} == set(layer["order_used"])
