"""The settings that a user may choose, with their command-line options; and the interface for progress reports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from functools import partial
from math import inf
from numbers import Integral, Real
from pathlib import Path
from shlex import quote
from typing import Any, get_args, get_type_hints

from .errors import UsageError, report_together

OBSERVERS = ("minmax", "percentile", "mse")
"""Rules for the ranges that 8 bits cover (:mod:`gatesmith.quantization.calibrate`)."""
AUTO = "auto"
"""Stands for the numeric type, or the observer, that data choose."""
SYNTHETIC = "synthetic"
"""Stands for made-up calibration data."""
LIVE_MODEL = "live model "
"""Begins the name of a model that has no file."""
MEMORY = "gatesmith-memory-"
"""Prefix of the folders with files of objects in memory; messages leave these folders out."""
EXPLICIT: ContextVar[frozenset[str]] = ContextVar("explicit", default=frozenset())
"""Parameters given on the command line."""


class Progress:
    """Receives each step of the flow; this one ignores them."""

    def step(self, name: str) -> AbstractContextManager[object]:
        """One step: it lasts until the end of the block."""
        return nullcontext()

    def ended(self, how: str) -> None:
        """Report how the current step ended, if it neither raised nor succeeded."""

    def counted(self, done: int, total: int) -> None:
        """Report how many parts of the current step are done."""


SILENT = Progress()


OPTIMIZE = ("speed", "size", "balanced")
MATHS = ("fast", "exact", "libm")
BACKENDS = ("c99", "micropython")
FLAG = "flag"
"""The key of a field's :class:`Flag` in its metadata."""


@dataclass(frozen=True)
class Flag:
    """The command-line option of a setting.

    Args:
        help: the text on the help page.
        metavar: the placeholder of the value there; choices and switches need none.
        flags: the option's spellings, if not the field's name.
        choices: the permitted values.
        least: the least value.
        values: the names that a shell completes: ``targets``, ``numerics``, ``formats``.
        model: whether it affects how a model is read or written; all commands on a model take it.
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
    """A user's choices; None leaves a choice to the file or the target.

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
    """Whether convolutions and poolings move along time step by step; else only in models that need it."""
    window: int | None = _model("Outputs on the last T frames, as they arrive.", "T", least=1)
    hop: int | None = _model("Frames between the windows' outputs.", "H", least=1)
    """Frames between the outputs of a stream: each output is the model's on the last ``window`` frames."""
    carry_state: str | None = _model(
        "Carry states from window to window, which Keras does not; the error is measured on DATA.", "DATA"
    )
    """Recordings for measuring the error of states that go on from window to window, as this option makes them do."""
    own_inputs: bool = _model("Put inputs in the working memory, which may then reuse their bytes.", default=False)
    """Whether inputs that are not sequences are in the model's own working memory."""
    own_outputs: bool = _model("Put outputs in the working memory too, until the next call.", default=False)
    """The same for outputs."""
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
    """``NAME=EXPRESSION``: the computation of a Lambda layer."""
    custom: Path | None = _model("Your module with the file's custom classes. It is executed.", "FILE.py")  # noqa: RUF009
    """The user's module with custom classes, with which Keras loads the file; it is executed."""
    emulate: bool = _flag("Run a board's program on an emulator.", default=False)
    chip: bool = _flag("With --emulate: the chip's own memory map and UART, on an emulator of it.", default=False)
    port: str | None = _flag("Port of the board: /dev/ttyUSB0, COM3, socket://HOST:PORT, ...", "URL")
    max_flash: int | None = _flag("Most flash that the model may take: 64K, 16000.", "BYTES")
    """Bytes."""
    max_ms: float | None = _flag("Longest time of a step, or a call.", "T", least=0)
    format: str | None = _flag(
        "Project: make, platformio, library, arduino, idf, zephyr, cmake.", "NAME", values="formats"
    )
    """The kind of project around the generated code; by default, the target's own."""
    classes: tuple[str, ...] = _flag(
        "Names of the classes, in the output's order: a,b,c or a .txt; default: the data's.", "NAMES", default=()
    )
    """Names of the classes, in the order of the outputs: words of labels, which examples and reports print; by default,
    those of the data."""
    units: tuple[str, ...] = _flag("Units that examples print after values: degC, or m,s.", "UNITS", default=())
    """Units of the quantities that examples print: one, or one a value."""
    shown: str | None = None
    """The name of the model's file on pages; by default, its path."""
    steps: int | None = _flag("Without --input: length of sequences, if open.", "N", least=1)
    tolerance: float | None = _flag("Largest error allowed, x max(1, largest output).", "X", least=0)
    """Largest error of an output, relative to max(1, largest output); by default, the numeric type's own."""
    samples: int | None = _flag("Judge by N samples, evenly spaced; by the first if states go on.", "N", least=1)
    """The number of samples to judge by (:func:`gatesmith.data.datasets.spread`), or to generate without data."""
    budget: bool = _flag(
        "Refuse a model that cannot fit the board; or try it.", None, "--budget/--no-budget", default=True
    )
    """Whether a model that certainly does not fit the board is refused before it is compiled."""
    cache: bool = _flag(
        "Use and store cached measurements; or measure again.", None, "--cache/--no-cache", default=True
    )
    """Whether measurements of earlier commands are used for this one, and stored for later ones."""

    def __post_init__(self) -> None:
        """Check all values: Python and ``gatesmith.toml`` may give values that a command line would have refused.

        Raises:
            UsageError: a value is of another type, or too small.
        """
        report_together(partial(check, name, getattr(self, name)) for name in KINDS)

    @property
    def has_goals(self) -> bool:
        """Whether accuracy is limited."""
        return self.max_error is not None or self.max_accuracy_drop is not None

    @property
    def calibration_data(self) -> Path | None:
        """The file or folder that calibrates; None if there is none, or made-up data do."""
        return None if self.calibration in (None, SYNTHETIC) else Path(str(self.calibration))

    def repeated(self, names: Collection[str] = ()) -> str:
        """The options with which another command line reads and writes the model in the same way; begins with a blank.
        A default is among them if the command line gave it: ``gatesmith.toml`` may have another value.

        Args:
            names: the settings that the command takes; by default, all that concern a model.
        """
        words: list[str] = []
        for name in names or MODEL:
            default, value, flags = getattr(Settings, name), getattr(self, name), FLAGS[name].flags
            flag = flags[0] if flags else f"--{name.replace('_', '-')}"
            for one in value if isinstance(value, tuple) else [value]:
                if one is not None and (one != default or name in EXPLICIT.get()):
                    words += flag.split("/")[not one :][:1] if isinstance(one, bool) else [flag, str(one)]
        return "".join(f" {quote(word)}" for word in words)


def check(name: str, value: object, where: str = "") -> None:
    """Check a value against a setting's type and least value; unknown names take a string.

    Raises:
        UsageError: the type is wrong, or the value too small; ``where`` begins the message.
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
"""The flag of each setting that a command line takes."""
MODEL = tuple(name for name, flag in FLAGS.items() if flag.model)
"""Settings that affect how a model is read or written."""
READING = ("weights", "keras_backend", "stop_before", "written_by", "length", "lambdas", "custom")
"""The settings among them that affect how a file is read."""
REPORTING = ("backend", "emulate", "chip", "budget", "cache", "samples", "tolerance", "classes", *MODEL)
"""The settings that ``report`` takes."""
TUNING = tuple(name for name in READING if name not in ("stop_before", "lambdas"))
"""The settings among them that ``tune`` takes: Keras too must load the file, as a whole."""
ANYTHING = Settings()
"""Settings without any choice."""
