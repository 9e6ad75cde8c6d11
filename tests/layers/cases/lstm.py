"""Cases of LSTM."""

from . import gate_cases, recurrent_cases

CASES = (*recurrent_cases("LSTM"), *gate_cases("LSTM"))
