"""Targets: the facts of a board or a machine, read from ``targets/*.toml`` and checked. Adding one is a file there.

A board ``extends`` a family (``targets/families``), whose tables it completes or overrides key by key. A path that ends
in ``.toml`` is a target of the user's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from .errors import UsageError
from .tables import Keys, check, parse_toml

FPUS = ("none", "single", "double")
CONSTANTS = ("memory", "progmem")
ISAS = ("", "dsp", "mve", "rows")

TOP: Keys = {
    "summary": str, "core": str, "word": int, "fpu": str, "simd": str, "constants": str, "flash": int, "ram": int,
    "numerics": list, "emulator": str, "backend": str,
}  # fmt: skip
TABLES: Mapping[str, Keys] = {
    "layout": {"rows": int, "lanes": int, "isa": str},
    "compiler": {"command": str, "package": str, "machine": list, "cflags": list, "exact": list, "when": list},
    "platformio": {"platform": str, "board": str, "framework": str, "options": dict},
    "serial": {"speed": int},
    "micropython": {"arch": str, "emulator": str},
    "budget": {
        "measured": str, "like": str, "firmware_flash": int, "firmware_ram": int, "error": float, "numerics": list,
        "code": dict, "integer": dict, "stack": dict,
    },
}  # fmt: skip
OPTIONAL: Mapping[str, Any] = {
    "simd": "none", "constants": "memory", "flash": 0, "ram": 0, "emulator": "", "platformio": {}, "serial": {},
    "backend": "c99", "micropython": {}, "budget": {},
    "layout.isa": "", "compiler.package": "", "compiler.machine": [], "compiler.when": [],
}  # fmt: skip
UNLIKE = 0.3
"""Error of an estimate with the constants of another family: a guess."""
STACK = ("base", "call", "value")
WHEN: Keys = {"cpu": list, "cflags": list}
OPTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
TAKEN = frozenset({"platform", "board", "framework", "extends", "monitor_speed"})
"""Options of a PlatformIO environment that a target says otherwise."""


@dataclass(frozen=True)
class Compiler:
    """How C becomes this target's code.

    Args:
        command: the compiler; empty for this machine's own.
        package: Debian packages that hold it; empty where Debian has none.
        cflags: all flags, contraction allowed.
        exact: all flags under which every target computes the same bits.
        machine: those of both that name the processor; other build tools have their own.
    """

    command: str
    package: str
    cflags: tuple[str, ...]
    exact: tuple[str, ...]
    machine: tuple[str, ...]

    def flags(self, exact: bool) -> tuple[str, ...]:
        """The flags of a build."""
        return self.exact if exact else self.cflags


@dataclass(frozen=True)
class PlatformIO:
    """A board as PlatformIO names it, and what else its environment in ``platformio.ini`` says."""

    platform: str
    board: str
    framework: str
    options: Mapping[str, tuple[str, ...]]
    """Further options; one with several values takes a line for each."""


@dataclass(frozen=True)
class MicroPython:
    """MicroPython on a board: the ``arch`` of native code, as mpy-cross names it, and the ``emulator`` whose core
    stands in for it; empty if none does."""

    arch: str
    emulator: str


@dataclass(frozen=True)
class Costs:
    """What a budget counts for compiled code (``gatesmith.budget``); ``tools/fit_budget.py`` measures it.

    Args:
        measured: with which compiler, and on what.
        like: the family whose constants these are, where its own compiler was not measured; else empty.
        firmware_flash, firmware_ram: bytes of link, port and C library, without a model and its buffers.
        error: of the estimate of code and firmware, relative: the largest that was seen.
        numerics: types that ``code`` was measured for; of others it is a guess.
        code: bytes by feature of the generated functions.
        integer: the same for integer types, and their ``error``; empty if they were not measured.
        stack: bytes: ``base``, and by ``call`` and ``value`` of a frame.
    """

    measured: str
    like: str
    firmware_flash: int
    firmware_ram: int
    error: float
    numerics: tuple[str, ...]
    code: Mapping[str, float]
    integer: Mapping[str, float]
    stack: Mapping[str, float]

    def error_of(self, numeric: str) -> float:
        """The relative error to reckon with."""
        if numeric not in self.numerics:
            return max(self.error, UNLIKE)
        return max(self.integer["error"], UNLIKE if self.like else 0.0) if self._whole(numeric) else self.error

    def code_of(self, numeric: str) -> Mapping[str, float]:
        """Bytes by feature in a numeric type."""
        return self.integer if self._whole(numeric) else self.code

    def _whole(self, numeric: str) -> bool:
        return bool(self.integer) and numeric.startswith("int")


@dataclass(frozen=True)
class Target:
    """A target.

    Args:
        name: of its file, without the ending.
        summary: one line for people.
        family: what it extends; empty if nothing.
        core: the processor core.
        word: bits of its registers.
        fpu: ``none``, or the widest type that it computes in hardware: ``single``, ``double``.
        simd: its vector instructions, ``none`` if it has none.
        constants: ``memory`` where C reads constants in place, ``progmem`` where they live in a space of their own.
        flash, ram: bytes; 0 where it has no such bounds.
        numerics: numeric types it takes, its default first.
        rows, lanes: block shape of gemv: most accumulators, values of a vector register.
        isa: how integer gemv is written: ``dsp`` (Arm's 16-bit pairs), ``mve`` (Helium), ``rows`` (plain C, a row at
            a time), or plain C with rows side by side.
        emulator: what stands in for it (``targets/emulators``); empty if nothing does.
        serial_speed: baud of its serial port; 0 if it has none.
        backend: what is generated for it unless --backend says otherwise.
        micropython: None where MicroPython does not run.
        costs: what a budget counts for compiled code; None if nothing was measured.
        option: as ``--target`` takes it: the name, or the path of the user's own file.
    """

    name: str
    summary: str
    family: str
    core: str
    word: int
    fpu: str
    simd: str
    constants: str
    flash: int
    ram: int
    numerics: tuple[str, ...]
    rows: int
    lanes: int
    isa: str
    compiler: Compiler
    platformio: PlatformIO | None
    serial_speed: int
    emulator: str
    backend: str
    micropython: MicroPython | None
    costs: Costs | None = None
    option: str = ""

    @property
    def is_host(self) -> bool:
        """Whether this machine itself is the target."""
        return not self.compiler.command


def names(kind: str = "") -> list[str]:
    """The targets that come with Gatesmith; or its ``families``, its ``emulators``, its stand-ins for
    ``micropython``."""
    return sorted(item.name.removesuffix(".toml") for item in _folder(kind).iterdir() if item.name.endswith(".toml"))


def load(name: str) -> Target:
    """A target by name, or by the path of a TOML file.

    Raises:
        UsageError: there is no such target, or its file is not as it must be.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"there is no file {name}", fix="gatesmith targets lists the targets that come along")
        return replace(parse(path.stem, _text(path)), option=name)
    if name not in names():
        raise UsageError(
            f'there is no target "{name}"',
            fix=(f"choose one of: {', '.join(names())}", "or give the path of a TOML file of your own"),
        )
    return parse(name, (_folder("") / f"{name}.toml").read_text("utf-8"))


