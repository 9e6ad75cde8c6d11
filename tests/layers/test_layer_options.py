"""Options of layers as no Keras writes them: each is refused in words, or read; never a crash."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

import gatesmith.importers.keras.layers.operation
from gatesmith.core.errors import GatesmithError, UnsupportedError
from gatesmith.importers.keras.dialect.build import describe
from gatesmith.importers.keras.dialect.config import Writer
from gatesmith.importers.keras.dialect.kinds import KINDS, Kind
from gatesmith.importers.keras.dialect.site import Site
from gatesmith.importers.keras.dialect.source import Context, Source
from gatesmith.importers.keras.dialect.weights import Flat

assert gatesmith.importers.keras.layers.operation, "it fills the registry"
ODD: tuple[Any, ...] = (
    *(None, [], [[]], [1, 2, 3], [[1], [2, 3]], [None], ["a"], {}, {"class_name": "a", "config": 3}),
    *("x", "", -1, 0, 1, 2**40, 1.5, float("nan"), float("inf"), True),
)
PLAUSIBLE = {"size": 2, "int": 1, "axes": -1, "axes?": -1, "ints": [1], "sizes": [1], "float": 0.5, "flag": True}
CLASSES = sorted({kind.name for kind in KINDS.values() if kind.in_files})


def plausible(kind: Kind) -> dict[str, Any]:
    """A value of every option."""
    table = (*kind.options, *(kind.cell.options if kind.cell is not None else ()))
    return {option.name: PLAUSIBLE[option.kind] for option in table if option.kind in PLAUSIBLE}


def not_looked_into(*described: Any) -> Any:
    """A layer inside a wrapper: another test's."""
    raise UnsupportedError(f"wraps {described}")


@pytest.mark.parametrize("name", CLASSES)
def test_odd_options(name: str) -> None:
    kind, site = KINDS[name], Site("model.keras", "layer", name)
    options = plausible(kind)
    words = {*options, *(option.name for option in kind.options), "layer", "cell", "dtype", "quantizer"}
    for generation in ("Keras 3", "tf.keras 2", "Keras 1"):
        for word in sorted(words):
            for value in ODD:
                source = Source("layer", name, {**options, word: value}, (), Flat((), "layer"))
                with suppress(GatesmithError):
                    describe(source, Context(Writer(generation), layer=not_looked_into), site)
