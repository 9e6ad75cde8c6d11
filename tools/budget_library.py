"""What programs link of the C library and of the compiler's own: which members, and which pieces of models need them.

Without floating point in hardware a division is a kilobyte, in programs whose model divides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatesmith.boards.costs import INTEGER, Member
from gatesmith.run.toolchain import chart

MEMBER = re.compile(r"\.a\((.+)\)$")
"""How a map file names a member of a library."""
LEAST = 32
"""Bytes of a member that is worth a line."""
RARE = 0.05
"""Share of programs with a member that nothing tells: compilers do without it now and then, elsewhere."""


@dataclass(frozen=True)
class Used:
    """What a program has of libraries.

    Args:
        numeric: of the model.
        members: bytes of each.
        kinds: those of the model's pieces.
    """

    numeric: str
    members: Mapping[str, int]
    kinds: frozenset[str]


def members(program: Path) -> dict[str, int]:
    """Bytes of flash of each member of a library that is in a linked program."""
    found: dict[str, int] = defaultdict(int)
    for name, sizes in chart.by_object(program.with_suffix(".map")).items():
        if (member := MEMBER.search(name)) is not None and sizes.flash:
            found[member[1]] += sizes.flash
    return dict(found)


def varying(programs: Collection[Used]) -> dict[str, Member]:
    """The members that some programs of a numeric type have and others do not, by what needs them: no program without
    one has a piece of these kinds, and nearly each with it has one. Helpers come first: a layer is named where they do
    not tell. A member of which that cannot be said is left to the mean, as is all that integers need."""
    floats = [program for program in programs if INTEGER not in program.kinds]
    by_numeric: dict[str, list[Used]] = defaultdict(list)
    for program in floats:
        by_numeric[program.numeric].append(program)
    names = set()
    for alike in by_numeric.values():
        sets = [program.members.keys() for program in alike]
        names |= set().union(*sets) - set(sets[0]).intersection(*sets)
    found = {}
    for name in sorted(names):
        having = [program for program in floats if name in program.members]
        without = frozenset[str]().union(*(program.kinds for program in floats if name not in program.members))
        helpers = {kind for program in having for kind in program.kinds - without if kind.startswith("helper")}
        others = [program.kinds - without for program in having if program.kinds.isdisjoint(helpers)]
        size = round(sum(program.members[name] for program in having) / len(having))
        if size >= LEAST and sum(not kinds for kinds in others) <= RARE * len(having):
            found[name] = Member(size, tuple(sorted(helpers.union(*others))))
    return found
