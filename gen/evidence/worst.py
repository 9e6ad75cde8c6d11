"""The most instructions that a step can take, from the instructions of its program and the counts of its loops."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

from ..run.standins.trace import Line

CONDITIONS = "(?:eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)"
RETURN = re.compile(r"ret$|jr (?:ra|t0)$|bx\w* lr$|(?:pop|ldm)\w* .*\bpc\}|ldr\w* pc, \[sp|mov\w* pc, lr$")
BRANCH = re.compile(rf"(?:j|b{CONDITIONS}?|cbn?z|b(?:eq|ne|lt|ge|gt|le)(?:z|u)|(?:wls|le)(?:tp)?(?:\.\d+)?)$")
CALL = re.compile(r"(?:blx?|jal|jalr)$")
COMPUTED = re.compile(r"tb[bh] |bl\w* |bx|jr |jalr |(?:mov|add|ldr)\w* pc\b")
TARGET = re.compile(r"\b([0-9a-f]+) <")
TURNS = dict.fromkeys(("__udivsi3", "__divsi3", "__aeabi_uidivmod", "__aeabi_idivmod"), 2)
"""Functions with a loop that data ends -> how many times their instructions can run at most. libgcc's division executes
the code for its 8 lower bits once, and that for its 8 upper bits up to three times; remainders are included."""


class UnboundedError(Exception):
    """There is no bound; the text gives the reason."""


@dataclass
class BasicBlock:
    """Instructions that run one after the other.

    Args:
        after: addresses that may follow; none if the function ends.
        calls: the address that it calls at its end; 0 for none.
        data: whether data decides what follows.
    """

    lines: list[Line]
    after: tuple[int, ...]
    calls: int
    data: bool

    def __str__(self) -> str:
        return " ".join(word for word in (self.lines[0].function, self.lines[0].place) if word)


@dataclass
class Routine:
    """The code that is reached from an address without calls. Data decides about ``varying`` blocks. Loops are by their
    heads.

    Args:
        meets: for each block, the blocks that are on every path from it, including itself.
    """

    entry: int
    blocks: dict[int, BasicBlock]
    varying: set[int] = field(default_factory=set)
    loops: dict[int, set[int]] = field(default_factory=dict)
    meets: dict[int, set[int]] = field(default_factory=dict)

    def reached(self, start: int, ends: set[int]) -> set[int]:
        """The blocks that may run after ``start`` and before any of ``ends``."""
        todo, between = list(self.blocks[start].after), set[int]()
        while todo:
            if (each := todo.pop()) not in between | ends:
                between.add(each)
                todo += self.blocks[each].after
        return between


def follows(line: Line) -> tuple[tuple[int, ...], int]:
    """The addresses that may follow an instruction, and the address that it calls, 0 for none.

    Raises:
        UnboundedError: the addresses are computed.
    """
    instruction, next_one = f"{line.mnemonic} {line.operands}".strip(), line.address + line.size
    to = TARGET.search(line.operands)
    if RETURN.match(instruction):
        return ((next_one,) if re.search(f"{CONDITIONS}$", line.mnemonic) else ()), 0
    if CALL.match(line.mnemonic) and to:
        return (next_one,), int(to[1], 16)
    if BRANCH.match(line.mnemonic) and to:
        return (int(to[1], 16), *([] if line.mnemonic in ("b", "j") else [next_one])), 0
    if COMPUTED.match(instruction):
        raise UnboundedError(f"{line.function} goes to a place that is computed: {instruction}")
    return (next_one,), 0


class CallGraph:
    """The functions that a step reaches.

    Args:
        lines: instructions of a program.
        root: the function of a step.
        controlled: ``FILE:LINE`` and functions in which no data decides.
        turns: by ``FILE:LINE``, the largest number of turns of loops that data ends.

    Raises:
        UnboundedError: the program has unknown instructions or jumps.
    """

    def __init__(self, lines: Sequence[Line], root: str, controlled: Collection[str], turns: Mapping[str, int]) -> None:
        self.at = {line.address: line for line in lines}
        self.starts = {b.address for a, b in pairwise([*lines[-1:], *lines]) if a.function != b.function}
        self.controlled = controlled
        self.turns = turns
        self.routines: dict[int, Routine] = {}
        self.longest: dict[int, int] = {}
        self.root = [line.address for line in lines if line.function == root][:1]
        if not (todo := [*self.root]):
            raise UnboundedError(f"{root} is not in the program")
        while todo:
            if (entry := todo.pop()) not in self.routines:
                self.routines[entry] = routine = self._read(entry)
                todo += [block.calls for block in routine.blocks.values() if block.calls]

    def _read(self, entry: int) -> Routine:
        ways: dict[int, tuple[tuple[int, ...], int]] = {}
        todo = [entry]
        while todo:
            if (at := todo.pop()) not in ways:
                if at not in self.at:
                    raise UnboundedError(f"nothing is known of the instruction at {at:#x}")
                after, calls = follows(self.at[at])
                jumps = calls and calls not in self.starts  # some compilers use a call for a far jump inside a function
                ways[at] = ((calls,), 0) if jumps else (after, calls)
                todo += ways[at][0]
        straight = {at: after[0] for at, (after, to) in ways.items() if after == (at + self.at[at].size,) and not to}
        leads = {entry}.union(*(after for at, (after, _) in ways.items() if at not in straight))
        routine = Routine(entry, {})
        for lead in leads:
            lines = [self.at[lead]]
            while (at := straight.get(lines[-1].address, entry)) not in leads:
                lines.append(self.at[at])
            after, calls = ways[lines[-1].address]
            calm = self._calm(lines[-1]) or self.at[entry].function in TURNS
            routine.blocks[lead] = BasicBlock(lines, after, calls, len(after) > 1 and not calm)
        _turn(routine)
        return routine

    def _calm(self, line: Line) -> bool:
        return line.place in self.controlled or line.function in self.controlled

    def _spread(self) -> None:
        """Mark everything as varying that is called where data decides; and divisions, unless their operands are known
        not to depend on data."""
        todo = [routine.blocks[at].calls for routine in self.routines.values() for at in routine.varying]
        divides = {entry for entry in self.routines if self.at[entry].function in TURNS}
        outside = [block for entry in self.routines.keys() - divides for block in self.routines[entry].blocks.values()]
        todo += [block.calls for block in outside if block.calls in divides and not self._calm(block.lines[-1])]
        while todo:
            routine = self.routines.get(todo.pop())
            if routine is not None and routine.varying < routine.blocks.keys():
                routine.varying = set(routine.blocks)
                todo += [block.calls for block in routine.blocks.values()]

    def measured(self, counts: Mapping[int, int]) -> int:
        """The counted instructions of a step.

        Raises:
            UnboundedError: instructions of its functions ran that no known path reaches.
        """
        blocks = (block for routine in self.routines.values() for block in routine.blocks.values())
        functions = {line.address: line.function for block in blocks for line in block.lines}
        for line in (self.at[at] for at, count in counts.items() if count and at not in functions):
            if line.function in functions.values():
                raise UnboundedError(f"{line.function} comes to {line.address:#x} in a way that is not known")
        return sum(counts.get(at, 0) for at in functions)

    def bound(self, runs: Sequence[Mapping[int, int]]) -> int:
        """The largest number of instructions of a step: blocks that data does not decide run as often as counted, and
        after each, the longest path through the blocks that data decides. If all outcomes of decisions ran, each
        combination is a kind of step.

        Args:
            runs: for several steps, how many times each address ran.

        Raises:
            UnboundedError: data decides how many times a loop turns, or a count differs between steps.
        """
        decisions, kinds = self._decisions(), dict[tuple[bool, ...], list[Mapping[int, int]]]()
        for run in runs:
            kinds.setdefault(tuple(run.get(to, 0) > 0 for block in decisions for to in block.after), []).append(run)
        complete = len(kinds) == 2 ** len(decisions)
        for block in decisions if complete else ():
            block.data = False
        for routine in self.routines.values():
            _vary(routine)
        self._spread()
        return max(self._most(each) for each in (kinds.values() if complete else [runs]))

    def _decisions(self) -> list[BasicBlock]:
        """Blocks after which data decides about loops or calls, and that run at most once a step: outside loops, in
        functions that are called from one place only, which also runs once. Empty if the outcome of one of them cannot
        be told."""
        sites = Counter(block.calls for routine in self.routines.values() for block in routine.blocks.values())
        todo, decisions = [*self.root], list[BasicBlock]()
        for routine in (self.routines[entry] for entry in todo):
            turning = set[int]().union(*routine.loops.values())
            blocks = routine.blocks.items()
            for at, block in ((at, block) for at, block in blocks if at not in routine.reached(at, set())):
                todo += [block.calls] if block.calls and sites[block.calls] == 1 else []
                about = routine.reached(at, routine.meets[at] - {at}) if block.data else set[int]()
                if any(routine.blocks[each].calls or each in turning for each in about):
                    decisions.append(block)
                    for to in about.intersection(block.after):  # it ran if and only if the decision chose it
                        others = routine.blocks.keys() - {at, *routine.loops.get(to, ())}
                        if any(to in routine.blocks[each].after for each in others):
                            return []
        return decisions

    def _most(self, runs: Sequence[Mapping[int, int]]) -> int:
        costs: dict[int, int] = {}  # by block: a function that ends by a jump to another shares its blocks
        for routine in self.routines.values():
            for at in routine.blocks.keys() - routine.varying:
                counts = {run.get(at, 0) for run in runs}
                if len(counts) > 1:
                    raise UnboundedError(f"{routine.blocks[at]}: it does not run as often in each step")
                costs[at] = max(costs.get(at, 0), counts.pop() * self._way(routine, {at}))
        return sum(costs.values())

    def _way(self, routine: Routine, part: set[int], turns: int = 1) -> int:
        """The most instructions of ``turns`` runs of blocks, and of the varying blocks after them."""
        cost = turns * sum(len(routine.blocks[at].lines) + self._called(routine.blocks[at]) for at in part)
        ahead = {each for at in part for each in routine.blocks[at].after if each in routine.varying} - part
        return cost + max((self._longest(routine, each) for each in ahead), default=0)

    def _longest(self, routine: Routine, at: int) -> int:
        """The most instructions from a block that data decides to one that it does not."""
        if at not in self.longest:
            self.longest[at] = -1
            part = routine.loops.get(at, {at})
            self.longest[at] = self._way(routine, part, self._turns(routine, part) if at in routine.loops else 1)
        if self.longest[at] < 0:
            raise UnboundedError(f"{routine.blocks[at]}: a loop with two entries, or a function that calls itself")
        return self.longest[at]

    def _called(self, block: BasicBlock) -> int:
        """The most instructions of a block's callee, unless they are counted separately."""
        routine = self.routines[block.calls] if block.calls else None
        if routine is None or routine.entry not in routine.varying:
            return 0
        turns = TURNS.get(self.at[routine.entry].function)
        return self._way(routine, set(routine.blocks), turns) if turns else self._longest(routine, routine.entry)

    def _turns(self, routine: Routine, part: set[int]) -> int:
        """The largest number of runs of a loop's blocks, if data ends the loop or decides about it; it may contain no
        other loop.

        Loops that begin at the same block are one loop with several back edges: each may turn in each turn of the
        others.
        """
        ends = {routine.blocks[at].lines[-1].place for at in part if set(routine.blocks[at].after) - part}
        head = next(at for at in part if routine.loops.get(at) is part)
        backs = [at for at in part if head in routine.blocks[at].after]
        for tail in [at for at in backs if routine.blocks[at].after == (head,) and at != head]:
            before = [at for at in part if tail in routine.blocks[at].after]  # they may be the ends of several loops
            backs += before if len(before) > 1 else []
        places = [routine.blocks[at].lines[-1].place for at in backs] if len(backs) > 1 else []
        nested = any(inner < part for inner in routine.loops.values())
        if not ends or not {*ends, *places} <= self.turns.keys() or nested:
            raise UnboundedError(f"{routine.blocks[min(part)]}: data decides how often a loop turns")
        return prod(self.turns[place] for place in places) if places else max(self.turns[place] for place in ends)


