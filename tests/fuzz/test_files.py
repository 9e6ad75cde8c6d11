"""Mutants of model files, by seed: read or refused, also where the parser crashes. More: ``make fuzz-files``."""

from __future__ import annotations

import itertools
from contextlib import nullcontext

import pytest
from h5py import h5f

from . import file_fuzz
from .file_fuzz import REFUSED
from .files import hdf5_file, vars_file
from .here import child

MUTANTS = 1500


def test_mutants() -> None:
    counts, findings = file_fuzz.campaign(0, MUTANTS)
    assert not findings, "\n".join(findings[:5])
    assert sum(counts.values()) == MUTANTS
    assert file_fuzz.share_read(counts) > file_fuzz.LEAST, "the mutants are all refused"
    refused = sum(number for (_, outcome), number in counts.items() if outcome == REFUSED)
    assert refused > MUTANTS // 4, "the mutants are hardly changed"


def test_a_reader_that_leaves_its_file_open_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one once did: HDF5 then took every file for the first that was refused, and all mutants were."""
    reader = child("_child_hdf5")
    monkeypatch.setattr(reader, "SERIAL", itertools.repeat(0))
    monkeypatch.setattr(reader, "closing", nullcontext)
    monkeypatch.setattr(child("_wire").Refusal, "with_traceback", lambda refusal, _: refusal)
    _, findings = file_fuzz.campaign(0, 40)
    assert any("then a good file is not" in finding for finding in findings)


def test_a_refused_file_is_closed() -> None:
    """Whoever keeps the refusal keeps nothing of the file."""
    refused = [child().answer(child().reader("hdf5"), data) for data in (vars_file({}), hdf5_file(b"")[:-1])]
    assert [type(one).__name__ for one in refused] == ["Refusal"] * 2
    assert h5f.get_obj_count(h5f.OBJ_ALL, h5f.OBJ_FILE) == 0
    assert file_fuzz.good_is_read()
