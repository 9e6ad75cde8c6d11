"""``python -m fuzz``: random models against Keras, for some minutes or some seeds. See ``--help``."""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from importlib.util import find_spec
from math import inf
from multiprocessing import get_context
from pathlib import Path

from .campaign import AT_ONCE, BAD, outcomes, replayed
from .tally import LEAST, Tally

CALLS = 10
"""Calls of ``outcomes`` in a process; TensorFlow does not give back what it took."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to go on (5)")
    parser.add_argument("--first", type=int, default=None, help="first seed (by the time of day)")
    parser.add_argument("--count", type=int, default=None, help="so many seeds, instead of minutes")
    parser.add_argument("--findings", type=Path, default=Path("out/fuzz"), help="folder for findings (out/fuzz)")
    parser.add_argument("--again", type=Path, help="a reproducer's folder: judge it once more")
    args = parser.parse_args(arguments)
    missing = [name for name in ("keras", "tf_keras", "tensorflow") if find_spec(name) is None]
    if missing:
        print(f"fuzz: not run: {', '.join(missing)} not installed (pip install 'gatesmith[keras]')")
        return 0
    if args.again:
        return again(args.again)
    first = args.first if args.first is not None else int(time.time()) % 1_000_000 * 1000
    return campaign(first, args.count, 60 * args.minutes, args.findings)


def again(place: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        verdict = replayed(place, Path(folder))
    print(verdict.plan.dumps())
    print(f"{verdict.outcome}: {verdict.message}")
    return int(verdict.outcome in BAD)


def campaign(first: int, count: int | None, seconds: float, findings: Path) -> int:
    """Models in processes until the time is over; prints the counts."""
    tally, start = Tally(), time.monotonic()
    # Whoever ends it is told what there is so far.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        go_on(
            tally, first, sys.maxsize if count is None else count, start + seconds if count is None else inf, findings
        )
    print(tally.page(first, time.monotonic() - start))
    return int(tally.bad > 0 or tally.share < LEAST)


def go_on(tally: Tally, first: int, count: int, end: float, findings: Path) -> None:
    """Some models after others; a process that ends, or hangs, is counted, and another goes on behind them."""
    at = first
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": ""}
    while at < first + count and time.monotonic() < end:
        try:
            with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=CALLS) as process:
                while at < first + count and time.monotonic() < end:
                    seeds, at = range(at, min(at + AT_ONCE, first + count)), at + AT_ONCE
                    for text in filter(None, map(tally.add, process.submit(outcomes, seeds, findings).result())):
                        print(text, flush=True)
        except BrokenProcessPool:
            tally.died += 1
            print(f"died: the process of the seeds {seeds[0]} to {seeds[-1]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
