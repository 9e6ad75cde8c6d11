"""Text of inline assembly: lines in C strings, lists of registers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def listed(first: int, count: int) -> str:
    """``count`` single-precision registers from ``first`` on, in the syntax of VLDM and VSTM."""
    return f"{{s{first}}}" if count == 1 else f"{{s{first}-s{first + count - 1}}}"


def used(registers: Iterable[int]) -> str:
    """Single-precision registers, in the syntax of a list of clobbers."""
    return ", ".join(f'"s{k}"' for k in registers)


def quoted(lines: Sequence[str], pad: str, most: int = 4) -> str:
    """Instructions as C strings, several per line of C; an instruction with a label begins a line."""
    groups: list[list[str]] = []
    for line in lines:
        if not groups or len(groups[-1]) == most or line[0].isdigit():
            groups.append([])
        groups[-1].append(line)
    return "\n".join(pad + '"' + r"\n ".join(group) + r'\n"' for group in groups)
