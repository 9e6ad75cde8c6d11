"""Units of proof: a function in CBMC's form, with loops cut to one turn and callees replaced by contracts."""

from __future__ import annotations

import re
from typing import Any

from pycparser import c_ast
from pycparser.c_generator import CGenerator

from .contexts import ProofUnit
from .source import identifiers, rendered, subtree
from .values import Interval, Memory, Type
from .walk import IntervalWalk
from .writer import ProofWriter, cells, spelled, within

WORD = re.compile(r"\w+")


def harness(walk: IntervalWalk, unit: ProofUnit, real: bool = False) -> str:
    """The C of a unit; if ``real``, tables and products have their values."""
    writer, source = ProofWriter(walk, unit, real), walk.source
    inside = [node for node in source.functions.values() if ("inside", id(node)) in unit.notes]
    body = "\n".join(writer.visit(node) for node in (*inside, unit.node))
    passed = [value.tables for value in unit.parameters.values() if isinstance(value, Memory)]
    used = identifiers(unit.node, *inside).union(*passed if real else ())
    entry: dict[str, list[Any]] = {"objects": [], "assumed": [], "ensured": []}
    parts: dict[str, Any] = {
        "tables": "\n".join(_table(walk, name, real) for name in source.tables if name in used),
        "callees": "".join(_callee(walk, one) for one in writer.called.values()),
        "body": body,
        "call": _entry(walk, unit, real, entry),
        **entry,
    }
    definitions = _definitions(walk, " ".join(map(str, parts.values())))
    facts = {"name": unit.name, "wide": writer.wide, "machine": source.machine}
    text = rendered("unit.c.mako", definitions=definitions, **facts, **parts)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _definitions(walk: IntervalWalk, text: str) -> str:
    """The types, constants and helpers without contracts of the source that a text needs, directly or by others."""
    source, lines = walk.source, list[str]()
    known = {*WORD.findall(source.machine.typedefs), *walk.units, *walk.inside, *source.tables}
    needed = set(WORD.findall(text)) - known
    for node in reversed(source.tree.ext):
        declared = getattr(node, "decl", node)
        names = {declared.name, *(one.name for one in subtree(declared.type) if isinstance(one, c_ast.Enumerator))}
        if names & needed:
            lines.append(CGenerator().visit(node) + ("" if isinstance(node, c_ast.FuncDef) else ";"))
            needed |= set(WORD.findall(lines[-1])) - known
    return "\n".join(reversed(lines))


def _table(walk: IntervalWalk, name: str, real: bool) -> str:
    declared = walk.source.tables[name]
    if real:
        return f"{CGenerator().visit(declared)};"
    sizes, kind = "", walk.type_of(declared.type, declared.init)
    while kind.count and kind.to:
        sizes, kind = f"{sizes}[{kind.count}]", kind.to
    return f"static {kind.spelled} {name}{sizes};"


def _declared(walk: IntervalWalk, unit: ProofUnit) -> list[tuple[str, Type, str]]:
    """Parameters: name, type, declaration in C."""
    plain = CGenerator()
    return [(one.name, walk.type_of(one.type), plain.visit(one)) for one in walk.parameters_of(unit.node)]


def _callee(walk: IntervalWalk, one: ProofUnit) -> str:
    """The contract of a callee, as C."""
    checks: list[tuple[str, str]] = []
    changed: list[tuple[str, str, str]] = []
    for name, _, _ in _declared(walk, one):
        value = one.parameters[name]
        if isinstance(value, Interval):
            checks.append((within(name, value), f"{name} within its bounds"))
            continue
        if value.type.record or value.cell:
            checks.append((f"__CPROVER_r_ok({name}, sizeof(*{name}))", f"{name} is there"))
            for place, part in cells(value, f"(*{name})"):
                checks.append((within(place, part), f"{place} within its bounds"))
                changed.append((place, spelled(part.low), spelled(part.high)))
            continue
        how = "w_ok" if id(value) in one.written else "r_ok"
        size = f"sizeof({value.type.spelled})" if value.type.scalar else "sizeof(void *)"
        room = f"__CPROVER_{how}({name}, {value.count} * {size})"
        checks.append((f"{name} == (void *)0 || {room}" if value.null else room, f"{name} holds {value.count}"))
    words = CGenerator().visit(one.node.decl.type.type).split()
    low, high = map(spelled, (one.returned.low, one.returned.high) if one.returned is not None else (0, 0))
    return rendered(
        "unit.c.mako",
        "callee",
        name=one.name,
        kind=" ".join(word for word in words if word not in ("static", "inline", one.function)),
        parameters=", ".join(text for _, _, text in _declared(walk, one)) or "void",
        checks=checks,
        changed=changed,
        low=low,
        high=high,
    )


def _entry(walk: IntervalWalk, unit: ProofUnit, real: bool, entry: dict[str, list[Any]]) -> str:
    """The function's call; its objects, the assumptions on them and the conditions afterwards are appended to the
    lists."""
    (objects, assumed, ensured), arguments = entry.values(), []
    for name, kind, _ in _declared(walk, unit):
        value = unit.parameters[name]
        if isinstance(value, Interval):
            objects.append(f"{value.type.spelled} {name};")
            assumed.append(within(name, value))
            arguments.append(name)
            continue
        parts = cells(value, name) if value.type.record or value.cell else []
        assumed += [within(place, part) for place, part in parts]
        ensured += [(within(place, part), f"{place} within its bounds") for place, part in parts]
        arguments.append(_object(real, objects, name, kind, value))
    called = f"{unit.function}({', '.join(arguments)});"
    if unit.returned is None:
        return called
    ensured.append((within("RESULT", unit.returned), "the result within its bounds"))
    return f"const WIDE RESULT = {called}"


def _object(real: bool, objects: list[str], name: str, kind: Type, memory: Memory) -> str:
    inner = kind.to or kind
    if real and memory.tables:
        first, *more = sorted(memory.tables)
        objects.append(f"const {memory.type.spelled} *{name} = {first};")
        objects += [f"{{ _Bool other; if (other) {name} = {one}; }}" for one in more]
        return name
    if memory.type.record or memory.cell:
        objects.append(f"{memory.type.record or memory.type.spelled} {name};")
        return f"&{name}"
    if memory.type.to is not None:
        element = memory.type.to.spelled
        size = min((target.left for target in memory.pointers), default=0)
        objects += [f"{element} {name}_values[{size}];", f"{element} *{name}[{memory.count}];"]
        spot = f"there ? {name}_values : (void *)0" if memory.null else f"{name}_values"
        objects += [f"{{ _Bool there; {name}[{at}] = {spot}; }}" for at in range(memory.count)]
        return f"(const {element} *const *){name}"
    row = inner.flat if inner.count else 1
    sizes = f"[{memory.count // row}]" + (f"[{row}]" if inner.count else "")
    objects.append(f"{memory.type.spelled} {name}{sizes};")
    if memory.null:
        objects.append(f"_Bool {name}_there;")
        return f"{name}_there ? {name} : (void *)0"
    return f"{'(void *)' if inner.count else ''}{name}"
