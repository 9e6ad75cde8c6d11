"""Cases of SimpleRNN."""

from __future__ import annotations

from . import recurrent_cases

CASES = tuple(recurrent_cases("SimpleRNN"))
