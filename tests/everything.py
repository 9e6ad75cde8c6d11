"""Whether tests take everything, not the share that they take by default."""

import os

EVERYTHING = bool(os.environ.get("GATESMITH_EVERYTHING"))
