"""Where a tensor that broadcasts is read, as the languages of the backends write it."""

from __future__ import annotations

from ..graph import Shape, count


def broadcast(shape: Shape, out: Shape, divide: str) -> str:
    """The index into a tensor of ``shape`` at value k of ``out``, which it broadcasts to.

    Args:
        divide: the operator that divides whole numbers.
    """
    if count(shape) == 1:
        return "0"
    if tuple(shape) == tuple(out):
        return "k"
    padded = (1,) * (len(out) - len(shape)) + tuple(shape)
    terms = []
    for axis, (own, full) in enumerate(zip(padded, out, strict=True)):
        if own == 1:
            continue
        inner, step = count(out[axis + 1 :]), count(padded[axis + 1 :])
        term = "k" if inner == 1 else f"k {divide} {inner}"
        term += f" % {full}" if count(out[:axis]) > 1 else ""
        terms.append(term if step == 1 else f"{term} * {step}")
    return " + ".join(terms)
