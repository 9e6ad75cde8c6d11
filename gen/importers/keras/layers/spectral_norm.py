"""SpectralNormalization (Miyato et al. 2018): at inference the layer inside, with the kernel of the last training step.

Keras 3 ``keras/src/layers/normalization/spectral_normalization.py``, tf_keras 2.21
``tf_keras/src/layers/normalization/spectral_normalization.py``. The vector that training keeps with it, and the copy
of the kernel in ``.keras`` files, are not used then.
"""

from __future__ import annotations

from .base import Builder, Spec, Value, one_input, only_floats
from .canonical import describe_inside, flags_with


@one_input(
    "SpectralNormalization",
    describe=describe_inside("vector_u", "sn_u"),  # of Keras 3, and of tf.keras
    neutral=("power_iterations",),
    stored=flags_with(False),
)
def read(builder: Builder, spec: Spec, value: Value) -> list[Value]:
    only_floats(builder, value)
    return builder.call(spec.inner[0], [value])
