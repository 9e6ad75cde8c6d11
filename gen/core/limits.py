"""Bounds on a model's size, checked before memory or time is spent on a file.

They follow from what this machine can do: run a sample through the reference, and write a self-test. Whether a model
fits a board is checked later, in bytes (:mod:`gatesmith.budget`). A file of a few kilobytes can request any size:
nested models that use each other double with every level, and a broadcast or a ``RepeatVector`` makes any shape out of
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from .errors import UnsupportedError

MAX_NODES = 15_000
"""Uses of layers in total. The layers of a nested model count again at each use of the model."""
MAX_VALUES = 1 << 26
"""Values of all tensors of one sample together."""
MAX_ROWS = 1 << 19
"""Steps of a sequence, or rows of an image: memory is planned for each."""
MAX_PORT_VALUES = 1 << 19
"""Values of one sample of an input or output: the self-test spells them out in C."""
MAX_SAMPLE_BYTES = 256 << 20
"""Bytes of the tensors of one sample that the reference holds at the same time, in float64."""
MAX_ARRAY_BYTES = 2 << 30
"""Bytes of all weights together, those of a shared layer at each use."""


def smaller(shape: Sequence[int | None]) -> str:
    """Advice for a model that is too large.

    Args:
        shape: of a tensor of one sample; its number of axes tells images from sequences.
    """
    if len(shape) >= 3:
        sizes = " x ".join("?" if n is None else str(max(1, n // 2)) for n in shape[:-1])
        return f"build the model for smaller images, {sizes} for example, or with fewer filters"
    if len(shape) == 2:
        return "build the model for shorter sequences, or leave their length open: Input((None, features))"
    return "build the model with fewer features or units"


def hold_port(shape: Sequence[int | None]) -> None:
    """Refuse an input or output that is too large to be written out as a sample.

    Args:
        shape: of one sample; None for an open length.

    Raises:
        UnsupportedError: the port has more values; the message gives the number.
    """
    if (size := prod(axis or 1 for axis in shape)) > MAX_PORT_VALUES:
        raise UnsupportedError(
            f"an input or output of the model has shape {shape}: {size:,} values",
            why=f"the self-test spells them out in C: at most {MAX_PORT_VALUES:,}",
            fix=smaller(shape),
        )
