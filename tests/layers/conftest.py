"""One laboratory a session, for the subjects that were chosen."""

import pytest

from .batches import Chosen
from .lab import Lab, Subject
from .modules import Fleet


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    chosen = [getattr(item, "callspec", None) for item in request.session.items]
    values = [value for spec in chosen if spec is not None for value in spec.params.values()]
    subjects = [value.subject if isinstance(value, Chosen) else value for value in values]
    return Lab(tmp_path_factory.mktemp("layers"), [s for s in subjects if isinstance(s, Subject)])


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return Fleet(tmp_path_factory.mktemp("modules"))
