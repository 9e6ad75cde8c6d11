"""Whether tests take everything, not the share that they take by default."""

from __future__ import annotations

import os

EVERYTHING = bool(os.environ.get("GATESMITH_EVERYTHING"))
