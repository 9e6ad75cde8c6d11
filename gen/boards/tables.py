"""Tables of TOML files, and the check that they hold what they may."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import UsageError

Keys = Mapping[str, type]
KINDS = {str: "string", int: "whole number", float: "number", list: "list", dict: "table"}


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """A file's tables.

    Raises:
        UsageError: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"the file of {where} is not TOML: {error}", fix="a line is: key = value") from error


def check_text(data: object, where: str, key: str = "") -> None:
    """That every string of a table is one line of characters that show: they come into files and onto terminals.

    Raises:
        UsageError: one is not.
    """
    if isinstance(data, Mapping):
        for name, value in data.items():
            check_text(name, where, key)
            check_text(value, where, f"{key}.{name}" if key else str(name))
    elif isinstance(data, list):
        for value in data:
            check_text(value, where, key)
    elif isinstance(data, str) and not data.isprintable():
        raise UsageError(f"{where}: {key} has a line break, or a character that does not show: {data!r}")


def check_words(words: Sequence[str], where: str) -> None:
    """That words can stand in a Makefile as they are.

    Raises:
        UsageError: make would read one as something else.
    """
    for word in words:
        if found := [mark for mark in "$#" if mark in word]:
            raise UsageError(f"{where}: {found[0]} in {word!r}, which make would read as something else")


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
