"""Cases of IntegerLookup."""

from typing import Any

from . import case

WORDS: dict[str, Any] = {"vocabulary": [3, 8, 1, 5], "feed": "tokens"}

CASES = (
    case("IntegerLookup", (6,), **WORDS),
    case("IntegerLookup", (2, 6), mask_token=0, oov_token=-7, **WORDS),
    case("IntegerLookup", (6,), invert=True, mask_token=0, oov_token=-7, **WORDS),
    case("IntegerLookup", (6,), vocabulary=[-1, 3, 8, 1, 5], feed="tokens"),
    *(case("IntegerLookup", (6,), output_mode=mode, **WORDS) for mode in ("multi_hot", "count")),
    case("IntegerLookup", (1,), output_mode="one_hot", **WORDS),
    case("IntegerLookup", (6,), output_mode="multi_hot", max_tokens=9, pad_to_max_tokens=True, **WORDS),
    case("IntegerLookup", (6,), num_oov_indices=2, refused="hashes", **WORDS),
)
