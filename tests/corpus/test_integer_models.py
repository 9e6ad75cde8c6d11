"""Every model of the corpus in integers: calibrated on made-up data, compiled, and bit for bit what the reference says.

A model may be refused, by name and with a reason; which were is said at the end of a run, with the errors of the
others: beside float64 on the corpus's own inputs, as a share of each output's range. Made-up data do not know what a
model is fed, so the errors are no measure of what calibration gives.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import corpus_index as corpus
import pytest
from everything import EVERYTHING
from layers import integers

from gatesmith import passes
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import fitted, load
from gatesmith.numerics import NUMERICS
from gatesmith.quantization.observations import SYNTHETIC, Observations
from gatesmith.quantization.prepare import in_numbers

Record = Callable[[str, object], None]
TYPES = ("int8", "int16w8")
SECOND = 1 if EVERYTHING else 3
"""Every model is in int8, each third in the other type as well: what a type does to a layer, ``layers`` has."""
ROWS, STEPS = 2, 12
"""How much of an entry's inputs is computed: steps where the length is open."""


def cases() -> list[Any]:
    """Each entry with its types."""
    return [
        pytest.param(*param.values, TYPES if number % SECOND == 0 else TYPES[:1], id=param.id, marks=param.marks)
        for number, param in enumerate(corpus.entries(bad=False))
    ]


@pytest.mark.parametrize(("entry", "types"), cases())
def test_integers_or_refused_by_name(
    entry: dict[str, Any], types: tuple[str, ...], tmp_path: Path, record_property: Record
) -> None:
    if corpus.outside(entry):
        pytest.skip("not translated")
    path, weights = corpus.model_files(entry)
    model = load(path, Settings(weights=weights))
    inputs = corpus.vectors(entry)[1]
    whole = list(zip(*inputs, strict=True)) if entry["io"]["stateful_calls"] > 0 else [inputs]
    try:
        passes.compile_graph(model.graph)
    except UnsupportedError:  # lengths that no layer may leave open: those of the data
        model = fitted(model, whole[0])
    open_ends = [model.graph.shape(port.tensor)[:1] == (None,) for port in model.graph.inputs]
    calls = [[x[:ROWS, :STEPS] if cut else x[:ROWS] for x, cut in zip(call, open_ends, strict=True)] for call in whole]
    models, seen = [], Observations()
    for name in types:
        settings = Settings(numeric=name, calibration=SYNTHETIC)
        try:
            graph = in_numbers(model, settings, NUMERICS[name], seen)
        except UnsupportedError as refusal:
            assert refusal.what.startswith('layer "'), refusal.what
            record_property("corpus", f"refused in {name}")
            record_property("corpus note", f"{entry['id']} in {name}: {refusal.what}")
            continue
        models.append(integers.Integers(graph, integers.generated(graph, NUMERICS[name], f"model_{name}")))
    libraries = integers.compile_all([one.code for one in models], tmp_path, "-O0") if models else {}
    shares = []
    for one in models:
        one.library = libraries[one.code.name]
        reference, instances = one.reference(), [one.instance() for _ in calls[0][0]]
        for call in map(one.code.take, calls):
            wanted = reference.run(call)
            for row, instance in enumerate(instances):
                integers.equal(instance.run([x[row] for x in call]), [y[row] for y in wanted])
        shares.append(f"{one.code.name.removeprefix('model_')} {integers.distance(one, model.graph, calls):.1%}")
        record_property("corpus", f"in {one.code.name.removeprefix('model_')}, bit for bit")
    if shares:
        record_property("corpus note", f"{entry['id']}: error {', '.join(shares)}")
