"""Cases of TimeDistributed, which has no op of its own: a layer or model at every position of the first axis."""

from . import case, layer

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
    case("TimeDistributed", (6, 6), layer=layer("Softmax"), feed="masked", only="keras", refused="under a mask"),
)
