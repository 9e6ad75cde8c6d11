"""Cases of LSTM."""

from __future__ import annotations

from . import gate_cases, recurrent_cases

CASES = (*recurrent_cases("LSTM"), *gate_cases("LSTM"))