def _turn(routine: Routine) -> None:
    """Find the loops, and the blocks at which paths meet."""
    after = {at: set(block.after) for at, block in routine.blocks.items()}
    before = {at: {each for each in after if at in after[each]} for at in after}
    routine.meets, through = _shared(after), _shared(before | {routine.entry: set()})  # a loop may begin at the entry
    for tail, head in [(each, head) for each in after for head in after[each] & through[each]]:
        part, todo = routine.loops.setdefault(head, {head}), [tail]
        while todo:
            if (each := todo.pop()) not in part:
                part.add(each)
                todo += before[each]


def _vary(routine: Routine) -> None:
    """Find the blocks that data decides: those between a branch and the block at which its paths meet again, at the
    latest the next turn of a loop that data does not end."""
    ended = _ended(routine)
    for at in (at for at, block in routine.blocks.items() if block.data):
        around = {head for head, part in routine.loops.items() if head not in ended and at in part}
        ends = routine.meets[at] - {at} | around
        routine.varying |= routine.reached(at, ends)


def _ended(routine: Routine) -> set[int]:
    """The heads of loops whose number of turns data decides: by an exit, or by a back edge that is reached without an
    exit before paths meet again, as for a loop within a loop that begins at the same block. All exits then depend on
    data, because they may end a loop around it."""
    ends = {head: {at for at in part if {*routine.blocks[at].after} - part} for head, part in routine.loops.items()}
    inner = {head for head in routine.loops if head in routine.reached(head, ends[head])}
    back = {at: routine.reached(at, routine.meets[at] - {at}) for at, block in routine.blocks.items() if block.data}
    grown = {head for head in inner if any(head in back.get(at, ()) for at in routine.loops[head])}
    ended: set[int] = set()
    while grown := grown | {head for head, at in ends.items() if any(routine.blocks[each].data for each in at)} - ended:
        ended |= grown
        for at in set[int]().union(*(ends[head] for head in grown)):
            routine.blocks[at].data = True
        grown = set()
    return ended


def _shared(ways: Mapping[int, set[int]]) -> dict[int, set[int]]:
    """For each block, the blocks on every path from it to the end, including itself."""
    shared = {at: set(ways) for at in ways}
    changed = True
    while changed:
        changed = False
        for at, nexts in ways.items():
            now = {at} | (set.intersection(*(shared[each] for each in nexts)) if nexts else set())
            changed |= now != shared[at]
            shared[at] = now
    return shared
