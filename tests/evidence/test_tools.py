"""Without the tools that proofs are made with."""

from pathlib import Path

import pytest

from gatesmith.core.errors import UsageError
from gatesmith.evidence import proofs


def test_a_missing_tool_is_named_with_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="cbmc is not here") as refusal:
        proofs.needed()
    assert refusal.value.fix == ("apt-get install cbmc",)
