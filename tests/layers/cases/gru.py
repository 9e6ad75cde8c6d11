"""Cases of GRU."""

from . import case, cases, each, gate_cases, recurrent_cases

CASES = (
    *recurrent_cases("GRU", reset_after=True),
    *gate_cases("GRU", reset_after=True),
    *recurrent_cases("GRU", reset_after=False),
    *cases("GRU", (6, 3), units=3, reset_after=False, options=each(recurrent_activation=("hard_sigmoid", "tanh"))),
    case("GRU", (6, 3), units=17, reset_after=True, use_bias=False, return_sequences=True),
)
