"""What a user may choose, with how a command line takes it; and who is told how far the work is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from math import inf
from numbers import Integral, Real
from pathlib import Path
from shlex import quote
from typing import Annotated, Any, get_args, get_type_hints

from .errors import UsageError, told_together

OBSERVERS = ("minmax", "percentile", "mse")
"""Rules for the ranges that 8 bits cover (:mod:`gatesmith.quantization.calibrate`)."""
AUTO = "auto"
"""Stands for the numeric type, or the observer, that data choose."""
LIVE_MODEL = "live model "
"""Begins the name of a model that has no file."""


class Progress:
    """Told of each step of the flow; this one tells nobody."""

    def step(self, name: str) -> AbstractContextManager[object]:
        """One step, from here to the end of the block."""
        del name
        return nullcontext()

    def ended(self, how: str) -> None:
        """How the step that is on ended, where it did not raise and is not well either."""

    def counted(self, done: int, total: int) -> None:
        """How many parts of the step that is on are done."""


SILENT = Progress()


OPTIMIZE = ("speed", "size", "balanced")
MATHS = ("fast", "exact", "libm")
BACKENDS = ("c99", "micropython")


@dataclass(frozen=True)
class Flag:
    """How a command line takes a setting.

    Args:
        help: for the page of help.
        metavar: stands for the value there; choices and switches need none.
        flags: if they are not the field's name.
        choices: the values that there are.
        least: the least value.
        values: whose names a shell completes: ``targets``, ``numerics``, ``formats``.
        model: it says how a model is read or written: all commands on a model take it.
    """

    help: str
    metavar: str | None = None
    flags: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    least: float | None = None
    values: str = ""
    model: bool = False


def _model(help: str, metavar: str | None = None, *flags: str, **more: Any) -> Flag:
    return Flag(help, metavar, flags, model=True, **more)


@dataclass(frozen=True)
class Settings:
    """What a user may choose; None leaves it to the file or the target.

    Command lines, ``gatesmith.toml`` and help follow from these fields; their order is that of a repeated command.
    """

    target: Annotated[
        str, Flag("Target of the model: host, a board, or a TOML file's path.", "NAME", values="targets")
    ] = "host"
    backend: Annotated[str | None, Flag("C, or Python for MicroPython; default: the target's.", choices=BACKENDS)] = (
        None
    )
    weights: Annotated[Path | None, _model("Weights of a model whose architecture is JSON.", "W.h5")] = None
    math: Annotated[
        str,
        _model("exp and tanh: own and fused, own and the same bits everywhere, or the C library's.", choices=MATHS),
    ] = "fast"
    asm: Annotated[bool, _model("Use assembly if a kernel has it; or only C.", None, "--asm/--no-asm")] = True
    """Whether kernels may be written in assembly; else they are C, which computes the same."""
    optimize: Annotated[str | None, _model("Optimisation of the C; default: the target's.", choices=OPTIMIZE)] = None
    numeric: Annotated[
        str | None,
        _model(
            "float32, int8, ... (gatesmith targets NAME); auto or mixed: chosen by the limits --max-....",
            "TYPE",
            values="numerics",
        ),
    ] = None
    calibration: Annotated[
        str | None, _model("Inputs for an integer type's ranges: .npz, .npy, .csv, a folder, or synthetic.", "DATA")
    ] = None
    keep: Annotated[tuple[str, ...], _model("Another integer type for one layer.", "LAYER=TYPE")] = ()
    observer: Annotated[
        str,
        _model(
            "Range of values that 8 bits cover; auto: judged by halves of the data.",
            choices=(*OBSERVERS, AUTO),
        ),
    ] = "minmax"
    max_error: Annotated[
        float | None,
        _model("Largest error on the calibration data, in outputs' units; layers get wider types.", "X", least=0),
    ] = None
    max_accuracy_drop: Annotated[
        float | None,
        _model("The same for accuracy: at most P points lost on the calibration data.", "P", least=0),
    ] = None
    name: Annotated[str | None, _model("Prefix of the generated names and files.", "ID")] = None
    max_steps: Annotated[int | None, _model("Longest sequence, if it is stored whole.", "N", least=1)] = None
    stream: Annotated[
        bool, _model("Convolutions and poolings step by step, frame by frame (see inspect --stream).")
    ] = False
    """Whether convolutions and poolings go along time step by step; else only models that cannot do otherwise."""
    window: Annotated[int | None, _model("Outputs on the last T frames, as they arrive.", "T", least=1)] = None
    hop: Annotated[int | None, _model("Frames between the windows' outputs.", "H", least=1)] = None
    """Of a stream: outputs are the model's on the last ``window`` steps, anew after ``hop``."""
    carry_state: Annotated[
        str | None,
        _model(
            "Carry states from window to window, which Keras does not; the error is measured on DATA.",
            "DATA",
        ),
    ] = None
    """Recordings on which it is measured what it changes that states go on from window to window, as they then do."""
    own_inputs: Annotated[bool, _model("Put inputs in the working memory, which may then reuse their bytes.")] = False
    """Whether inputs that are no sequences lie in the model's own working memory."""
    own_outputs: Annotated[bool, _model("Put outputs in the working memory too, until the next call.")] = False
    """The same of outputs."""
    keras_backend: Annotated[
        str | None, _model("Backend that wrote the file, if the file does not name it: theano, ...", "NAME")
    ] = None
    stop_before: Annotated[str | None, _model("Cut the model before this layer.", "LAYER")] = None
    written_by: Annotated[
        str | None, _model("Release that wrote the file, if the file does not tell: TensorFlow 1.10, ...", "RELEASE")
    ] = None
    length: Annotated[
        tuple[str, ...],
        _model(
            "Fix a length the model leaves open, or a whole shape (28,28,1); INPUT=STEPS for one input.",
            "STEPS",
            "--length",
            "--input-shape",
        ),
    ] = ()
    lambdas: Annotated[
        tuple[str, ...], _model("What a Lambda layer computes: scale='x / 127.5 - 1'.", "NAME=EXPR", "--lambda")
    ] = ()
    """``NAME=EXPRESSION``: what a Lambda layer computes."""
    custom: Annotated[Path | None, _model("Your module with the file's custom classes. It is executed.", "FILE.py")] = (
        None
    )
    """The user's module whose classes Keras loads the file with; it is executed."""
    emulate: Annotated[bool, Flag("Run a board's program on an emulator.")] = False
    chip: Annotated[bool, Flag("With --emulate: the chip's own memory map and UART, on an emulator of it.")] = False
    port: Annotated[str | None, Flag("Port of the board: /dev/ttyUSB0, COM3, socket://HOST:PORT, ...", "URL")] = None
    max_flash: Annotated[int | None, Flag("Most flash that the model may take: 64K, 16000.", "BYTES")] = None
    """Bytes."""
    max_ms: Annotated[float | None, Flag("Longest time of a step, or a call.", "T", least=0)] = None
    format: Annotated[
        str | None,
        Flag("Project: make, platformio, library, arduino, idf, zephyr, cmake.", "NAME", values="formats"),
    ] = None
    """What surrounds the generated code; the target's own without it."""
    classes: Annotated[
        tuple[str, ...],
        Flag("Class names that examples print: a,b,c or lines of a .txt; default: the data's.", "NAMES"),
    ] = ()
    """Names of the classes that examples print, in the order of the outputs; the data's own without them."""
    units: Annotated[tuple[str, ...], Flag("Units that examples print after values: degC, or m,s.", "UNITS")] = ()
    """Units of the quantities that examples print: one, or one a value."""
    shown: str | None = None
    """What pages call the model's file; its path without it."""
    steps: Annotated[int | None, Flag("Without --input: length of sequences, if open.", "N", least=1)] = None
    tolerance: Annotated[float | None, Flag("Largest error allowed, x max(1, largest output).", "X", least=0)] = None
    """Of an output, times max(1, largest answer); the numeric type's own without it."""
    samples: Annotated[
        int | None,
        Flag("Judge by N samples of the data, evenly spaced.", "N", least=1),
    ] = None
    """Of the data that judge, so many samples, evenly spaced; without data, so many are chosen."""
    budget: Annotated[
        bool,
        Flag("Refuse a model that cannot fit the board; or try it.", None, ("--budget/--no-budget",)),
    ] = True
    """Whether what surely does not fit the board is refused before it is compiled."""
    cache: Annotated[
        bool,
        Flag("Use and store cached measurements; or measure again.", None, ("--cache/--no-cache",)),
    ] = True
    """Whether what an earlier command measured is taken for this one, and kept for the next."""

    def __post_init__(self) -> None:
        """Hold values to their options: Python and ``gatesmith.toml`` take what a command line would have refused.

        Raises:
            UsageError: a value is of another type, or too small.
        """
        told_together(partial(check, name, getattr(self, name)) for name in KINDS)

    @property
    def has_goals(self) -> bool:
        """Whether accuracy is limited."""
        return self.max_error is not None or self.max_accuracy_drop is not None

    def repeated(self, names: Collection[str] = ()) -> str:
        """How the model is read and written, as another command line must say it again; begins with a blank.

        Args:
            names: of the settings that the command takes, where it does not take all of these.
        """
        words: list[str] = []
        for name in names or MODEL:
            default, value, flags = getattr(Settings, name), getattr(self, name), _options()[name].flags
            flag = flags[0] if flags else f"--{name.replace('_', '-')}"
            for one in value if isinstance(value, tuple) else [value]:
                if isinstance(one, bool):
                    words += [] if one == default else [flag.split("/")[not one]]
                elif one != default:
                    words += [flag, str(one)]
        return "".join(f" {quote(word)}" for word in words)


