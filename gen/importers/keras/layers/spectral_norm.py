"""SpectralNormalization (Miyato et al. 2018): at inference the layer inside, with the kernel that training left there.

Keras 3 ``keras/src/layers/normalization/spectral_normalization.py``, tf_keras 2.21
``tf_keras/src/layers/normalization/spectral_normalization.py``. The vector that training keeps beside it, and the copy
of the kernel that ``.keras`` files hold, mean nothing then.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..containers.stored import StoredArray
from ..dialect.allowed import admit
from ..dialect.build import wrapped
from ..dialect.config import Writer
from ..dialect.flags import flags_inside
from ..dialect.kinds import Config, Kind, width_inside
from ..dialect.outline import Entry
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec, ModelSpec
from ..dialect.weights import Flat, Place
from .base import Builder, Spec, Value, only_floats, reads


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """The wrapper and what it wraps."""
    assert source.place is not None and context.layer is not None
    file_class, config = wrapped(source.config.get("layer"), site)
    name = config.get("name")
    at = site.inside(str(name or file_class.lower()), file_class)
    raw = source.config["layer"]
    admit(file_class, raw, at)
    place = _inside(source.place, source.arrays)
    inner: LayerSpec | ModelSpec = context.layer(Entry(at.name, file_class, config, raw), place, source.width, at)
    return LayerSpec(source.name, kind.canonical, source.file_class, {}, {}, inner=(inner,))


def _inside(place: Place, arrays: Sequence[StoredArray]) -> Place:
    """The arrays of the layer: HDF5 has the vector in their list, by its name."""
    if isinstance(place, Flat):
        kept = [a for a in arrays if a.name.split(":")[0].rsplit("/", maxsplit=1)[-1] not in VECTORS]
        return Flat(tuple(kept), place.name)
    return place.part("layer")


VECTORS = ("vector_u", "sn_u")
"""Of Keras 3, and of tf.keras."""


def stored(config: Config, writer: Writer) -> tuple[bool, ...]:
    """The layer's, and the vector."""
    return (*(flags_inside(config.get("layer"), writer) or ()), False)


@reads(
    Kind("SpectralNormalization", describe=describe, neutral=("power_iterations",), stored=stored, width=width_inside)
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    return builder.call(spec.inner[0], [only_floats(builder, inputs)])
