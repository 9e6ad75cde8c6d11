"""The list of commands, and the way from arguments to exit codes and error pages."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache

import click

from ..core.errors import BugError, ExitCode, GatesmithError, MachineError, UsageError, exhaustion
from ..files.trust import UntrustedError
from ..version import __version__
from . import completion
from .budget import budget
from .build import build
from .calibrate import calibrate
from .choose import choose
from .commands import Commands, color, command_of
from .convert import convert
from .diff import diff
from .flash import flash
from .generate import generate
from .inspect import inspect
from .layouts import layouts
from .monitor import monitor
from .prove import prove
from .report import report
from .run import run
from .schema import schema
from .signals import Interrupt
from .standard import failing, silence
from .streams import columns, json_, page, use_color
from .targets import targets
from .trust import agreed, trust
from .tune import tune
from .validate import validate

COMMANDS = (
    inspect, layouts, targets, budget, calibrate, tune, choose, convert, generate, build, flash, monitor, run, validate,
    diff, report, prove, schema, trust,
)  # fmt: skip
"""All commands, in the order of the help page."""


@cache
def program() -> Commands:
    """The group of all commands."""
    return Commands(
        "gatesmith",
        commands={function.__name__: command_of(function) for function in COMMANDS},
        params=[color(), completion.option("--install-completion"), completion.option("--show-completion")],
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Turns trained Keras networks into C that a board runs, and proves it against Keras.",
        epilog="Everywhere: --color auto|always|never. Exit codes: 0 ok, 2 wrong command line, 3 model or data not"
        " usable, 4 validation failed, 5 does not fit, 6 device, 7 build, 70 bug, 71 this machine.",
    )


def _fail(error: BaseException, as_json: bool = False) -> int:
    """Show the page of an error, with ``as_json`` also its JSON on stdout; returns its exit code."""
    from ..report.errors import error_json, error_page

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        sys.stdout.write(error.format_message() + "\n")
        return ExitCode.USAGE
    if isinstance(error, click.ClickException):  # from click's parser
        command = getattr(getattr(error, "ctx", None), "command_path", "gatesmith")
        error = UsageError(error.format_message(), fix=f"{command} --help")
    if os.environ.get("GATESMITH_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if not isinstance(error, GatesmithError):
        if why := failing():
            silence()
            error = MachineError(f"standard output cannot be written: {why}")
        elif lack := exhaustion(error):
            error = MachineError(f"this machine cannot go on: {lack}")
        else:
            error = BugError(error)
    if as_json:
        try:
            json_(error_json(error))
            sys.stdout.flush()
        except OSError:
            silence()
    page(error_page(error), sys.stderr)
    return error.exit_code


def answer(arguments: Sequence[str], interrupt: Interrupt) -> int:
    """Run a command line; returns its exit code.

    Raises:
        KeyboardInterrupt: Ctrl-C, also if a library turned it into another error.
        SystemExit: a signal ended the command; the code is 128 plus the signal's number, as in shells.
        MemoryError: there is no memory left for the error page.
    """
    stdout = sys.stdout
    try:
        code = _answer(list(arguments))
        sys.stdout.flush()
    except click.Abort:
        raise KeyboardInterrupt from None
    except SystemExit:
        if sys.stdout is stdout:
            raise
        silence()  # click has replaced the stream, because its reader has closed it
        return ExitCode.OK
    except BrokenPipeError:
        silence()
        return ExitCode.OK
    except Exception as error:
        if interrupt.interrupted and not isinstance(error, GatesmithError):
            raise KeyboardInterrupt from None
        words = list(arguments)
        return _fail(error, "--json" in (words[: words.index("--")] if "--" in words else words))
    return code


def _answer(arguments: list[str]) -> int:
    if arguments[:1] in (["--version"], ["-V"]):
        if "--json" in arguments:
            json_({"gatesmith": __version__})
        else:
            sys.stdout.write(f"gatesmith {__version__}\n")
        return ExitCode.OK
    use_color("auto")
    try:
        code = program().main(arguments, "gatesmith", standalone_mode=False, terminal_width=columns(sys.stdout))
    except UntrustedError as refusal:
        if not agreed(refusal):
            raise
        return _answer(arguments)
    return code or ExitCode.OK