def check(name: str, value: object, where: str = "") -> None:
    """Hold a value to a setting's type and least value; other names take a string.

    Raises:
        UsageError: it is of another type, or too small; ``where`` begins the message.
    """
    kinds = KINDS.get(name, frozenset({str}))
    if Ellipsis in kinds:
        right, fits = "a list of strings", isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value)
    elif bool in kinds:
        right, fits = "true or false", isinstance(value, bool)
    elif {int, float} & kinds:
        kind, right = (Real, "a number") if float in kinds else (Integral, "a whole number")
        fits, least = isinstance(value, kind) and not isinstance(value, bool), _options()[name].least
        if least is not None:
            fits, right = fits and least <= value < inf, f"{right} of at least {least:g}"  # type: ignore[operator]
    else:
        right, fits = "a string", isinstance(value, (str, Path))
    if not fits and not (value is None and type(None) in kinds):
        raise UsageError(f"{where}{name} must be {right}, not {value!r}", fix=f"give {right}")


KINDS = {name: frozenset[Any](get_args(hint) or (hint,)) for name, hint in get_type_hints(Settings).items()}
"""Types of each setting's values."""


@cache
def _options() -> Mapping[str, Flag]:
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")}


MODEL = tuple(name for name, option in _options().items() if option.model)
"""Settings that say how a model is read and written."""
READING = ("weights", "keras_backend", "stop_before", "written_by", "length", "lambdas", "custom")
"""Those of them that say how a file is read."""
TUNING = tuple(name for name in READING if name not in ("stop_before", "lambdas"))
"""Those by which ``tune`` reads a file, which Keras too must load, whole."""
ANYTHING = Settings()
"""Nothing is chosen."""
