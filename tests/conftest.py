"""What all tests share; what tests record is said at the end of a run, also of one spread over processes."""

import compileall
import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from everything import EVERYTHING
from layers.building import quickly

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Before NumPy is loaded. Its matrices are small here: more threads than one mostly wait for each other, busily."""
gc.disable()
"""While Keras is loaded and tests are found: nearly all of that stays to the end."""
PACKAGE = Path(__file__).resolve().parent.parent / "gen"
INTRINSICS = Path(__file__).resolve().parent / "backends" / "c99" / "intrinsics"


def shared(places: pytest.TempPathFactory, name: str) -> Path:
    """A folder of this session of tests, whichever of its processes asks."""
    base = places.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session", autouse=True)
def few_intrinsics() -> Iterator[None]:
    """GCC's immintrin.h takes most of the time of a small model that is compiled for this machine: ``intrinsics``
    of tests/backends/c99 has the part of it that is used. ``test_products.py`` there compiles by the whole of it, all
    do by GATESMITH_EVERYTHING=1."""
    with pytest.MonkeyPatch.context() as patch:
        if not EVERYTHING:
            patch.setenv("C_INCLUDE_PATH", str(INTRINSICS), prepend=os.pathsep)
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where processes of one session share the models that Keras built (``layers/session.py``).

    And the cache: nothing that was measured outside the tests is taken for them, and nothing of theirs is kept. What
    Keras has said to one process, the other does not ask."""
    folder = shared(tmp_path_factory, "kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GATESMITH_CACHE", str(shared(tmp_path_factory, "measured")))
        patch.setenv("GATESMITH_TESTS_KEEP", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def quick_kerases() -> None:
    """Keras 3 makes a layer for each that it saves or loads, to list the names of all: its own cache uses two keys.
    tf_keras computes the shapes of a layer's outputs in a graph that it throws away (``layers/building.py``)."""
    if saving := sys.modules.get("keras.src.saving.saving_lib"):
        saving.get_attr_skipset = cache(saving.get_attr_skipset)
    if base := sys.modules.get("tf_keras.src.engine.base_layer"):
        base.Layer._infer_output_signature = quickly()(base.Layer._infer_output_signature)


@pytest.fixture(scope="session", autouse=True)
def in_process() -> Iterator[None]:
    """Files are parsed in this process, and Keras judges in it (``fuzz/here.py``): a process for each of some thousands
    would take most of the time. Tests of files that would take memory or time, of the processes and of the way through
    all of it ask for ``apart``; commands that are processes themselves have processes anyway."""
    from fuzz.here import judged_here, parsed_here

    with parsed_here(), judged_here():
        yield


@pytest.fixture
def apart() -> Iterator[None]:
    """The reader and the judge are processes, as for everyone."""
    from fuzz.here import judged_here, parsed_here

    with parsed_here(False), judged_here(False):
        yield


def pytest_configure() -> None:
    """Under nohup SIGINT is ignored, also by what the tests start, of which some test Ctrl-C.

    The package is compiled once: with PYTHONDONTWRITEBYTECODE set, each command that tests start would do it anew.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        compileall.compile_dir(PACKAGE, quiet=2)


def pytest_collection_finish() -> None:
    """What was loaded is looked at no more: each full collection would go through Keras and every test.

    And collections are rarer, for a test that loads Keras only then: a full one each million objects, not each 70,000.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


def pytest_addoption(parser: Any) -> None:
    """Boards for tests/hil; here, so that they are known wherever pytest is started."""
    group = parser.getgroup("boards")
    group.addoption(
        "--target",
        action="append",
        default=[],
        metavar="NAME",
        help="tests/hil: run every model and layer on this target (repeat for more; all-emulated)",
    )
    group.addoption("--port", metavar="URL", help="tests/hil: where the one --target is; without, it is emulated")
    group.addoption(
        "--flash", action="store_true", help="tests/hil: flash each case over --port by PlatformIO (wears the board)"
    )
    group.addoption("--hil-report", metavar="R.json", help="tests/hil: where the figures go (out/hil.json)")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tests record ``("told", "what it is of: what a reader must know")``: each text once, with how often it was."""
    reports = terminalreporter.stats.get("passed", [])
    told = Counter(text for report in reports for key, text in report.user_properties if key == "told")
    for text, count in sorted(told.items()):
        terminalreporter.write_line(text if count == 1 else f"{text} ({count} times)")
