"""Arm's Helium: vectors of 16 bytes."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Arm's Helium (MVE)",
    headers=(("arm_acle.h", "__ARM_FEATURE_SAT"), ("arm_mve.h", "__ARM_FEATURE_MVE")),
    primitives=("primitives.mako", "vectors.mako", "byte_vectors.mako", "windows.mako", "float_windows.mako"),
    needs={
        "rows_to_bytes": ("round_shift", "saturate16", "clamp"),
        "begin_rows": (),
        "upper_root": (),
        "vector_saturate": (),
        "vector_argument": (),
        "vector_gate_tanh": ("tanh_table",),
        "vector_gate_sigmoid": ("vector_gate_tanh",),
        "vector_product": (),
        "vector_narrow": ("vector_product",),
        "depthwise_bytes": ("rows_to_bytes", "round_shift", "saturate16", "clamp"),
        "depthwise_bytes_9": ("round_shift", "saturate16", "clamp"),
        "sum_places": (),
        "depthwise_floats": (),
        "spread_bytes": (),
        "products_of_sixteen": (),
        "exponents": ("vector_product", "exp_negative", "round_shift", "saturate16"),
        "fill_bytes": (),
        "narrow_each": ("vector_narrow", "rescale", "saturate8"),
        "vector_quotient": (),
        "vector_tanh": ("vector_quotient",),
        "vector_sigmoid": ("vector_tanh",),
        "vectors_tanh": ("tanh", "vector_tanh"),
        "tanh_each": ("tanh", "vector_tanh"),
        "sigmoid_each": ("sigmoid", "vector_sigmoid"),
    },
    copies=32,
)
