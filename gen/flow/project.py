"""``gatesmith.toml``: what a project's commands say each time, kept so that they need not.

``gatesmith.local.toml`` beside it keeps what is this machine's alone: ports of boards. It does not belong in git.
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
"""The model that was converted last, for ``gatesmith diff``."""
TRANSIENT = frozenset({"port", "shown", "cache", "budget"})
HARMLESS = frozenset(
    """model input output target backend tolerance steps numeric math asm optimize name weights keras_backend
    stop_before written_by length max_steps stream window hop carry_state own_inputs own_outputs emulate chip
    calibration keep observer max_error max_accuracy_drop max_flash max_ms format lambdas classes units
    samples""".split()
)
"""Options that start nothing; a target's file and ``output`` are looked at by themselves."""
PORT = re.compile(r"/dev/(?!.*\.\.)[\w./-]+|COM\d+|socket://(localhost|127(\.\d+){3}|\[::1\]):\d+", re.ASCII)
"""Ports on this machine that pyserial opens and nothing else."""
KNOWN = frozenset({"model", "input", "output", *(each.name for each in fields(Settings))} - TRANSIENT)
"""Options of the file."""


@dataclass(frozen=True)
class FolderOptions:
    """A folder's options by name, and its boards' ports by target."""

    options: Mapping[str, Any] = field(default_factory=dict)
    ports: Mapping[str, str] = field(default_factory=dict)

    def speaks_of(self, model: Path | None) -> bool:
        """Whether the options are meant for a model: the one that they name, or none is named."""
        named = self.options.get("model")
        return named is not None and (model is None or model.resolve() == Path(named).resolve())


def load(folder: Path = Path()) -> FolderOptions:
    """The options of a folder; empty where it has no file.

    Raises:
        UsageError: a file cannot be read, has a key that is no option, or a value of another type.
    """
    options = _read(folder / FILE)
    for key, value in options.items():
        if key not in KNOWN:
            fix = (*hint(key, KNOWN), f"known: {', '.join(sorted(KNOWN))}")
            raise UsageError(f'{FILE}: "{key}" is no option', fix=fix)
        for one in value if key == "target" and isinstance(value, list) else [value]:
            check(key, one, f"{FILE}: ")
    local = _read(folder / LOCAL)
    ports = local.pop("ports", {})
    if local or not isinstance(ports, dict) or not all(isinstance(url, str) for url in ports.values()):
        raise UsageError(f"{LOCAL} has one table, [ports]", fix='[ports] with lines as: BOARD = "/dev/ttyACM0"')
    return FolderOptions(options, ports)


def privileges(options: Mapping[str, Any], folder: Path = Path()) -> tuple[str, ...]:
    """What options of a folder's file do beyond its own models, as sentences; ``port`` is one from the local file."""
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
    """Write options into ``gatesmith.toml``, unless that speaks of another model; its comments, order and other options
    stay.

    Args:
        options: by key. One that has its default is removed, unless the file says the default too.

    Returns:
        The file; None where it was left alone.
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
    grant(path, privileges({"model": model, **options}, folder))  # the command line has just said so
    return path


def remember(model: Path, folder: Path = Path()) -> None:
    """Keep a copy of a model's file, for ``gatesmith diff``; a SavedModel is a folder, and is not copied.

    Raises:
        UsageError: as :func:`refuse_links`; or the copy cannot be written.
    """
    refuse_links(folder)
    if model.is_file():
        copy: Contents = {f"last{model.suffix}": model.read_bytes(), ".gitignore": "*\n"}
        write_folder(folder / LAST, copy, {}, {}, force=True)


def last(folder: Path = Path()) -> Path | None:
    """The copy that :func:`remember` kept; None without one."""
    return max((folder / LAST).glob("last.*"), key=lambda path: path.stat().st_mtime, default=None)


def refuse_links(folder: Path = Path(), *more: Path) -> None:
    """That what a command keeps stays in the folder: nobody has named a link that lies in its place.

    Raises:
        UsageError: ``gatesmith.toml``, ``.gatesmith`` or one of ``more`` is a link.
    """
    for place in (folder / FILE, folder / LAST, *more):
        if place.is_symlink():
            raise UsageError(f"{place} is a link, and is not written through", fix=f"remove the link {place}")


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return parse_toml(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read", why=str(error), fix="save it as text in UTF-8") from error
