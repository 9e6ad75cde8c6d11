"""Options of commands. Those of settings are declared in ``gatesmith.core.settings``; others that several commands
have, here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from ..core.errors import UsageError
from ..core.settings import Settings, option_of
from . import completion
from .project import completed

MODEL_FILE = ".keras, HDF5, JSON, or a SavedModel folder"
ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL", help=f"{MODEL_FILE}; or what gatesmith.toml names.")]
Targets = Annotated[
    list[str],
    typer.Option(
        "--target",
        metavar="NAME",
        help="What runs the model; several by repeating it, or all-emulated: one table.",
        autocompletion=completion.many_targets,
    ),
]
Ports = Annotated[
    list[str] | None,
    typer.Option("--port", metavar="URL", help="Where the target is reached; NAME=URL where there are several."),
]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="R.xml", help="Write JUnit's XML, a case a target.")]
Json = Annotated[bool, typer.Option("--json", help="The same for programs.")]
Input = Annotated[
    Path | None,
    typer.Option("--input", metavar="DATA", help=".npz, .npy, .csv or a folder: in_0, ... or the inputs' names."),
]
Report = Annotated[Path | None, typer.Option("--report", metavar="R.json", help="Write all facts as JSON.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder to write.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="P.svg", help="Draw it too, as PNG or SVG.")]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that Gatesmith did not make.")]

LIMITS = ("max_flash", "max_ms")
"""Beside errors: what a choice among numeric types has to keep."""
FORMAT = ("format", "classes", "units")
REACH = ("emulate", "port")
"""How a board is reached."""
HINTS = get_type_hints(Settings)

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Input": (
        "input_file", "data", "samples", "stateful", "steps", "weights", "length", "lambdas", "custom", "stop_before",
        "keras_backend", "written_by", "against",
    ),
    "Target": (
        "target", "targets_", "boards", "also", "backend", "port", "emulate", "compiles", "math", "asm",
        "optimize", "name", "max_steps", "stream", "window", "hop", "carry_state", "own_inputs", "own_outputs",
        "budget", "max_flash", "max_ms", "rate", "cache",
    ),
    "Numbers": (
        "numeric", "calibration", "keep", "observer", "max_error", "max_accuracy_drop", "tolerance",
    ),
    "Output": (
        "output", "outputs", "html_file", "format", "classes", "units", "force", "gates", "code", "memory", "save",
        "plot", "report", "junit", "as_json",
    ),
}  # fmt: skip
"""Sections of a command's help, and the parameters whose options each has, in order; others are in a last one."""


def named(output: Path | None) -> Path:
    """The folder that a command must be given.

    Raises:
        UsageError: it is not.
    """
    if output is None:
        raise UsageError("Missing option '--output' / '-o'.", fix="--output DIR, the folder to write")
    return output


def _bytes(text: str) -> int:
    from ..oracle.limits import bytes_of

    return bytes_of(text)


def annotated(name: str) -> Any:
    """A setting's type as Typer reads it: with its option."""
    option, hint = option_of(name), HINTS[name]
    if option.choices:
        choices: Any = Literal[option.choices]
        hint = choices | None if type(None) in get_args(hint) else choices
    elif get_origin(hint) is tuple:
        hint = list[str] | None
    return Annotated[
        hint,
        typer.Option(
            *(option.flags or [f"--{name.replace('_', '-')}"]),
            metavar=option.metavar,
            help=option.help,
            min=option.least,
            autocompletion=getattr(completion, option.values) if option.values else None,
            parser=_bytes if option.metavar == "BYTES" else None,
        ),
    ]


def _parameter(name: str) -> inspect.Parameter:
    default = getattr(Settings, name)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None if isinstance(default, tuple) else default,
        annotation=annotated(name),
    )


def takes(
    *settings: str, free: Collection[str] = (), kept: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command's parameter ``settings`` stand for these settings' options.

    Typer reads options from a signature: this one's ``settings`` is replaced by the options, and they are put together
    again when the command is called.

    Args:
        free: options that the command chooses itself: a project's file does not fix them.
        kept: whether a project's file completes the command line at all.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def call(**words: Any) -> None:
            if kept:
                words = completed(words, call.__annotations__.keys() - set(free))
            chosen = {name: words.pop(name) for name in settings}
            lists = {name: tuple(chosen[name] or ()) for name in settings if get_origin(HINTS[name]) is tuple}
            command(**words, settings=Settings(**(chosen | lists)))

        hints = get_type_hints(command, include_extras=True)
        parameters: list[inspect.Parameter] = []
        for name, parameter in inspect.signature(command).parameters.items():
            if name == "settings":
                parameters += map(_parameter, settings)
            else:
                default = None if name == "model" and kept else parameter.default
                parameters.append(
                    parameter.replace(kind=parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
                )
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return decorate
