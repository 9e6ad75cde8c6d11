"""Serial lines without a board: an emulated board's UART, or a program, behind a socket or a pseudo terminal."""

import os
import pty
import socket
import subprocess
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

STDIO = "stdio,id=s0,signal=off"
"""How QEMU's command puts the UART on standard input and output."""


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, which is no more afterwards."""
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


@contextmanager
def on_a_socket(command: Sequence[str]) -> Iterator[str]:
    """QEMU with its UART on a socket that QEMU serves; gives the URL."""
    assert STDIO in command
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        number = listening.fileno()
        served = [f"socket,id=s0,fd={number},server=on,wait=off" if word == STDIO else word for word in command]
        process = subprocess.Popen(served, pass_fds=[number], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        with ended(process):
            yield f"socket://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def terminal() -> Iterator[tuple[int, str]]:
    """A pseudo terminal: the board's end as a file descriptor, ours by name. It stays while nobody has it open."""
    board, ours = pty.openpty()
    tty.setraw(ours)
    try:
        yield board, os.ttyname(ours)
    finally:
        for end in (board, ours):
            os.close(end)


@contextmanager
def on_a_terminal(command: Sequence[str]) -> Iterator[str]:
    """A program whose standard input and output are one end of a pseudo terminal; gives the other's name."""
    with (
        terminal() as (board, name),
        ended(subprocess.Popen(command, stdin=board, stdout=board, stderr=subprocess.DEVNULL)),
    ):
        yield name
