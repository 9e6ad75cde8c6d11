"""Values for each argument of a layer: options as the layer's own cases have them, and here what no case has: arguments
of its call, and options that only these change."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from .cases import Case, layer
from .lab import cases_of_layers
from .signatures import Either, In, Subject, With, X, constructed, reason

SPACE: Mapping[int, tuple[int, ...]] = {1: (9, 4), 2: (6, 7, 4), 3: (4, 5, 4, 4)}
"""Of a sample that is walked along so many axes; four channels."""
FIRST: Mapping[int, tuple[int, ...]] = {1: (4, 9), 2: (4, 6, 7), 3: (4, 4, 5, 6)}
P = In((4, 6), "positive")
MASK = In((4,), "mask")
TOKENS = "tokens"
PLAIN = ("floats", "gentle", "edges", TOKENS)
"""Feeds of cases whose layer stands alone behind the inputs."""
OF_KERNELS = "the kernels are made by it, and kept as arrays (whose values are others here)"
WHOLE = {"dtype": "it gives whole numbers, or 0 and 1"}
NO_MASK = {"mask": "a mask of samples with axes alone is given by Masking; of a call, it is wired"}
NO_TRAINING = {"training": "it turns training on: refused where the result is random, of no effect elsewhere"}
INPUT = dict.fromkeys(("inputs", "sequences", "data", "query", "x"), "every case feeds it")
SPARSE = {"sparse": "a sparse tensor is no output of a model that is read"}
TABLE = {"mask_zero": "it makes a mask, which no layer looks at here"}
WALK: Mapping[str, Sequence[Any]] = {"activation": ["relu"], "use_bias": [False]}
SEQUENCE: Mapping[str, Sequence[Any]] = {
    **{name: [True] for name in ("return_sequences", "return_state", "go_backwards", "stateful")},
    **WALK,
    **{name: [2] for name in ("strides", "dilation_rate")},
    "recurrent_activation": ["tanh"],
}


@cache
def cases_of(name: str) -> list[Case]:
    """A layer's own cases, the shortest first."""
    cases = [
        case
        for _, case in cases_of_layers()
        if case.layer.class_name == name and case.only in ("", "keras") and not case.refused
        if case.feed in PLAIN and not any(None in shape for shape in case.shapes)
    ]
    return sorted(cases, key=lambda case: len(case.layer.config))


def fed(case: Case, argument: str) -> Mapping[str, Any]:
    """A case's inputs, as an argument of the call."""
    inputs = [In(shape, TOKENS if case.feed == TOKENS else "float32") for shape in case.shapes]
    if case.apart:
        return dict(zip((argument, "value", "key"), inputs, strict=False))
    return {argument: inputs[0] if len(inputs) == 1 else inputs}


def subject(name: str, argument: str = "inputs", base: Mapping[str, Any] | None = None, /, **values: Any) -> Subject:
    """A layer, called as in its shortest case if nothing else is said, with the options of all of them.

    Args:
        argument: of the call that takes its inputs; an empty one leaves its cases out.
        values: of arguments, the values; ``unmoving``, reasons of others.
    """
    still = {**NO_TRAINING, **INPUT, **values.pop("unmoving", {})}
    cases = cases_of(name) if argument else []
    if base is None:
        base = {**cases[0].layer.config, **fed(cases[0], argument)}
    known = constructed(getattr(import_module("keras").layers, name))
    options: dict[str, list[With]] = {}
    for case in cases:
        for option, value in case.layer.config.items():
            if option not in known:  # tf_keras's
                continue
            others = {key: item for key, item in case.layer.config.items() if key != option}
            options.setdefault(option, []).append(With(value, {**others, **fed(case, argument)}))
    plain = Subject(name, base, {}, still)
    either = {key: Either(rows) for key, rows in options.items() if key not in values and not reason(plain, key)}
    types = {} if "dtype" in still else {"dtype": ["float16"]}
    return Subject(name, base, {**types, **either, **values}, still)


def channels(
    rank: int, *ways: Mapping[str, Any], argument: str = "inputs", before: tuple[int, ...] = (), **others: Any
) -> Mapping[str, Any]:
    """Channels first, with an input that has them there; also with each of some options. No output is as wide as it has
    channels: Keras with TensorFlow, as it is called, may add the bias along the width then."""
    first = {argument: In((*before, *FIRST[rank])), **others}
    return {"data_format": [With("channels_first", {**first, **way}) for way in ({}, *ways)]}


