"""Cases of SimpleRNN."""

from . import recurrent_cases

CASES = tuple(recurrent_cases("SimpleRNN"))
