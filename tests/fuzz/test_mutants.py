"""Damaged copies of small models: every one is read and translated, or refused as a file, never a crash of ours."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from everything import EVERYTHING

from gatesmith.core.errors import ExitCode, GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.flow.plan import plan
from gatesmith.flow.program import program
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.keras.containers.stored import Archive
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.importer import build
from gatesmith.importers.reading import Model

from .files import FORMS, GOOD, architecture, edited, flipped, keras_file

pytestmark = pytest.mark.usefixtures("apart")

FLIPPED, EDITED = 50 if EVERYTHING else 12, 200
"""Mutants of each form; of the flipped ones each takes a process."""


def outcome(path: Path, found: Callable[[], Archive]) -> str:
    """``ok``, or the refusal; anything else is raised."""
    settings = Settings()
    try:
        reading = interpret(found())
        program(Model(path, reading, build(reading)), plan(settings))
    except GatesmithError as refusal:
        assert refusal.exit_code in (ExitCode.INPUT, ExitCode.BUDGET), refusal.what
        assert path.name in refusal.where, (refusal.what, refusal.where)
        return refusal.what
    return "ok"


@pytest.mark.parametrize("form", FORMS)
def test_undamaged(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"model.{form}"
    path.write_bytes(FORMS[form](GOOD))
    assert outcome(path, lambda: archive.read(path)) == "ok"


@pytest.mark.parametrize("form", FORMS)
def test_flipped_bits_and_lost_ends(tmp_path: Path, form: str) -> None:
    """Whole files; of a .keras also the HDF5 part alone, since a zip's checksum finds all that happened to it later."""
    path = tmp_path / f"mutant.{form}"
    results = []
    for seed in range(FLIPPED):
        rng = random.Random(seed)
        if form == "h5" or seed % 4 == 0:
            path.write_bytes(flipped(FORMS[form](GOOD), rng))
        else:
            path.write_bytes(keras_file(GOOD, partial(flipped, rng=rng)))
        results.append(outcome(path, lambda: archive.read(path)))
    assert len(set(results)) >= 3, results


@pytest.mark.parametrize("form", FORMS)
def test_edited_architectures(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"mutant.{form}"
    path.write_bytes(FORMS[form](GOOD))
    good = archive.read(path)
    results = []
    for seed in range(EDITED):
        config = edited(architecture(), random.Random(seed))
        try:
            results.append(outcome(path, partial(replace, good, config=config)))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    assert len(set(results)) > EDITED // 3, "the mutants are all refused for the same reasons"
    assert results.count("ok") > EDITED // 10, "hardly a mutant is translated"
