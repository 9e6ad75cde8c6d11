"""Arguments in, pages and exit codes out. Knows the pipeline and the reports, nothing else."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer

from .errors import ExitCode, GatesmithError, UsageError
from .version import __version__

if TYPE_CHECKING:
    from .flow import Settings
    from .report.page import Page
    from .report.progress import Progress

LATER = {
    "--calibration": "integer numeric types",
    "--backend": "MicroPython",
    "--port": "real boards",
}
"""Options that do not exist yet -> what they will come with."""
COLORS = ("auto", "always", "never")
STEPS = {"generate": 3, "run": 4, "validate": 5}
ClickError: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")

_color = "auto"

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": 100},
    help="Turns trained Keras networks into C that a board runs, and proves it against Keras.",
    epilog="Everywhere: --color auto|always|never. Exit codes: 0 ok, 2 wrong command line, 3 model or data not usable,"
    " 4 validation failed, 5 does not fit, 6 device, 7 build, 70 bug.",
)

ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL", help=".keras, HDF5, JSON, or a SavedModel folder.")]
Weights = Annotated[
    Path | None, typer.Option("--weights", metavar="W.h5", help="Weights of a model whose architecture is JSON.")
]
KerasBackend = Annotated[
    str | None, typer.Option(metavar="NAME", help="Backend that wrote the file, where it does not say: theano, ...")
]
StopBefore = Annotated[str | None, typer.Option(metavar="LAYER", help="Cut the model before this layer.")]
Target = Annotated[str, typer.Option(metavar="NAME", help="What runs the model: host, a board, or a TOML file's path.")]
Name = Annotated[str | None, typer.Option("--name", metavar="ID", help="Prefix of the generated names and files.")]
Math = Annotated[
    Literal["fast", "exact", "libm"],
    typer.Option(help="exp and tanh: own and fused, own and the same bits everywhere, or the C library's."),
]
NumericType = Annotated[str | None, typer.Option("--numeric", metavar="TYPE", help="Numeric type: float32.")]
MaxSteps = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Longest sequence, where a sequence is kept whole.")
]
Json = Annotated[bool, typer.Option("--json", help="The same for programs.")]
Input = Annotated[Path | None, typer.Option("--input", metavar="IN.npz", help="in_0, in_1, ... with a sample axis.")]
Emulate = Annotated[
    bool, typer.Option("--emulate", help="Run a board's program on the emulator that stands in for it.")
]
Report = Annotated[Path | None, typer.Option("--report", metavar="R.json", help="Write all facts as JSON.")]


@app.command()
def inspect(
    model: ModelArgument,
    gates: Annotated[bool, typer.Option("--gates", help="Which slice of which array is which gate.")] = False,
    as_json: Json = False,
    code: Annotated[bool, typer.Option("--code", help="NumPy lines that take this file's gates.")] = False,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="GATES.npz", help="Write every gate's W, U and b.")
    ] = None,
    weights: Weights = None,
    keras_backend: KerasBackend = None,
    stop_before: StopBefore = None,
) -> None:
    """Show what a model file holds, down to its gates."""
    if sum((gates, as_json, code)) > 1:
        raise UsageError("--gates, --json and --code are different answers", fix="give one of them")
    from .report import inspect as pages

    summary = pages.read(model, weights, keras_backend, stop_before)
    if save is not None:
        from .report.save import save as save_gates

        written = save_gates(summary, save)
        _say(f"saved {save}: {len(written)} arrays, {next(iter(written))} ...")
    if code:
        from .report.code import script

        sys.stdout.write(script(summary, weights))
    elif as_json:
        _json(pages.as_json(summary))
    elif gates:
        _page(pages.gates_page(summary, _ascii(sys.stdout)))
    elif save is None:
        _page(pages.overview(summary, _ascii(sys.stdout)))


@app.command()
def layouts(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="LSTM, GRU or SimpleRNN; all without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how each Keras generation stores gates."""
    from .report import layouts as pages

    if as_json:
        _json(pages.as_json(kind))
    else:
        _page(pages.layouts_page(kind, _ascii(sys.stdout)))


@app.command()
def targets(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One target; all without it.")] = None,
    as_json: Json = False,
) -> None:
    """List the targets, or explain one."""
    from .report import targets as pages

    if as_json:
        _json(pages.as_json(name))
    else:
        _page(pages.targets_page(name, _ascii(sys.stdout)))


@app.command()
def generate(
    model: ModelArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write.")],
    target: Target = "host",
    name: Name = None,
    weights: Weights = None,
    math: Math = "fast",
    numeric: NumericType = None,
    max_steps: MaxSteps = None,
    keras_backend: KerasBackend = None,
    stop_before: StopBefore = None,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that Gatesmith did not make.")] = False,
    as_json: Json = False,
) -> None:
    """Write a model as C, with an example and a self-test."""
    from . import pipeline
    from .report.generate import generate_json, generate_page

    settings = _settings(target, numeric, math, name, weights, keras_backend, stop_before, max_steps)
    done = pipeline.generate(model, output, settings, force=force, progress=_progress("generate"))
    facts = (done.generated, done.folder, done.files, done.source, done.oracle)
    if as_json:
        _json(generate_json(*facts))
    else:
        _page(generate_page(*facts, ascii_only=_ascii(sys.stdout)))


