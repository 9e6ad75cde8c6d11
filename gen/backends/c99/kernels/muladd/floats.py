"""gemv of float32 by VLDM, VMUL and VADD: the block's sums and packing are those of VFMA's."""

from __future__ import annotations

from ..vfp.floats import VfpFloats


class MulAddFloats(VfpFloats):
    """Weights in float32, w[input][row]: sixteen products in place of their weights, then sixteen sums, so that none
    waits for the one before it."""

    fused = False
    ending = "muladd"


KERNELS = (MulAddFloats(),)
