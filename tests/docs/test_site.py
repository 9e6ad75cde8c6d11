"""The documentation as a site: it builds without a warning, and asks nobody else's server for anything."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from doc_blocks import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in this process, which has loaded what the reference is made of. A warning ends it."""
    commands = pytest.importorskip("mkdocs.commands.build", reason="mkdocs is not installed (pip install '.[dev]')")
    out = tmp_path_factory.mktemp("site")
    config = import_module("mkdocs.config").load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(out))
    config.plugins.on_startup(command="build", dirty=False)
    commands.build(config)
    config.plugins.on_shutdown()
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
