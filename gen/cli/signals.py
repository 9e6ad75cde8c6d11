"""Signals that end a command."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether Ctrl-C was pressed."""

    interrupted = False


@contextmanager
def ends_in_order(ends_process: bool = False) -> Iterator[Interrupt]:
    """Turn a signal that ends this process into an exception, so that emulators, boards and folders are released. A
    second signal is ignored; a signal that was ignored (nohup) or handled before stays so.

    Args:
        ends_process: whether the process ends afterwards, so that Ctrl-C at its very end must be silent.
    """
    interrupt = Interrupt()
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = {number: signal.getsignal(number) for number in numbers}
    defaults = {signal.SIG_DFL, signal.default_int_handler}
    before = {number: handler for number, handler in before.items() if handler in defaults}

    def end(number: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            interrupt.interrupted = True
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    for number in before:
        signal.signal(number, end)
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if ends_process else handler)
