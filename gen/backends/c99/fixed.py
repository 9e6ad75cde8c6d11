"""The tables among the primitives of integer code in C."""

from __future__ import annotations

from ...numerics.fixed import EXP_TABLE, LOG_TABLE, OCTAVE_TABLE, SHORT_TANH_TABLE, TANH_TABLE

TABLES = {
    "tanh_table": TANH_TABLE,
    "short_tanh_table": SHORT_TANH_TABLE,
    "exp_table": EXP_TABLE,
    "octave_table": OCTAVE_TABLE,
    "log_table": LOG_TABLE,
}