def read_table(kind: str, name: str) -> dict[str, Any]:
    """One file of ``targets/kind`` as it stands.

    Raises:
        UsageError: there is none of that name, or it is not TOML.
    """
    known = names(kind)
    if name not in known:
        what = {"families": "family", "emulators": "emulator", "micropython": "MicroPython"}[kind]
        raise UsageError(f'there is no {what} "{name}"', fix=f"known: {', '.join(known)}")
    return parse_toml((_folder(kind) / f"{name}.toml").read_text("utf-8"), f"{kind}/{name}")


def parse(name: str, text: str) -> Target:
    """A target from the text of its file.

    Raises:
        UsageError: a key is unknown or missing, a value is of another type, or a family or emulator does not exist.
    """
    where = f"target {name}"
    own = parse_toml(text, where)
    family = own.pop("extends", "")
    if not isinstance(family, str):
        raise UsageError(f"{where}: extends must be the name of a family")
    data = _known(own, where)
    if family:
        data = _merged(_known(read_table("families", family), f"family {family}"), data)
    for key, value in OPTIONAL.items():
        table, _, inner = key.rpartition(".")
        (data.setdefault(table, {}) if table else data).setdefault(inner, value)
    if data["platformio"]:
        data["platformio"].setdefault("options", {})
    _complete(data, where)
    layout, compiler, pio, python = data["layout"], data["compiler"], data["platformio"], data["micropython"]
    machine = [*compiler["machine"], *_extra(compiler["when"], where)]
    return Target(
        name=name,
        option=name,
        family=family,
        **{key: data[key] for key in TOP if key != "numerics"},
        numerics=tuple(data["numerics"]),
        rows=layout["rows"],
        lanes=layout["lanes"],
        isa=layout["isa"],
        compiler=Compiler(
            compiler["command"],
            compiler["package"],
            (*compiler["cflags"], *machine),
            (*compiler["exact"], *machine),
            tuple(machine),
        ),
        platformio=_platformio(pio, where) if pio else None,
        serial_speed=data["serial"].get("speed", 0),
        micropython=MicroPython(**python) if python else None,
        costs=_costs(data["budget"], where),
    )


