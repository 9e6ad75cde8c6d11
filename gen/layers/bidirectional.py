"""Bidirectional and stacked cells: recurrent layers composed of recurrent layers. No op of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .base import Builder, FloatArray, Spec, Value, only, reads
from .cases import case, layer
from .concatenate import Concatenate
from .merge import Merge
from .recurrent import reverse

MERGES = {"sum": "add", "mul": "multiply", "ave": "average"}


@reads("Bidirectional")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Keras 3, ``keras/src/layers/rnn/bidirectional.py``: the backward half reads the sequence from its end; its
    outputs are turned back into time order where sequences are returned."""
    value = only(builder, inputs)
    forward, backward = spec.inner
    half = len(initial) // 2
    ahead, *ahead_states = builder.call(forward, [value], initial[:half])
    back, *back_states = builder.call(backward, [value], initial[half:])
    sequences = forward.config["return_sequences"]
    if sequences:
        back = Value(reverse(builder, back.tensor))
    mask = value.mask if sequences else None
    mode = spec.config["merge_mode"]
    if mode is None:
        merged = [Value(ahead.tensor, mask), Value(back.tensor, mask)]
    else:
        op = Concatenate(axis=0) if mode == "concat" else Merge(MERGES[mode])
        (out,) = builder.add(op, [ahead.tensor, back.tensor], lead=int(sequences))
        merged = [Value(out, mask)]
    return merged + ahead_states + back_states if forward.config["return_state"] else merged


@dataclass(frozen=True)
class _Cell:
    """A cell of a stack, seen as a layer that returns its whole sequence and its states."""

    name: str
    class_name: str
    config: Mapping[str, Any]
    weights: Mapping[str, FloatArray]
    inner: Sequence[Any] = ()


@reads("StackedRNN")
def read_stacked(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """RNN over StackedRNNCells: cells that step together compute what stacked layers compute."""
    value = only(builder, inputs)
    config = spec.config
    cells = list(spec.inner)
    counts = [2 if cell.class_name == "LSTM" else 1 for cell in cells]
    order = list(range(len(cells)))
    if config["reverse_state_order"]:
        order.reverse()
    given: dict[int, Sequence[Value]] = dict.fromkeys(order, ())
    if initial:
        if len(initial) != sum(counts):
            raise builder.broken(f"has {sum(counts)} states and is given {len(initial)} initial states")
        rest = list(initial)
        for index in order:
            given[index] = [rest.pop(0) for _ in range(counts[index])]
    tensor, mask = value.tensor, value.mask
    if config["go_backwards"]:
        tensor, mask = reverse(builder, tensor), None if mask is None else reverse(builder, mask)
    states: dict[int, list[Value]] = {}
    out = Value(tensor, mask)
    for index, cell in enumerate(cells):
        final = index == len(cells) - 1
        own = {
            **cell.config,
            "return_sequences": config["return_sequences"] if final else True,
            "return_state": True,
            "go_backwards": False,
            "stateful": config["stateful"],
            "zero_output_for_mask": config["zero_output_for_mask"] if final else False,
        }
        layer = _Cell(f"{spec.name}/{cell.name}", cell.class_name, own, cell.weights)
        out, *states[index] = builder.call(layer, [Value(out.tensor, mask)], given[index])
    out = Value(out.tensor, value.mask if config["return_sequences"] else None)
    return [out, *(state for index in order for state in states[index])] if config["return_state"] else [out]


INNER = (
    layer("LSTM", units=4),
    layer("LSTM", units=4, return_sequences=True),
    layer("LSTM", units=4, return_sequences=True, return_state=True),
    layer("GRU", units=4, return_state=True),
    layer("GRU", units=4, return_sequences=True, reset_after=False),
    layer("SimpleRNN", units=4, return_sequences=True),
)
CELLS = {
    "LSTM": layer("LSTMCell", units=4),
    "GRU": layer("GRUCell", units=5),
    "GRU before": layer("GRUCell", units=3, reset_after=False),
    "SimpleRNN": layer("SimpleRNNCell", units=2, activation="relu"),
}
STACKS = (["LSTM", "LSTM"], ["LSTM", "GRU", "SimpleRNN"], ["GRU before", "LSTM"])
CASES = (
    *(
        case("Bidirectional", (6, 3), layer=inner, merge_mode=mode, feed=feed)
        for inner in INNER
        for mode in ("concat", "sum", "mul", "ave", None)
        for feed in ("gentle", "masked")
    ),
    *(
        case(
            "Bidirectional",
            (6, 3),
            layer=layer("LSTM", units=4, return_sequences=sequences),
            backward_layer=layer(kind, units=4, return_sequences=sequences, go_backwards=True),
            feed=feed,
        )
        for kind in ("LSTM", "GRU")
        for sequences in (False, True)
        for feed in ("floats", "masked")
    ),
    *(
        case("Bidirectional", shape, layer=layer("GRU", units=4, **options), feed=feed)
        for shape, options, feed in (
            ((6, 3), {"stateful": True, "return_sequences": True}, "gentle"),
            ((6, 3), {"stateful": True, "return_sequences": True}, "masked"),
            ((6, 3), {"stateful": True}, "gentle"),
            ((None, 3), {"return_sequences": True}, "floats"),
            ((None, 3), {}, "masked"),
        )
    ),
    *(
        case("RNN", (6, 3), cell=cell, feed=feed, **options)
        for cell in CELLS.values()
        for options in ({}, {"return_sequences": True, "return_state": True}, {"go_backwards": True})
        for feed in ("gentle", "masked")
    ),
    *(
        case("RNN", (6, 3), cell=[CELLS[name] for name in stack], feed=feed, **options)
        for stack in STACKS
        for options in (
            {},
            {"return_sequences": True},
            {"return_state": True},
            {"go_backwards": True, "return_sequences": True},
            {"stateful": True, "return_sequences": True},
        )
        for feed in ("gentle", "masked")
    ),
    case(
        "RNN",
        (6, 3),
        cell=[CELLS["LSTM"], CELLS["GRU"]],
        feed="masked",
        zero_output_for_mask=True,
        return_sequences=True,
    ),
    *(
        case("Bidirectional", (6, 3), layer=layer("RNN", cell=cell, return_state=True, **options), feed=feed)
        for options in ({}, {"return_sequences": True})
        for cell in (CELLS["LSTM"], [CELLS["GRU"], CELLS["LSTM"]])
        for feed in ("gentle", "masked")
    ),
    *(
        case("Bidirectional", (6, 3), layer=back, feed=feed, only="tf_keras")
        for back in (
            layer("GRU", units=4, go_backwards=True),
            layer("GRU", units=4, go_backwards=True, return_sequences=True),
        )
        for feed in ("gentle", "masked")
    ),
    *(
        case(
            "Bidirectional",
            (6, 3),
            layer=layer("GRU", units=4, go_backwards=True, **options),
            backward_layer=layer("GRU", units=4, **options),
            feed=feed,
        )
        for options in ({}, {"return_sequences": True})
        for feed in ("gentle", "masked")
    ),
)
