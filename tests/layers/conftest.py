"""One laboratory a session, for the subjects that were chosen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .lab import Lab, Subject
from .modules import Interpreters


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    chosen = [getattr(item, "callspec", None) for item in request.session.items]
    found = [spec.params["subject"] for spec in chosen if spec is not None and "subject" in spec.params]
    return Lab(tmp_path_factory.mktemp("layers"), [s for s in found if isinstance(s, Subject)])


@pytest.fixture(scope="session")
def interpreters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interpreters]:
    found = Interpreters(tmp_path_factory.mktemp("modules"))
    yield found
    found.close()
