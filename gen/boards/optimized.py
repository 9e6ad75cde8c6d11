"""What a target's code is optimised for: ``speed``, ``size``, or ``balanced``, which is as its file says.

The generated C is the same for all three: what instruction sets have kernels for is small and fast alike. Beside it, on
Cortex-M4F, plain C for an LSTM saves 350 to 930 bytes more, at 1.6 to 4.6 times the instructions.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .target import BALANCED, Compiler, Target

LEVELS = {"speed": "-O3", "size": "-Os"}
LEVEL = re.compile(r"-O[0-9a-z]*")


def optimized(board: Target, wanted: str | None = None) -> Target:
    """A target whose code is optimised otherwise. What was measured of its own choice is not known of another.

    Args:
        wanted: ``None`` for what the target says.
    """
    wanted = wanted or board.optimize
    compiler = _levelled(board.compiler, LEVELS[wanted]) if wanted != BALANCED else board.compiler
    costs = board.costs if compiler == board.compiler else None
    return replace(board, optimize=wanted, compiler=compiler, costs=costs)


def _levelled(compiler: Compiler, level: str) -> Compiler:
    """A compiler with another level of optimisation, which stands first where there was none."""

    def flags(given: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(level if LEVEL.fullmatch(flag) else flag for flag in given)
        return found if level in found else (level, *found)

    return replace(compiler, cflags=flags(compiler.cflags), exact=flags(compiler.exact))
