"""What a generated folder says of itself: its own test passes in every numeric type, and fails with another's weights.

``make test``, or ``pio test`` on this machine in a PlatformIO project, as whoever was given the folder would run it.
A few models by default, in every other type; with ``GATESMITH_EVERYTHING=1`` a case of every kind and some wirings.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from everything import EVERYTHING

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import SYNTHETIC, Settings
from gatesmith.flow.generate import generate as generate_model
from gatesmith.numerics import NUMERICS

from .lab import PACKAGES, Subject, by_kind, cases_of_layers, distinct, subjects_of, written
from .wirings import wired

pytestmark = pytest.mark.skipif(not (shutil.which("make") and shutil.which("cc")), reason="make or cc is not installed")
FEW = ("two_inputs_two_outputs", "two_bidirectionals", "a_skip_around_a_cell", "an_encoder_of_vectors_and_a_decoder")
"""Wirings that are tried by default: several ports, both directions, an open length, whole sequences."""
WIRINGS = 12
"""Wirings that are tried besides the layers where everything is."""


def chosen() -> Iterator[Subject]:
    """The models: few, or one case of every layer kind and some wirings. Each is one that is not refused."""
    cases = distinct(s for kind, case in cases_of_layers() for s in subjects_of(case, kind))
    wirings = [subject for subject in distinct(wired()) if not subject.refused]
    if not EVERYTHING:
        yield from (subject for subject in wirings if subject.id.removeprefix("wiring: ") in FEW)
        return
    for members in by_kind(subject for subject in cases if not subject.refused).values():
        yield members[len(members) // 2]
    yield from wirings[:: len(wirings) // WIRINGS]


Models = Callable[[Subject], Path]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """A subject's file, built and saved by its Keras when first asked for."""
    folder, paths = tmp_path_factory.mktemp("models"), dict[str, Path]()

    def file(subject: Subject) -> Path:
        if subject.id not in paths:
            path = folder / f"m{len(paths)}{subject.suffix or PACKAGES[subject.package]}"
            result = written(subject, path)
            if result.error is not None:
                raise result.error
            paths[subject.id] = path
        return paths[subject.id]

    return file


def settings_of(numeric: str, target: str = "host") -> Settings:
    return Settings(target, numeric=numeric, name="net", calibration=SYNTHETIC if NUMERICS[numeric].integer else None)


def make_test(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "test"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)


EACH = [
    (subject, numeric)
    for place, subject in enumerate(chosen())
    for turn, numeric in enumerate(NUMERICS)
    if EVERYTHING or (place + turn) % 2 == 0
]


@pytest.mark.parametrize(("subject", "numeric"), EACH, ids=lambda one: getattr(one, "id", one))
def test_make_test_passes(subject: Subject, numeric: str, models: Models, tmp_path: Path) -> None:
    path = models(subject)
    try:
        generate_model(path, tmp_path / "out", settings_of(numeric))
    except UnsupportedError as refusal:
        pytest.skip(f"refused in {numeric}: {refusal.what}")
    done = make_test(tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout + done.stderr


@pytest.mark.parametrize("numeric", list(NUMERICS)[:: 1 if EVERYTHING else 2])
def test_make_test_fails_with_the_weights_of_another(numeric: str, models: Models, tmp_path: Path) -> None:
    """Else it would show nothing: the same network, its weights drawn anew, in the place of the first, with which
    ``test_make_test_passes`` of this network passes."""
    subject = next(subject for subject in wired() if subject.id.endswith("two_bidirectionals"))
    for name, one in (("right", subject), ("other", replace(subject, id=f"{subject.id}, drawn anew"))):
        generate_model(models(one), tmp_path / name, settings_of(numeric))
    for name in ("net.c", "net.h"):
        shutil.copy(tmp_path / "other" / name, tmp_path / "right" / name)
    done = make_test(tmp_path / "right")
    assert done.returncode != 0 and "net: " in done.stdout


def far_and_back(k: Any) -> Any:
    """What float32 computes to 1/128 only: it goes by 100,000."""
    x = k.Input((6, 3))
    far = k.layers.Rescaling(1.0, offset=1e5)(k.layers.LSTM(4)(x))
    return k.Model(x, k.layers.Rescaling(1.0, offset=-1e5)(far))


def test_a_model_that_amplifies_rounding_is_held_to_what_float32_can(models: Models, tmp_path: Path) -> None:
    generate_model(models(Subject("far", "keras", far_and_back, ("gentle",))), tmp_path, settings_of("float32"))
    done = make_test(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (apart,) = re.findall(r"largest difference (\S+) ", done.stdout)
    (within,) = re.findall(r"within (\S+) of", (tmp_path / "net_selftest.c").read_text("utf-8"))
    assert NUMERICS["float32"].rounding < float(apart) <= float(within) <= 0.1
