"""What a generated folder says of itself: its own test passes in every numeric type, and fails with another's weights.

``make test``, or ``pio test`` on this machine in a PlatformIO project, as whoever was given the folder would run it.
A few models by default, in every other type; with ``GATESMITH_EVERYTHING=1`` a case of every kind and some wirings.
"""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from everything import EVERYTHING

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import SYNTHETIC, Settings
from gatesmith.flow.generate import generate as generate_model
from gatesmith.numerics import NUMERICS

from .lab import PACKAGES, Subject, distinct, share, written
from .test_layers import BUILT

pytestmark = pytest.mark.skipif(not (shutil.which("make") and shutil.which("cc")), reason="make or cc is not installed")
FEW = ("two_inputs_two_outputs", "two_bidirectionals", "a_skip_around_a_cell", "an_encoder_of_vectors_and_a_decoder")
"""Wirings that are tried by default: several ports, both directions, an open length, whole sequences."""
WIRINGS = 12
"""Wirings that are tried besides the layers where everything is."""
DISTINCT = distinct(BUILT)
FEW_OF_THEM = [subject for subject in DISTINCT if subject.id.removeprefix("wiring: ") in FEW]
CHOSEN = share(DISTINCT, 1, wiring=WIRINGS) if EVERYTHING else FEW_OF_THEM


def file_of(subject: Subject, folder: Path) -> Path:
    """A subject's file, built and saved by its Keras."""
    path = folder / f"net{subject.suffix or PACKAGES[subject.package]}"
    result = written(subject, path)
    if result.error is not None:
        raise result.error
    return path


def settings_of(numeric: str, target: str = "host") -> Settings:
    return Settings(target, numeric=numeric, name="net", calibration=SYNTHETIC if NUMERICS[numeric].integer else None)


def make_test(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "test"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)


EACH = [
    (subject, numeric)
    for place, subject in enumerate(CHOSEN)
    for turn, numeric in enumerate(NUMERICS)
    if EVERYTHING or (place + turn) % 2 == 0
]


@pytest.mark.parametrize(("subject", "numeric"), EACH, ids=lambda one: getattr(one, "id", one))
def test_make_test_passes(subject: Subject, numeric: str, tmp_path: Path) -> None:
    try:
        generate_model(file_of(subject, tmp_path), tmp_path / "out", settings_of(numeric))
    except UnsupportedError as refusal:
        pytest.skip(f"refused in {numeric}: {refusal.what}")
    done = make_test(tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout + done.stderr


@pytest.mark.parametrize("numeric", list(NUMERICS)[:: 1 if EVERYTHING else 2])
def test_make_test_fails_with_the_weights_of_another(numeric: str, tmp_path: Path) -> None:
    """Else it would show nothing: the same network, its weights drawn anew, in the place of the first, with which
    ``test_make_test_passes`` of this network passes."""
    subject = next(subject for subject in DISTINCT if subject.id.endswith("two_bidirectionals"))
    for name, one in (("right", subject), ("other", replace(subject, id=f"{subject.id}, drawn anew"))):
        generate_model(file_of(one, tmp_path), tmp_path / name, settings_of(numeric))
    for name in ("net.c", "net.h"):
        shutil.copy(tmp_path / "other" / name, tmp_path / "right" / name)
    done = make_test(tmp_path / "right")
    assert done.returncode != 0 and "net: " in done.stdout


def far_and_back(k: Any) -> Any:
    """What float32 computes to 1/128 only: it goes by 100,000."""
    x = k.Input((6, 3))
    far = k.layers.Rescaling(1.0, offset=1e5)(k.layers.LSTM(4)(x))
    return k.Model(x, k.layers.Rescaling(1.0, offset=-1e5)(far))


def test_a_model_that_amplifies_rounding_is_held_to_what_float32_can(tmp_path: Path) -> None:
    path, out = file_of(Subject("far", "keras", far_and_back, ("gentle",)), tmp_path), tmp_path / "out"
    generate_model(path, out, settings_of("float32"))
    done = make_test(out)
    assert done.returncode == 0, done.stdout + done.stderr
    (apart,) = re.findall(r"largest difference (\S+) ", done.stdout)
    (within,) = re.findall(r"within (\S+) of", (out / "net_selftest.c").read_text("utf-8"))
    assert NUMERICS["float32"].rounding < float(apart) <= float(within) <= 0.1
