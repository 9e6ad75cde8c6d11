"""Targets: the facts of a board or a machine, read from ``targets/*.toml`` and checked. A new file there is a new
target.

A board ``extends`` a family (``targets/families``) and completes or overrides its tables key by key. A path that ends
in ``.toml`` is a user's own target. A board's name may be followed by the memory that it has: ``-n8r8``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

from msgspec import structs

from ..core.errors import UsageError
from ..core.near import hint_for, matching
from ..core.settings import OPTIMIZE
from ..files.single import meant_file
from ..files.trust import require
from .costs import Costs
from .processor import cpu_features
from .programs import Compiler, PlatformIO
from .schema import CONSTANTS, FPUS, TargetFile
from .tables import check_text, check_words, parse_toml, struct_of

NAME = re.compile(r"[\w .+-]+")
"""Permitted names: they reach advice, Makefiles and platformio.ini."""
VARIANT = re.compile("[a-z][0-9]+")
OPTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
RESERVED_OPTIONS = frozenset({"platform", "board", "framework", "extends", "monitor_speed"})
"""Options of a PlatformIO environment that a target sets by other keys."""


class Target(TargetFile, frozen=True, kw_only=True):
    """A target: its file with all defaults and the family's tables.

    Args:
        name: its file's name, without the ending.
        family: the family that it extends; empty if none.
        option: its value of ``--target``: the name, or the path of the user's own file.
        costs: the family's compiled sizes, for budgets; None if not measured.
    """

    name: str
    family: str
    option: str
    costs: Costs | None = None

    @property
    def is_host(self) -> bool:
        """Whether this machine itself is the target."""
        return not self.compiler.command


def names(kind: str = "") -> list[str]:
    """The targets that come with Gatesmith; or its ``families``, its ``emulators``, its stand-ins for ``micropython``,
    or the families with a ``budget`` file."""
    return list(_names(kind))


@cache
def _names(kind: str) -> tuple[str, ...]:
    """The same, cached: the shipped files do not change while a program runs."""
    files = [item.name for item in _folder(kind).iterdir()]
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def load(name: str) -> Target:
    """A target by name, or by the path of a TOML file.

    Raises:
        UsageError: there is no such target, or its file is invalid.
        UntrustedError: its file names programs and is not trusted to.
    """
    target = describe(name)
    if name.endswith(".toml"):
        require(Path(name), privileges(target))
    return target


def privileges(target: Target) -> tuple[str, ...]:
    """The programs that a target would start and no shipped target starts, as sentences."""
    pio = () if target.platformio is None else target.platformio.privileges(_shipped("platformio", "platform"))
    return (*target.compiler.privileges(_shipped("compiler", "command")), *pio)


def search(words: str) -> list[str]:
    """The targets whose name, summary, core, PlatformIO board or compiler has all the words."""
    return matching(words, _descriptions())


def _descriptions() -> dict[str, str]:
    """For each target, the words by which it can be found."""
    return {
        board.name: f"{board.summary} {board.family} {board.core} {board.platformio.board if board.platformio else ''}"
        f" {board.compiler.command}"
        for board in map(describe, names())
    }


def describe(name: str) -> Target:
    """A target whose file need not be trusted, because no program of it may be started."""
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise UsageError(
                f"there is no file {name}",
                fix=(*meant_file(path), "gatesmith targets lists the targets that come along"),
            )
        try:
            target = structs.replace(parse(path.stem, _text(path)), option=name)
        except UsageError as error:
            error.where, error.fix = name, error.fix or ("the documentation's page Boards shows a whole file",)
            raise
        if target.variants:
            fix = "write the memory that yours has"
            raise UsageError("[variants] are of boards that come along", where=name, fix=fix)
        return target
    board, variants = board_of(name)
    if board not in names():
        raise UsageError(
            f'there is no target "{name}"',
            fix=(
                *hint_for(name, _descriptions()),
                *_advice(name.partition("-")[0].lower()),
                'gatesmith targets lists all; gatesmith targets WORDS, as in "esp", some',
                "or give the path of a TOML file of your own",
            ),
        )
    whole = "-".join([board, "".join(variants)]) if variants else board
    return parse(whole, (_folder("") / f"{board}.toml").read_text("utf-8"), variants)


def board_of(name: str) -> tuple[str, tuple[str, ...]]:
    """The shipped board, and its variants after a name; the name itself if it has none of these."""
    board, _, suffix = name.partition("-")
    words = tuple({word[0]: word for word in VARIANT.findall(suffix.lower())}.values())  # one of a kind
    known = read_table("", board).get("variants", {}) if suffix and board in names() else {}
    complete = "".join(words) == suffix.lower() and known.keys() >= set(words)
    return (board, words) if words and complete else (name, ())


def with_other_memory(board: Target) -> list[Target]:
    """The same board with the other memories that it is sold with, the least changed and smallest first; none for a
    user's target."""
    base, words = board_of(board.option)
    chosen_kinds, kinds = {word[0] for word in words}, dict.fromkeys(word[0] for word in board.variants)
    choices = [[*[""][: kind not in chosen_kinds], *(w for w in board.variants if w[0] == kind)] for kind in kinds]
    variants = [(len({*chosen} - {*words, ""}), "".join(chosen)) for chosen in product(*choices)]
    loaded = [(changes, load(f"{base}-{name}")) for changes, name in variants if changes]
    return [each for _, each in sorted(loaded, key=lambda pair: (pair[0], size_of(pair[1])))]


