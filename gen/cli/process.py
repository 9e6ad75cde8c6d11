"""The process around a command: its streams, its signals, and an answer also where nothing could be loaded."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from .signals import ends_in_order

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns its exit code.

    Args:
        arguments: None for this process's own. Its streams are set right then, and Ctrl-C after the end is not heard.

    Raises:
        SystemExit: a signal ended it; 128 and its number, as shells say it.
    """
    whole_process = arguments is None
    with ends_in_order(whole_process) as heard:
        try:
            from .standard import settle

            if whole_process:
                gc.set_threshold(10_000)  # what is loaded stays to the end: it is looked through less often
                settle()
            from .entry import answer

            code = answer(sys.argv[1:] if arguments is None else arguments, heard)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except Exception as error:
            code = _unprepared(error)
        if heard.interrupted:
            # Also where a library made another error of it.
            code = INTERRUPTED
        if code == INTERRUPTED:
            sys.stderr.write("interrupted\n")
    return code


def _unprepared(error: Exception) -> int:
    """The answer where a page cannot be shown: the machine has no memory for it, or its libraries do not load."""
    from ..core.errors import ExitCode, at_its_end

    lack = at_its_end(error)
    if not lack:
        raise error
    sys.stderr.write(f"error: this machine cannot go on: {lack}\n")
    return ExitCode.SYSTEM
