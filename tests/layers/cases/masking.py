"""Cases of Masking."""

from . import cases, each

CASES = tuple(
    cases("Masking", (6, 3), (None, 3), (2, 4, 3), (6, 1), options=each(mask_value=(0.0, -1.0, 0.3)), feeds=["marked"])
)
