"""Masks that reach beyond the time axis: handed to what TimeDistributed wraps, refused where nothing can be meant."""

import numpy as np
import pytest

from gatesmith.core.errors import ModelError, UnsupportedError
from gatesmith.importers.keras.dialect.generations import Rules
from gatesmith.importers.keras.layers.base import Builder, Value
from gatesmith.importers.keras.layers.concatenate import read as read_concatenate
from gatesmith.importers.keras.layers.group_norm import read as read_groups
from gatesmith.importers.keras.layers.normalize import read_rescaling


class Given:
    """A layer's description, made by hand."""

    name = class_name = "given"
    weights: dict[str, np.ndarray] = {}  # noqa: RUF012
    inner = ()

    def __init__(self, **config: object) -> None:
        self.config = config


def test_inputs_that_do_not_fit_are_refused() -> None:
    builder = Builder(Rules(), lambda spec, inputs, initial: [])
    one, two = builder.tensor("one", (6, 3)), builder.tensor("two", (9, 3))
    with pytest.raises(ModelError, match="cannot join"):
        read_concatenate(builder, Given(axis=-1), [Value(one), Value(two)], [])
    with pytest.raises(ModelError, match="has parameters for"):
        read_rescaling(builder, Given(scale=[1.0, 2.0], offset=0.0), Value(one))
    groups = Given(axis=-1, groups=1, epsilon=0.1, minds_masks=False)
    groups.weights = {"gamma": np.ones(0, np.float32), "beta": np.ones(1, np.float32)}
    with pytest.raises(ModelError, match="for 3 channels"):
        read_groups(builder, groups, Value(one))
    with pytest.raises(UnsupportedError, match="beyond the time axis"):
        read_concatenate(builder, Given(axis=-1), [Value(one, builder.tensor("mask", (6, 3))), Value(one)], [])
