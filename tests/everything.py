"""Whether tests take everything, not the share that they take by default; and how long fuzzers go on."""

import os
import time

EVERYTHING = bool(os.environ.get("GATESMITH_EVERYTHING"))
MINUTES = float(os.environ.get("GATESMITH_MINUTES", "0"))
"""Of each fuzzer: ``make fuzz`` and its like set it. 0: the share of it that is a test."""
FIRST = int(os.environ.get("GATESMITH_FIRST", int(time.time()) % 1_000_000 * 1000 if MINUTES else 0))
"""The first seed of fuzzers: by the time of day where they go on."""
