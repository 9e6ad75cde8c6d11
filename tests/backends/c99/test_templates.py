"""Folders of templates."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
from mako import lookup

from gatesmith.backends.templates import TemplateLookup


def test_one_thread_at_a_time_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of two folders: before Python 3.11.8 a second one ends in a SystemError, now and then."""
    both = Barrier(2)
    alone = []

    def parse(self: TemplateLookup, uri: str) -> None:
        try:
            both.wait(0.2)
        except BrokenBarrierError:
            alone.append(uri)

    monkeypatch.setattr(lookup.TemplateLookup, "get_template", parse)
    folders = [TemplateLookup(directories=[str(tmp_path / name)]) for name in "ab"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(TemplateLookup.get_template, folders, "ab"))
    assert sorted(alone) == ["a", "b"]
