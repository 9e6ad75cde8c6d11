"""Arm's 16-bit pairs: two products an instruction, as Cortex-M4, M7 and M33 have them."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Arm's 16-bit pairs (DSP)",
    headers=(("arm_acle.h", "__ARM_FEATURE_DSP"),),
    primitives=("primitives.mako", "/products.mako"),
    needs={
        "odd_bytes": (),
        "widen_bytes": ("odd_bytes",),
        "begin_rows": (),
        "sum_places": ("odd_bytes",),
        "spread_bytes": ("odd_bytes",),
        "products_of_sixteen": (),
        "exponents": ("exp_negative", "round_product", "saturate16"),
        "rows_to_bytes": ("round_product", "saturate8", "saturate16", "clamp"),
        "half": (),
        "widen_apart": ("odd_bytes",),
        "spread_pair": ("odd_bytes",),
        "round_product": (),
        "depthwise_bytes": ("odd_bytes", "round_product", "saturate8", "saturate16", "clamp"),
        "rescale": ("round_shift", "saturate16", "round_product"),
    },
    copies=32,
)
