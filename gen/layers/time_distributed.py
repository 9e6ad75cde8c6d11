"""TimeDistributed: a layer or model applied at every position of the first axis. No op of its own."""

from __future__ import annotations

from collections.abc import Sequence

from .base import Builder, Spec, Value, only, reads
from .cases import case, layer


@reads("TimeDistributed")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """A mask of steps goes past the wrapped layer (masked steps are computed like the others); one that reaches
    further in is handed to it, position by position; Keras 3, ``keras/src/layers/rnn/time_distributed.py``."""
    del initial
    value = only(builder, inputs)
    inner = value.mask if value.mask is not None and len(builder.shape(value.mask)) > 1 else None
    with builder.deeper():
        (out,) = builder.call(spec.inner[0], [Value(value.tensor, inner)])
    return [Value(out.tensor, value.mask)]


SEQUENTIAL = layer("Sequential", layers=[layer("Dense", units=4, activation="relu"), layer("Dense", units=2)])
CASES = (
    *(
        case("TimeDistributed", shape, layer=inner)
        for shape, inner in (
            ((6, 3), layer("Dense", units=4, activation="tanh")),
            ((6, 3), layer("Activation", activation="softmax")),
            ((6, 3), layer("BatchNormalization")),
            ((6, 3), layer("Dropout", rate=0.5)),
            ((6, 2, 3), layer("Dense", units=4)),
            ((6, 2, 3), layer("Flatten")),
            ((6, 2, 3), layer("Reshape", target_shape=(3, 2))),
            ((6, 2, 3), layer("Permute", dims=(2, 1))),
            ((6, 2, 3), layer("Softmax", axis=1)),
            ((6, 3), layer("RepeatVector", n=2)),
            ((6, 3), layer("LayerNormalization")),
            ((6, 3), SEQUENTIAL),
            ((2, 6, 3), layer("LSTM", units=4)),
            ((2, 6, 3), layer("LSTM", units=4, return_sequences=True)),
            ((2, 6, 3), layer("GRU", units=4, go_backwards=True)),
            ((2, 6, 3), layer("GRU", units=4, reset_after=False)),
            ((2, 6, 3), layer("SimpleRNN", units=4, return_sequences=True, go_backwards=True)),
            ((2, 6, 3), layer("Bidirectional", layer=layer("LSTM", units=4))),
            ((2, 6, 3), layer("Bidirectional", layer=layer("GRU", units=4, return_sequences=True), merge_mode="sum")),
            ((2, 6, 3), layer("TimeDistributed", layer=layer("Dense", units=4))),
            ((2, 2, 3, 2), layer("TimeDistributed", layer=layer("LSTM", units=4))),
            ((None, 3), layer("Dense", units=4)),
        )
    ),
    *(case("TimeDistributed", (6, 3), layer=inner, feed="masked") for inner in (layer("Dense", units=4), SEQUENTIAL)),
)
