"""Options that commands share: each is declared once, and those that make up ``Settings`` reach a command as that.

A new choice is a field of ``gatesmith.flow.Settings`` and one entry of a table here.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_type_hints

import typer

if TYPE_CHECKING:
    from ..flow import Settings

ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL", help=".keras, HDF5, JSON, or a SavedModel folder.")]
Weights = Annotated[
    Path | None, typer.Option("--weights", metavar="W.h5", help="Weights of a model whose architecture is JSON.")
]
KerasBackend = Annotated[
    str | None, typer.Option(metavar="NAME", help="Backend that wrote the file, where it does not say: theano, ...")
]
StopBefore = Annotated[str | None, typer.Option(metavar="LAYER", help="Cut the model before this layer.")]
Target = Annotated[str, typer.Option(metavar="NAME", help="What runs the model: host, a board, or a TOML file's path.")]
Backend = Annotated[
    Literal["c99", "micropython"] | None, typer.Option(help="C, or Python for MicroPython, if not as the target says.")
]
Name = Annotated[str | None, typer.Option("--name", metavar="ID", help="Prefix of the generated names and files.")]
Math = Annotated[
    Literal["fast", "exact", "libm"],
    typer.Option(help="exp and tanh: own and fused, own and the same bits everywhere, or the C library's."),
]
NumericType = Annotated[
    str | None, typer.Option("--numeric", metavar="TYPE", help="float32, float32w8, int16, int16w8, int8.")
]
Calibration = Annotated[
    str | None,
    typer.Option(
        "--calibration", metavar="DATA", help="Inputs for an integer type's ranges: .npz, .npy, a folder, or synthetic."
    ),
]
Keep = Annotated[
    list[str] | None, typer.Option("--keep", metavar="LAYER=TYPE", help="Another integer type for one layer.")
]
Observer = Annotated[
    Literal["minmax", "percentile", "mse"], typer.Option(help="Which part of the values seen 8 bits are to cover.")
]
MaxError = Annotated[
    float | None,
    typer.Option(min=0.0, metavar="X", help="Widen the types of layers until the error on the calibration data is X."),
]
MaxAccuracyDrop = Annotated[
    float | None,
    typer.Option(min=0.0, metavar="P", help="The same for accuracy: at most P points lost on the calibration data."),
]
MaxSteps = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Longest sequence, where a sequence is kept whole.")
]
Targets = Annotated[
    list[str],
    typer.Option(
        "--target", metavar="NAME", help="What runs the model; several by repeating it, or all-emulated: one table."
    ),
]
Ports = Annotated[
    list[str] | None,
    typer.Option("--port", metavar="URL", help="Where the target is reached; NAME=URL where there are several."),
]
Port = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where the target is reached: /dev/ttyUSB0, COM3, socket://HOST:PORT, ..."),
]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="R.xml", help="Write JUnit's XML, a case a target.")]
Budget = Annotated[
    bool, typer.Option("--budget/--no-budget", help="Refuse at once what surely does not fit the board; or try it.")
]
Emulate = Annotated[
    bool, typer.Option("--emulate", help="Run a board's program on the emulator that stands in for it.")
]
Json = Annotated[bool, typer.Option("--json", help="The same for programs.")]
Input = Annotated[Path | None, typer.Option("--input", metavar="IN.npz", help="in_0, in_1, ... with a sample axis.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="R.json", help="Write all facts as JSON.")]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that Gatesmith did not make.")]


class Option(NamedTuple):
    """One field of Settings as the command line takes it."""

    type: Any
    default: Any = None


Table = Mapping[str, Option]

MODEL: Table = {
    "weights": Option(Weights),
    "math": Option(Math, "fast"),
    "numeric": Option(NumericType),
    "calibration": Option(Calibration),
    "keep": Option(Keep),
    "observer": Option(Observer, "minmax"),
    "max_error": Option(MaxError),
    "max_accuracy_drop": Option(MaxAccuracyDrop),
    "name": Option(Name),
    "max_steps": Option(MaxSteps),
    "keras_backend": Option(KerasBackend),
    "stop_before": Option(StopBefore),
}
"""How a model is read and written."""
TARGET: Table = {"target": Option(Target, "host")}
BACKEND: Table = {"backend": Option(Backend)}
HOLD: Table = {"budget": Option(Budget, True)}
EMULATE: Table = {"emulate": Option(Emulate, False)}
PORT: Table = {"port": Option(Port)}
REACH: Table = {**EMULATE, **PORT}
"""How a board is reached."""


def repeated(settings: Settings) -> str:
    """What a command line said of how the model is read and written, as another one must say it again."""
    words: list[str] = []
    for name, option in MODEL.items():
        value = getattr(settings, name)
        for one in value if isinstance(value, tuple) else [value]:
            if one != option.default:
                words += [f"--{name.replace('_', '-')}", str(one)]
    return "".join(f" {quote(word)}" for word in words)


def takes(*tables: Table) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command's parameter ``settings`` stand for these options.

    Typer reads options from a signature: this one's ``settings`` is replaced by the options, and they are put together
    again when the command is called.
    """
    options: dict[str, Option] = {name: option for table in tables for name, option in table.items()}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def call(**given: Any) -> None:
            from ..flow import Settings

            chosen = {name: given.pop(name) for name in options}
            chosen = {name: tuple(value or ()) if name == "keep" else value for name, value in chosen.items()}
            command(**given, settings=Settings(**chosen))

        hints = get_type_hints(command, localns={"Settings": object}, include_extras=True)
        parameters: list[inspect.Parameter] = []
        for name, parameter in inspect.signature(command).parameters.items():
            if name == "settings":
                parameters += [
                    inspect.Parameter(key, parameter.KEYWORD_ONLY, default=option.default, annotation=option.type)
                    for key, option in options.items()
                ]
            else:
                parameters.append(parameter.replace(kind=parameter.KEYWORD_ONLY, annotation=hints[name]))
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return decorate
