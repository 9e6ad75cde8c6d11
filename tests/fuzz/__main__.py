"""``python -m fuzz``: random models against Keras, for some minutes or some seeds. See ``--help``."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from .bounded import bounded
from .tally import LEAST, Tally

A_PROCESS = 160
"""Models a process; TensorFlow does not give back what it took."""
PATIENCE = 3600
"""Seconds for those; a process that takes longer hangs."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to go on (5)")
    parser.add_argument("--first", type=int, default=None, help="first seed (by the time of day)")
    parser.add_argument("--count", type=int, default=None, help="so many seeds, instead of minutes")
    parser.add_argument("--findings", type=Path, default=Path("out/fuzz"), help="folder for findings (out/fuzz)")
    parser.add_argument("--again", type=Path, help="a reproducer's folder: judge it once more")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    missing = [name for name in ("keras", "tf_keras", "tensorflow") if find_spec(name) is None]
    if missing:
        print(f"fuzz: not run: {', '.join(missing)} not installed (pip install 'gatesmith[keras]')")
        return 0
    if args.again:
        return again(args.again)
    first = args.first if args.first is not None else int(time.time()) % 1_000_000 * 1000
    if args.worker:
        return worker(first, args.count, args.findings)
    return campaign(first, args.count, 60 * args.minutes, args.findings)


def worker(first: int, count: int, findings: Path) -> int:
    from .campaign import work

    for record in work(range(first, first + count), findings):
        print(record.dumps(), flush=True)
    return 0


def again(place: Path) -> int:
    from .campaign import BAD, described, replayed

    with tempfile.TemporaryDirectory() as folder:
        verdict = replayed(place, Path(folder))
    print(described(verdict.plan))
    print(f"{verdict.outcome}: {verdict.message}")
    return int(verdict.outcome in BAD)


def campaign(first: int, count: int | None, seconds: float, findings: Path) -> int:
    """Worker after worker until the time is over; prints the counts."""
    tally, start = Tally(), time.monotonic()
    # Whoever ends it is told what there is so far.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        go_on(tally, first, count, start + seconds, findings)
    print(tally.page(first, time.monotonic() - start))
    return int(tally.bad > 0 or tally.share < LEAST)


def go_on(tally: Tally, first: int, count: int | None, end: float, findings: Path) -> None:
    """Worker after worker."""
    at = first
    while at < first + count if count is not None else time.monotonic() < end:
        todo = min(A_PROCESS, first + count - at) if count is not None else A_PROCESS
        for line in one_worker(at, todo, findings, end if count is None else None):
            if line.startswith("{"):
                text = tally.add(line)
                if text:
                    print(text, flush=True)
            elif line.startswith("died"):
                tally.died[line] += 1
                print(line, flush=True)
        at += todo


def one_worker(first: int, count: int, findings: Path, end: float | None) -> Iterator[str]:
    """The lines of one process; it is stopped at the end of the time, or if it hangs."""
    command = [sys.executable, "-m", "fuzz", "--worker", "--first", str(first), "--count", str(count)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": ""}
    tests = Path(__file__).resolve().parents[1]
    environment["PYTHONPATH"] = os.pathsep.join([str(tests), os.environ.get("PYTHONPATH", "")])
    last = ""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        command = bounded([*command, "--findings", str(findings)], PATIENCE)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment, encoding="utf-8")
        assert process.stdout is not None
        try:
            for line in process.stdout:
                last = line if line.startswith("{") else last
                yield line
                if end is not None and time.monotonic() > end:
                    return
        finally:
            process.terminate() if process.poll() is None else None
            code = process.wait()
        if code:
            errors.seek(0)
            yield f"died: the process of the seeds {first} to {first + count - 1} ended with {code} behind {last[:60]}"
            sys.stderr.write(errors.read()[-2000:])


if __name__ == "__main__":
    sys.exit(main())
