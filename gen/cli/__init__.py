"""The command line: a file a command. Knows the flow and the reports, nothing else."""

from __future__ import annotations

import signal
import sys

if (
    sys.argv[:1]
    and (sys.argv[0].rsplit("/", 1)[-1] in ("gatesmith", "-m") or sys.argv[0] == f"{__path__[0][:-3]}__main__.py")
    and (signal.getsignal(signal.SIGINT) is signal.default_int_handler)
):
    # The command itself: until main() hears signals, Ctrl-C ends it as it ends any program, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from .process import main

__all__ = ["main"]
