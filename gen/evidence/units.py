"""Units of proof: a function as CBMC gets it, its loops cut to one turn, what it calls replaced by contracts."""

from __future__ import annotations

from dataclasses import dataclass, field

from pycparser import c_ast
from pycparser.c_generator import CGenerator

from .contexts import Context
from .source import names as identifiers
from .source import rendered
from .values import Memory, Type, Value
from .walk import Walk
from .writer import SMALL, Writer, cells, spelled, within


@dataclass(frozen=True)
class Callee:
    """The contract of a function that a unit calls."""

    name: str
    result: str
    parameters: str
    checks: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, ...], ...]
    bounds: tuple[str, ...]
    also: str = ""
    """What holds of the result beside."""


@dataclass
class Unit:
    """What a harness is made of."""

    name: str
    claim: str
    command: str
    wide: bool = False
    kinds: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    callees: list[Callee] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    ensured: list[tuple[str, str]] = field(default_factory=list)
    call: str = ""


def harness(walk: Walk, context: Context, command: str, whole: bool = False, real: bool = False) -> str:
    """The C of a unit.

    Args:
        command: how CBMC is called. whole: loops stay as they are, and memory keeps its values. real: tables have
            their values.
    """
    writer = Writer(walk, context, whole, real)
    inside = [node for node in walk.source.functions.values() if ("inside", id(node)) in context.notes]
    body = "\n".join(writer.visit(node) for node in (*inside, context.node))
    unit = Unit(context.name, "no undefined behaviour for anything that its contract allows", command, writer.wide)
    for one in writer.called.values():
        unit.callees.append(_callee(walk, one, writer))
    _entry(walk, context, unit)
    unit.kinds = sorted(writer.kinds)
    source = walk.source
    plain = CGenerator()
    names = identifiers(context.node, *inside)
    if context.number:
        names |= {name for one in context.parameters.values() if isinstance(one, Memory) for name in one.tables}
    unit.tables = [_table(walk, name, whole or writer.real) for name in source.tables if name in names]
    shared = [
        node
        for node in source.tree.ext
        if isinstance(node, c_ast.Typedef) or (isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Enum))
    ]
    stdint = set(walk.source.machine.typedefs.replace(";", " ").split())
    texts = [plain.visit(node) + ";" for node in shared if getattr(node, "name", None) not in stdint]
    texts += [
        plain.visit(node)
        for name, node in source.functions.items()
        if name not in walk.units and name not in walk.inside
    ]
    text = rendered("unit.c.mako", unit=unit, machine=source.machine, body=body, definitions="\n".join(texts))
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _table(walk: Walk, name: str, whole: bool) -> str:
    declared = walk.source.tables[name]
    if whole:
        return f"{CGenerator().visit(declared)};"
    sizes, kind = "", walk.type_of(declared.type, declared.init)
    while kind.count and kind.to:
        sizes, kind = f"{sizes}[{kind.count}]", kind.to
    return f"static {kind.spelled} {name}{sizes};"


def _declared(walk: Walk, context: Context) -> list[tuple[str, Type, str]]:
    """Parameters: name, type, C's declaration."""
    plain = CGenerator()
    return [(one.name, walk.type_of(one.type), plain.visit(one)) for one in walk.parameters_of(context.node)]


def _callee(walk: Walk, one: Context, writer: Writer) -> Callee:
    checks: list[tuple[str, str]] = []
    changed: list[tuple[str, ...]] = []
    for name, _, _ in _declared(walk, one):
        value = one.parameters[name]
        if isinstance(value, Value):
            checks.append((within(name, value), f"{name} within its bounds"))
            continue
        if value.type.record or value.cell:
            for place, part in cells(value, f"(*{name})"):
                checks.append((within(place, part), f"{place} within its bounds"))
                changed.append((place, part.type.spelled, spelled(part.low), spelled(part.high)))
            continue
        how = "w_ok" if id(value) in one.written else "r_ok"
        if writer.whole and how == "w_ok" and value.type.scalar:
            limits = one.rows if one.rows and value.type.bits > SMALL else (value.low, value.high)
            changed += [
                (f"(({value.type.spelled} *){name})[{at}]", value.type.spelled, *map(spelled, limits))
                for at in range(value.count)
            ]
        size = f"sizeof({value.type.spelled})" if value.type.scalar else "sizeof(void *)"
        room = f"__CPROVER_{how}({name}, {value.count} * {size})"
        checks.append((f"{name} == (void *)0 || {room}" if value.null else room, f"{name} holds {value.count}"))
    result = CGenerator().visit(one.node.decl.type.type).split()
    kind = " ".join(word for word in result if word not in ("static", "inline", one.function))
    gives = (one.returned.low, one.returned.high) if one.returned is not None else (0, 0)
    also = f"{one.number} != 0 || IN(ANY, {spelled(one.at_zero[0])}, {spelled(one.at_zero[1])})" if one.at_zero else ""
    parameters = ", ".join(text for _, _, text in _declared(walk, one))
    return Callee(one.name, kind, parameters or "void", tuple(checks), tuple(changed), tuple(map(spelled, gives)), also)


def _entry(walk: Walk, context: Context, unit: Unit) -> None:
    """The objects that a function is called with, what is assumed of them, what is then to hold."""
    arguments = []
    for name, kind, _ in _declared(walk, context):
        value = context.parameters[name]
        if isinstance(value, Value):
            unit.objects.append(f"{value.type.spelled} {name};")
            unit.assumed.append(within(name, value))
            arguments.append(name)
            continue
        arguments.append(_object(walk, context, unit, name, kind, value))
    called = f"{context.function}({', '.join(arguments)});"
    if context.returned is not None:
        unit.call = f"const WIDE RESULT = {called}"
        unit.ensured.append((within("RESULT", context.returned), "the result within its bounds"))
        if context.at_zero:
            low, high = map(spelled, context.at_zero)
            unit.ensured.append((f"{context.number} != 0 || IN(RESULT, {low}, {high})", "the result at 0"))
    else:
        unit.call = called


def _object(walk: Walk, context: Context, unit: Unit, name: str, kind: Type, memory: Memory) -> str:
    inner = kind.to or kind
    if context.number and memory.tables:
        first, *others = sorted(memory.tables)
        unit.objects.append(f"const {memory.type.spelled} *{name} = {first};")
        unit.objects += [f"{{ _Bool other; if (other) {name} = {one}; }}" for one in others]
        return name
    if memory.type.record or memory.cell:
        unit.objects.append(f"{memory.type.record or memory.type.spelled} {name};")
        for place, part in cells(memory, name):
            unit.assumed.append(within(place, part))
            unit.ensured.append((within(place, part), f"{place} within its bounds"))
        return f"&{name}"
    if memory.type.to is not None:
        element = memory.type.to.spelled
        left = min((target.left for target in memory.pointers), default=0)
        unit.objects += [f"{element} {name}_values[{max(left, 1)}];", f"{element} *{name}[{max(memory.count, 1)}];"]
        spot = f"there ? {name}_values : (void *)0" if memory.null else f"{name}_values"
        unit.objects += [f"{{ _Bool there; {name}[{at}] = {spot}; }}" for at in range(memory.count)]
        return f"(const {element} *const *){name}"
    row = inner.flat if inner.count else 1
    sizes = f"[{max(memory.count // row, 1)}]" + (f"[{row}]" if inner.count else "")
    unit.objects.append(f"{memory.type.spelled} {name}{sizes};")
    if memory.null:
        unit.objects.append(f"_Bool {name}_there;")
        return f"{name}_there ? {name} : (void *)0"
    return f"{'(void *)' if inner.count else ''}{name}"
