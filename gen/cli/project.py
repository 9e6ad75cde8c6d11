"""Completes a command line from ``gatesmith.toml``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import UsageError
from ..core.settings import EXPLICIT
from ..files.trust import require

NAMES = {"input": "input_file"}
"""Options of the file -> their parameters, if these have another name."""
PATHS = frozenset({"weights", "input_file", "output", "custom"})


def completed(arguments: dict[str, Any], parameters: Collection[str]) -> dict[str, Any]:
    """Parameters of a command, completed from ``gatesmith.toml`` if it is for the same model.

    Raises:
        UsageError: neither the command nor the file names a model; or the file is invalid.
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
    options = {
        key: value
        for key, value in folder.options.items()
        if key != "model" and NAMES.get(key, key) in parameters and not _is_overridden(key, arguments, explicit)
    }
    for key, value in options.items():
        name = NAMES.get(key, key)
        arguments[name] = _typed(name, value, arguments.get(name))
    require(Path(project.FILE), project.privileges(options))
    ports = _ports(arguments, parameters, explicit, folder.ports)
    for url in ports:
        require(Path(project.LOCAL), project.privileges({"port": url}))
    words = [f"{key} {' '.join(value) if isinstance(value, list) else value}" for key, value in options.items()]
    if words or ports:
        from .streams import head

        head(f"{project.FILE}: {', '.join([*words, *(f'port {url}' for url in ports)])}")
    return arguments


def _is_overridden(key: str, arguments: Mapping[str, Any], explicit: frozenset[str]) -> bool:
    """Whether the command line has the option, or another one that makes it meaningless."""
    of_integers = key in ("calibration", "keep", "observer", "max_error", "max_accuracy_drop")
    numbers = "numeric" in explicit and "calibration" not in explicit and not _integer(arguments["numeric"])
    reached = key == "emulate" and ("port" in explicit or ("target" in explicit and _all_hosts(arguments["target"])))
    return NAMES.get(key, key) in explicit or (of_integers and numbers) or reached


def _all_hosts(targets: str | tuple[str, ...]) -> bool:
    """Whether only this machine runs the model, so that the file's connection to a board is another target's."""
    from ..boards import target

    return all(name in target.names() and target.load(name).is_host for name in _typed("target", targets, ()))


def _integer(numeric: str) -> bool:
    from ..numerics import NUMERICS

    return numeric in NUMERICS and NUMERICS[numeric].integer


def _typed(name: str, value: Any, before: Any) -> Any:
    if name == "target":
        listed = [value] if isinstance(value, str) else value
        return tuple(listed) if isinstance(before, tuple) else listed[0]
    return Path(value) if name in PATHS else value


def _ports(
    arguments: dict[str, Any], parameters: Collection[str], explicit: frozenset[str], ports: Mapping[str, str]
) -> list[str]:
    """Ports of this machine for the command's targets, unless the command line has --port or --emulate."""
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
