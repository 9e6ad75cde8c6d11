"""Options that commands share: each is declared once, and those that make up ``Settings`` reach a command as that.

A new choice is a field of ``gatesmith.core.settings.Settings`` and one entry of a table here.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_type_hints

import typer

from ..core.errors import UsageError
from . import completion
from .project import completed

if TYPE_CHECKING:
    from ..core.settings import Settings


def _bytes(text: str) -> int:
    from ..oracle.limits import bytes_of

    return bytes_of(text)


MODEL_FILE = ".keras, HDF5, JSON, or a SavedModel folder"
ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL", help=f"{MODEL_FILE}; or what gatesmith.toml names.")]
Weights = Annotated[
    Path | None, typer.Option("--weights", metavar="W.h5", help="Weights of a model whose architecture is JSON.")
]
KerasBackend = Annotated[
    str | None, typer.Option(metavar="NAME", help="Backend that wrote the file, where it does not say: theano, ...")
]
StopBefore = Annotated[str | None, typer.Option(metavar="LAYER", help="Cut the model before this layer.")]
WrittenBy = Annotated[
    str | None, typer.Option(metavar="RELEASE", help="What wrote the file, where it does not say: TensorFlow 1.10, ...")
]
Length = Annotated[
    list[str] | None,
    typer.Option(
        "--length",
        "--input-shape",
        metavar="STEPS",
        help="Fix a length the model leaves open, or a whole shape (28,28,1); INPUT=STEPS for one input.",
    ),
]
Lambdas = Annotated[
    list[str] | None,
    typer.Option("--lambda", metavar="NAME=EXPR", help="What a Lambda layer computes: scale='x / 127.5 - 1'."),
]
Custom = Annotated[
    Path | None,
    typer.Option("--custom", metavar="FILE.py", help="Your module with the file's custom classes. It is executed."),
]
Target = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="What runs the model: host, a board, or a TOML file's path.",
        autocompletion=completion.targets,
    ),
]
Backend = Annotated[
    Literal["c99", "micropython"] | None, typer.Option(help="C, or Python for MicroPython, if not as the target says.")
]
Name = Annotated[str | None, typer.Option("--name", metavar="ID", help="Prefix of the generated names and files.")]
Math = Annotated[
    Literal["fast", "exact", "libm"],
    typer.Option(help="exp and tanh: own and fused, own and the same bits everywhere, or the C library's."),
]
Assembly = Annotated[bool, typer.Option("--asm/--no-asm", help="Assembly where a kernel has it, or C in its place.")]
Optimize = Annotated[
    Literal["speed", "size", "balanced"] | None, typer.Option(help="What the C is for, if not as the target says.")
]
NumericType = Annotated[
    str | None,
    typer.Option(
        "--numeric",
        metavar="TYPE",
        help="As gatesmith targets NAME lists them: float32, int8; auto or mixed: the least that keeps --max-....",
        autocompletion=completion.numerics,
    ),
]
Calibration = Annotated[
    str | None,
    typer.Option(
        "--calibration",
        metavar="DATA",
        help="Inputs for an integer type's ranges: .npz, .npy, .csv, a folder, or synthetic.",
    ),
]
Keep = Annotated[
    list[str] | None, typer.Option("--keep", metavar="LAYER=TYPE", help="Another integer type for one layer.")
]
Observer = Annotated[
    Literal["minmax", "percentile", "mse", "auto"],
    typer.Option(help="Which part of the values seen 8 bits are to cover; auto: judged by halves of the data."),
]
MaxError = Annotated[
    float | None,
    typer.Option(
        min=0.0, metavar="X", help="Widen layers' types until errors on the calibration data are X, in outputs' units."
    ),
]
MaxAccuracyDrop = Annotated[
    float | None,
    typer.Option(min=0.0, metavar="P", help="The same for accuracy: at most P points lost on the calibration data."),
]
MaxFlash = Annotated[
    int | None,
    typer.Option(parser=_bytes, metavar="BYTES", help="Most flash that the model may take: 64K, 16000."),
]
MaxMs = Annotated[float | None, typer.Option(min=0.0, metavar="T", help="Longest time of a step, or a call.")]
MaxSteps = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Longest sequence, where a sequence is kept whole.")
]
Stream = Annotated[
    bool,
    typer.Option(
        "--stream", help="Convolutions and poolings step by step, as frames come: inspect --stream tells how."
    ),
]
Window = Annotated[
    int | None, typer.Option(min=1, metavar="T", help="As frames come: what the model makes of the last T steps.")
]
Hop = Annotated[
    int | None, typer.Option(min=1, metavar="H", help="After how many steps there is a new window's output.")
]
CarryState = Annotated[
    str | None,
    typer.Option(
        metavar="DATA",
        help="Let states go on from window to window, which Keras does not: how far answers are off on DATA is told.",
    ),
]
OwnInputs = Annotated[
    bool, typer.Option("--own-inputs", help="Inputs lie in the working memory, which may then reuse their bytes.")
]
OwnOutputs = Annotated[
    bool, typer.Option("--own-outputs", help="Outputs lie in the working memory too, until the next call.")
]
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
Port = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where the target is reached: /dev/ttyUSB0, COM3, socket://HOST:PORT, ..."),
]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="R.xml", help="Write JUnit's XML, a case a target.")]
Budget = Annotated[
    bool, typer.Option("--budget/--no-budget", help="Refuse at once what surely does not fit the board; or try it.")
]
Cache = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Take what was measured before, and keep it; or measure anew.")
]
Emulate = Annotated[
    bool, typer.Option("--emulate", help="Run a board's program on the emulator that stands in for it.")
]
Classes = Annotated[
    list[str] | None,
    typer.Option(
        "--classes",
        metavar="NAMES",
        help="What examples print for each class: a,b,c or lines of a .txt; as the data say.",
    ),
]
Units = Annotated[
    list[str] | None, typer.Option("--units", metavar="UNITS", help="What examples print after a value: degC, or m,s.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="make, platformio, library, arduino, idf, zephyr, cmake; as the target says.",
        autocompletion=completion.formats,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="The same for programs.")]
Input = Annotated[
    Path | None,
    typer.Option("--input", metavar="DATA", help=".npz, .npy, .csv or a folder: in_0, ... or the inputs' names."),
]
SampleCount = Annotated[
    int | None,
    typer.Option(
        "--samples", min=1, metavar="N", help="Judge by N samples of the data, evenly spaced, where a run is slow."
    ),
]
Report = Annotated[Path | None, typer.Option("--report", metavar="R.json", help="Write all facts as JSON.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder to write.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="P.svg", help="Draw it too, as PNG or SVG.")]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that Gatesmith did not make.")]


class Option(NamedTuple):
    """One field of Settings as the command line takes it."""

    type: Any
    default: Any = None


Table = Mapping[str, Option]

MODEL: Table = {
    "weights": Option(Weights),
    "math": Option(Math, "fast"),
    "asm": Option(Assembly, True),
    "optimize": Option(Optimize),
    "numeric": Option(NumericType),
    "calibration": Option(Calibration),
    "keep": Option(Keep),
    "observer": Option(Observer, "minmax"),
    "max_error": Option(MaxError),
    "max_accuracy_drop": Option(MaxAccuracyDrop),
    "name": Option(Name),
    "max_steps": Option(MaxSteps),
    "stream": Option(Stream, False),
    "window": Option(Window),
    "hop": Option(Hop),
    "carry_state": Option(CarryState),
    "own_inputs": Option(OwnInputs, False),
    "own_outputs": Option(OwnOutputs, False),
    "keras_backend": Option(KerasBackend),
    "stop_before": Option(StopBefore),
    "written_by": Option(WrittenBy),
    "length": Option(Length),
    "lambdas": Option(Lambdas),
    "custom": Option(Custom),
}
"""How a model is read and written."""
LIMITS: Table = {"max_flash": Option(MaxFlash), "max_ms": Option(MaxMs)}
"""Beside errors: what a choice among numeric types has to keep."""
FORMAT: Table = {"format": Option(Format), "classes": Option(Classes), "units": Option(Units)}
TARGET: Table = {"target": Option(Target, "host")}
BACKEND: Table = {"backend": Option(Backend)}
HOLD: Table = {"budget": Option(Budget, True)}
CACHE: Table = {"cache": Option(Cache, True)}
EMULATE: Table = {"emulate": Option(Emulate, False)}
SAMPLES: Table = {"samples": Option(SampleCount)}
PORT: Table = {"port": Option(Port)}
REACH: Table = {**EMULATE, **PORT}
"""How a board is reached."""
LISTS = ("keep", "length", "lambdas", "classes", "units")
"""Options that may be repeated."""


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


def repeated(settings: Settings) -> str:
    """What a command line said of how the model is read and written, as another one must say it again."""
    words: list[str] = []
    for name, option in MODEL.items():
        value = getattr(settings, name)
        flag = "lambda" if name == "lambdas" else name.replace("_", "-")
        for one in value if isinstance(value, tuple) else [value]:
            if isinstance(one, bool):
                words += [] if one == option.default else [f"--{'' if one else 'no-'}{flag}"]
            elif one != option.default:
                words += [f"--{flag}", str(one)]
    return "".join(f" {quote(word)}" for word in words)


def takes(*tables: Table, free: Collection[str] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command's parameter ``settings`` stand for these options.

    Typer reads options from a signature: this one's ``settings`` is replaced by the options, and they are put together
    again when the command is called.

    Args:
        free: options that the command chooses itself: a project's file does not fix them.
    """
    options: dict[str, Option] = {name: option for table in tables for name, option in table.items()}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def call(**given: Any) -> None:
            from ..core.settings import Settings

            given = completed(given, call.__annotations__.keys() - set(free))
            chosen = {name: given.pop(name) for name in options}
            chosen = {name: tuple(value or ()) if name in LISTS else value for name, value in chosen.items()}
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
                default = None if name == "model" else parameter.default
                parameters.append(
                    parameter.replace(kind=parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
                )
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return decorate
