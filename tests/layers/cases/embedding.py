"""Cases of Embedding."""

from . import cases, each

SIZES = each(input_dim=(9,), output_dim=(1, 5), mask_zero=(False, True))

CASES = tuple(cases("Embedding", (), (6,), (None,), (3, 4), options=SIZES, feeds=["tokens"]))