def walks(rank: int) -> Iterator[Subject]:
    """Convolutions and pools. A softmax goes along the last axis, which holds no channels where they come first."""
    base = {"inputs": In(SPACE[rank])}
    others = {"data_format": "channels_first", "inputs": In(FIRST[rank]), "use_bias": False}
    across = {"activation": ["relu", *(With(name, others) for name in ("softmax", "glu"))]} if rank < 3 else {}
    same = {"padding": "same", **({"strides": 2} if rank < 3 else {})}
    walk = {**base, "filters": 5, "kernel_size": 2}
    more: Mapping[str, Any] = {"groups": [With(2, {"filters": 2})], **WALK} if rank == 3 else {}
    spread = {"output_padding": [With(1, {"strides": 2})], "kernel_size": [3], "padding": ["same"], **WALK, **across}
    yield subject(f"Conv{rank}D", "inputs", walk, **channels(rank, same, filters=3), **more, **across)
    yield subject(f"Conv{rank}DTranspose", "inputs", walk, **channels(rank, filters=3), dilation_rate=[2], **spread)
    if rank < 3:
        deep = {**base, "kernel_size": 2}
        yield subject(
            f"DepthwiseConv{rank}D", "inputs", deep, **channels(rank, {"depth_multiplier": 2, **same}), **across
        )
        yield subject(f"SeparableConv{rank}D", "inputs", walk, **channels(rank, same, filters=3), filters=[2], **across)
    after = (*(n - 1 for n in SPACE[rank][:-1]), 2)
    frames = {"sequences": In((3, *SPACE[rank])), "filters": 2, "kernel_size": 2}
    yield subject(
        f"ConvLSTM{rank}D",
        "sequences",
        frames,
        **channels(rank, argument="sequences", before=(3,)),
        **SEQUENCE,
        filters=[3],
        kernel_size=[3],
        initial_state=[[In(after), In(after)]],
        mask=[In((3,), "mask")],
    )
    for mode in ("Max", "Average"):
        mask = {"mask": [In(SPACE[1][:1], "mask")]} if (rank, mode) == (1, "Average") else {}
        yield subject(f"{mode}Pooling{rank}D", "inputs", {**base, "pool_size": 2}, **channels(rank, same))
        yield subject(f"Global{mode}Pooling{rank}D", "inputs", base, **channels(rank), **mask)
        yield subject(
            f"Adaptive{mode}Pooling{rank}D", "inputs", {**base, "output_size": 2}, **channels(rank), output_size=[3]
        )
    yield subject(f"ZeroPadding{rank}D", "inputs", base, **channels(rank))
    first = channels(rank) if rank > 1 else {}
    yield subject(f"Cropping{rank}D", "inputs", {**base, "cropping": 1}, **first)
    yield subject(f"UpSampling{rank}D", "inputs", base, **first)


def recurrent() -> Iterator[Subject]:
    base, state = {"sequences": X, "units": 3}, In((3,))
    calls: Mapping[str, Sequence[Any]] = {"mask": [MASK], "initial_state": [state], "stateful": [True]}
    yield subject("LSTM", "sequences", base, **{**calls, "initial_state": [[state, state]]})
    yield subject("GRU", "sequences", base, **calls)
    yield subject("SimpleRNN", "sequences", base, **calls)
    zeros = With(True, {"mask": MASK, "return_sequences": True})
    cell = layer("GRUCell", units=3)
    yield subject("RNN", "sequences", {"sequences": X, "cell": cell}, **calls, zero_output_for_mask=[zeros])
    inner = {"units": 3, "return_sequences": True}
    turned = layer("GRU", **inner, go_backwards=True, activation="relu")
    yield subject(
        "Bidirectional",
        "sequences",
        {"sequences": X, "layer": layer("GRU", **inner)},
        mask=[MASK],
        merge_mode=["sum", "mul", "ave", None],
        backward_layer=[turned],
        initial_state=[[state, state]],
    )


