"""The documentation as a site: it builds without a warning, and asks nobody else's server for anything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from doc_blocks import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed (pip install '.[dev]')")
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)],
        cwd=ROOT, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if re.match(r"(WARNING|ERROR) +-", line)]
    assert done.returncode == 0, done.stdout + done.stderr
    assert told == []
    return out


def test_every_page_is_there(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert pages <= {path.relative_to(site) for path in site.rglob("*.html")}


def test_it_asks_nobody_else(site: Path) -> None:
    for path in site.rglob("*.html"):
        loaded = re.findall(r"""<(?:script|link|img)[^>]*?(?:src|href)=["'](https?:[^"']+)""", path.read_text("utf-8"))
        assert loaded == [], path


def test_the_reference_is_made_of_docstrings(site: Path) -> None:
    text = (site / "api.html").read_text("utf-8")
    for word in ("convert", "calibration", "predict", "validate", "samples"):
        assert word in text