def cpu_features() -> frozenset[str]:
    """What this machine's processor says of itself; empty where the system does not tell."""
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        return frozenset()
    for line in info.read_text("utf-8", "replace").splitlines():
        if line.startswith("flags"):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        told = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError("the target's file cannot be read", where=str(path), why=told or "") from error


def _folder(kind: str) -> Traversable:
    folder = resources.files("gatesmith.targets")
    return folder / kind if kind else folder


def _known(data: dict[str, Any], where: str) -> dict[str, Any]:
    """Checked as far as it goes: a family leaves out what its boards give, a board what its family gives."""
    check(data, {**TOP, **dict.fromkeys(TABLES, dict)}, where, frozenset((*TOP, *TABLES)))
    for table, keys in TABLES.items():
        check(data.get(table, {}), keys, f"{where}, [{table}]", frozenset(keys))
    return data


def _complete(data: Mapping[str, Any], where: str) -> None:
    check(data, {**TOP, **dict.fromkeys(TABLES, dict)}, where)
    for table, keys in TABLES.items():
        if table != "budget" and (data[table] or table not in OPTIONAL):
            check(data[table], keys, f"{where}, [{table}]")
    for key, allowed in (("fpu", FPUS), ("constants", CONSTANTS)):
        if data[key] not in allowed:
            raise UsageError(f'{where}: {key} "{data[key]}" is not one of {", ".join(allowed)}')
    if data["emulator"] and data["emulator"] not in names("emulators"):
        raise UsageError(
            f'{where}: there is no emulator "{data["emulator"]}"', fix=f"known: {', '.join(names('emulators'))}"
        )
    if not data["numerics"]:
        raise UsageError(f"{where}: numerics is empty")
    for key in ("flash", "ram"):
        if data[key] < 0:
            raise UsageError(f"{where}: {key} must not be negative")
    if data["layout"]["isa"] not in ISAS:
        raise UsageError(f'{where}, [layout]: isa "{data["layout"]["isa"]}" is not one of {", ".join(ISAS[1:])}')
    for key in ("rows", "lanes"):
        if data["layout"][key] < 1:
            raise UsageError(f"{where}, [layout]: {key} must be at least 1")


def _platformio(pio: dict[str, Any], where: str) -> PlatformIO:
    where = f"{where}, [platformio]"
    for key in ("platform", "board", "framework"):
        if not pio[key].isprintable():
            raise UsageError(f"{where}: {key} takes more than a line")
    return PlatformIO(**{**pio, "options": _options(pio["options"], where.replace("]", ".options]"))})


def _options(table: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    """Options of platformio.ini, as the lines of their values."""
    options = {}
    for key, value in table.items():
        if not OPTION.fullmatch(key) or key in TAKEN:
            raise UsageError(f'{where}: "{key}" is no option that can stand here')
        lines = value if isinstance(value, list) else [value]
        if not all(isinstance(line, (str, int)) and not isinstance(line, bool) for line in lines):
            raise UsageError(f"{where}: {key} must be a string, a whole number or a list of strings, not {value!r}")
        options[key] = tuple(str(line) for line in lines)
        if not options[key] or not all(line.strip() and line.isprintable() for line in options[key]):
            raise UsageError(f"{where}: {key} has an empty value, or one that takes more than a line")
    return options


def _merged(family: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = {**family, **own}
    for table in TABLES:
        if table in family and table in own:
            merged[table] = {**family[table], **own[table]}
    return merged


def _costs(table: dict[str, Any], where: str) -> Costs | None:
    """A family's measured constants, or those of the family that it is said to be like."""
    if like := table.get("like"):
        there = read_table("families", like).get("budget", {})
        table = {**there, **table}
        table["error"] = max(table.get("error", 0.0), UNLIKE)
    if not table.get("code"):
        return None
    table = {"measured": "", "like": "", "integer": {}, **table}
    check(table, TABLES["budget"], f"{where}, [budget]")
    for key in ("code", "integer", "stack"):
        check(table[key], dict.fromkeys(table[key], float), f"{where}, [budget.{key}]")
    check(dict.fromkeys(table["stack"], ""), dict.fromkeys(STACK, str), f"{where}, [budget.stack]")
    return Costs(**{**table, "numerics": tuple(table["numerics"])})


def _extra(cases: list[Any], where: str) -> list[str]:
    """Flags that depend on the processor of this machine."""
    extra: list[str] = []
    for case in cases:
        check(case, WHEN, f"{where}, [[compiler.when]]")
        if cpu_features().issuperset(case["cpu"]):
            extra += case["cflags"]
    return extra