def attention() -> Iterator[Subject]:
    more: Mapping[str, Sequence[Any]] = {
        "return_attention_scores": [True],
        "use_causal_mask": [True],
        "mask": [[MASK, None], [None, MASK]],
    }
    yield subject("Attention", "inputs", {"inputs": [X, P]}, **more)
    yield subject("AdditiveAttention", "inputs", {"inputs": [X, P]}, **more)
    calls: Mapping[str, Sequence[Any]] = {
        **{name: [MASK] for name in ("query_mask", "value_mask", "key_mask")},
        "attention_mask": [In((4, 4), "mask")],
        "value": [X],
        "key": [In((4, 6), "positive")],
        **{name: [True] for name in ("return_attention_scores", "use_causal_mask")},
    }
    heads = {"query": X, "value": P}
    yield subject("MultiHeadAttention", "query", {**heads, "num_heads": 2, "key_dim": 3}, **calls)
    groups = {**heads, "head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
    yield subject("GroupQueryAttention", "query", groups, **calls, head_dim=[2], num_query_heads=[2])


def others() -> Iterator[Subject]:
    yield subject("BatchNormalization", "inputs", {"inputs": X}, unmoving=NO_MASK)
    yield subject("Embedding", unmoving=TABLE, input_dim=[7])
    turned = {"inputs": In((5, 3)), "reverse": True}
    yield subject(
        "ReversibleEmbedding",
        "",
        {"inputs": In((5,), TOKENS), "input_dim": 6, "output_dim": 3},
        unmoving=TABLE,
        input_dim=[9],
        output_dim=[2],
        reverse=[With(True, {"inputs": In((5, 3))})],
        tie_weights=[With(False, turned)],
        logit_soft_cap=[With(0.1, turned)],
        reverse_dtype=[With("float16", turned)],
    )
    for name in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"):
        yield subject(name, "", {"inputs": [X, P]})
    yield subject("Softmax", "inputs", {"inputs": X}, mask=[In((4, 6), "mask")])
    yield subject("Masking", "", {"inputs": In((4, 1), TOKENS)}, mask_value=[2.0], unmoving=WHOLE)
    yield subject("Identity", "", {"inputs": X})
    steps = {"inputs": In((3, 4, 6)), "layer": layer("Dense", units=2)}
    yield subject("TimeDistributed", "", steps, unmoving=NO_MASK, layer=[layer("GRU", units=2)])
    numbers = {"mean": [1.0, 2, 3, 4, 5], "variance": [2.0] * 5}
    yield subject("Normalization", "inputs", {"inputs": In((5, 5)), **numbers})


def preprocessing() -> Iterator[Subject]:
    of_data = {"num_bins": "adapt() makes boundaries by it", "epsilon": "of adapt()"}
    yield subject("Discretization", unmoving={**SPARSE, **WHOLE, **of_data}, bin_boundaries=[[0.0, 0.1]])
    count = With(In((5,), "positive"), {"output_mode": "count"})
    tokens = {"inputs": In((5,), TOKENS), "num_tokens": 6}
    yield subject("CategoryEncoding", "inputs", tokens, unmoving={**SPARSE, **WHOLE}, count_weights=[count])
    unknown = dict.fromkeys(("oov_method", "salt"), "of more than one number for the unknown, which is refused")
    weights = {"idf_weights": "of output_mode tf_idf, which is refused"}
    yield subject(
        "IntegerLookup",
        unmoving={**SPARSE, **WHOLE, "vocabulary_dtype": WHOLE["dtype"], **unknown, **weights},
        vocabulary=[[3, 8, 5]],
        num_oov_indices=[2],
        output_mode=["count", With("tf_idf", {"idf_weights": [0.5, 1.0, 2.0, 1.5]})],
    )
    picture = {"data": In((6, 7, 3), "positive"), "height": 4, "width": 3}
    first = {"data_format": [With("channels_first", {"data": In((3, 6, 7))})]}
    fill = {"fill_mode": "Keras takes constant alone"}
    whole = With(2.0, {"pad_to_aspect_ratio": True})
    yield subject("Resizing", "data", picture, unmoving=fill, **first, fill_value=[whole])
    yield subject("CenterCrop", "data", picture, **first)
    yield subject("AutoContrast", "", {"data": In((6, 7, 3), "positive")}, value_range=[(0, 1)])
    kernels = dict.fromkeys(("window", "periodic", "scaling"), OF_KERNELS)
    yield subject(
        "STFTSpectrogram",
        unmoving={**kernels, "data_format": "refused where channels come first"},
        frame_length=[8],
        frame_step=[4],
    )
    floor = {"top_db": "below the loudest of a clip here, and of a batch in Keras: the page says so"}
    yield subject(
        "MelSpectrogram",
        unmoving=floor,
        window=["hamming", None, With(None, {"sequence_length": 24})],
        num_mel_bins=[5],
        sampling_rate=[2000],
        min_freq=[200.0],
        max_freq=[300.0],
        min_power=[50.0],
        ref_power=[0.1],
    )


OF_THEIR_OWN = (
    *(subject for rank in (1, 2, 3) for subject in walks(rank)),
    *(subject for part in (recurrent, attention, others, preprocessing) for subject in part()),
)
"""Layers with arguments that their cases do not have, or without cases."""
