"""Every model of the corpus: its pages, its JSON, its code against its gates."""

import json
import sys
from pathlib import Path
from typing import Any

import corpus_index as corpus
import numpy as np
import pytest
from rich.cells import cell_len

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.report import inspect as pages
from gatesmith.report.code import script
from gatesmith.report.page import WIDTH
from gatesmith.report.save import arrays

TAIL = """
np.savez(sys.argv[1], **{f"{l}/{n}": v for l, found in gates.items() for n, v in found.items()})
"""


@pytest.mark.parametrize("entry", corpus.entries(bad=False))
def test_pages(entry: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, weights = corpus.model_files(entry)
    try:
        summary = pages.read(model, Settings(weights=weights))
    except UnsupportedError as error:
        assert corpus.outside(entry) or (entry["folder"], entry["id"]) in corpus.REFUSED
        pytest.skip(f"refused by name: {error.what}")
    for page in (pages.overview(summary), pages.gates_page(summary)):
        for text in (page.plain(), page.plain(ascii=True)):
            assert max(map(cell_len, text.splitlines())) <= WIDTH
    data = json.loads(json.dumps(pages.report(summary).as_json(), allow_nan=False))
    assert data["parameters"] == sum(layer["parameters"] for layer in data["layers"])
    text = script(summary, weights)
    compile(text, "script", "exec")
    if summary.reading.source.format == "savedmodel":
        return
    expected = arrays(summary)
    # The script is run as it was printed; only its end is added, to compare what it found.
    whole = "import sys\n" + text + TAIL
    monkeypatch.setattr(sys, "argv", ["script.py", str(tmp_path / "found.npz")])
    exec(compile(whole, "script.py", "exec"), {"__name__": "__main__"})
    with np.load(tmp_path / "found.npz") as slices:
        assert len(slices.files) == len(expected)
        for value, key in zip(expected.values(), slices.files, strict=True):
            np.testing.assert_array_equal(slices[key], value)
