"""Layers that do nothing once training is over: dropout, noise and regularisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..dialect.build import by_options
from ..dialect.kinds import Kind, register
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .base import Builder, Spec, Value, one_input


def settle(read: Ledger, context: Context, site: Site) -> Mapping[str, Any]:
    """Notes that masks end at tf.keras's Identity."""
    return {"ends_masks": True} if context.writer.generation == "tf.keras 2" else {}


@one_input("Identity", describe=by_options(settle, arrays=False), same_width=True, aliases=("TFDIdentity",))
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    return Value(value.tensor) if spec.config.get("ends_masks") else value


register(
    Kind(
        "Dropout",
        aliases=(
            *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout"),
            *("GaussianNoise", "GaussianDropout", "ActivityRegularization"),
        ),
        means="Identity",
        inert=True,
        random=True,
        remark="does nothing after training",
    )
)
