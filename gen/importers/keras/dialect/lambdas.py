"""Lambda layers of a file: the formulas that the user gives for them, and the names in their code.

The file has a Lambda's Python code as marshalled bytes. They are neither executed nor unmarshalled: names and
numbers are looked up in them as text, so that a person can compare.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from ....core.errors import UsageError
from ....core.near import hint
from ..containers.values import SAME, rebuilt
from .config import parts, shown, table
from .kinds import expression_kind

FILE_CLASS = "Lambda"
_NAME = re.compile(rb"[\xda\xfaZz](.)([A-Za-z_][A-Za-z0-9_.]{0,40})", re.DOTALL)
"""A short string among marshalled values: type, length, characters (CPython ``Python/marshal.c``)."""
_NUMBER = re.compile(rb"(?=[\x67\xe7](.{8}))", re.DOTALL)
_WHOLE = re.compile(rb"(?=[\x69\xe9](.{4}))", re.DOTALL)
MOST = 12


COMMON_KEYS = ("name", "mask", "arguments", "dtype", "trainable", "batch_input_shape", "input_shape", "batch_shape")
"""Options of a Lambda that stay with the user's expression."""


class CodeText(str):
    """The file's facts on a Lambda's function, as text. No file can hold a value of this type."""

    __slots__ = ()


def with_expressions(config: Mapping[str, Any], lambdas: Sequence[str], file: str) -> Mapping[str, Any]:
    """The architecture with the user's expressions in place of Lambdas' functions.

    Args:
        lambdas: expressions of the form ``NAME=EXPRESSION``.

    Raises:
        UsageError: one is not of this form, or names no Lambda of the file.
    """
    texts: dict[str, str] = {}
    for item in lambdas:
        name, equals, text = item.partition("=")
        if not equals or not name.strip() or not text.strip() or name.strip() in texts:
            raise UsageError(f"--lambda {item!r} is not NAME=EXPRESSION", fix='--lambda NAME="x / 127.5 - 1"')
        texts[name.strip()] = text.strip()
    if not texts:
        return config
    names: set[str] = set()
    result = rebuilt(config, lambda value: _replaced(value, texts, names))
    if missing := [name for name in texts if name not in names]:
        lambda_names = sorted({_name_of(part) for part in parts(config) if part.get("class_name") == FILE_CLASS} - {""})
        raise UsageError(
            f'--lambda names "{missing[0]}", which is not a Lambda of the model',
            where=file,
            fix=(*hint(missing[0], lambda_names), f"its Lambdas are: {', '.join(lambda_names) or 'none'}"),
        )
    return result  # type: ignore[no-any-return]


def _replaced(value: Any, texts: Mapping[str, str], names: set[str]) -> Any:
    if table(value).get("class_name") != FILE_CLASS or (name := _name_of(value)) not in texts:
        return SAME
    names.add(name)
    code = contents(value)
    config = {
        key: option for key, option in table(value, "config").items() if key in COMMON_KEYS and option not in ({}, None)
    }
    config |= {"expression": texts[name], "code_text": CodeText(f"; {code}" if code else "")}
    return {**value, "class_name": expression_kind().name, "config": config, "registered_name": None}


def _name_of(raw: Mapping[str, Any]) -> str:
    return str(table(raw, "config").get("name") or raw.get("name") or "")


def contents(raw: Mapping[str, Any]) -> str:
    """The facts on a Lambda's function in its entry of a file, as text: a name, or words and numbers of its code."""
    function = table(raw, "config").get("function")
    if isinstance(function, Mapping):
        inner = function.get("config")
        if function.get("class_name") != "__lambda__":
            name = inner if isinstance(inner, str) else function.get("registered_name")
            return f"the file names the function {shown(name)}" if isinstance(name, str) else ""
        function = inner.get("value", inner.get("code")) if isinstance(inner, Mapping) else None
        function = function.get("code") if isinstance(function, Mapping) else function
    if isinstance(function, str) and table(raw, "config").get("function_type") == "function":
        return f"the file names the function {shown(function)}"
    code = function[0] if isinstance(function, list) and function else function
    return _words(_bytes(code)) if isinstance(code, str) else ""


def _bytes(text: str) -> bytes:
    """Marshalled code: base64; in Keras 0 and 1, plain characters."""
    try:
        return base64.b64decode(text, validate=False) if re.fullmatch(r"[A-Za-z0-9+/=\s]+", text) else text.encode()
    except (binascii.Error, UnicodeEncodeError):
        return b""


def _words(code: bytes) -> str:
    """Names and numbers in marshalled code."""
    names = [m[2][: m[1][0]].decode() for m in _NAME.finditer(code) if 0 < m[1][0] <= len(m[2])]
    numbers = [struct.unpack("<d", m[1])[0] for m in _NUMBER.finditer(code)]
    numbers += [n for m in _WHOLE.finditer(code) if 1 < (n := int.from_bytes(m[1], "little", signed=True)) < 100_000]
    plain = [f"{n:g}" for n in numbers if 1e-6 < abs(n) < 1e6 and float(f"{n:g}") == n]
    words = [*dict.fromkeys(name for name in names if len(name) > 1), *dict.fromkeys(plain)]
    return f"its code in the file mentions {', '.join(words[:MOST])}" if words else ""
