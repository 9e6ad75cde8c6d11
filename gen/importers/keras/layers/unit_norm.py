"""UnitNormalization of tf.keras and Keras 3.

Sources: Keras 3.15 ``keras/src/layers/normalization/unit_normalization.py`` and ``keras/src/ops/nn.py``
(``normalize``), tf_keras 2.21 ``tf_keras/src/layers/normalization/unit_normalization.py`` (``tf.linalg.l2_normalize``,
whose epsilon is that of the square).
"""

from __future__ import annotations

from ....core.graph import known
from ....layers.unit_norm import UnitNorm
from ..dialect.build import arrays_of, described
from ..dialect.config import Option, options
from ..dialect.kinds import Kind, same_width
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, reads_one
from .permute import axes_last, permuted


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """Its axes; the least length that is divided by is a constant of each Keras's code."""
    read = options(kind.options, source.config, context.writer, site)
    axes = read["axis"] if isinstance(read["axis"], list) else [read["axis"]]
    config = {"axis": axes, "epsilon": 1e-12 if context.writer.generation == "Keras 3" else 1e-6}
    return described(kind, source, config, arrays_of(kind, source, read, site))


@reads_one(Kind("UnitNormalization", options=(Option("axis", "axes", -1),), describe=describe, width=same_width))
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    shape = builder.shape(value)
    given = spec.config["axis"]
    axes = [a + len(shape) if a < 0 else a - 1 for a in given]
    if not axes or not all(0 <= a < len(shape) for a in axes) or len(set(axes)) < len(axes):
        raise builder.broken(f"normalises the axes {given} of {shape}")
    if not known([shape[a] for a in axes]):
        raise builder.unfixed(f"normalises the axes {given} of {shape}, whose length is not fixed")
    order, back = axes_last(len(shape), sorted(axes))
    op = UnitNorm(spec.config["epsilon"])
    (out,) = builder.add(op, [permuted(builder, value.tensor, order)], lead=len(shape) - len(axes))
    return Value(permuted(builder, out, back), value.mask)
