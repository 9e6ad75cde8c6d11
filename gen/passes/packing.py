"""Offsets in one arena of bytes: items that hold values at the same time do not overlap.

An item is a tensor or scratch. It consists of records of bytes, each of which is live from one moment to another. Rows
of a tensor are allocated and freed one by one, so that an output may overwrite rows of its input after their last use.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.formats import Array

ALIGN = 4
"""Alignment of all items, in bytes."""
TRIES = 60
"""Orders to try if the first is not known to be optimal."""
FINE = 512
"""Records with a lifetime of their own; if there are more, neighbours are merged."""

Ranges = Sequence[tuple[int, int]]


@dataclass(eq=False)
class Item:
    """An object with a place in the arena.

    Args:
        what: the tensor, or the name of the node whose scratch it is.
        dtype: the type of its values.
        size: bytes.
        length: bytes of a record.
        at: offset of each record in the item.
        born, dead: the first and last moment at which each record is needed.
        over: tensors whose record k this item's record k may overwrite, byte for byte, as it is written.
    """

    what: int | str
    dtype: str
    size: int
    length: int
    at: Array
    born: Array
    dead: Array
    over: frozenset[int | str] = frozenset()
    offset: int = 0

    @property
    def first(self) -> int:
        return int(self.born.min())

    @property
    def last(self) -> int:
        return int(self.dead.max())


def pack(items: Sequence[Item], align: int = ALIGN) -> int:
    """Give all items offsets, multiples of ``align``. Returns the total bytes.

    No byte holds values of two types, except that int8 values may share the bytes of any type, as C permits.
    """
    if not items:
        return 0
    best = _Packing(items, align).run()
    least = min(best.values())
    for item in items:
        item.offset = best[item] - least
    return extent(items)


def extent(items: Sequence[Item]) -> int:
    """Bytes from offset 0 to the end of the last item."""
    return max((item.offset + item.size for item in items), default=0)


def peak(items: Sequence[Item]) -> int:
    """Most bytes that are live at the same time: a lower bound for the arena."""
    if not items:
        return 0
    born = np.concatenate([2 * item.born + bool(item.over) for item in items])
    dead = np.concatenate([2 * item.dead for item in items]) + 1
    size = np.concatenate([np.full(len(item.born), item.length) for item in items])
    moments = np.concatenate([dead, born])
    change = np.concatenate([-size, size])
    order = np.argsort(moments, kind="stable")  # frees come before allocations
    return int(change[order].cumsum().max())


class _Packing:
    def __init__(self, items: Sequence[Item], align: int) -> None:
        self.items = list(items)
        self.align = align
        self.known: dict[tuple[Item, Item], Ranges] = {}
        coarse = {item: _coarse(item) for item in self.items}
        for k, one in enumerate(self.items):
            for other in self.items[:k]:
                ranges = self._conflict(coarse[other], coarse[one])
                if ranges:
                    self.known[other, one] = ranges
                    self.known[one, other] = [(-high, -low) for low, high in reversed(ranges)]

    def run(self) -> dict[Item, int]:
        floor = peak(self.items)
        orders = [
            sorted(self.items, key=lambda i: (-i.size, i.first, str(i.what))),
            sorted(self.items, key=lambda i: (-i.last, -i.size, str(i.what))),
            sorted(self.items, key=lambda i: (i.first, -i.size, str(i.what))),
            sorted(self.items, key=lambda i: (-i.size * (i.last - i.first + 1), i.first, str(i.what))),
        ]
        chance = random.Random(0)
        best: dict[Item, int] = {}
        least, order = 0, orders[0]
        for attempt in range(TRIES):
            tried = orders[attempt] if attempt < len(orders) else _varied(order, chance)
            places = self._place(tried)
            size = max(at + item.size for item, at in places.items()) - min(places.values())
            if not best or size < least:
                best, least, order = places, size, tried
            if least < floor + self.align:
                break
        return best

    def _place(self, order: Sequence[Item]) -> dict[Item, int]:
        """Place the items one after the other, each where it enlarges the total least."""
        placed: dict[Item, int] = {}
        low, high = 0, 0
        for item in order:
            taken = sorted(
                (at + start, at + end)
                for other, at in placed.items()
                for start, end in self.known.get((other, item), ())
            )
            mirrored = sorted((-end, -start) for start, end in taken)
            up, down = self._free(taken, low), -self._free(mirrored, item.size - high)
            bigger_up, bigger_down = max(high, up + item.size), min(low, down)
            if bigger_up - low <= high - bigger_down:
                placed[item], high = up, bigger_up
            else:
                placed[item], low, high = down, bigger_down, max(high, down + item.size)
        return placed

    def _free(self, taken: Ranges, start: int) -> int:
        """The first free place from ``start`` on; the ranges in use are sorted."""
        at = -(-start // self.align) * self.align
        for low, high in taken:
            if low > at:
                break
            if high >= at:
                at = -(-(high + 1) // self.align) * self.align
        return at

    def _conflict(self, one: Item, other: Item) -> Ranges:
        """Offsets of ``other`` relative to ``one`` at which live bytes would overlap."""
        if one.first > other.last or other.first > one.last:
            overlap = False
        else:
            meet = (one.born[:, None] <= other.dead[None]) & (other.born[None] <= one.dead[:, None])
            overlap = bool(meet.any())
        if one.dtype != other.dtype and "int8" not in (one.dtype, other.dtype):
            return [(1 - other.size, one.size - 1)]
        if not overlap:
            return ()
        shift = one.at[:, None] - other.at[None]
        ranges: list[tuple[int, int]] = []
        if len(one.at) == len(other.at) and (one.what in other.over or other.what in one.over):
            same = np.arange(len(one.at))
            written = (one.dead == other.born) | (other.dead == one.born)
            for k in same[written & meet[same, same]]:
                at = int(shift[k, k])
                ranges += [(at - other.length + 1, at - 1), (at + 1, at + one.length - 1)]
            meet[same[written], same[written]] = False
        ranges += [(at - other.length + 1, at + one.length - 1) for at in np.unique(shift[meet]).tolist()]
        return _merged(ranges)


def _varied(order: Sequence[Item], chance: random.Random) -> list[Item]:
    """The order with one or two items moved."""
    varied = list(order)
    for _ in range(chance.choice((1, 1, 2))):
        item = varied.pop(chance.randrange(len(varied)))
        varied.insert(chance.randrange(len(varied) + 1), item)
    return varied


def _merged(ranges: list[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if low > high:
            continue
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _coarse(item: Item) -> Item:
    """The item with fewer records; each is live as long as any of the records that it replaces."""
    rows = -(-len(item.at) // FINE)
    if rows == 1:
        return item
    if item.size < len(item.at) * item.length:  # a ring buffer: rows share places
        ends = np.array([item.first]), np.array([item.last])
        return Item(item.what, item.dtype, item.size, item.size, np.zeros(1, np.int64), *ends)
    starts = np.arange(0, len(item.at), rows)
    length = int(min(item.size, item.length * rows))
    at = item.at[starts].clip(0, item.size - length)
    born, dead = np.minimum.reduceat(item.born, starts), np.maximum.reduceat(item.dead, starts)
    return Item(item.what, item.dtype, item.size, length, at, born, dead)
