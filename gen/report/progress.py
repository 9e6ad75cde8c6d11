"""How far a long command is, on stderr; nothing at all for what is done in a moment."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from .page import colourful

MOMENT = 0.8
"""Seconds before anything is said."""


class Progress:
    """Steps of a command.

    Off a terminal, one line a finished step: ``gatesmith: 1/5 read ok 0.2s``. On one, a line that says which step is
    on, finished by its time. Both begin once the whole has taken longer than a moment; earlier steps are told then.

    Args:
        total: number of steps, where it is known.
    """

    def __init__(self, total: int | None = None, stream: IO[str] | None = None, color: str = "auto") -> None:
        self.total = total
        self.stream = stream if stream is not None else sys.stderr
        self.live = self.stream.isatty()
        self.colour = colourful(self.stream, color)
        self.number = 0
        self.began = time.monotonic()
        self._held: list[str] = []
        self._open = ""
        self._how = ""
        self._lock = threading.Lock()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step, from here to the end of the block."""
        self.number += 1
        self._how = "ok"
        label = f"{self.number}/{self.total}" if self.total else f"{self.number}"
        start = time.monotonic()
        wait = max(0.0, self.began + MOMENT - start)
        timer = threading.Timer(wait, self._announce, (label, name)) if self.live else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            yield
        except BaseException:
            self._finish(timer, label, name, start, "FAILED")
            raise
        self._finish(timer, label, name, start, self._how)

    def ended(self, how: str) -> None:
        """How the step that is on ended, where it did not raise and is not well either."""
        self._how = how

    def _announce(self, label: str, name: str) -> None:
        with self._lock:
            self._release()
            self._open = f"  [{label}] {name:<10}"
            self.stream.write(self._open)
            self.stream.flush()

    def _finish(self, timer: threading.Timer | None, label: str, name: str, start: float, end: str) -> None:
        if timer is not None:
            timer.cancel()
            timer.join()
        took = time.monotonic() - start
        with self._lock:
            line = self._line(label, name, took, end)
            if self._open:
                self.stream.write(f"{self._tail(took, end)}\n")
                self._open = ""
            else:
                self._held.append(line)
                if time.monotonic() - self.began >= MOMENT:
                    self._release()
            self.stream.flush()

    def _line(self, label: str, name: str, took: float, end: str) -> str:
        if self.live:
            return f"  [{label}] {name:<10}{self._tail(took, end)}"
        return f"gatesmith: {label} {name} {end} {took:.1f}s"

    def _tail(self, took: float, end: str) -> str:
        shown = f"\x1b[2m{took:7.1f} s\x1b[0m" if self.colour else f"{took:7.1f} s"
        return f"{shown}  {'done' if end == 'ok' else end}"

    def _release(self) -> None:
        for line in self._held:
            self.stream.write(f"{line}\n")
        self._held.clear()
