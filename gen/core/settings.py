"""What a user may choose, with how a command line takes it; and who is told how far the work is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, fields
from functools import partial
from math import inf
from numbers import Integral, Real
from pathlib import Path
from shlex import quote
from typing import Any, get_args, get_type_hints

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
FLAG = "flag"
"""Where a field's metadata have its :class:`Flag`."""


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


def _flag(help: str, metavar: str | None = None, *flags: str, default: Any = None, **more: Any) -> Any:
    """A setting with its default and its flag."""
    return field(default=default, metadata={FLAG: Flag(help, metavar, flags, **more)})


_model = partial(_flag, model=True)


@dataclass(frozen=True)
class Settings:
    """What a user may choose; None leaves it to the file or the target.

    Command lines, ``gatesmith.toml`` and help follow from these fields; their order is that of a repeated command.
    """

    target: str = _flag(
        "Target of the model: host, a board, or a TOML file's path.", "NAME", default="host", values="targets"
    )
    backend: str | None = _flag("C, or Python for MicroPython; default: the target's.", choices=BACKENDS)
    weights: Path | None = _model("Weights of a model whose architecture is JSON.", "W.h5")  # noqa: RUF009  a field
    math: str = _model(
        "exp and tanh: own and fused, own and the same bits everywhere, or the C library's.",
        default="fast",
        choices=MATHS,
    )
    asm: bool = _model("Use assembly if a kernel has it; or only C.", None, "--asm/--no-asm", default=True)
    """Whether kernels may be written in assembly; else they are C, which computes the same."""
    optimize: str | None = _model("Optimisation of the C; default: the target's.", choices=OPTIMIZE)
    numeric: str | None = _model(
        "float32, int8, ... (gatesmith targets NAME); auto or mixed: chosen by the limits --max-....",
        "TYPE",
        values="numerics",
    )
    calibration: str | None = _model(
        "Inputs for an integer type's ranges: .npz, .npy, .csv, a folder, or synthetic.", "DATA"
    )
    keep: tuple[str, ...] = _model("Another integer type for one layer.", "LAYER=TYPE", default=())
    observer: str = _model(
        "Range of values that 8 bits cover; auto: judged by halves of the data.",
        default="minmax",
        choices=(*OBSERVERS, AUTO),
    )
    max_error: float | None = _model(
        "Largest error on the calibration data, in outputs' units; layers get wider types.", "X", least=0
    )
    max_accuracy_drop: float | None = _model(
        "The same for accuracy: at most P points lost on the calibration data.", "P", least=0
    )
    name: str | None = _model("Prefix of the generated names and files.", "ID")
    max_steps: int | None = _model("Longest sequence, if it is stored whole.", "N", least=1)
    stream: bool = _model(
        "Convolutions and poolings step by step, frame by frame (see inspect --stream).", default=False
    )
    """Whether convolutions and poolings go along time step by step; else only models that cannot do otherwise."""
    window: int | None = _model("Outputs on the last T frames, as they arrive.", "T", least=1)
    hop: int | None = _model("Frames between the windows' outputs.", "H", least=1)
    """Of a stream: outputs are the model's on the last ``window`` steps, anew after ``hop``."""
    carry_state: str | None = _model(
        "Carry states from window to window, which Keras does not; the error is measured on DATA.", "DATA"
    )
    """Recordings on which it is measured what it changes that states go on from window to window, as they then do."""
    own_inputs: bool = _model("Put inputs in the working memory, which may then reuse their bytes.", default=False)
    """Whether inputs that are no sequences lie in the model's own working memory."""
    own_outputs: bool = _model("Put outputs in the working memory too, until the next call.", default=False)
    """The same of outputs."""
    keras_backend: str | None = _model("Backend that wrote the file, if the file does not name it: theano, ...", "NAME")
    stop_before: str | None = _model("Cut the model before this layer.", "LAYER")
    written_by: str | None = _model(
        "Release that wrote the file, if the file does not tell: TensorFlow 1.10, ...", "RELEASE"
    )
    length: tuple[str, ...] = _model(
        "Fix a length the model leaves open, or a whole shape (28,28,1); INPUT=STEPS for one input.",
        "STEPS",
        "--length",
        "--input-shape",
        default=(),
    )
    lambdas: tuple[str, ...] = _model(
        "What a Lambda layer computes: scale='x / 127.5 - 1'.", "NAME=EXPR", "--lambda", default=()
    )
    """``NAME=EXPRESSION``: what a Lambda layer computes."""
    custom: Path | None = _model("Your module with the file's custom classes. It is executed.", "FILE.py")  # noqa: RUF009
    """The user's module whose classes Keras loads the file with; it is executed."""
    emulate: bool = _flag("Run a board's program on an emulator.", default=False)
    chip: bool = _flag("With --emulate: the chip's own memory map and UART, on an emulator of it.", default=False)
    port: str | None = _flag("Port of the board: /dev/ttyUSB0, COM3, socket://HOST:PORT, ...", "URL")
    max_flash: int | None = _flag("Most flash that the model may take: 64K, 16000.", "BYTES")
    """Bytes."""
    max_ms: float | None = _flag("Longest time of a step, or a call.", "T", least=0)
    format: str | None = _flag(
        "Project: make, platformio, library, arduino, idf, zephyr, cmake.", "NAME", values="formats"
    )
    """What surrounds the generated code; the target's own without it."""
    classes: tuple[str, ...] = _flag(
        "Class names that examples print: a,b,c or lines of a .txt; default: the data's.", "NAMES", default=()
    )
    """Names of the classes that examples print, in the order of the outputs; the data's own without them."""
    units: tuple[str, ...] = _flag("Units that examples print after values: degC, or m,s.", "UNITS", default=())
    """Units of the quantities that examples print: one, or one a value."""
    shown: str | None = None
    """What pages call the model's file; its path without it."""
    steps: int | None = _flag("Without --input: length of sequences, if open.", "N", least=1)
    tolerance: float | None = _flag("Largest error allowed, x max(1, largest output).", "X", least=0)
    """Of an output, times max(1, largest answer); the numeric type's own without it."""
    samples: int | None = _flag("Judge by N samples of the data, evenly spaced.", "N", least=1)
    """Of the data that judge, so many samples, evenly spaced; without data, so many are chosen."""
    budget: bool = _flag(
        "Refuse a model that cannot fit the board; or try it.", None, "--budget/--no-budget", default=True
    )
    """Whether what surely does not fit the board is refused before it is compiled."""
    cache: bool = _flag(
        "Use and store cached measurements; or measure again.", None, "--cache/--no-cache", default=True
    )
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
            default, value, flags = getattr(Settings, name), getattr(self, name), FLAGS[name].flags
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
        fits, least = isinstance(value, kind) and not isinstance(value, bool), FLAGS[name].least
        if least is not None:
            fits, right = fits and least <= value < inf, f"{right} of at least {least:g}"  # type: ignore[operator]
    else:
        right, fits = "a string", isinstance(value, (str, Path))
    if not fits and not (value is None and type(None) in kinds):
        raise UsageError(f"{where}{name} must be {right}, not {value!r}", fix=f"give {right}")


KINDS = {name: frozenset[Any](get_args(hint) or (hint,)) for name, hint in get_type_hints(Settings).items()}
"""Types of each setting's values."""


FLAGS: Mapping[str, Flag] = {one.name: one.metadata[FLAG] for one in fields(Settings) if FLAG in one.metadata}
"""Of each setting that a command line takes."""
MODEL = tuple(name for name, flag in FLAGS.items() if flag.model)
"""Settings that say how a model is read and written."""
READING = ("weights", "keras_backend", "stop_before", "written_by", "length", "lambdas", "custom")
"""Those of them that say how a file is read."""
TUNING = tuple(name for name in READING if name not in ("stop_before", "lambdas"))
"""Those by which ``tune`` reads a file, which Keras too must load, whole."""
ANYTHING = Settings()
"""Nothing is chosen."""
