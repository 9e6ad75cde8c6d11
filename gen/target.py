"""Targets: what a board or a machine likes, read from ``targets/*.toml`` and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from .errors import UsageError

KEYS: Mapping[str, type] = {"summary": str, "transport": str, "numerics": list, "layout": dict, "compiler": dict}
TRANSPORTS = ("process",)


@dataclass(frozen=True)
class Target:
    """A target.

    Args:
        name: as ``--target`` takes it.
        summary: one line for people.
        transport: how its devices are reached.
        numerics: numeric types it takes, its default first.
        rows, lanes: block shape of gemv: most accumulators, values of a vector register.
        cflags: compiler flags, contraction allowed.
        exact: compiler flags under which every target computes the same bits.
    """

    name: str
    summary: str
    transport: str
    numerics: tuple[str, ...]
    rows: int
    lanes: int
    cflags: tuple[str, ...]
    exact: tuple[str, ...]


def names() -> list[str]:
    """The targets that come with Gatesmith."""
    folder = resources.files("gatesmith.targets")
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def load(name: str) -> Target:
    """A target by name.

    Raises:
        UsageError: there is no such target, or its file is not as it must be.
    """
    if name not in names():
        raise UsageError(f'there is no target "{name}"', fix=f"choose one of: {', '.join(names())}")
    text = (resources.files("gatesmith.targets") / f"{name}.toml").read_text("utf-8")
    return parse(name, text)


def parse(name: str, text: str) -> Target:
    """A target from the text of its file.

    Raises:
        UsageError: a key is unknown, missing, or has a value of another type.
    """
    where = f"target {name}"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the file of {where} is not TOML: {error}") from error
    _check(data, KEYS, where)
    if data["transport"] not in TRANSPORTS:
        raise UsageError(f'{where}: transport "{data["transport"]}" is not one of {", ".join(TRANSPORTS)}')
    layout, compiler = data["layout"], data["compiler"]
    _check(layout, {"rows": int, "lanes": int}, f"{where}, [layout]")
    _check(compiler, {"cflags": list, "exact": list, "when": list}, f"{where}, [compiler]")
    features = cpu_features()
    extra: list[str] = []
    for case in compiler["when"]:
        _check(case, {"cpu": list, "cflags": list}, f"{where}, [[compiler.when]]")
        if features.issuperset(case["cpu"]):
            extra += case["cflags"]
    return Target(
        name=name,
        summary=data["summary"],
        transport=data["transport"],
        numerics=tuple(data["numerics"]),
        rows=layout["rows"],
        lanes=layout["lanes"],
        cflags=(*compiler["cflags"], *extra),
        exact=(*compiler["exact"], *extra),
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


def _check(data: Mapping[str, Any], keys: Mapping[str, type], where: str) -> None:
    if unknown := sorted(set(data) - set(keys)):
        raise UsageError(f"{where}: unknown key {', '.join(unknown)}", fix=f"known keys: {', '.join(keys)}")
    for key, kind in keys.items():
        if key not in data:
            raise UsageError(f"{where}: {key} is missing")
        if not isinstance(data[key], kind):
            raise UsageError(f"{where}: {key} must be a {kind.__name__}")
