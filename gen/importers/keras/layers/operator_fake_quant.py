"""TensorFlow's fake quantisation, with a range from the file: values rounded to a grid.

Source: TensorFlow 2.21 ``core/ops/array_ops.cc`` (``FakeQuantWithMinMaxArgs``, ``FakeQuantWithMinMaxVars``).
"""

from __future__ import annotations

from ....layers.fake_quant import FakeQuant, fake_quant
from .activation import frames
from .base import Builder, Value
from .operators import Use, operator


def grid(builder: Builder, low: float, high: float, bits: int, narrow: bool) -> FakeQuant:
    """The op for a range.

    Raises:
        ModelError: it is no range.
    """
    try:
        return fake_quant(low, high, bits, narrow)
    except ValueError as error:
        raise builder.broken(f"has {error}") from None


def rounded(builder: Builder, value: Value, op: FakeQuant, suffix: str = "") -> Value:
    """A tensor's values on a grid."""
    lead = frames(builder.shape(value))
    return builder.node(op, value, lead=lead, suffix=suffix, mask=value.mask)


GRID = ("x", "min", "max", "num_bits", "narrow_range")


@operator("FakeQuant", parameters=GRID, function=GRID)
def read(use: Use) -> list[Value]:
    low, high = use.number("min", -6.0), use.number("max", 6.0)
    op = grid(use.builder, low, high, use.whole("num_bits", 8), use.get("narrow_range", False) is True)
    return [rounded(use.builder, use.tensor("x"), op)]
