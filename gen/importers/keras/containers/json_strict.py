"""JSON as the standard defines it: the extensions that Python's parser accepts are refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ....core.errors import ModelError
from ._wire import MAX_JSON_BYTES, quote

MAX_NESTING = 200
MAX_MARKS = 3_000_000
"""Commas and brackets, those inside strings included: a bound on the number of values."""
DAMAGED = "the text was cut off or edited by hand; save the model again"

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+\\?"?', re.DOTALL)
"""A string, even if the end of the text cuts it off: a pattern that can fail may take quadratic time."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(text: str, where: str) -> Any:
    """The value of a JSON text.

    Args:
        text: JSON.
        where: file and place, for messages.

    Raises:
        ModelError: not JSON, NaN or Infinity, a key twice, half a surrogate pair, too deep or too large.
    """
    if len(text) > MAX_JSON_BYTES:
        raise ModelError(f"JSON of {len(text):,} characters is more than a model needs", where=where)
    _check_size(text, where)
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, parse_int=_integer
        )
    except _RefusedError as error:
        raise ModelError(error.args[0], where=where, why="JSON has none such", fix=(*error.args, DAMAGED)[1]) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ModelError("the architecture's JSON cannot be read", where=where, why=why, fix=DAMAGED) from None
    if _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            half = quote(error.object[max(0, error.start - 30) : error.end + 30])
            raise ModelError(f"the JSON holds {half}: half a character", where=where, fix=DAMAGED) from None
    return value


def parse_object(text: str, where: str) -> Mapping[str, Any]:
    """The value of a JSON text that must be an object (``{...}``).

    Raises:
        ModelError: as :func:`parse`, or another kind of value.
    """
    value = parse(text, where)
    if type(value) is not dict:
        raise ModelError(f"JSON object expected, found {quote(text)}", where=where, fix=DAMAGED)
    return value


class _RefusedError(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys: set[str] = set()
        twice = next(key for key, _ in pairs if key in keys or keys.add(key))  # type: ignore[func-returns-value]
        raise _RefusedError(f"the JSON says {quote(twice)} twice in one place")
    return result


def _no_constant(name: str) -> Any:
    raise _RefusedError(f"the JSON holds {name} where a number should be", "make that option or constant finite: -1e9")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _RefusedError(f"the JSON holds the number {quote(digits, 30)}, which is too large")
    return value


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise _RefusedError(f"the JSON holds the number {quote(digits, 30)}, which is too large")
    return int(digits)


def _check_size(text: str, where: str) -> None:
    """Bounds depth and number of values before the parser builds any."""
    if sum(text.count(mark) for mark in ",{}[]") > MAX_MARKS:
        raise ModelError("this JSON has more values than a model needs", where=where)
    depth = deepest = 0
    for mark in re.finditer(r"[][{}]", _STRING.sub("", text)):
        depth += 1 if mark[0] in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        raise ModelError(
            f"this JSON is nested {deepest} deep; a model needs far less than {MAX_NESTING}",
            where=where,
            why="the file is damaged, or made to exhaust the parser",
        )
