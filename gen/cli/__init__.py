"""The command line: one file per command. It uses the flow and the reports only."""

from __future__ import annotations

import signal
import sys

if (
    sys.argv[:1]
    and (sys.argv[0].rsplit("/", 1)[-1] in ("gatesmith", "-m") or sys.argv[0] == f"{__path__[0][:-3]}__main__.py")
    and (signal.getsignal(signal.SIGINT) is signal.default_int_handler)
):
    # Until main() handles signals, Ctrl-C ends the command by default handling, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from .process import main

__all__ = ["main"]