@app.command()
def run(
    model: ModelArgument,
    target: Target = "host",
    emulate: Emulate = False,
    input_file: Input = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="OUT.npz", help="Write out_0, out_1, ... as Keras's predict.")
    ] = None,
    weights: Weights = None,
    stateful: Annotated[
        bool, typer.Option("--stateful", help="Arrays are (calls, rows, ...): reset once, then call in order.")
    ] = False,
    report: Report = None,
    numeric: NumericType = None,
    math: Math = "fast",
    name: Name = None,
    max_steps: MaxSteps = None,
    keras_backend: KerasBackend = None,
    stop_before: StopBefore = None,
    as_json: Json = False,
) -> None:
    """Build a model for a target and send it samples."""
    from . import pipeline
    from .report.results import run_page

    settings = _settings(target, numeric, math, name, weights, keras_backend, stop_before, max_steps, emulate)
    done = pipeline.run(
        model, settings, input=input_file, output=output, stateful=stateful, report=report, progress=_progress("run")
    )
    if as_json:
        _json(done.report)
    else:
        _page(run_page(done.outputs, done.source, done.generated, done.report, output, _ascii(sys.stdout)))


@app.command()
def validate(
    model: ModelArgument,
    target: Target = "host",
    emulate: Emulate = False,
    input_file: Input = None,
    weights: Weights = None,
    report: Report = None,
    tolerance: Annotated[
        float | None, typer.Option(min=0.0, metavar="X", help="Largest error allowed, x max(1, largest answer).")
    ] = None,
    numeric: NumericType = None,
    math: Math = "fast",
    name: Name = None,
    max_steps: MaxSteps = None,
    keras_backend: KerasBackend = None,
    stop_before: StopBefore = None,
    as_json: Json = False,
) -> None:
    """Lay a target's outputs beside Keras's."""
    from . import pipeline
    from .report.results import validate_page

    settings = _settings(target, numeric, math, name, weights, keras_backend, stop_before, max_steps, emulate)
    done = pipeline.validate(
        model, settings, input=input_file, report=report, tolerance=tolerance, progress=_progress("validate")
    )
    if as_json:
        _json({**done.report, "schema": "gatesmith/validate/1"})
    else:
        page = validate_page(
            done.outputs, done.passed, done.tolerance, done.samples, done.oracle, done.source, done.generated,
            done.report, done.how, done.input_note, _ascii(sys.stdout),
        )  # fmt: skip
        _page(page)
    if not done.passed:
        raise typer.Exit(ExitCode.VALIDATION)


def _settings(
    target: str,
    numeric: str | None,
    math: str,
    name: str | None,
    weights: Path | None,
    keras_backend: str | None,
    stop_before: str | None,
    max_steps: int | None,
    emulate: bool = False,
) -> Settings:
    from .flow import Settings

    return Settings(target, numeric, math, name, weights, keras_backend, stop_before, max_steps, emulate)


def _ascii(stream: IO[str]) -> bool:
    from .report.page import only_ascii

    return only_ascii(stream)


def _page(page: Page, stream: IO[str] | None = None) -> None:
    from .report.page import show

    show(page, stream or sys.stdout, _color)


def _json(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data, indent=2, allow_nan=False) + "\n")


def _say(text: str) -> None:
    """One line beside the results."""
    from .report.page import Page

    page = Page(_ascii(sys.stderr))
    page.line(text)
    _page(page, sys.stderr)


def _progress(command: str) -> Progress:
    from .report.progress import Progress

    return Progress(STEPS[command], sys.stderr, _color)


def _take_color(arguments: Sequence[str]) -> tuple[list[str], str]:
    """The arguments without ``--color``, which may stand anywhere, and its value.

    Raises:
        UsageError: it has no value, or another one than it may have.
    """
    kept, choice, rest = [], "auto", list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            kept += [word, *rest]
            break
        if word == "--color":
            choice = rest.pop(0) if rest else ""
        elif word.startswith("--color="):
            choice = word.partition("=")[2]
        else:
            kept.append(word)
    if choice not in COLORS:
        raise UsageError(f'--color takes {", ".join(COLORS)}, not "{choice}"')
    return kept, choice


def _usage(error: Any) -> UsageError:
    """A parser's complaint as an error with its fix."""
    option = getattr(error, "option_name", None)
    if option in LATER:
        return UsageError(f"{option} does not exist yet: it comes with {LATER[option]}", fix="leave it out")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gatesmith"
    return UsageError(error.format_message(), fix=f"{command} --help")


def _fail(error: BaseException) -> int:
    """The page and the exit code of an error."""
    from .report.errors import bug_page, error_page

    if isinstance(error, ClickError):
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stdout.write(error.format_message() + "\n")
            return ExitCode.USAGE
        error = _usage(error)
    debug = os.environ.get("GATESMITH_DEBUG")
    if debug:
        import traceback

        traceback.print_exception(error)
    ascii_only = _ascii(sys.stderr)
    if isinstance(error, GatesmithError):
        _page(error_page(error, ascii_only), sys.stderr)
        return error.exit_code
    _page(bug_page(error, ascii_only), sys.stderr)
    return ExitCode.BUG


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns its exit code."""
    global _color
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] in (["--version"], ["-V"]):
        sys.stdout.write(f"gatesmith {__version__}\n")
        return ExitCode.OK
    try:
        given, _color = _take_color(given)
        result = typer.main.get_command(app).main(given, prog_name="gatesmith", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\n")
        return 130
    except BrokenPipeError:
        # Who reads along has closed; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except typer.Exit as end:
        return end.exit_code
    except Exception as error:
        return _fail(error)
    return result if isinstance(result, int) else ExitCode.OK
