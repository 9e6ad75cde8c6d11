"""What can happen to bytes on a wire, as data: for the link in memory and for firmware on emulated boards."""

import random
from collections.abc import Iterator

from .toy import flip


def mutants(session: bytes, seed: int) -> Iterator[bytes]:
    """One fault at every byte of the session, of every kind."""
    values = random.Random(seed)
    for at in range(len(session)):
        yield flip(session, at, 1 << values.randrange(8))
        yield flip(session, at, values.randrange(1, 256))
        yield session[:at]
        yield session[at:]
        yield session[:at] + session[at + 1 :]
        yield session[:at] + session[at : at + 1] + session[at:]
        yield session[:at] + values.randbytes(values.randrange(1, 20)) + session[at:]
        yield session[:at] + session[at + values.randrange(2, 300) :]
        other = values.randrange(len(session))
        yield session[:at] + session[other:]
        low, high = sorted((at, other))
        middle = (low + high) // 2
        yield session[:low] + session[middle:high] + session[low:middle] + session[high:]
    for _ in range(200):
        yield values.randbytes(values.randrange(1, 3000))
        frames = session.split(b"\0")
        values.shuffle(frames)
        yield b"\0".join(frames)
