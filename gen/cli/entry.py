"""Arguments in, exit codes out: which commands there are, and what an error looks like."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer

from ..errors import ExitCode, GatesmithError, UsageError
from ..version import __version__
from .looking import budget, calibrate, inspect, layouts, targets
from .making import generate
from .proving import run, validate
from .shipping import build, flash, monitor
from .signals import ends_in_order
from .streams import COLORS, ascii_only, page, use_color

COMMANDS = (inspect, layouts, targets, budget, calibrate, generate, build, flash, monitor, run, validate)
"""In the order of the help page."""
ClickError: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")

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
for _command in COMMANDS:
    app.command()(_command)


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
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gatesmith"
    return UsageError(error.format_message(), fix=f"{command} --help")


def _fail(error: BaseException) -> int:
    """The page and the exit code of an error."""
    from ..report.errors import bug_page, error_page

    if isinstance(error, ClickError):
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stdout.write(error.format_message() + "\n")
            return ExitCode.USAGE
        error = _usage(error)
    debug = os.environ.get("GATESMITH_DEBUG")
    if debug:
        import traceback

        traceback.print_exception(error)
    plain = ascii_only(sys.stderr)
    if isinstance(error, GatesmithError):
        page(error_page(error, plain), sys.stderr)
        return error.exit_code
    page(bug_page(error, plain), sys.stderr)
    return ExitCode.BUG


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns its exit code.

    Raises:
        SystemExit: a signal ended it; 128 and its number, as shells say it.
    """
    with ends_in_order():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] in (["--version"], ["-V"]):
        sys.stdout.write(f"gatesmith {__version__}\n")
        return ExitCode.OK
    use_color("auto")
    try:
        given, color = _take_color(given)
        use_color(color)
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
