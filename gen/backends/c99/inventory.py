"""What a generated library holds, read from its own text: every table, every member of the state, every function.

The text is what the compiler gets, so bytes of tables and state are exact for any numeric type and layout, and the
shape of the functions is what a size of code can be estimated from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..base import Generated

POINTER = "*"
SIZES = {
    "char": 1, "bool": 1, "int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4,
    "int64_t": 8, "uint64_t": 8, "float": 4,
}  # fmt: skip
WORDS = {"int": 2, "unsigned": 2, "size_t": 2, POINTER: 2}
"""Types whose size follows the machine: bytes where registers have 8 bits; 4 where they have 32."""
UNROLLED = 16
"""Loops of a fixed length up to this many turns may be written out by a compiler."""

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_ENUM = re.compile(r"\b([A-Za-z_]\w*)\s*=\s*(\d+)\s*[,}]")
_TABLE = re.compile(r"^static const (?:[A-Z]\w*_FLASH )?(\w+) (\w+)((?:\[\w+\])+) = \{(?:$|[^\n;]*\};$)", re.MULTILINE)
_STRUCT = re.compile(r"typedef struct \{(.*?)\} \w+_t;", re.DOTALL)
_MEMBER = re.compile(r"^\s*(\w+) (\w+)((?:\[\w+\])*);", re.MULTILINE)
_HEAD = re.compile(r"^(?:static )?(?:inline )?(?:const )?\w+ \*?(\w+)\(([^;{]*?)\)\s*\{", re.MULTILINE)
_ARRAY = re.compile(r"^\s*(?:const )?(\w+) (\w+)((?:\[\w+\])+)(?:;| = \{)", re.MULTILINE)
_SCALAR = re.compile(r"^\s*(?:const )?(?:u?int\w*_t|int|float|size_t|unsigned) \*?(?:const )?\w+(?: =|;)", re.MULTILINE)
_CALL = re.compile(r"\b([a-zA-Z_]\w*)\(")
_LOOP = re.compile(r"for \([^;]*?= (\w+); \w+ < (\w+); [^)]*\)")
_FOR = re.compile(r"for \([^{;]*;[^{;]*;[^{]*\)")
_NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:e[-+]?\d+)?f\b")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_OPERATOR = re.compile(r"(?<=\w|\)) (?:[-+*/%<>&|]=?|<<|>>) ")
_BUFFER = re.compile(r"^static (\w+) \w+\[(\d+)\];", re.MULTILINE)
KEYWORDS = frozenset({"for", "if", "while", "switch", "return", "sizeof", "defined"})


@dataclass(frozen=True)
class Table:
    """Constants: ``bytes`` in all, ``element`` of one value, of the function ``owner`` (empty if of none)."""

    name: str
    bytes: int
    element: int
    owner: str


@dataclass(frozen=True)
class Member:
    """A member of the state struct."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Code:
    """What statements hold, counted.

    Args:
        work: operators outside of brackets.
        access: pairs of brackets, and dereferences.
        loops, branches: statements.
        numbers: float literals.
        calls: function -> places it is called from.
    """

    work: int = 0
    access: int = 0
    loops: int = 0
    branches: int = 0
    numbers: int = 0
    calls: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Loop:
    """An inner loop of a fixed length, which a compiler may write out: its turns, and its body once."""

    turns: int
    body: Code


@dataclass(frozen=True)
class Function:
    """A C function.

    Args:
        name: of the function.
        parameters: how many it takes.
        code: its body, each statement once.
        loops: its short inner loops, which ``code`` holds too.
        arrays: bytes of its local arrays.
        scalars: its other local variables.
    """

    name: str
    parameters: int
    code: Code
    loops: tuple[Loop, ...]
    arrays: int
    scalars: int


@dataclass(frozen=True)
class Inventory:
    """A generated library."""

    tables: tuple[Table, ...]
    members: tuple[Member, ...]
    functions: tuple[Function, ...]

    @property
    def table_bytes(self) -> int:
        """Constants in all."""
        return sum(table.bytes for table in self.tables)

    @property
    def state_bytes(self) -> int:
        """The state struct."""
        return sum(member.bytes for member in self.members)


def take(made: Generated, word: int) -> Inventory:
    """The inventory of a generated library.

    Args:
        word: bits of the target's registers.

    Raises:
        ValueError: a table or a member is of a type or a length that is not known here.
    """
    texts = {path: _COMMENT.sub("", text) for path, text in made.files.items()}
    header = "".join(text for path, text in texts.items() if path.endswith(".h"))
    source = "".join(text for path, text in texts.items() if path.endswith(".c"))
    values = {name: int(number) for name, number in _ENUM.findall(header)}
    names = [name.removesuffix("_forward") for name, _ in _HEAD.findall(source) if name.endswith("_forward")]
    tables, code = _tables(source, values, word, names)
    return Inventory(tuple(tables), tuple(_members(header, values, word)), tuple(_functions(code, values, word)))


def table_bytes(source: str) -> int:
    """Constants of a source whose tables are of types with one size everywhere."""
    tables, _ = _tables(_COMMENT.sub("", source), {}, 32, ())
    return sum(table.bytes for table in tables)


