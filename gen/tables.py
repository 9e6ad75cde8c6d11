"""Tables of TOML files, and the check that they hold what they may."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from .errors import UsageError

Keys = Mapping[str, type]
KINDS = {str: "string", int: "whole number", float: "number", list: "list", dict: "table"}


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """A file's tables.

    Raises:
        UsageError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the file of {where} is not TOML: {error}") from error


def check(data: Mapping[str, Any], keys: Keys, where: str, optional: frozenset[str] = frozenset()) -> None:
    """That a table has these keys, with values of these types, and no others.

    Raises:
        UsageError: it has not.
    """
    if unknown := sorted(set(data) - set(keys)):
        raise UsageError(f"{where}: unknown key {', '.join(unknown)}", fix=f"known keys: {', '.join(keys)}")
    for key, kind in keys.items():
        if key not in data:
            if key in optional:
                continue
            raise UsageError(f"{where}: {key} is missing")
        if not isinstance(data[key], kind) or isinstance(data[key], bool):
            raise UsageError(f"{where}: {key} must be a {KINDS[kind]}, not {data[key]!r}")
        if kind is list and key != "when" and not all(isinstance(item, str) for item in data[key]):
            raise UsageError(f"{where}: {key} must be a list of strings")
