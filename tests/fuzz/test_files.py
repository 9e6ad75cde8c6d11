"""Mutants of model files, by seed: read or refused, also where the parser crashes. More: ``make fuzz-files``."""

import json
import random
from collections import Counter

import pytest
from everything import EVERYTHING, FIRST, MINUTES
from h5py import h5f

from gatesmith.importers.keras.containers import _child

from . import file_fuzz
from .file_fuzz import BAD, LEAST, READ, REFUSED, outcome
from .files import GOOD, architecture, edited, hdf5_file, mutant, savedmodel_files, small_keras, vars_file
from .real import real_models

MUTANTS, EDITED, MODELS, APART = (1500, 900, 8, 100) if EVERYTHING else (300, 900, 8, 12)
ARCHITECTURES = 200 if EVERYTHING else 80
if MINUTES:
    MUTANTS, MODELS = 20_000, 60
WRITE = {"config": small_keras, "config h5": hdf5_file}


def test_mutants() -> None:
    """A finding's seed is its file: GATESMITH_FIRST begins with it."""
    models = MODELS if MINUTES else 0
    if models:
        real_models(models)  # once, before processes are forked
    counts, findings = file_fuzz.campaign(FIRST, MUTANTS, models)
    print(f"mutants from seed {FIRST} on: {dict(counts)}")
    assert not findings, "\n".join(findings[:50])
    assert sum(counts.values()) == MUTANTS
    outcomes = Counter(outcome for _, outcome in counts.elements())
    assert outcomes[READ] > LEAST * MUTANTS, "the mutants are all refused"
    assert outcomes[REFUSED] > MUTANTS // 4, "the mutants are hardly changed"


def test_mutants_by_the_process_that_reads_files() -> None:
    outcomes = [file_fuzz.by_the_child(seed) for seed in range(APART)]
    assert not [one for one in outcomes if one.startswith(BAD)]
    assert len(set(outcomes)) >= 3, outcomes


@pytest.mark.parametrize("kind", WRITE)
def test_edited_architectures(kind: str) -> None:
    """Up to the C."""
    assert outcome(kind, {"m": WRITE[kind](GOOD)}) == READ
    configs = (json.dumps(edited(architecture(), random.Random(seed))).encode() for seed in range(ARCHITECTURES))
    outcomes = [outcome(kind, {"m": WRITE[kind](config)}) for config in configs]
    assert not [one for one in outcomes if one.startswith(BAD)]
    assert len(set(outcomes)) > ARCHITECTURES // 3, "the mutants are all refused for the same reasons"
    assert outcomes.count(READ) > ARCHITECTURES // 12, "hardly a mutant is translated"


def test_edited_architectures_of_real_models() -> None:
    """One mutation replaces a class name by another; the models go up to the pages of ``inspect``."""
    mutants = [mutant(seed, MODELS) for seed in range(EDITED)]
    outcomes = Counter(outcome("model", files, MODELS).split(":")[0] for kind, files in mutants if kind == "model")
    assert not outcomes[BAD], outcomes
    assert outcomes[READ] > LEAST * outcomes.total(), outcomes


def test_an_object_graph_has_a_checksum() -> None:
    """One letter in the name of a weight."""
    files = dict(savedmodel_files())
    place = "variables/variables.data-00000-of-00001"
    assert outcome("savedmodel", files) == READ
    files[place] = files[place].replace(b"batch_normalization/gamma", b"batch_normalization/gamme")
    assert outcome("unsigned", files) == READ
    assert outcome("savedmodel", files).startswith(REFUSED)


def test_a_refused_file_is_closed() -> None:
    """Whoever keeps the refusal keeps nothing of the file."""
    refused = [_child.answer(_child.reader("hdf5"), data) for data in (vars_file({}), hdf5_file(b"")[:-1])]
    assert [type(one).__name__ for one in refused] == ["Refusal"] * 2
    assert h5f.get_obj_count(h5f.OBJ_ALL, h5f.OBJ_FILE) == 0
    assert file_fuzz.good_is_read()
