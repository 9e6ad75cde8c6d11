"""One laboratory a session, for the subjects that were chosen; and what MicroPythons answered, summed up at its end."""

from typing import Any

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


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tests record ``("micropython", [place, numeric type, which modules, distance from Keras, from float64])``, the
    distances of float alone; and ``("signature", [layers or operators, then numbers as of counts()])``."""
    signatures: dict[str, list[list[int]]] = {}
    measured: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for report in terminalreporter.stats.get("passed", []):
        for key, value in report.user_properties:
            if key == "signature":
                signatures.setdefault(value[0], []).append(value[1:])
            if key == "micropython":
                where, numeric, which, *distances = value
                measured.setdefault((where, numeric, which), []).append(tuple(distances))
    for (where, numeric, which), distances in sorted(measured.items()):
        line = f"micropython: {len(distances)} cases of {numeric} on {where}{which and f', {which}'}"
        if distances[0]:
            keras, float64 = (max(column) for column in zip(*distances, strict=True))
            line += f": at most {keras:.2g} from Keras, {float64:.2g} from float64"
        terminalreporter.write_line(line if distances[0] else f"{line}: bit for bit")
    for what, numbers in sorted(signatures.items()):
        arguments, tried, right, refused, values, no = (sum(column) for column in zip(*numbers, strict=True))
        terminalreporter.write_line(
            f"{what}: {arguments} arguments of {len(numbers)}, {tried} that can change a result: {right} right, "
            f"{refused} refused in part or whole; of {values} values {values - no} right, {no} refused"
        )
