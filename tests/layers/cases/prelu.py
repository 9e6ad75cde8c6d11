"""Cases of PReLU."""

from . import cases, each

BOTH = ("floats", "edges")

CASES = (
    *cases("PReLU", (5,), shared_axes=None, feeds=BOTH),
    *cases("PReLU", (6, 3), options=each(shared_axes=(None, [1], [2], [1, 2])), feeds=BOTH),
    *cases("PReLU", (2, 4, 3), shared_axes=[1, 2], feeds=BOTH),
)