def all_targets() -> list[tuple[str, Target]]:
    """All shipped targets by the board's name, each with the other memories that it is sold with."""
    boards = ((name, load(name)) for name in names())
    return [(name, each) for name, board in boards for each in (board, *with_other_memory(board))]


def size_of(board: Target) -> tuple[int, int, int, str]:
    """Sort key: memory, smallest first; then the length of the name."""
    return board.flash, board.ram + board.external_ram, len(board.name), board.name


def _advice(board: str) -> tuple[str, ...]:
    """Advice on the variants of a board's name."""
    known = memories(board, read_table("", board).get("variants", ())) if board in names() else ""
    return (f"memories of {board}: {known}",) if known else ()


def memories(board: str, variants: Iterable[str]) -> str:
    """The variants of a board's name, for people; empty if there are none."""
    words = list(variants)
    return f"{', '.join(words)}, as in {board}-{words[-1]}" if words else ""


@cache
def _shipped(table: str, key: str) -> frozenset[str]:
    """The values of a key in the shipped files."""
    tables = (read_table(kind, name).get(table, {}) for kind in ("families", "") for name in names(kind))
    return frozenset(each[key] for each in tables if key in each)


def read_table(kind: str, name: str) -> dict[str, Any]:
    """One file of ``targets/kind``, unchanged.

    Raises:
        UsageError: there is no such file, or it is not TOML.
    """
    known = names(kind)
    if name not in known:
        noun = {"families": "family", "emulators": "emulator", "micropython": "MicroPython"}.get(kind, kind)
        raise UsageError(f'there is no {noun} "{name}"', fix=f"known: {', '.join(known)}")
    return parse_toml((_folder(kind) / f"{name}.toml").read_text("utf-8"), f"{kind}/{name}")


@cache
def parse(name: str, text: str, variants: tuple[str, ...] = ()) -> Target:
    """A target from the text of its file.

    Args:
        variants: variants of its memory, all in the file.

    Raises:
        UsageError: a key is unknown or missing, a value is of another type, or a family or emulator does not exist.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a target's file", fix="letters, digits, blanks and . + - _")
    where = f"target {name}"
    table = parse_toml(text, where)
    check_text(table, where)
    family = table.pop("extends", "")
    if not isinstance(family, str):
        raise UsageError(f"{where}: extends must be the name of a family")
    for word in variants:
        table = _varied(table, table["variants"][word])
    data = _read(table)
    if family:
        data = _merged(_read(read_table("families", family)), data)
    file = struct_of(TargetFile, data, where)
    _check(file, where)
    pio = file.platformio and _platformio(file.platformio, f"{where}, [platformio.options]")
    completed = {"compiler": _compiler(file.compiler, where), "platformio": pio}
    sizes = _costs(family, file.budget.like, where)
    return Target(**{**structs.asdict(file), **completed}, name=name, option=name, family=family, costs=sizes)


def _compiler(table: Compiler, where: str) -> Compiler:
    """A compiler with all its flags, among them those for this machine's processor.

    Raises:
        UsageError: make would read a word as something else.
    """
    features = cpu_features() if table.when else frozenset()
    extra = (flag for case in table.when if features.issuperset(case.cpu) for flag in case.cflags)
    machine = (*table.machine, *extra)
    common = (*table.tuned, *machine)
    cflags, exact = (*table.cflags, *common), (*table.exact, *common)
    check_words([table.command, table.package, *cflags, *exact], f"{where}, [compiler]")
    return structs.replace(table, cflags=cflags, exact=exact, machine=machine, when=())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError("the target's file cannot be read", where=str(path), why=reason or "") from error


@cache
def _folder(kind: str) -> Traversable:
    # Found, not imported: the attribute ``gatesmith.targets`` is a function of the Python API.
    spec = find_spec("gatesmith.targets")
    assert spec is not None and spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0])
    return folder / kind if kind else folder


def _read(data: dict[str, Any]) -> dict[str, Any]:
    """A file's tables. In ``[layout]``, a string of words stands for a list."""
    layout = data.get("layout")
    if isinstance(layout, dict):
        data["layout"] = {key: value.split() if isinstance(value, str) else value for key, value in layout.items()}
    return data