def _tables(source: str, values: dict[str, int], word: int, names: Sequence[str]) -> tuple[list[Table], str]:
    """The tables, and what is left without them; enumerations go into ``values``."""
    tables: list[Table] = []
    code: list[str] = []
    kept = 0
    for match in _TABLE.finditer(source):
        code.append(source[kept : match.start()])
        # Enumerations before a table may name its lengths; what lies inside a table is numbers only.
        values.update({name: int(number) for name, number in _ENUM.findall(code[-1])})
        kept = _end_of_table(source, match)
        element = size_of(match[1], word)
        owner = max((n for n in names if match[2].startswith(f"{n}_")), key=len, default="")
        tables.append(Table(match[2], element * _count(match[3], values), element, owner))
    code.append(source[kept:])
    values.update({name: int(number) for name, number in _ENUM.findall(code[-1])})
    return tables, "".join(code)


def buffers(glue: str, word: int) -> tuple[int, ...]:
    """Bytes of each array that the glue to the link keeps in RAM, gaps for alignment included.

    Raises:
        ValueError: an array is of a type that is not known here.
    """
    align = 1 if word == 8 else 4
    sizes = [size_of(kind, word) * int(length) for kind, length in _BUFFER.findall(_COMMENT.sub("", glue))]
    return tuple(-(-size // align) * align for size in sizes)


def size_of(kind: str, word: int) -> int:
    """Bytes of a C type.

    Raises:
        ValueError: the type is not known here.
    """
    if kind in WORDS:
        return WORDS[kind] if word == 8 else 4
    if kind not in SIZES:
        raise ValueError(f"the size of {kind} is not known")
    return SIZES[kind]


def _end_of_table(source: str, match: re.Match[str]) -> int:
    return match.end() if match[0].endswith(";") else source.index("\n};", match.end()) + 3


def _count(dimensions: str, values: Mapping[str, int]) -> int:
    total = 1
    for word in re.findall(r"\[(\w+)\]", dimensions):
        number = int(word) if word.isdigit() else values.get(word)
        if number is None:
            raise ValueError(f"the length {word} is not known")
        total *= number
    return total


def _members(header: str, values: Mapping[str, int], word: int) -> Iterator[Member]:
    struct = _STRUCT.search(header)
    if struct is None:
        raise ValueError("the header has no state struct")
    offset, widest = 0, 1
    for kind, name, dimensions in _MEMBER.findall(struct[1]):
        size = size_of(kind, word)
        align = 1 if word == 8 else size
        widest = max(widest, align)
        gap = -offset % align
        length = size * _count(dimensions, values)
        offset += gap + length
        yield Member(name, gap + length)
    if rest := -offset % widest:
        yield Member("(padding)", rest)


def _functions(source: str, values: Mapping[str, int], word: int) -> Iterator[Function]:
    for head in _HEAD.finditer(source):
        begin = head.end()
        line_end = source.find("\n", begin)
        line = source[begin : line_end if line_end >= 0 else len(source)]
        end = begin + line.rindex("}") if line.rstrip().endswith("}") else source.index("\n}", begin)
        body = source[begin:end]
        code, loops = _counted(body, values)
        parameters = 0 if head[2].strip() in ("", "void") else head[2].count(",") + 1
        arrays = sum(
            size_of(kind, word) * _count(dims, values)
            for kind, _, dims in _ARRAY.findall(body)
            if kind in SIZES or kind in WORDS
        )
        yield Function(head[1], parameters, code, loops, arrays, len(_SCALAR.findall(body)))


def _counted(body: str, values: Mapping[str, int]) -> tuple[Code, tuple[Loop, ...]]:
    """The body's statements, and its short inner loops."""
    whole = _Counter()
    loops: list[Loop] = []
    scopes: list[tuple[int, _Counter]] = []
    for line in body.replace("{", "{\n").replace("}", "\n}\n").splitlines():
        text = line.strip()
        if text == "}":
            turns, counter = scopes.pop() if scopes else (0, whole)
            if turns > 1 and not counter.loops:
                loops.append(Loop(turns, counter.code()))
            continue
        head = _FOR.search(text)
        counters = [whole, *(counter for _, counter in scopes)]
        turns = 0
        if head is not None:
            fixed = _LOOP.search(text)
            turns = _turns(fixed, values) if fixed else 1
            text = text.replace(head[0], "")
        for counter in counters:
            counter.loops += head is not None
            counter.add(text)
        if text.endswith("{"):
            scopes.append((turns, _Counter()))
    return whole.code(), tuple(loops)


def _turns(loop: re.Match[str], values: Mapping[str, int]) -> int:
    first, last = (int(word) if word.isdigit() else values.get(word) for word in loop.groups())
    if first is None or last is None or not 0 < last - first <= UNROLLED:
        return 1
    return last - first


@dataclass
class _Counter:
    work: int = 0
    access: int = 0
    loops: int = 0
    branches: int = 0
    numbers: int = 0
    calls: dict[str, int] = field(default_factory=dict)

    def add(self, text: str) -> None:
        for name in _CALL.findall(text):
            if name not in KEYWORDS:
                self.calls[name] = self.calls.get(name, 0) + 1
        self.access += text.count("[") + text.count("->")
        self.work += len(_OPERATOR.findall(_BRACKETS.sub("", text)))
        self.branches += text.count("if (") + text.count(" ? ")
        self.numbers += len(_NUMBER.findall(text))

    def code(self) -> Code:
        return Code(self.work, self.access, self.loops, self.branches, self.numbers, self.calls)
