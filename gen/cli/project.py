"""A command line completed by ``gatesmith.toml``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ..core.errors import UsageError
from ..files.trust import require

EXPLICIT: ContextVar[frozenset[str]] = ContextVar("explicit", default=frozenset())
"""Parameters that stand on the command line."""
NAMES = {"input": "input_file"}
"""Options of the file whose parameter has another name."""
PATHS = frozenset({"weights", "input_file", "output", "custom"})


def completed(arguments: dict[str, Any], parameters: Collection[str]) -> dict[str, Any]:
    """Parameters of a command, those that were not given taken from ``gatesmith.toml`` where it speaks of the model.

    Raises:
        UsageError: no model is named, there neither; or the file is not as it must be.
    """
    from ..flow import project

    model, explicit = arguments.get("model"), EXPLICIT.get()
    folder = project.load()
    if model is None and "model" not in folder.options:
        raise UsageError(
            "no MODEL is named",
            why=f"and there is no {project.FILE} here that names one",
            fix="name a file: .keras, HDF5, JSON, or a SavedModel folder",
        )
    if not folder.speaks_of(model):
        return arguments
    if model is None:
        arguments["model"] = Path(folder.options["model"])
        require(Path(project.FILE), project.privileges({"model": arguments["model"]}))
    taken = {
        key: value
        for key, value in folder.options.items()
        if key != "model" and NAMES.get(key, key) in parameters and not _said_otherwise(key, arguments, explicit)
    }
    for key, value in taken.items():
        name = NAMES.get(key, key)
        arguments[name] = _as(name, value, arguments.get(name))
    require(Path(project.FILE), project.privileges(taken))
    ports = _ports(arguments, parameters, explicit, folder.ports)
    for url in ports:
        require(Path(project.LOCAL), project.privileges({"port": url}))
    words = [f"{key} {' '.join(value) if isinstance(value, list) else value}" for key, value in taken.items()]
    if words or ports:
        from .streams import head

        head(f"{project.FILE}: {', '.join([*words, *(f'port {url}' for url in ports)])}")
    return arguments


def _said_otherwise(key: str, arguments: Mapping[str, Any], explicit: frozenset[str]) -> bool:
    """Whether the command line has an option, or another that makes it mean nothing."""
    of_integers = key in ("calibration", "keep", "observer", "max_error", "max_accuracy_drop")
    numbers = "numeric" in explicit and "calibration" not in explicit and not _integer(arguments["numeric"])
    reached = key == "emulate" and ("port" in explicit or ("target" in explicit and _all_here(arguments["target"])))
    return NAMES.get(key, key) in explicit or (of_integers and numbers) or reached


def _all_here(targets: str | tuple[str, ...]) -> bool:
    """Whether this machine is all that runs the model: what the file says of reaching a board is of another target."""
    from ..boards import target

    return all(name in target.names() and target.load(name).is_host for name in _as("target", targets, ()))


def _integer(numeric: str) -> bool:
    from ..numerics import NUMERICS

    return numeric in NUMERICS and NUMERICS[numeric].integer


def _as(name: str, value: Any, before: Any) -> Any:
    if name == "target":
        listed = [value] if isinstance(value, str) else value
        return tuple(listed) if isinstance(before, tuple) else listed[0]
    return Path(value) if name in PATHS else value


def _ports(
    arguments: dict[str, Any], parameters: Collection[str], explicit: frozenset[str], ports: Mapping[str, str]
) -> list[str]:
    """Ports of this machine for the targets that are meant, unless the command line says how they are reached."""
    if "port" not in parameters or {"port", "emulate"} & explicit:
        return []
    target = arguments.get("target")
    names = target if isinstance(target, tuple) else (str(target),)
    used = {name: ports[name] for name in names if name in ports}
    if not used:
        return []
    if isinstance(target, tuple):
        arguments["port"] = [*used.values()] if len(names) == 1 else [f"{name}={url}" for name, url in used.items()]
    else:
        arguments["port"] = next(iter(used.values()))
    if "emulate" in parameters and len(used) == len(names):
        arguments["emulate"] = False
    return list(used.values())
