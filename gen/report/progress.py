"""Progress of a long command on stderr; nothing is shown for a command that ends in a moment."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import ProgressColumn, Task, TextColumn
from rich.text import Text

from ..core import settings
from .terminal import colourful, columns_of

MOMENT = 0.8
"""Seconds before anything is shown."""
BAR = 20


class Progress(settings.Progress):
    """Steps of a command.

    On a terminal, one line that changes: the current step, its time and, if its parts are counted, the parts done and
    the time left. Elsewhere, and in continuous integration, one line per finished step:
    ``gatesmith: 1/5 read ok 0.2s``. Both begin when the command has taken longer than a moment; earlier steps are
    shown then.

    Args:
        total: number of steps, if known.
    """

    def __init__(self, total: int | None = None, stream: IO[str] | None = None, color: str = "auto") -> None:
        self.total = total
        self.stream = stream if stream is not None else sys.stderr
        self.live = self.stream.isatty() and not os.environ.get("CI")
        self.colour = colourful(self.stream, color)
        self.number = 0
        self.began = time.monotonic()
        self._pending: list[str] = []
        self._end = ""
        self._line: _Line | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step, from the start to the end of the block."""
        self.number += 1
        self._end = "ok"
        label = f"{self.number}/{self.total}" if self.total else f"{self.number}"
        start = time.monotonic()
        before = self._line
        self._line = _Line(self, f"  [{label}] {name:<10}", max(0.0, self.began + MOMENT - start))
        try:
            yield
        except BaseException:
            self._finish(label, name, start, "FAILED")
            raise
        else:
            self._finish(label, name, start, self._end)
        finally:
            self._line = before

    def ended(self, how: str) -> None:
        """Set the end of the current step, if it does not raise but is not ok either."""
        self._end = how

    def counted(self, done: int, total: int) -> None:
        """Set the number of the current step's parts that are done."""
        if self._line is not None:
            self._line.counted(done, total)

    def release(self) -> None:
        """Show the steps that ended before anything was shown."""
        for line in self._pending:
            self.stream.write(f"{line}\n")
        self._pending.clear()

    def _finish(self, label: str, name: str, start: float, end: str) -> None:
        assert self._line is not None
        self._line.close()
        took = time.monotonic() - start
        if self.live:
            seconds = f"{took:7.1f} s"
            seconds = f"\x1b[2m{seconds}\x1b[0m" if self.colour else seconds
            line = f"  [{label}] {name:<10}{seconds}  {'done' if end == 'ok' else end}"
        else:
            line = f"gatesmith: {label} {name} {end} {took:.1f}s"
        self._pending.append(line)
        if time.monotonic() - self.began >= MOMENT:
            self.release()
        self.stream.flush()


class _Line:
    """The line of the current step, shown from a moment after the command began.

    Args:
        owner: the progress with the stream to write to.
        wait: seconds until it is shown.
    """

    def __init__(self, owner: Progress, text: str, wait: float) -> None:
        self.owner = owner
        self.bars: Bars | None = None
        self.timer: threading.Timer | None = None
        if not owner.live:
            return
        width = columns_of(owner.stream)
        console = Console(
            file=owner.stream, force_terminal=True, no_color=not owner.colour, width=width, highlight=False
        )
        self.bars = Bars(
            TextColumn("{task.description}", markup=False), _TimeColumn(),
            console=console, transient=True, redirect_stdout=False, redirect_stderr=False, refresh_per_second=4,
        )  # fmt: skip
        self.task = self.bars.add_task(text, total=None)
        self.timer = threading.Timer(wait, self._show)
        self.timer.daemon = True
        self.timer.start()

    def counted(self, done: int, total: int) -> None:
        if self.bars is not None:
            self.bars.update(self.task, completed=done, total=total)

    def close(self) -> None:
        if self.timer is None or self.bars is None:
            return
        self.timer.cancel()
        self.timer.join()
        if self.bars.live.is_started:
            self.bars.stop()

    def _show(self) -> None:
        assert self.bars is not None
        self.owner.release()
        self.bars.start()


class _TimeColumn(ProgressColumn):
    """Seconds since the step began; if parts are counted, also ``[#####....]  132 of 400 1.3/s, ~4 s left``."""

    def render(self, task: Task) -> Text:
        text, remaining = Text(f"{task.elapsed or 0:7.1f} s", "dim"), task.time_remaining
        if task.total:
            filled = min(BAR, int(BAR * task.completed / task.total))
            bar = f"[{'#' * filled}{'.' * (BAR - filled)}]"
            text.append(f" {bar}  {task.completed:,.0f} of {task.total:,.0f}", "not dim")
        if task.total and remaining is not None and not task.finished:
            time_left = f"{remaining:.0f} s" if remaining < 100 else f"{remaining / 60:.0f} min"
            text.append(f" {task.speed or 0:.2g}/s, ~{time_left} left", "not dim")
        return text
