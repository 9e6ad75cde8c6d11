"""The process around a command: its streams, its signals, and its error message if nothing can be loaded."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextvars import copy_context

from .signals import ends_in_order

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns its exit code.

    Args:
        arguments: None for this process's own; then its streams are repaired, and Ctrl-C after the end is silent.

    Raises:
        SystemExit: a signal ended the command; the code is 128 plus the signal's number, as in shells.
    """
    owns_process = arguments is None
    with ends_in_order(owns_process) as interrupt:
        try:
            from .standard import open_streams

            if owns_process:
                gc.set_threshold(10_000)  # loaded modules stay to the end: collect less often
                open_streams()
            from .entry import answer

            code = copy_context().run(answer, sys.argv[1:] if arguments is None else arguments, interrupt)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except Exception as error:
            code = _unprepared(error)
        if interrupt.interrupted:
            # Also if a library turned it into another error.
            code = INTERRUPTED
        if code == INTERRUPTED:
            sys.stderr.write("interrupted\n")
    return code


def _unprepared(error: Exception) -> int:
    """Report an error without a page, because memory is lacking or libraries do not load; returns the exit code."""
    from ..core.errors import ExitCode, exhaustion

    lack = exhaustion(error)
    if not lack:
        raise error
    sys.stderr.write(f"error: this machine cannot go on: {lack}\n")
    return ExitCode.SYSTEM
