"""The report in pictures: what stands in it, that it needs nothing else, and what axe says of it."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gatesmith
from gatesmith import cli
from gatesmith.core.settings import MEMORY, Settings
from gatesmith.numerics import NUMERICS
from gatesmith.report.html.deciding import Bar, command, confusion
from gatesmith.report.html.figures import thinned
from gatesmith.run.toolchain import cache

AXE = "axe-core@4.11.0"
EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: no pictures")
    out = tmp_path_factory.mktemp("report") / "r.html"
    data = ["--input", str(EXAMPLES / "basic_motions_test.npz")]
    options = ["--numeric", "int8", "--calibration", str(EXAMPLES / "basic_motions_calibration.npz")]
    words = ["report", str(EXAMPLES / "basic_motions.keras"), *options, *data, "--no-cache", "-o", str(out)]
    assert cli.main(words) == 0
    again = out.with_name("again.html")
    assert cli.main([*words[:-1], str(again)]) == 0
    assert again.read_bytes() == out.read_bytes()
    return out.read_text("utf-8")


def test_it_is_one_small_file_that_asks_for_nothing(page: str) -> None:
    assert len(page.encode()) < 1_000_000
    loaded = re.findall(r"""(?:src|href)\s*=\s*["']([^"']+)""", page)
    assert all(word.startswith(("#", "data:")) for word in loaded)
    assert page.index("Content-Security-Policy\" content=\"default-src 'none';") < page.index("<title>")
    assert "<link" not in page and "@import" not in page
    assert re.findall(r"<script([^>]*)>", page) == [' type="application/json" id="facts"']


def test_the_verdict_comes_first_and_the_facts_are_inside(page: str) -> None:
    order = ("PASS", "40 of 40 classes as Keras", "Verdict", "Numeric types", "Labels", "Answers", "Made by", "Gates")
    places = [page.index(f">{word}") for word in order]
    assert places[0] < places[1] and sorted(places[2:]) == places[2:]
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    (row,) = facts["targets"]
    assert facts["schema"] == "gatesmith/validate-many/1" and row["different_integers"] == 0
    matrix = np.array(row["outputs"][0]["scores"]["confusion"])
    assert matrix.shape == (4, 4) and matrix.sum() == facts["samples"]
    assert f"{row['max_abs_error']:.2e}" in page


def test_each_picture_is_well_formed_and_says_what_it_is(page: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(pictures) >= 5
    for picture in pictures:
        root = ET.fromstring(picture)
        assert root.get("role") == "img" and root.get("aria-label")
    idents = re.findall(r'\bid="([^"]+)"', page)
    assert len(idents) == len(set(idents))


def test_names_from_a_file_stay_text(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: no pictures")
    import keras

    x = keras.Input((5, 2))
    name = "</script><script>alert(1)</script>"
    keras.Model(x, keras.layers.GRU(3, name="a<b>&")(x), name="m").save(tmp_path / "m.keras")
    target = tmp_path / f"{name.replace('/', '_')}.keras"
    shutil.copy(tmp_path / "m.keras", target)
    assert cli.main(["report", str(target), "-o", str(tmp_path / "r.html")]) == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "<script>alert" not in text and "a<b>" not in text


def test_it_shows_what_decides(page: str) -> None:
    """Every numeric type beside the others, classes by name with F1, the command, and what was not tried."""
    assert all(f'<th scope="row">{name}' in page for name in NUMERICS) and "int8 (this report)" in page
    assert all(f'<th scope="row">{name}</th>' in page for name in ("badminton", "running", "standing", "walking"))
    assert page.count(">F1<") == 1 and "gatesmith report " in page and "No real board was touched" in page


def test_the_command_is_of_files_alone() -> None:
    gathered: Any = SimpleNamespace(runs=SimpleNamespace(rows=()), ports=(), path="m.keras")
    gathered.settings, gathered.input = Settings(), Path("test")
    assert command(gathered) == "gatesmith report m.keras --input test --output report.html"
    gathered.settings = Settings(calibration=f"/tmp/{MEMORY}1/live data calibration")
    assert command(gathered) == ""


def test_a_bar_is_a_share_and_over_the_limit_shows() -> None:
    head, first, second = confusion([[3, 1], [0, 0]], ("yes", "no"))
    assert head == ("label", "yes", "no", "recall", "precision", "F1")
    assert first == ("yes", Bar("3", 0.75), Bar("1", 0.25), "75.0 %", "100.0 %", "85.7 %")
    assert second[0] == "no" and second[3:] == ("-", "0.0 %", "0.0 %")
    assert confusion([[1]], ())[1][0] == "0"


def test_large_gates_are_averaged_in_blocks() -> None:
    values = np.arange(200 * 3, dtype=np.float32).reshape(200, 3)
    small = thinned(values)
    assert small.shape == (67, 3)
    assert np.allclose(small[0], values[:3].mean(0)) and np.allclose(small[-1], values[198:].mean(0))


def test_an_artifact_writes_one(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: no pictures")
    artifact = gatesmith.convert(EXAMPLES / "basic_motions.keras")
    assert artifact.report(tmp_path / "r.html", emulate=False)
    assert "PASS" in (tmp_path / "r.html").read_text("utf-8")


def test_axe_finds_nothing_in_headless_chromium(page: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    axe_file = cache.npm_module(AXE) / "axe.min.js"
    if chromium is None or not axe_file.is_file():
        pytest.skip("chromium or axe-core is not installed (.ci/toolchains browser)")
    axe = axe_file.read_text("utf-8").replace("</script", "<\\/script")
    run = (
        'axe.run().then(r => { document.body.innerHTML = "<pre id=axe>" + JSON.stringify(r.violations.map('
        'v => [v.id, v.nodes.map(n => n.html.slice(0, 120))])) + "</pre>"; })'
    )
    open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)  # which lets no script run
    (tmp_path / "axe.html").write_text(
        open_page.replace("</body>", f"<script>{axe}</script><script>{run}</script></body>")
    )
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=20000", "--dump-dom", f"file://{tmp_path / 'axe.html'}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, start_new_session=True)
    violations = re.search(r'<pre id="axe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert violations is not None, done.stderr[-500:]
    assert json.loads(violations[1]) == []
