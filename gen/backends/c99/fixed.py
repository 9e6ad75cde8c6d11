"""The primitives of integer code in C: what each calls, and the tables among them."""

from __future__ import annotations

from ...numerics.fixed import EXP_TABLE, LOG_TABLE, OCTAVE_TABLE, SHORT_TANH_TABLE, TANH_TABLE

NEEDS: dict[str, tuple[str, ...]] = {
    "round_shift": (),
    "clamp": (),
    "saturate8": (),
    "saturate16": (),
    "saturate16_long": (),
    "rescale": ("round_shift", "saturate16"),
    "rescale_long": ("round_shift", "saturate16_long"),
    "tanh_table": (),
    "gate_tanh": ("tanh_table", "round_shift"),
    "gate_sigmoid": ("gate_tanh",),
    "short_tanh_table": (),
    "gate_short_tanh": ("short_tanh_table", "round_shift"),
    "gate_short_sigmoid": ("gate_short_tanh",),
    "look_up": ("round_shift",),
    "exp_table": (),
    "exp_negative": ("exp_table", "round_shift"),
    "octave_table": (),
    "exp_octaves": ("octave_table", "round_shift"),
    "softmax_share": (),
    "log_table": (),
    "log_total": ("log_table", "round_shift"),
    "square_root": (),
    "upper_root": (),
    "cosine": ("square_root",),
    "turned": (),
    "long_shift": (),
    "squares": ("long_shift",),
}
"""Primitive -> primitives it calls, in an order in which callees come first."""

TABLES = {
    "tanh_table": TANH_TABLE,
    "short_tanh_table": SHORT_TANH_TABLE,
    "exp_table": EXP_TABLE,
    "octave_table": OCTAVE_TABLE,
    "log_table": LOG_TABLE,
}
