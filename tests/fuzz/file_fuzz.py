"""Mutants of model files, read by the child's own functions, some on to the graph, and architectures of real models,
edited, up to the pages of ``inspect``.

Mutants are judged one after the other in a process that is forked off. What the child's limits would end (a crash of
HDF5, a loop) ends that process; the mutant is then given to the real child, which must answer with a refusal. Behind
each mutant a good file is read: where that fails, the process ends, and the mutant is a finding.
"""

import gc
import json
import resource
import signal
import tempfile
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

import numpy as np

from gatesmith.core.errors import ExitCode, GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.keras.containers import _child, _child_bundle, _child_hdf5, archive, savedmodel
from gatesmith.importers.keras.containers.stored import Archive
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.dialect.spec import Reading
from gatesmith.importers.keras.importer import build
from gatesmith.importers.reading import Model
from gatesmith.report import inspect
from gatesmith.report.summary import summarize

from .files import mutant, vars_file
from .here import parsed_here
from .real import real_models

SECONDS = 3.0
"""Of the processor, for one mutant: the child has as many."""
A_PROCESS = 2000
"""Mutants a process."""
MEMORY = 4 << 30
NAME = "mutant"
READ, REFUSED, BAD = "read", "refused", "traceback"
GOOD = vars_file({"layers/good/vars/0": np.arange(3.0)})
LEAST = 0.1
"""Of the mutants: where fewer are read, the campaign looks at nothing behind the first check."""


def campaign(first: int, count: int, models: int = 0) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Outcomes by container, and what must not be.

    Args:
        models: seeds of real models whose architectures are edited.
    """
    counts: Counter[tuple[str, str]] = Counter()
    findings: list[str] = []
    seed = first
    while seed < first + count:
        with ProcessPoolExecutor(1, get_context("fork"), confined) as process:
            good, last = True, min(seed + A_PROCESS, first + count)
            while good and seed < last:
                try:
                    kind, result, good = process.submit(judged, seed, models).result()
                except BrokenProcessPool:
                    kind, good, child = mutant(seed, models)[0], False, by_the_child(seed, models)
                    counts[kind, f"ended; the child: {child.split(':')[0]}"] += 1
                    findings += [] if child.startswith(REFUSED) else [f"seed {seed}, {kind}: ended; the child: {child}"]
                else:
                    counts[kind, result.split(":")[0]] += 1
                    if result.startswith(BAD) or not good:
                        then = "" if good else "; then a good file is not read"
                        findings.append(f"seed {seed}, {kind}: {result}{then}")
                seed += 1
    return counts, findings


def confined() -> None:
    """What the child's limits would end ends this process."""
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(100_000)


def judged(seed: int, models: int) -> tuple[str, str, bool]:
    """A mutant's container and outcome, and whether a good file is read behind it."""
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    kind, files = mutant(seed, models)
    with parsed_here():
        return kind, outcome(kind, files, models, seed % 4 == 0), good_is_read()


def outcome(kind: str, files: dict[str, bytes], models: int = 0, whole: bool = True) -> str:
    """Read (``whole``: up to the graph, of a real model up to the pages, of an architecture up to the C), or refused as
    a file, by its name; a traceback otherwise."""
    try:
        parsed = content(kind, files, models)
        if whole or kind in ("model", "config", "config h5"):
            reading = interpret(parsed)
            graph = build(reading)
            if whole and kind == "model":
                pages(reading)
            elif whole and kind.startswith("config"):
                program(Model(Path(NAME), reading, graph), plan(Settings()))
    except GatesmithError as refusal:
        named = kind == "model" or NAME in refusal.where
        right = named and refusal.exit_code in (ExitCode.INPUT, ExitCode.BUDGET)
        return f"{REFUSED if right else BAD}: {refusal.what}"
    except MemoryError:
        return f"{REFUSED}: no memory"
    except Exception:
        return f"{BAD}: {traceback.format_exc(limit=-4)}"
    return READ


def content(kind: str, files: dict[str, bytes], models: int) -> Archive:
    """What ``archive.read`` gives.

    Raises:
        GatesmithError: it is refused.
    """
    if kind == "model":
        config = archive._architecture(json.loads(files["m"]), NAME)
        return replace(real_models(models)[int(files["of"])], config=config)
    if kind == "savedmodel":
        return savedmodel._read(files, NAME)
    if kind == "unsigned":
        with mock.patch.object(_child_bundle, "_checksum", lambda _: mock.ANY):
            return savedmodel._read(files, NAME)
    return archive.read_data(files["m"], NAME)


def pages(reading: Reading) -> None:
    """All that ``inspect`` shows."""
    summary = summarize(reading)
    for page in (inspect.overview(summary), inspect.gates_page(summary)):
        page.plain()
        page.plain(ascii=True)
    json.dumps(inspect.report(summary).as_json(), allow_nan=False)


def good_is_read() -> bool:
    """Whether a known good file, unlike all mutants, still gives what is in it."""
    content = _child.answer(_child_hdf5.read_hdf5, GOOD)
    return [array.data.tolist() for group in getattr(content, "groups", ()) for array in group.arrays] == [[0, 1, 2]]


def by_the_child(seed: int, models: int = 0) -> str:
    """The same mutant by the way that users have. An architecture is no matter of the child's."""
    kind, files = mutant(seed, models)
    if kind == "model":
        return f"{BAD}: it is not asked"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, data in files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(data)
        try:
            with parsed_here(False):
                archive.read(folder / "m" if "m" in files else folder)
        except GatesmithError as refusal:
            return f"{REFUSED}: {refusal.what}: {refusal.why}"
        except Exception:
            return f"{BAD}: {traceback.format_exc(limit=-4)}"
    return READ
