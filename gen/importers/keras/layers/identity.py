"""Layers that do nothing once training is over: dropout, noise and regularisation."""

from __future__ import annotations

from ..dialect.build import described
from ..dialect.kinds import Kind, register
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, one_input


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """Seeds of random layers are theirs to keep (Keras 3 stores them). tf.keras's Identity does not know masks."""
    ends = not kind.means and context.writer.generation == "tf.keras 2"
    return described(kind, source, {"ends_masks": True} if ends else {}, {})


@one_input("Identity", describe=describe, same_width=True)
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
        describe=describe,
        random=True,
        remark="does nothing after training",
    )
)
