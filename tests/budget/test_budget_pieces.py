"""Pieces that code is estimated by: what a library says of itself, and what files of sizes know."""

import tomllib
from pathlib import Path

import pytest

from gatesmith.boards import target
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE, SIZES = ROOT / "examples" / "basic_motions.keras", ROOT / "targets" / "budget"
MOST = 250_000
"""Bytes that all of targets/ may have."""


def pieces_of(path: Path, board: str) -> tuple[str, ...]:
    settings = Settings(target=board, numeric="float32")
    generated = program(load(path, settings), plan(settings))
    return generated.pieces


def test_a_library_names_its_pieces_without_numbers(tmp_path: Path) -> None:
    """A helper is named once as a function, and once for each place in a layer that calls it."""
    import keras
    from keras import layers

    x = layers.LSTM(4)(start := keras.Input((4, 3)))
    keras.Model(start, layers.Dense(3, "tanh")(x)).save(path := tmp_path / "called.keras")
    pieces = pieces_of(path, "microbit")
    assert {"layer lstm", "layer dense", "helper tanh", "helper expm1", "product gemv_#", "frame float"} <= set(pieces)
    assert pieces.count("in helper tanh") == 3 and pieces.count("helper tanh") == 1
    assert pieces.count("call") == 2


@pytest.mark.parametrize("family", sorted(path.stem for path in SIZES.glob("*.toml")))
def test_the_pieces_of_the_usual_layers_are_known_by_name(family: str) -> None:
    """A file of sizes that was written under other names would estimate them by anything."""
    name = next(name for name in target.names() if target.load(name).family == family)
    costs = target.load(name).costs
    assert costs is not None and not costs.like
    assert set(pieces_of(EXAMPLE, name)) <= costs.code.keys()


def test_sizes_stay_small() -> None:
    """At most 300 pieces a family; no more is worth its reading."""
    for path in SIZES.glob("*.toml"):
        assert len(tomllib.loads(path.read_text("utf-8"))["code"]) <= 300, path.name
    assert sum(path.stat().st_size for path in SIZES.parent.rglob("*.toml")) <= MOST
