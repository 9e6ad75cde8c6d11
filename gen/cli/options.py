"""Options of commands. Options of settings are declared in ``gatesmith.core.settings``, other options that several
commands share are declared here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from ..core.errors import UsageError
from ..core.settings import FLAGS, Flag, Settings
from .project import completed


class Argument(Flag):
    """A value without a flag; its ``metavar`` is its name on the help page."""


MODEL_FILE = ".keras, HDF5, JSON, or a SavedModel folder"
ModelArgument = Annotated[Path, Argument(f"{MODEL_FILE}; or what gatesmith.toml names.", "MODEL")]
Targets = Annotated[
    tuple[str, ...],
    Flag(
        "Target of the model; repeat it for several, or all-emulated.", "NAME", ("--target",),
        values="targets_or_all",
    ),
]  # fmt: skip
Ports = Annotated[tuple[str, ...], Flag("Port of the board; NAME=URL for several targets.", "URL")]
Junit = Annotated[Path | None, Flag("Write JUnit's XML, one case per target.", "R.xml")]
Json = Annotated[bool, Flag("Write the result as JSON.", flags=("--json",))]
Input = Annotated[
    Path | None, Flag(".npz, .npy, .csv or a folder: in_0, ... or the inputs' names.", "DATA", ("--input",))
]
Report = Annotated[Path | None, Flag("Write all facts as JSON.", "R.json")]
Output = Annotated[Path | None, Flag("Folder to write.", "DIR", ("--output", "-o"))]
Plot = Annotated[Path | None, Flag("Draw it too, as PNG or SVG.", "P.svg")]
Force = Annotated[bool, Flag("Write into a folder that Gatesmith did not create.")]

LIMITS = ("max_flash", "max_ms")
"""Limits of a choice among numeric types, in addition to those of errors."""
FORMAT = ("format", "classes", "units")
REACH = ("emulate", "chip", "port")
"""Options of the connection to a board or its emulator."""
HINTS: Mapping[str, Any] = {
    name: Annotated[kind, FLAGS[name]] for name, kind in get_type_hints(Settings).items() if name in FLAGS
}

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Input": (
        "input_file", "data", "samples", "steps", "weights", "length", "lambdas", "custom", "stop_before",
        "keras_backend", "written_by", "against",
    ),
    "Target": (
        "target", "targets", "boards", "also", "backend", "port", "emulate", "chip", "compiles", "math", "asm",
        "optimize", "name", "max_steps", "stream", "window", "hop", "carry_state", "own_inputs", "own_outputs",
        "budget", "max_flash", "max_ms", "rate", "cache",
    ),
    "Numbers": (
        "numeric", "calibration", "keep", "observer", "max_error", "max_accuracy_drop", "tolerance", "limit",
    ),
    "Output": (
        "output", "outputs", "html_file", "format", "classes", "units", "force", "gates", "code", "memory", "save",
        "plot", "report", "junit", "as_json",
    ),
}  # fmt: skip
"""Sections of a command's help -> the parameters of their options, in order; others are in a last section."""


def required(output: Path | None, value: str = "DIR, the folder to write") -> Path:
    """The output folder or file, which a command needs.

    Raises:
        UsageError: there is none.
    """
    if output is None:
        raise UsageError("Missing option '--output' / '-o'.", fix=f"--output {value}")
    return output


def takes(
    *settings: str, free: Collection[str] = (), from_project: bool = True
) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
    """Replace a command's parameter ``settings`` by the options of these settings.

    A command's options are read from its signature. ``settings`` is replaced there by the options, and built from their
    values when the command is called.

    Args:
        free: options that the command chooses itself, so that a project's file does not set them.
        from_project: whether a project's file completes the command line.
    """

    def decorate(command: Callable[..., int | None]) -> Callable[..., int | None]:
        @functools.wraps(command)
        def call(**words: Any) -> int | None:
            if from_project:
                words = completed(words, parameters.keys() - set(free))
            chosen = {name: words.pop(name) for name in settings}
            lists = {name: tuple(value) for name, value in chosen.items() if isinstance(value, list)}
            return command(**words, settings=Settings(**(chosen | lists)))

        hints = get_type_hints(command, include_extras=True)
        parameters: dict[str, inspect.Parameter] = {}
        for name, parameter in inspect.signature(command).parameters.items():
            if name == "settings":
                for each in settings:
                    default = getattr(Settings, each)
                    parameters[each] = inspect.Parameter(
                        each, parameter.KEYWORD_ONLY, default=default, annotation=HINTS[each]
                    )
            else:
                default = None if name == "model" and from_project else parameter.default
                parameters[name] = parameter.replace(
                    kind=parameter.KEYWORD_ONLY, default=default, annotation=hints[name]
                )
        call.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
        return call

    return decorate
