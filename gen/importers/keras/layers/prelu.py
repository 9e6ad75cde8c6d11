"""PReLU: x where x >= 0, alpha x below, alpha learned (He et al. 2015)."""

from __future__ import annotations

from ....core.graph import shape_text
from ....layers.prelu import Prelu
from ..dialect.build import arrays_by_name, arrays_of, described
from ..dialect.config import Option
from ..dialect.kinds import Kind, Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, must_fit, one_input


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The slopes, of length 1 along shared axes."""
    weights = arrays_of(kind, source, read, site)
    data, shared = weights["alpha"], read["shared_axes"] or ()
    if any(not 1 <= axis <= data.ndim or data.shape[axis - 1] != 1 for axis in shared):
        name = arrays_by_name(source.arrays, kind.weights, site)["alpha"].name
        raise site.broken(
            f"shares the axes {list(shared)}, but its array {name} has the shape {shape_text(data.shape)}"
        )
    return described(kind, source, {"shared_axes": list(shared)}, weights)


@one_input(
    "PReLU",
    options=(Option("shared_axes", "ints", None),),
    weights=(Weight("alpha", older=("alphas",)),),
    describe=describe,
    same_width=True,
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    shape = builder.shape(value)
    alpha = spec.weights["alpha"]
    must_fit(builder, shape, alpha=alpha)
    shared_time = len(shape) > 1 and alpha.shape[0] == 1
    op = Prelu(alpha[0] if shared_time else alpha)
    return builder.node(op, value, lead=int(shared_time), mask=value.mask)
