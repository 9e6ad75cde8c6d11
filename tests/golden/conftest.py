"""The golden models are built with the makers of tests/c99."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "c99"))
