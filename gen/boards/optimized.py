"""The goal of a target's code: ``speed``, ``size``, or ``balanced``, which keeps its file's choices.

The generated C is the same for all three, unless a target's file names other kernels for speed, which take fewer cycles
and more flash. The kernels of instruction sets are both small and fast: plain C for an LSTM saves 350 to 930 bytes on a
Cortex-M4F, at 1.6 to 4.6 times the instructions.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from .programs import BALANCED, Compiler
from .target import Target

SPEED = "speed"
LEVELS = {SPEED: "-O3", "size": "-Os"}
LEVEL = re.compile(r"-O[0-9a-z]*")


def optimized(board: Target, goal: str | None = None) -> Target:
    """A target whose code is optimised for another goal; measured costs then do not apply.

    Args:
        goal: ``None`` for the target's own goal.
    """
    goal = goal or board.compiler.optimize
    same = goal == BALANCED or (goal == SPEED and board.compiler.tuned)
    compiler = board.compiler if same else _levelled(board.compiler, LEVELS[goal])
    layout = board.layout
    if goal == SPEED and layout.speed:
        layout = replace(layout, isa=layout.speed)
    costs = board.costs if (compiler, layout) == (board.compiler, board.layout) else None
    return replace(board, compiler=replace(compiler, optimize=goal), layout=layout, costs=costs)


def _levelled(compiler: Compiler, level: str) -> Compiler:
    """A compiler with another level of optimisation, which is the first flag if there was none."""

    def flags(words: tuple[str, ...]) -> tuple[str, ...]:
        levelled = tuple(level if LEVEL.fullmatch(flag) else flag for flag in words if flag not in compiler.tuned)
        return levelled if level in levelled else (level, *levelled)

    return replace(compiler, cflags=flags(compiler.cflags), exact=flags(compiler.exact), tuned=())