def _check(file: TargetFile, where: str) -> None:
    """Check values beyond their types.

    Raises:
        UsageError: a word is not one of its choices.
    """
    choices = (("fpu", file.fpu, FPUS), ("constants", file.constants, CONSTANTS),
               ("optimize", file.compiler.optimize, OPTIMIZE))  # fmt: skip
    for key, word, known in choices:
        if word not in known:
            raise UsageError(f'{where}: {key} "{word}" is not one of {", ".join(known)}')
    for chip in (file.emulator, file.chip):
        if chip and chip not in names("emulators"):
            raise UsageError(f'{where}: there is no emulator "{chip}"', fix=f"known: {', '.join(names('emulators'))}")
    if not file.numerics:
        raise UsageError(f"{where}: numerics is empty")
    arch = file.micropython.arch if file.micropython else ""
    for key_name, word in (("arch", arch), ("package", file.compiler.package)):
        if not NAME.fullmatch(word or "-"):
            raise UsageError(f"{where}: {key_name} is a name, not {word!r}")


def _platformio(pio: PlatformIO, where: str) -> PlatformIO:
    """The table with options as lines of platformio.ini.

    Raises:
        UsageError: an option cannot stand there, or its value is not a line.
    """
    options = {}
    for key, value in pio.options.items():
        if not OPTION.fullmatch(key) or key in RESERVED_OPTIONS:
            raise UsageError(f'{where}: "{key}" is no option that can stand here')
        lines = value if isinstance(value, list) else [value]
        if not all(isinstance(line, (str, int)) and not isinstance(line, bool) for line in lines):
            raise UsageError(f"{where}: {key} must be a string, a whole number or a list of strings, not {value!r}")
        options[key] = tuple(str(line) for line in lines)
        if not options[key] or not all(line.strip() and line.isprintable() for line in options[key]):
            raise UsageError(f"{where}: {key} has an empty value, or one that takes more than a line")
    return structs.replace(pio, options=options)


def _merged(base: dict[str, Any], board: dict[str, Any]) -> dict[str, Any]:
    """A family's tables, overridden by a board's."""
    shared = (key for key in base.keys() & board.keys() if isinstance(base[key], dict) and isinstance(board[key], dict))
    return {**base, **board, **{key: {**base[key], **board[key]} for key in shared}}


def _varied(board: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    """A board's tables with a variant's values instead of its own; a variant's lists are appended."""
    varied = dict(board)
    for key, value in variant.items():
        before = board.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            varied[key] = _varied(before, value)
        else:
            varied[key] = [*before, *value] if isinstance(value, list) and isinstance(before, list) else value
    return varied


def _costs(family: str, like: str, where: str) -> Costs | None:
    """A family's sizes, or those of the family named by ``like``; None if neither was measured."""
    if like and like not in names("families"):
        raise UsageError(
            f'{where}, [budget]: there is no family "{like}"', fix=f"known: {', '.join(names('families'))}"
        )
    if (like or family) not in names("budget"):
        return None
    sizes = _sizes(like or family)
    return structs.replace(sizes, like=f"{like}'s compiler") if like else sizes


@cache
def _sizes(family: str) -> Costs:
    """Cached: some thousand lines, which do not change while a program runs."""
    return struct_of(Costs, read_table("budget", family), f"budget {family}")
