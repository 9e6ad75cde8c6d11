"""Without the tools that proofs are made with."""

from pathlib import Path

import pytest

from gatesmith.core.errors import BuildError, UsageError
from gatesmith.evidence import proofs
from gatesmith.evidence.exhaust import Exhaust
from gatesmith.evidence.source import Machine, parse


def test_a_missing_tool_is_named_with_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="cbmc is not here") as refusal:
        proofs.needed()
    assert refusal.value.fix == ("apt-get install cbmc",)


def test_a_gcc_without_sanitizers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = parse({"m.h": "", "m.c": "static int half(int x) { return x / 2; }\n"}, "m", Machine(), tmp_path)
    (tmp_path / "gcc").write_text("#!/bin/sh\necho cannot find libasan\nexit 1\n")
    (tmp_path / "gcc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(BuildError, match="gcc failed with exit status 1") as refusal:
        Exhaust(source, tmp_path).bounds("half", "x", 0, 9)
    assert "cannot find libasan" in str(refusal.value.why)
