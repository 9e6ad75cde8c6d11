"""Options of Python's functions: the settings of ``gatesmith.core.settings``, in Python's types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Any, TypedDict

from ..core.settings import LIVE_MODEL, Settings
from ..importers.keras.live.custom import module_of
from ..importers.keras.live.save import name_of
from ..oracle.limits import bytes_of


class ReadOptions(TypedDict, total=False):
    """Options to read a model file; see :func:`gatesmith.convert`."""

    weights: str | Path | None
    keras_backend: str | None
    stop_before: str | None
    written_by: str | None
    length: Sequence[str]
    lambdas: Mapping[str, str] | None
    custom: str | Path | None


class Limiting(TypedDict, total=False):
    """Limits of a choice; see :func:`gatesmith.convert`."""

    max_error: float | None
    max_accuracy_drop: float | None
    max_flash: int | str | None
    max_ms: float | None


class Options(ReadOptions, Limiting, total=False):
    """Options to generate code; see :func:`gatesmith.convert`."""

    target: str
    numeric: str | None
    backend: str | None
    math: str
    asm: bool
    optimize: str | None
    name: str | None
    max_steps: int | None
    stream: bool
    window: int | None
    hop: int | None
    own_inputs: bool
    own_outputs: bool
    keep: Sequence[str]
    observer: str
    classes: Sequence[str]
    units: Sequence[str]


TABLES = {"Unpack[ReadOptions]": ReadOptions, "Unpack[Limiting]": Limiting, "Unpack[Options]": Options}


def listed(function: Any) -> Signature:
    """A function's signature with the name, type and default of each of its options."""
    written = signature(function)
    *parameters, last = written.parameters.values()
    if last.annotation not in TABLES:
        return written
    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=getattr(Settings, name), annotation=kind.__forward_arg__)
        for name, kind in TABLES[last.annotation].__annotations__.items()
    ]
    return written.replace(parameters=[*parameters, *options])


def settings_of(model: Any, options: Mapping[str, Any], **others: Any) -> Settings:
    """Options as settings of the flow.

    Args:
        others: further settings, which are no options.

    Raises:
        UsageError: ``max_flash`` is no number of bytes.
        GatesmithError: the module of a live model's cells cannot be loaded.
    """
    chosen: dict[str, Any] = {**others, "shown": shown_name(model)}
    for name, value in options.items():
        if isinstance(getattr(Settings, name), tuple):
            pairs = [f"{key}={text}" for key, text in value.items()] if isinstance(value, Mapping) else value
            chosen[name] = (pairs,) if isinstance(pairs, str) else tuple(pairs or ())
        elif name in ("weights", "custom"):
            chosen[name] = None if value is None else Path(value)
        elif name == "max_flash":
            chosen[name] = None if value is None else bytes_of(value)
        else:
            chosen[name] = value
    if chosen.get("custom") is not None and not isinstance(model, (str, Path)):
        module_of(chosen.pop("custom"))  # a live model has its classes; the module registers its cells
    return Settings(**chosen)


def shown_name(model: Any) -> str | None:
    """A model's name on pages if it is in memory; None if it is a file."""
    return None if isinstance(model, (str, Path)) else f"{LIVE_MODEL}{name_of(model)}"
