"""Cases of Bidirectional and of RNN over cells, which are composed of recurrent layers and have no op of their own."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from . import Case, Layer, case, cases, each, layer

INNER = (
    layer("LSTM", units=4),
    layer("LSTM", units=4, return_sequences=True),
    layer("LSTM", units=4, return_sequences=True, return_state=True),
    layer("GRU", units=4, return_state=True),
    layer("GRU", units=4, return_sequences=True, reset_after=False),
    layer("SimpleRNN", units=4, return_sequences=True),
)

LSTM, GRU, SIMPLE = (
    layer("LSTMCell", units=4),
    layer("GRUCell", units=5),
    layer("SimpleRNNCell", units=2, activation="relu"),
)

BEFORE = layer("GRUCell", units=3, reset_after=False)

STACKS = ([LSTM, LSTM], [LSTM, GRU, SIMPLE], [BEFORE, LSTM])

BOTH = ("gentle", "masked")

MODES = ("concat", "sum", "mul", "ave", None)

SEQUENCES = each(return_sequences=(..., True))


def _cases() -> Iterator[Case]:
    yield from cases("Bidirectional", (6, 3), options=each(layer=INNER, merge_mode=MODES), feeds=BOTH)
    for sequences in (False, True):
        ahead = layer("LSTM", units=4, return_sequences=sequences)
        for kind in ("LSTM", "GRU"):
            back = layer(kind, units=4, return_sequences=sequences, go_backwards=True)
            yield from cases("Bidirectional", (6, 3), layer=ahead, backward_layer=back, feeds=("floats", "masked"))
    stateful = layer("GRU", units=4, stateful=True, return_sequences=True)
    yield from cases("Bidirectional", (6, 3), layer=stateful, feeds=BOTH)
    yield case("Bidirectional", (6, 3), feed="gentle", layer=layer("GRU", units=4, stateful=True))
    yield case("Bidirectional", (None, 3), layer=layer("GRU", units=4, return_sequences=True))
    yield case("Bidirectional", (None, 3), feed="masked", layer=layer("GRU", units=4))
    for options in SEQUENCES:
        turned = layer("GRU", units=4, go_backwards=True, **options)
        plain = layer("GRU", units=4, **options)
        yield from cases("Bidirectional", (6, 3), layer=turned, feeds=BOTH, only="tf_keras")
        yield from cases("Bidirectional", (6, 3), layer=turned, backward_layer=plain, feeds=BOTH)
        wrapped = [layer("RNN", cell=cell, return_state=True, **options) for cell in (LSTM, [GRU, LSTM])]
        yield from cases("Bidirectional", (6, 3), options=each(layer=wrapped), feeds=BOTH)
    for kind, sequences in product(("LSTM", "GRU", "SimpleRNN"), (False, True)):
        unrolled = layer(kind, units=3, unroll=True, return_sequences=sequences)
        yield case("Bidirectional", (6, 3), feed="masked", layer=unrolled)
    yield from _cells()
    yield from _mixed()


def _cells() -> Iterator[Case]:
    """RNN over one cell, and over several."""
    states = {"return_sequences": True, "return_state": True}
    for cell in (LSTM, GRU, BEFORE, SIMPLE):
        yield from cases("RNN", (6, 3), cell=cell, options=({}, states, {"go_backwards": True}), feeds=BOTH)
    ways: list[dict[str, Any]] = [
        *SEQUENCES,
        {"return_state": True},
        {"go_backwards": True, "return_sequences": True},
        {"stateful": True, "return_sequences": True},
    ]
    for stack in STACKS:
        yield from cases("RNN", (6, 3), cell=stack, options=ways, feeds=BOTH)
    yield case("RNN", (6, 3), cell=[LSTM, GRU], feed="masked", zero_output_for_mask=True, return_sequences=True)
    unrolled = {"unroll": True, "go_backwards": True, "return_sequences": True}
    zeros = each(stateful=(..., True), zero_output_for_mask=(True,))
    for one_or_more in (LSTM, [GRU, LSTM]):
        yield from cases("RNN", (6, 3), cell=one_or_more, **unrolled, options=({}, *zeros), feeds=["masked"])


def _mixed() -> Iterator[Case]:
    """Halves of different kinds."""
    several = [LSTM, SIMPLE]
    for ahead, back in (
        (layer("GRU", units=3), layer("RNN", cell=several)),
        (layer("RNN", cell=several), layer("GRU", units=3)),
    ):
        halves = [Layer(half.class_name, {**half.config, "return_sequences": True}) for half in (ahead, back)]
        turned = Layer(halves[1].class_name, {**halves[1].config, "go_backwards": True})
        yield case("Bidirectional", (6, 3), layer=halves[0], backward_layer=turned)
    turned = layer("RNN", cell=GRU, go_backwards=True)
    yield case("Bidirectional", (6, 3), layer=layer("SimpleRNN", units=2), backward_layer=turned)
    turned = layer("GRU", units=3, go_backwards=True, use_bias=False)
    yield case("Bidirectional", (6, 3), layer=layer("LSTM", units=3), backward_layer=turned)


CASES = tuple(_cases())
