"""Being ended from outside."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Heard:
    """Whether Ctrl-C was heard."""

    interrupted = False


@contextmanager
def ends_in_order(ends_process: bool = False) -> Iterator[Heard]:
    """Let a signal that ends this process unwind it as an exception does, so that emulators, boards and folders are
    let go. A second one is not heard; a signal that somebody ignores (nohup) or handles stays theirs.

    Args:
        own: the process ends afterwards, and Ctrl-C at its very end is to be silent.
    """
    heard = Heard()
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = {number: signal.getsignal(number) for number in numbers}
    theirs = {signal.SIG_DFL, signal.default_int_handler}
    before = {number: handler for number, handler in before.items() if handler in theirs}

    def end(number: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            heard.interrupted = True
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    for number in before:
        signal.signal(number, end)
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if ends_process else handler)
