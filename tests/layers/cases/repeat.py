"""Cases of RepeatVector."""

from . import cases, each

CASES = tuple(cases("RepeatVector", (1,), (5,), options=each(n=(1, 4))))
