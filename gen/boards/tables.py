"""Tables of TOML files, and the check of their keys and values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

import msgspec

from ..core.errors import UsageError
from ..core.near import hint

Kind = TypeVar("Kind")
WORD = re.compile("`(.+?)`")
INDEX = re.compile(r"\[[\d.]*\]")
LIMIT = re.compile(r" ([<>])= (\d+)$")
TYPES = {"str": "a string", "int": "a whole number", "float": "a number", "array": "a list", "object": "a table"}
"""msgspec's words for an expected type -> ours."""


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
    """Check that every string of a table is one line of visible characters: strings reach files and terminals.

    Raises:
        UsageError: one has other characters.
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
    """Check that words can stand in a Makefile unchanged.

    Raises:
        UsageError: make would interpret a word.
    """
    for word in words:
        if marks := [mark for mark in "$#" if mark in word]:
            raise UsageError(f"{where}: {marks[0]} in {word!r}, which make would read as something else")


def struct_of(kind: type[Kind], table: Mapping[str, Any], where: str) -> Kind:
    """A table as a struct: it must have all keys, no others, and values of their types.

    Raises:
        UsageError: a key or a value is wrong; ``where`` begins the message.
    """
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        word = WORD.search(problem)
        assert word is not None
        place = INDEX.sub("", path.removesuffix("`"))
        within, _, key = (place, "", word[1]) if problem.startswith("Object") else place.rpartition(".")
        where = f"{where}, [{within}]" if within else where
        if "unknown field" in problem:
            raise UsageError(f"{where}: unknown key {key}", fix=hint(key, _keys(kind))) from error
        if "missing" in problem:
            raise UsageError(f"{where}: {key} is missing") from error
        listed = path.endswith("]`") and word[1] == "str"
        right = "a list of strings" if listed else TYPES.get(word[1], word[1])
        if limit := LIMIT.search(problem):
            right = f"at {'least' if limit[1] == '>' else 'most'} {limit[2]}"
        raise UsageError(f"{where}: {key} must be {right}") from error


def _keys(kind: Any) -> set[str]:
    """The keys of a struct's table, and of tables in it."""
    fields = msgspec.structs.fields(kind)
    inner = {each for field in fields for each in (field.type, *get_args(field.type)) if isinstance(each, type)}
    deeper = (_keys(each) for each in inner if issubclass(each, msgspec.Struct))
    return {field.encode_name for field in fields}.union(*deeper)
