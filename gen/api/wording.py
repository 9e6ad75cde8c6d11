"""Messages of the flow in Python's words: arguments in place of options, names in place of temporary files."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from ..core.errors import GatesmithError
from ..core.near import hint
from ..core.settings import LIVE_MODEL, MEMORY
from .options import listed

OTHER_NAMES = {"input": "x", "output": "folder", "lambda": "lambdas", "input_shape": "length"}
"""Options -> their arguments, if these have another name."""
KINDS: dict[str, str] = {}
"""Argument -> its type, of all functions of the API."""
WORDS = "auto|mixed|micropython|platformio|libm|exact|fast|synthetic"
OPTION = re.compile(
    r"(?P<command>gatesmith [a-z]+ [^;,]*)|(?<![\w-])--(?P<no>no-)?(?P<name>[a-z][a-z-]*[a-z])"
    rf'(?: (?P<value>(?:\w+=)?"[^"]*"|[A-Z]+=[A-Z]+|[A-Z]+(?:\.\w+)?\b|'
    rf"[\w./\\-]+\.(?:h5|keras|json|npz|npy|csv)\b|[\w.]*\d[\w.]*\b|/[\w/]+|(?:{WORDS})\b))?"
)
"""A whole command, which stays; or an option, with its value if it has one."""
MODEL_FILE = re.compile(rf"\S*{MEMORY}\w+[/\\](\w+)\.(?:keras|h5)\b")
FOLDER = re.compile(rf"\S*{MEMORY}\w+[/\\]")

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def pythonic(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function of the API, with errors that name Python's arguments in place of options."""
    signature = listed(function)
    for name, parameter in signature.parameters.items():
        KINDS.setdefault(name, str(parameter.annotation))

    @wraps(function)
    def call(*arguments: Arguments.args, **keywords: Arguments.kwargs) -> Result:
        if unknown := next((name for name in keywords if name not in signature.parameters), None):
            advice = "".join(f"; {line}" for line in hint(unknown, signature.parameters))
            raise TypeError(f"{function.__name__}() has no argument {unknown}{advice}")
        signature.bind(*arguments, **keywords)
        try:
            return function(*arguments, **keywords)
        except GatesmithError as error:
            error.reworded(in_python)
            raise

    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def in_python(text: str) -> str:
    """A sentence of the flow with arguments in place of options; options without an argument stay."""
    return FOLDER.sub("", MODEL_FILE.sub(rf"{LIVE_MODEL}\1", OPTION.sub(_argument, text)))


def _argument(option: re.Match[str]) -> str:
    word = (option["name"] or "").replace("-", "_")
    name = OTHER_NAMES.get(word, word)
    kind, value = KINDS.get(name), option["value"] or ""
    if kind is None:
        return option[0]
    if kind == "bool":
        return f"{name}={not option['no']}{value and ' '}{value}"
    if not value or (value.isupper() and value.isalpha()) or value.replace(".", "", 1).isdigit():
        return f"{name}={value}"
    if kind.startswith("Mapping"):
        key, _, meaning = value.partition("=")
        return f'{name}={{"{key}": "{meaning.strip(chr(34))}"}}'
    plain = '"{}"'.format(value.replace('"', ""))
    return f"{name}=[{plain}]" if kind.startswith("Sequence") else f"{name}={plain}"
