"""SpectralNormalization (Miyato et al. 2018): at inference the layer inside, with the kernel that training left there.

Keras 3 ``keras/src/layers/normalization/spectral_normalization.py``, tf_keras 2.21
``tf_keras/src/layers/normalization/spectral_normalization.py``. The vector that training keeps beside it, and the copy
of the kernel that ``.keras`` files hold, mean nothing then.
"""

from __future__ import annotations

from ..dialect.kinds import Kind
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from ..dialect.weights import Flat
from .base import Builder, Spec, Value, one_input, only_floats
from .canonical import flags_with, inner_layer, word_of, wrapper


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """The wrapper and what it wraps."""
    assert source.place is not None
    place = source.place
    if isinstance(place, Flat):  # HDF5 has the vector in the list of the layer's arrays, by its name
        place = Flat(tuple(array for array in source.arrays if word_of(array) not in VECTORS), place.name)
    else:
        place = place.part("layer")
    return wrapper(kind, source, {}, inner_layer(source, context, site, lambda at: place))


VECTORS = ("vector_u", "sn_u")
"""Of Keras 3, and of tf.keras."""


@one_input(
    "SpectralNormalization",
    describe=describe,
    neutral=("power_iterations",),
    stored=flags_with(False),
)
def read(builder: Builder, spec: Spec, value: Value) -> list[Value]:
    only_floats(builder, value)
    return builder.call(spec.inner[0], [value])
