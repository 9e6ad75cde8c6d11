"""A peer against the generated code, by turns in one process. Runs with the peers' Python.

    python race.py PEER TASKS.json [--flags "..."] [--rounds 21] [--count]

A task names a ``folder`` with the peer's file, ``ours`` with the generated library, ``model``, ``data`` and
``numeric``. Both sides are pinned to one processor and called by turns, rounds of ten milliseconds each; the ratio of a
round is the peer's processor time over ours, and the median of the rounds is told. With ``--count`` the process runs
under callgrind, and each side's calls are one dump. Prints two lines of JSON a task: that it began, and its outcome.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import players

ROUND_SECONDS = 0.01
COUNTED = 2
DUMPS = """\
#include <valgrind/callgrind.h>
void zero(void) { CALLGRIND_ZERO_STATS; }
void dump(const char *name) { CALLGRIND_DUMP_STATS_AT(name); }
"""


def seconds(call: Callable[[], object], times: int) -> float:
    """Processor seconds of so many calls: others that run here meanwhile are not counted."""
    turns = range(times)
    begun = time.process_time()
    for _ in turns:
        call()
    return time.process_time() - begun


def fitting(call: Callable[[], object]) -> int:
    """How many calls make a round."""
    times = 1
    while (took := seconds(call, times)) < ROUND_SECONDS and times < 1 << 20:
        times = max(times + 1, int(times * min(8.0, 1.1 * ROUND_SECONDS / max(took, 1e-7))))
    return times


def raced(mine: players.Player, theirs: players.Player, rounds: int) -> dict[str, Any]:
    """Medians over rounds in which both are called by turns."""
    own, other = fitting(mine.call), fitting(theirs.call)
    spans = [(seconds(mine.call, own) / own, seconds(theirs.call, other) / other) for _ in range(rounds)]
    ratios = sorted(b / a for a, b in spans)
    return {
        "ours_us": 1e6 * median(a for a, _ in spans),
        "peer_us": 1e6 * median(b for _, b in spans),
        "ratio": median(ratios),
        "ratio_low": ratios[len(ratios) // 10],
        "ratio_high": ratios[-1 - len(ratios) // 10],
        "rounds": rounds,
    }


def counted(mine: players.Player, theirs: players.Player, folder: Path, task: str) -> None:
    """Each side's calls as one dump of callgrind, named by the task, after calls that settle what is done once."""
    source, library = folder / "dumps.c", folder / "dumps.so"
    if not library.exists():
        source.write_text(DUMPS, "utf-8")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O2", str(source), "-o", str(library)], check=True, timeout=60)
    marks = ctypes.CDLL(str(library))
    marks.dump(b"before")
    for name, call in (("nothing", mine.nothing), ("ours", mine.call), ("peer", theirs.call)):
        call()
        marks.zero()
        for _ in range(COUNTED):
            call()
        marks.dump(f"{task}/{name}".encode())


def told(task: dict[str, str], peer: str, flags: list[str], rounds: int, count: bool) -> dict[str, Any]:
    """The outcome of one task."""
    folder, own = Path(task["folder"]), Path(task["ours"])
    with np.load(task["data"]) as stored:
        x, y = stored["in_0"][:1].astype(np.float32), stored["out_0"][0].reshape(-1)
        largest = float(np.abs(stored["out_0"]).max())
    _, load, files = players.PEERS[peer]
    more = (y.size, flags) if peer == "emlearn" else ()
    file = files[task["numeric"]]
    theirs = load(folder / file if file else Path(task["model"]), x, *more)
    mine = players.ours(own, count)
    if count:
        counted(mine, theirs, own, task["name"])
        return {}
    errors = {}
    for name, player in (("ours", mine), ("peer", theirs)):
        player.call()
        player.state()
        player.call()
        wrong = np.abs(np.asarray(player.answer(), float).reshape(-1) - y).max()
        errors[f"{name}_error"] = float(wrong / max(1.0, largest))
    return {**errors, **raced(mine, theirs, rounds)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=players.PEERS)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--flags", default="")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--count", action="store_true")
    args = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for task in json.loads(args.tasks.read_text("utf-8")):
        print(json.dumps({"begun": task["name"]}), flush=True)
        try:
            outcome = told(task, args.peer, args.flags.split(), args.rounds, args.count)
        except Exception as error:  # whatever a peer says is the finding
            outcome = {"refused": " ".join(f"{type(error).__name__}: {error}".split())[:200]}
        print(json.dumps({"done": task["name"], **outcome}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
