"""gemv of float32 by VLDM, VMUL and VADD, with the block sums and the packing of VFMA's kernel."""

from __future__ import annotations

from ..vfp.floats import VfpFloats


class MulAddFloats(VfpFloats):
    """Weights in float32, w[input][row]: sixteen products replace their weights, then sixteen sums follow, so that none
    waits for the one before it."""

    fused = False
    ending = "muladd"


KERNELS = (MulAddFloats(),)
