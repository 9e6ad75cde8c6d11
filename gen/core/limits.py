"""How large a model may be: bounds that a file meets before memory or time is spent on what it asks for.

They lie far above what a board holds (the largest known has 2 MiB of RAM) and far below what hurts a computer. A file
of some kilobytes can ask for anything: nested models that use each other double with every level, and a broadcast or
a ``RepeatVector`` makes any shape of nothing.
"""

from __future__ import annotations

MAX_NODES = 15_000
"""Uses of layers in all; what a nested model holds counts again each time that the model is used."""
MAX_ELEMENTS = 1 << 19
"""Values of any tensor of one sample: 2 MiB as float32."""
MAX_VALUES = 1 << 26
"""Values of all tensors of one sample together."""
MAX_ARRAY_BYTES = 2 << 30
"""Bytes of all weights together, those of a shared layer at each use."""
