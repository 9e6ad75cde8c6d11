"""Pieces that code is estimated by, and what models need of the C library, from programs of which some have it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gatesmith.boards import costs, target
from gatesmith.core.errors import UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.reading import load

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))
from budget_library import Used, varying

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE, SIZES = ROOT / "examples" / "basic_motions.keras", ROOT / "targets" / "budget"
FILE = {
    "measured": "by hand",
    "error": 0.1,
    "firmware": {"it": {"link": {"float32": 1000}, "port": {"float32": 2000}, "ram": 8}},
    "stack": {"float32": 100},
    "code": {"helper tanh 1": 80},
}


def test_a_layer_along_steps_says_how_many_and_has_its_own_product(tmp_path: Path) -> None:
    """Compilers write loops over few steps out, and a product where it is called once."""
    import keras
    from keras import layers

    x = layers.Conv1D(3, 2, padding="same")(start := keras.Input((4, 5)))
    keras.Model(start, layers.Dense(2)(layers.Dense(3)(layers.Flatten()(x)))).save(path := tmp_path / "short.keras")
    settings = Settings(target="microbit", numeric="float32")
    made, _ = program(load(path, settings), plan(settings))
    along = [piece for piece in made.pieces if "convolution" in piece]
    assert along == ["layer convolution x4 3"], "the product of three rows is that of a dense layer too"
    assert "product gemv_3 2" in made.pieces and "product gemv_2 1" in made.pieces

    x = layers.Conv1D(4, 2, padding="same")(start)
    keras.Model(start, layers.Dense(2)(layers.Flatten()(x))).save(path)
    made, _ = program(load(path, settings), plan(settings))
    assert {"layer convolution x4 4", "in product gemv_4 convolution x4 4"} <= set(made.pieces)
    assert "product gemv_4 1" not in made.pieces


def test_a_place_of_a_helper_says_how_often_it_is_called(tmp_path: Path) -> None:
    """Compilers write a function out where it is called seldom; helpers call helpers, too."""
    import keras
    from keras import layers

    x = layers.LSTM(4)(start := keras.Input((4, 3)))
    keras.Model(start, layers.Dense(3, "tanh")(x)).save(path := tmp_path / "called.keras")
    settings = Settings(target="microbit", numeric="float32")
    made, _ = program(load(path, settings), plan(settings))
    tanh = [piece.split(" lstm")[0].split(" dense")[0] for piece in made.pieces if "in helper tanh" in piece]
    assert tanh == ["in helper tanh 2 of x3", "in helper tanh 2 of x3", "in helper tanh 1 of x3"]
    assert {"helper tanh 3", "helper expm1 2"} <= set(made.pieces)


@pytest.mark.parametrize("family", sorted(path.stem for path in SIZES.glob("*.toml")))
def test_the_pieces_of_the_usual_layers_are_known_by_name(family: str) -> None:
    """A file of sizes that was written under other names would estimate them by anything."""
    name = next(name for name in target.names() if target.load(name).family == family)
    known = target.load(name).costs
    assert known is not None and not known.like
    settings = Settings(target=name, numeric="float32")
    made, _ = program(load(EXAMPLE, settings), plan(settings))
    usual = {kind for kind in costs.kinds_of(made.pieces) if kind.startswith(("layer lstm", "layer dense", "helper"))}
    assert {"layer lstm #", "layer dense #"} < usual <= costs.kinds_of(known.code)


def used(members: dict[str, int], *kinds: str, numeric: str = "float32") -> Used:
    return Used(numeric, members, frozenset(kinds))


def test_a_member_is_of_the_pieces_that_no_program_without_it_has() -> None:
    sum_, div = {"add.o": 500}, {"add.o": 500, "div.o": 900}
    programs = [
        used(sum_, "layer dense #", "helper relu #"),
        used(div, "layer dense #", "helper tanh #"),
        used(div, "layer softmax #", "helper relu #"),
    ]
    (found,) = varying(programs).items()
    assert found == ("div.o", costs.Member(900, ("helper tanh #", "layer softmax #")))
    assert costs.needed(dict([found]), frozenset({"layer dense #"})) == 0
    assert costs.needed(dict([found]), frozenset({"layer dense #", "helper tanh #"})) == 900


def test_what_all_of_a_type_have_or_nobody_explains_is_left_to_the_mean() -> None:
    integer = used({}, "layer dense #", costs.INTEGER, numeric="int8")
    assert not varying([used({"div.o": 900}, "layer dense #"), integer]), "all float programs have it"
    found = varying([used({"div.o": 900}, "layer gru #", "helper tanh #"), used({}, "layer dense #"), integer])
    assert found["div.o"].kinds == ("helper tanh #",), "a helper tells more than a layer"
    assert costs.needed(found, frozenset({"helper tanh #", costs.INTEGER})) == 0
    assert not varying([used({"div.o": 900}, "layer dense #"), used({}, "layer dense #")])
    assert not varying([used({"small.o": 16}, "layer gru #"), used({}, "layer dense #")])


def test_it_is_read_from_a_familys_file() -> None:
    known = costs.parse(FILE | {"library": {"div.o": {"bytes": 900, "pieces": ["helper tanh #"]}}}, "a file")
    assert known.needed(["helper tanh 3", "layer dense 4"]) == 900
    assert known.needed(["in helper tanh 1 of x2 dense 4", "layer dense 4"]) == 0
    assert costs.parse(FILE, "a file").needed(["helper tanh 3"]) == 0
    for wrong, told in (({"div.o": 900}, "must be a table"), ({"div.o": {"bytes": 900}}, "pieces is missing")):
        with pytest.raises(UsageError, match=told):
            costs.parse(FILE | {"library": wrong}, "a file")
