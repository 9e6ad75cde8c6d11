"""The share of input values that integers do not reach."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gatesmith.core.formats import Format, covering
from gatesmith.importers.reading import graph_of
from gatesmith.quantization.markers import markers
from gatesmith.quantization.observations import clipped
from gatesmith.report import results
from gatesmith.report.page import Styled

MODEL = Path(__file__).resolve().parent.parent.parent / "examples" / "japanese_vowels.keras"


@pytest.mark.parametrize(
    ("shares", "words"), [((1.0,), "100.0 %"), ((0.9999, 0.5), "99.9 %"), ((0.014,), "1.4 %"), ((0.0, 1e-7), "< 0.1 %")]
)
def test_how_much_is_clipped_is_a_plain_percentage(shares: tuple[float, ...], words: str) -> None:
    ((_, text),) = results.clipped(*(SimpleNamespace(clipped_inputs=share) for share in (*shares, None)))
    assert isinstance(text, Styled) and text.text.startswith(f"{words} of the input values")


def test_what_marks_masked_steps_is_not_clipped() -> None:
    graph = graph_of(MODEL)
    form = covering(-1.0, 1.0, "int8")
    (mark,) = markers(graph).values()
    x = np.array([[[0.5, 1.5], [mark, mark]]], np.float32)
    assert mark not in (0.5, 1.5)
    assert clipped(graph, [form], [x]) == 0.5
    assert clipped(graph, [Format("int16", raw=True)], [x]) is None
