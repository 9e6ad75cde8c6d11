"""Generated C as a syntax tree, for a compiler without vectors and extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pycparser import CParser, c_ast
from pycparser.c_generator import CGenerator

from ..backends.templates import templates
from ..run.toolchain.host import run_tool
from .values import result_bounds

TEMPLATES = Path(__file__).parent / "templates"
ACLE = "".join(f"typedef int {sign}int{n}x{32 // n}_t;" for n in (8, 16) for sign in ("", "u")) + "\n"
HEADERS = {"stdint.h": "", "stddef.h": "", "string.h": "", "stdbool.h": "", "arm_acle.h": ACLE}
ASSEMBLY = re.compile(r"__asm__(?: volatile)?\s*\((?:[^()]|\([^()]*\))*\)")
WIDTHS = (8, 16, 32, 64)
SECONDS = 300.0
"""That a tool may take."""
COMMENTED = re.compile(r"/\*((?:(?!\*/).)*)\*/\s*static inline \w+ (\w+)\(", re.S)
RANGE = re.compile(r"(?:(\w+) and )?(\w+) from (-?\d+) to (-?\d+)")
LOCAL = re.compile(r"\*const (\w+ = [^;]*);\s*/\* ([\d,]+) values?\b(?! a step)")
SPACED = re.compile(r"[\s()]+")
MACROS = (
    *(f"-DINT{n}_C(x)=x" for n in (8, 16, 32)), "-DINT64_C(x)=x##LL", "-DUINT32_C(x)=x##u", "-DUINT64_C(x)=x##ULL",
    "-DINT32_MIN=(-2147483647-1)", "-DINT32_MAX=2147483647", "-DINT64_MAX=9223372036854775807LL", "-DNULL=((void*)0)",
    "-DINT64_MIN=(-9223372036854775807LL-1)", "-DUINT32_MAX=4294967295u", "-DINT16_MIN=(-32768)", "-DINT16_MAX=32767",
)  # fmt: skip


def put(folder: Path, files: Mapping[str, str]) -> None:
    """Write files of work in progress."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def subtree(node: Any) -> Iterator[Any]:
    """A node and all nodes inside it, from the outside in."""
    if node is not None:
        yield node
        for _, child in node.children():
            yield from subtree(child)


def identifiers(*nodes: Any) -> set[str]:
    """The identifiers in nodes."""
    return {one.name for node in nodes for one in subtree(node) if isinstance(one, c_ast.ID)}


def rendered(template: str, part: str = "body", /, **values: Any) -> str:
    """A template of this room, or a def of it, rendered."""
    return str(templates(TEMPLATES).get_template(template).get_def(part).render(**values))


def text(node: Any) -> str:
    """An expression as C."""
    return str(CGenerator().visit(node))


@dataclass(frozen=True)
class Machine:
    """Properties that C leaves to a target: bits of ``int``, of ``long`` and of a pointer."""

    int_bits: int = 32
    long_bits: int = 32

    @property
    def options(self) -> tuple[str, ...]:
        """CBMC's options for it."""
        model = {(16, 32): "--LP32", (32, 32): "--ILP32", (32, 64): "--LP64"}[self.int_bits, self.long_bits]
        return (model, "--little-endian")

    @property
    def typedefs(self) -> str:
        """The types of stdint.h and stddef.h."""
        words = {8: "char", 16: "short", 32: "int" if self.int_bits == 32 else "long", 64: "long long"}
        lines = [
            f"typedef {sign} {words[n]} {p}int{n}_t;" for n in WIDTHS for sign, p in (("signed", ""), ("unsigned", "u"))
        ]
        return "\n".join([*lines, f"typedef unsigned {'long' if self.long_bits == 64 else 'int'} size_t;"])


@dataclass
class CSource:
    """A model's C.

    Args:
        tree: syntax tree of the preprocessed source, without its float functions.
        text: the source text.
        machine: properties of the target.
    """

    tree: Any
    text: str
    machine: Machine
    enums: dict[str, int] = field(default_factory=dict)

    @cached_property
    def functions(self) -> dict[str, Any]:
        """Name -> definition."""
        return {node.decl.name: node for node in self.tree.ext if isinstance(node, c_ast.FuncDef)}

    @cached_property
    def tables(self) -> dict[str, Any]:
        """Name -> declaration of a constant table."""
        return {n.name: n for n in self.tree.ext if isinstance(n, c_ast.Decl) and n.init is not None}

    @cached_property
    def types(self) -> dict[str, Any]:
        """Name -> the type that a typedef stands for."""
        return {node.name: node.type for node in self.tree.ext if isinstance(node, c_ast.Typedef)}

    @cached_property
    def locals(self) -> dict[str, int]:
        """Number of values of a place in the working memory, by its pointer's declaration without spaces, brackets."""
        return {SPACED.sub("", place): int(size.replace(",", "")) for place, size in LOCAL.findall(self.text)}

    @cached_property
    def ranges(self) -> dict[str, dict[str, tuple[int, int]]]:
        """Ranges in comments of helpers: those that callers must show for a parameter, and that of the result, y."""
        matches = ((name, one) for comment, name in COMMENTED.findall(self.text) for one in RANGE.findall(comment))
        ranges: dict[str, dict[str, tuple[int, int]]] = {}
        for name, (*names, low, high) in matches:
            ranges.setdefault(name, {}).update(dict.fromkeys(names, (int(low), int(high))))
        return ranges


def assembly(text: str) -> set[int]:
    """The lines of a source that contain assembly."""
    spans = ((text.count("\n", 0, one.start()), one[0].count("\n")) for one in ASSEMBLY.finditer(text))
    return {first + 1 + each for first, more in spans for each in range(more + 1)}


def parse(files: dict[str, str], name: str, machine: Machine, folder: Path, features: Sequence[str] = ()) -> CSource:
    """A library's source.

    Args:
        files: its header and source, by name.
        folder: folder for the preprocessor's inputs.
        features: a target's features, as preprocessor options: the code for them is read, without its assembly.
    """
    plain = ASSEMBLY.sub(lambda one: "\n" * one[0].count("\n"), files[f"{name}.c"])
    put(folder, HEADERS | files | {f"{name}.c": plain})
    options = [*MACROS, *features, "-D__attribute__(x)="]
    command = ["gcc", "-E", "-undef", "-nostdinc", "-I.", f"-D{name.upper()}_NO_FLOAT", *options, f"{name}.c"]
    tree = CParser().parse(machine.typedefs + "\n" + run_tool(command, SECONDS, folder))
    return CSource(tree, files[f"{name}.c"], machine)


def literal(node: Any) -> int:
    """A constant's number."""
    if isinstance(node, c_ast.UnaryOp):
        return -literal(node.expr) if node.op == "-" else literal(node.expr)
    if isinstance(node, c_ast.Cast):
        return literal(node.expr)
    if isinstance(node, c_ast.BinaryOp):
        return result_bounds(node.op, (literal(node.left),) * 2, (literal(node.right),) * 2)[0]
    return int(node.value.rstrip("uUlL"), 0)
