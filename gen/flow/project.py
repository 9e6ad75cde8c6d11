"""``gatesmith.toml``: the stored options of a project's commands.

``gatesmith.local.toml`` next to it has this machine's ports of boards. It does not belong in git.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import tomlkit

from ..boards.tables import parse_toml
from ..core.errors import UsageError
from ..core.near import hint
from ..core.settings import Settings, check
from ..files.folder import Contents, write_folder
from ..files.single import write_file
from ..files.trust import grant

FILE, LOCAL = "gatesmith.toml", "gatesmith.local.toml"
HEAD = "# Options of gatesmith's commands in this folder; what a command line says comes first.\n"
LAST = ".gatesmith"
"""Folder of the model that was converted last, for ``gatesmith diff``."""
TRANSIENT = frozenset({"port", "shown", "cache", "budget"})
HARMLESS = frozenset(
    """model input output target backend tolerance steps numeric math asm optimize name weights keras_backend
    stop_before written_by length max_steps stream window hop carry_state own_inputs own_outputs emulate chip
    calibration keep observer max_error max_accuracy_drop max_flash max_ms format lambdas classes units
    samples""".split()
)
"""Options that start no program; a target's file and ``output`` are checked separately."""
PORT = re.compile(r"/dev/(?!.*\.\.)[\w./-]+|COM\d+|socket://(localhost|127(\.\d+){3}|\[::1\]):\d+", re.ASCII)
"""Ports on this machine for which pyserial opens a device or a local socket only."""
OPTIONS = frozenset({"model", "input", "output", *(each.name for each in fields(Settings))} - TRANSIENT)
"""Options that the file may have."""


@dataclass(frozen=True)
class FolderOptions:
    """A folder's options by name, and its boards' ports by target."""

    options: Mapping[str, Any] = field(default_factory=dict)
    ports: Mapping[str, str] = field(default_factory=dict)

    def speaks_of(self, model: Path | None) -> bool:
        """Whether the options name this model, or any model if it is None."""
        name = self.options.get("model")
        return name is not None and (model is None or model.resolve() == Path(name).resolve())


def load(folder: Path = Path()) -> FolderOptions:
    """The options of a folder; empty if it has no file.

    Raises:
        UsageError: a file cannot be read, has a key that is no option, or a value of another type.
    """
    options = _read(folder / FILE)
    for key, value in options.items():
        if key not in OPTIONS:
            fix = (*hint(key, OPTIONS), f"known: {', '.join(sorted(OPTIONS))}")
            raise UsageError(f'{FILE}: "{key}" is no option', fix=fix)
        for one in value if key == "target" and isinstance(value, list) else [value]:
            check(key, one, f"{FILE}: ")
    local = _read(folder / LOCAL)
    ports = local.pop("ports", {})
    if local or not isinstance(ports, dict) or not all(isinstance(url, str) for url in ports.values()):
        raise UsageError(f"{LOCAL} has one table, [ports]", fix='[ports] with lines as: BOARD = "/dev/ttyACM0"')
    return FolderOptions(options, ports)


def privileges(options: Mapping[str, Any], folder: Path = Path()) -> tuple[str, ...]:
    """The actions of a folder's options that need trust, as sentences; ``port`` is one from the local file."""
    sentences = []
    for key, value in options.items():
        path = (folder / str(value)).resolve()
        if key == "port":
            sentences += [] if PORT.fullmatch(value) else [f"opens the port {value}"]
        elif key == "custom":
            sentences.append(f"runs the Python file {path}")
        elif key not in HARMLESS:
            sentences.append(f"sets {key} = {value}")
        if key == "output" and not path.is_relative_to(folder.resolve()):
            sentences.append(f"writes into {path}")
        if key in ("output", "model") and (path / "platformio.ini").is_file():
            sentences.append(f"lets PlatformIO build the project {path}, whose files may start programs")
    return tuple(sentences)


def keep(model: Path, options: Mapping[str, Any], folder: Path = Path()) -> Path | None:
    """Write options into ``gatesmith.toml``, unless that names another model; its comments, order and other options
    stay.

    Args:
        options: by key. An option with its default is removed, unless the file has the default too.

    Returns:
        The file; None if it was left unchanged.
    """
    refuse_links(folder)
    before = load(folder)
    if before.options and not before.speaks_of(model):
        return None
    path, default = folder / FILE, Settings()
    document = tomlkit.parse(path.read_text("utf-8") if path.is_file() else HEAD)
    if "model" not in document:
        document["model"] = str(model)
    for key, option in options.items():
        value = list(option) if isinstance(option, tuple) else str(option) if isinstance(option, Path) else option
        old = before.options.get(key)
        if value == old or (key == "target" and isinstance(old, list) and value in old):
            continue
        if option != getattr(default, key, None) or key == "target":
            document[key] = value
        elif key in document:
            del document[key]
    write_file(path, tomlkit.dumps(document))
    grant(path, privileges({"model": model, **options}, folder))  # the user has just given them on the command line
    return path


def remember(model: Path, folder: Path = Path()) -> None:
    """Store a copy of a model's file, for ``gatesmith diff``; a SavedModel is a folder, and is not copied.

    Raises:
        UsageError: as in :func:`refuse_links`; or the copy cannot be written.
    """
    refuse_links(folder)
    if model.is_file():
        copy: Contents = {f"last{model.suffix}": model.read_bytes(), ".gitignore": "*\n"}
        write_folder(folder / LAST, copy, {}, {}, force=True)


def last(folder: Path = Path()) -> Path | None:
    """The copy that :func:`remember` stored; None without one."""
    return max((folder / LAST).glob("last.*"), key=lambda path: path.stat().st_mtime, default=None)


def refuse_links(folder: Path = Path(), *outputs: Path) -> None:
    """Refuse links in the places of stored files, so that these stay in the folder.

    Raises:
        UsageError: ``gatesmith.toml``, ``.gatesmith`` or one of ``outputs`` is a link.
    """
    for place in (folder / FILE, folder / LAST, *outputs):
        if place.is_symlink():
            raise UsageError(f"{place} is a link, and is not written through", fix=f"remove the link {place}")


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return parse_toml(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read", why=str(error), fix="save it as text in UTF-8") from error
