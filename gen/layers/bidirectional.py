"""Cases of Bidirectional and of RNN over cells, which are composed of recurrent layers and have no op of their own."""

from __future__ import annotations

from .cases import case, layer

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
    *(
        case(
            "Bidirectional", (6, 3), layer=layer(kind, units=3, unroll=True, return_sequences=sequences), feed="masked"
        )
        for kind in ("LSTM", "GRU", "SimpleRNN")
        for sequences in (False, True)
    ),
    *(
        case("RNN", (6, 3), cell=cell, feed="masked", unroll=True, go_backwards=True, return_sequences=True, **options)
        for cell in (CELLS["LSTM"], [CELLS["GRU"], CELLS["LSTM"]])
        for options in ({}, {"zero_output_for_mask": True}, {"stateful": True, "zero_output_for_mask": True})
    ),
    *(
        case("Bidirectional", (6, 3), layer=ahead, backward_layer=back)
        for ahead, back in (
            (
                layer("GRU", units=3, return_sequences=True),
                layer("RNN", cell=[CELLS["LSTM"], CELLS["SimpleRNN"]], return_sequences=True, go_backwards=True),
            ),
            (layer("SimpleRNN", units=2), layer("RNN", cell=CELLS["GRU"], go_backwards=True)),
            (
                layer("RNN", cell=[CELLS["LSTM"], CELLS["SimpleRNN"]], return_sequences=True),
                layer("GRU", units=3, return_sequences=True, go_backwards=True),
            ),
            (layer("LSTM", units=3), layer("GRU", units=3, go_backwards=True, use_bias=False)),
        )
    ),
)
