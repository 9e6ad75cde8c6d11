"""GroupNormalization (Wu and He 2018): statistics of each group of channels over all positions of a sample.

Keras 3 ``keras/src/layers/normalization/group_normalization.py``, tf_keras 2.21
``tf_keras/src/layers/normalization/group_normalization.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from ....layers.layer_norm import LayerNorm
from ....layers.reshape import Reshape
from ..dialect.build import by_options
from ..dialect.config import AXIS, CENTER, SCALE, Option
from ..dialect.kinds import Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .base import Builder, Spec, Value, one_input, only_floats, sample_axes
from .normalize import add_normalize
from .permute import permuted

WORDS = ("gamma", "beta")


def settle(read: Ledger, context: Context, site: Site) -> Mapping[str, Any]:
    """Notes that tf.keras weights positions by a mask."""
    return read | {"minds_masks": context.writer.generation == "tf.keras 2"}


@one_input(
    "GroupNormalization",
    options=(Option("groups", "int", 32), AXIS, Option("epsilon", "float", 1e-3), CENTER, SCALE),
    weights=(Weight("gamma", when=itemgetter("scale")), Weight("beta", when=itemgetter("center"))),
    describe=by_options(settle),
    same_width=True,
    placed=("groups",),
    hidden=("minds_masks",),
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """Moves the groups to the front, with all positions and a group's channels as one core."""
    only_floats(builder, value)
    shape = builder.lengths(value, "takes statistics over all of")
    rank = len(shape)
    (axis,) = sample_axes(builder, value, int(spec.config["axis"]), "takes channels along")
    if spec.config["minds_masks"] and value.mask is not None:
        raise builder.refuse(
            "takes statistics of masked steps, which tf.keras weighs by the mask", fix="end the mask before it"
        )
    channels = shape[axis]
    groups = channels if spec.config["groups"] == -1 else int(spec.config["groups"])
    if groups < 1 or channels % groups:
        raise builder.broken(f"divides {channels} channels into {groups} groups")
    first = [axis, *(other for other in range(rank) if other != axis)]
    tensor = permuted(builder, value.tensor, first)
    moved = builder.shape(tensor)
    grouped = (groups, channels // groups, *moved[1:])
    (tensor,) = builder.add(Reshape(grouped), [tensor], suffix="_groups")
    (tensor,) = builder.add(LayerNorm(float(spec.config["epsilon"]), False, None, None), [tensor], lead=1)
    (tensor,) = builder.add(Reshape(moved), [tensor], suffix="_channels")
    tensor = permuted(builder, tensor, [first.index(other) for other in range(rank)])
    if shapes := [array.shape for array in spec.weights.values() if array.shape != (channels,)]:
        raise builder.broken(f"has weights of shape {shapes[0]} for {channels} channels")
    along = [-1 if other == axis else 1 for other in range(rank)]
    gamma, beta = (weight.reshape(along) if (weight := spec.weights.get(name)) is not None else None for name in WORDS)
    return add_normalize(builder, Value(tensor, value.mask), None, gamma, beta)
