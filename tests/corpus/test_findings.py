"""Files that once gave wrong numbers without a word, or were refused though supported: each is right now, by the
reference and by the compiled C. What no file tells is refused, see ``tests/importers/test_generations.py``."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from corpus_index import ROOT, UNSET, uncounted

from gatesmith.core.settings import Settings
from gatesmith.flow.run import run
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

TOLERANCE = 1e-5
HALF = 5e-3
"""Keras computes such a model in 16 bits, Gatesmith in 32."""


def files() -> list[object]:
    if not ROOT:
        return [pytest.param(None, id="no-corpus", marks=pytest.mark.skip(reason=UNSET))]
    folder = Path(ROOT, "found")
    paths = [path for path in sorted(folder.glob("*/*")) if path.suffix in (".h5", ".keras")]
    return [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in paths]


@pytest.mark.parametrize("path", files())
def test_right_by_reference_and_c(path: Path, record_property: Callable[[str, object], None]) -> None:
    inputs, wanted = _arrays(path)
    tolerance = HALF if "float16" in path.stem else TOLERANCE
    model = load(path, Settings())
    _agree(Reference(model.graph).run(inputs), wanted, tolerance)
    with uncounted():
        outputs = run(path, Settings(), input=path.with_name("in.npz")).outputs
    assert outputs is not None
    _agree(outputs, wanted, tolerance)
    record_property("told", "corpus: found: right by the reference and by C")


@pytest.mark.skipif(not ROOT, reason=UNSET)
def test_every_kind_is_there() -> None:
    """The folder is read, and has what the README lists: an empty one would pass."""
    kinds = {path.parent.name for path in Path(ROOT, "found").glob("*/make.py")}
    assert len(kinds) >= 8
    assert all(list(Path(ROOT, "found", kind).glob("*.h5")) or "mixed" in kind for kind in kinds)


def _arrays(path: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    answers = path.with_name(f"{path.stem}_keras.npz")
    with (
        np.load(path.with_name("in.npz")) as inputs,
        np.load(answers if answers.is_file() else path.with_name("want.npz")) as out,
    ):
        return [inputs[f"in_{i}"] for i in range(len(inputs.files))], [out[f"out_{i}"] for i in range(len(out.files))]


def _agree(got: list[np.ndarray], wanted: list[np.ndarray], tolerance: float) -> None:
    assert [y.shape for y in got] == [y.shape for y in wanted]
    for one, other in zip(got, wanted, strict=True):
        assert np.abs(one - other).max() <= tolerance * max(1.0, float(np.abs(other).max()))
