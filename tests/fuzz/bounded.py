"""Fuzzers that end in time; and libFuzzer's limit on memory, held to what the fuzzer itself takes."""

from collections.abc import Sequence
from pathlib import Path

from everything import MINUTES


def bounded(command: Sequence[str], seconds: int) -> list[str]:
    """The command under ``timeout``, which ends it. Linux counts what the process was that started a program as that
    program's largest size, and libFuzzer looks there: ``timeout`` is small where pytest is not."""
    return ["timeout", "--kill-after=10", str(seconds), *command]


def findings(folder: Path) -> Path:
    """Where what is found goes: into the folder of a test, or to stay where fuzzers go on."""
    place = Path("out/fuzz").resolve() if MINUTES else folder / "found"
    place.mkdir(parents=True, exist_ok=True)
    return place
