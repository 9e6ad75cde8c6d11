"""What the text of generated C looks like in the end."""

from __future__ import annotations

import re

COMMENT = re.compile(r"/\*.*?\*/")
OWNER = re.compile(r"^(?:APART )?static (?!inline).*?\b(\w+?)_(?:forward|row|each|finish|see|fold)\(")
"""Where a layer's function begins: :data:`gatesmith.backends.names.SUFFIXES` has what templates append."""
OPERATORS = ("+ ", "- ", "* ", "/ ", "? ", ": ", "&& ", "|| ")
"""What a line begins with that goes on with the expression of the line before it."""


def indented(text: str) -> str:
    """C with each line as far in as the braces around it are deep, and no empty lines inside of them. What follows the
    first line of a statement or of a comment stays where it is below that."""
    lines, depth, parentheses, shift, remark = [], 0, 0, 0, False
    for line in text.splitlines():
        words = line.lstrip()
        if not words and depth:
            continue
        if not words or words[0] == "#":
            lines.append(words)
            continue
        code = COMMENT.sub("", words) if "/*" in words else words
        before = len(line) - len(words)
        if remark or parentheses or words.startswith(OPERATORS):
            place = before + shift
        else:
            place = 4 * (depth - (words[0] == "}"))
            shift = place - before
        lines.append(" " * place + words)
        remark = "*/" not in words if remark else "/*" in code
        depth += code.count("{") - code.count("}")
        parentheses += code.count("(") - code.count(")")
    return "\n".join(lines)


def owners_of_lines(source: str, name: str) -> dict[tuple[str, int], str]:
    """The layer of each line of generated C that belongs to one, by file name and line.

    Args:
        name: the file's.
    """
    owners: dict[tuple[str, int], str] = {}
    layer = ""
    for number, line in enumerate(source.splitlines(), 1):
        if match := OWNER.match(line):
            layer = match[1]
        if layer:
            owners[name, number] = layer
        if line == "}":
            layer = ""
    return owners
