"""The final form of generated C's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap
from typing import NamedTuple

WIDTH = 120
NO_CODE = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/')
"""Strings and comments."""
OWNER = re.compile(r"^(?:APART )?static (?!inline).*?\b(\w+?)_(?:forward|row|each|finish|see|fold)\(")
"""The beginning of a layer's function: :data:`gatesmith.backends.names.SUFFIXES` has the suffixes of templates."""
OPERATORS = ("+ ", "- ", "* ", "/ ", "? ", ": ", "&& ", "|| ")
"""The beginning of a line that continues an expression."""

TOKEN = re.compile(NO_CODE.pattern + r"|[(\[{] ?|[)\]}]|[,;] | (?=(?:[-+*/|&?:]|&&|\|\|) )")
"""Places at which a line may be broken, and tokens inside which it may not."""
LOOSEST = (", ", "; ", "?", ":", "||", "&&", "|", "&", "+", "-", "*", "/")
"""Operators and separators, the loosest binding first."""
END = "\N{NO-BREAK SPACE}*/"
"""The end of a comment, which must not stand on a line by itself."""


def folded(text: str) -> str:
    """C with lines of at most ``WIDTH`` characters where a break is possible: after a comma or before an operator, in
    as few brackets as possible. The rest of a line is aligned inside these brackets."""
    lines: list[str] = []
    remark = False
    for line in text.splitlines():
        words = line.lstrip()
        pad = line[: len(line) - len(words)]
        if len(line) <= WIDTH or words[0] == "#" or any(part.endswith("\\") for part in (line, *lines[-1:])):
            lines.append(line)
        elif remark or (words.startswith("/*") and words.find("*/") in (-1, len(words) - 2)):
            below = pad + ("* " if remark else " * ")
            comment = words.replace(" */", END)
            parts = wrap(comment, WIDTH, initial_indent=pad, subsequent_indent=below, break_long_words=False)
            lines += [part.replace(END, " */") for part in parts]
        else:
            lines += _broken(line, len(pad))
        remark = "*/" not in line if remark else "/*" in line and "/*" in NO_CODE.sub("", line)
    return "\n".join(lines) + "\n"


def _broken(line: str, indent: int) -> Iterator[str]:
    """A statement in lines."""
    columns = [indent + 4]
    while len(line) > WIDTH and (cut := _cut(list(_places(line, columns)))):
        yield line[: cut.end].rstrip()
        columns = cut.columns
        line = " " * columns[-1] + line[cut.end :].lstrip()
    yield line


def _cut(places: list[LineBreak]) -> LineBreak | None:
    """The last of the places with the loosest binding; if these are too far right, the place after the bracket around
    them."""
    for rank in sorted({place.rank for place in places}):
        alike = [place for place in places if place.rank == rank]
        outside = [alike[0].opening] if alike[0].opening else []
        fitting = [place for place in (*outside, *alike) if place.end <= WIDTH]
        if fitting:
            return fitting[-1]
    return None


class LineBreak(NamedTuple):
    """A place at which a line can be broken.

    Args:
        rank: the binding of the broken expression: the number of brackets around it, then the operator.
        end: the end of the first part.
        columns: the column at which lines continue, for each of the open brackets.
        opening: the place after the innermost bracket, if the bracket is on this line.
    """

    rank: tuple[int, int]
    end: int
    columns: list[int]
    opening: LineBreak | None


def _places(line: str, columns: list[int]) -> Iterator[LineBreak]:
    first = len(line) - len(line.lstrip())
    columns, openings = [*columns], list[LineBreak | None]([None]) * len(columns)
    for token in TOKEN.finditer(line, first):
        text, end = token[0], token.end()
        if text[0] in "([{":
            openings.append(LineBreak((0, 0), end, [*columns, first + 4], None))
            columns.append(end if end <= WIDTH // 2 else columns[-1] + 4)
        elif text in ")]}":
            columns, openings = columns[:-1] or columns, openings[:-1] or openings
        elif text.startswith("/*"):
            if end == len(line) and first < token.start() <= WIDTH:
                yield LineBreak((0, 0), token.start(), columns[:1], None)
        elif text[0] in ",; ":
            word = text if text != " " else line[end:].split(" ", 1)[0]
            yield LineBreak((len(columns), LOOSEST.index(word)), end, [*columns], openings[-1])


def indented(text: str) -> str:
    """C with each line indented by the depth of its braces, and without empty lines inside them. Continuation lines of
    a statement or comment keep their position below its first line."""
    lines, depth, parentheses, shift, remark = [], 0, 0, 0, False
    for line in text.splitlines():
        words = line.lstrip()
        if not words and depth:
            continue
        if not words or words[0] == "#":
            lines.append(words)
            continue
        code = NO_CODE.sub("", words) if "/*" in words else words
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
    """The layer of each line of generated C that belongs to a layer, by file name and line.

    Args:
        name: the file's name.
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
