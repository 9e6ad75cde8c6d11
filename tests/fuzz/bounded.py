"""Fuzzers that end in time; and libFuzzer's limit on memory, held to what the fuzzer itself takes."""

from collections.abc import Sequence


def bounded(command: Sequence[str], seconds: int) -> list[str]:
    """The command under ``timeout``, which ends it. Linux counts what the process was that started a program as that
    program's largest size, and libFuzzer looks there: ``timeout`` is small where pytest is not."""
    return ["timeout", "--kill-after=10", str(seconds), *command]
