"""Every layer that is read: one of it, and values for each of its arguments, its constructor's and its call's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .signatures import In, Subject, With, X

SPACE: Mapping[int, tuple[int, ...]] = {1: (9, 4), 2: (6, 7, 4), 3: (4, 5, 4, 4)}
"""Of a sample that is walked along so many axes; four channels."""
FIRST: Mapping[int, tuple[int, ...]] = {1: (4, 9), 2: (4, 6, 7), 3: (4, 4, 5, 6)}
P = In((4, 6), "positive")
MASK = In((4,), "mask")
ACTIVATIONS = ["relu", "softmax", "hard_sigmoid"]
OF_KERNELS = "the kernels are made by it, and kept as arrays (whose values are others here)"
NO_TRAINING = {"training": "it turns training on: refused where the result is random, of no effect elsewhere"}
NO_MASK = {"mask": "a mask of samples with axes alone is given by Masking; of a call, it is wired"}
INPUT = ("inputs", "sequences", "data", "query", "x")
WALK: Mapping[str, Sequence[Any]] = {
    "kernel_size": [3],
    "strides": [2],
    "activation": ACTIVATIONS,
    "use_bias": [False],
    "dilation_rate": [2],
}
SEQUENCE: Mapping[str, Sequence[Any]] = {
    "return_sequences": [True],
    "return_state": [True],
    "go_backwards": [True],
    "stateful": [True],
}


def layer(
    name: str, base: Mapping[str, Any], unmoving: Mapping[str, str] | None = None, /, **values: Sequence[Any]
) -> Subject:
    given = {key: [P] for key in INPUT if key in base and base[key] == X}
    still = {**NO_TRAINING, **(unmoving or {})}
    types = {} if "dtype" in still else {"dtype": ["float16"]}
    return Subject(name, base, {**types, **given, **values}, still)


def channels(rank: int, **others: Any) -> list[With]:
    """Channels first, with an input that has them there."""
    return [With("channels_first", {"inputs": In(FIRST[rank]), **others})]


def convolutions(rank: int) -> Iterator[Subject]:
    given = {"inputs": In(SPACE[rank]), "filters": 5, "kernel_size": 2}
    fresh = {"inputs": [In((8, *SPACE[rank][1:]))]}
    first = {"data_format": channels(rank, filters=3)}
    causal = ["causal"] if rank == 1 else []
    yield layer(
        f"Conv{rank}D",
        given,
        **WALK,
        **fresh,
        **first,
        padding=["same", *causal],
        filters=[2],
        groups=[With(2, {"filters": 2})],
    )
    yield layer(
        f"Conv{rank}DTranspose",
        given,
        **WALK,
        **fresh,
        **first,
        padding=["same"],
        filters=[2],
        output_padding=[With(1, {"strides": 2})],
    )
    if rank < 3:
        depth = {"inputs": given["inputs"], "kernel_size": 2}
        own = {**WALK, **fresh, "padding": ["same"], "depth_multiplier": [2]}
        yield layer(f"DepthwiseConv{rank}D", depth, **own, data_format=channels(rank))
        yield layer(f"SeparableConv{rank}D", given, **own, **first, filters=[2])
    frames = {"sequences": In((3, *SPACE[rank])), "filters": 2, "kernel_size": 2}
    yield layer(
        f"ConvLSTM{rank}D",
        frames,
        {},
        **{**WALK, **SEQUENCE},
        padding=["same"],
        filters=[3],
        sequences=[In((2, *SPACE[rank]))],
        recurrent_activation=["tanh"],
        data_format=[With("channels_first", {"sequences": In((3, *FIRST[rank]))})],
        initial_state=[[In(after(rank)), In(after(rank))]],
        mask=[With(In((3,), "mask"), {})],
    )


def after(rank: int) -> tuple[int, ...]:
    """A state of ConvLSTM's."""
    return (*(n - 1 for n in SPACE[rank][:-1]), 2)


def pools(rank: int) -> Iterator[Subject]:
    given: Mapping[str, Any] = {"inputs": In(SPACE[rank])}
    fresh = {"inputs": [In((5, *SPACE[rank][1:]))], "data_format": channels(rank)}
    for mode in ("Max", "Average"):
        yield layer(
            f"{mode}Pooling{rank}D", {**given, "pool_size": 2}, **fresh, pool_size=[3], strides=[1], padding=["same"]
        )
        mask = {"mask": [In(SPACE[1][:1], "mask")]} if (rank, mode) == (1, "Average") else {}
        yield layer(f"Global{mode}Pooling{rank}D", given, **fresh, **mask, keepdims=[True])
        yield layer(f"Adaptive{mode}Pooling{rank}D", {**given, "output_size": 2}, **fresh, output_size=[3])
    more = {"data_format": channels(rank)} if rank > 1 else {}
    yield layer(f"ZeroPadding{rank}D", given, inputs=fresh["inputs"], padding=[2], data_format=channels(rank))
    yield layer(
        f"Cropping{rank}D",
        {**given, "cropping": 1},
        inputs=fresh["inputs"],
        cropping=[((0, 1),) * rank if rank > 1 else (0, 1)],
        **more,
    )
    bilinear = {"interpolation": ["bilinear", "bicubic"]} if rank == 2 else {}
    yield layer(f"UpSampling{rank}D", given, inputs=fresh["inputs"], size=[3], **more, **bilinear)


def recurrent() -> Iterator[Subject]:
    values: Mapping[str, Sequence[Any]] = {
        **SEQUENCE,
        "units": [2],
        "activation": ["relu"],
        "use_bias": [False],
        "mask": [MASK],
    }
    given, state = {"sequences": X, "units": 3}, In((3,))
    gate: Mapping[str, Sequence[Any]] = {"recurrent_activation": ["hard_sigmoid"]}
    yield layer("LSTM", given, **values, **gate, initial_state=[[state, state]])
    yield layer("GRU", given, **values, **gate, initial_state=[state], reset_after=[False])
    yield layer("SimpleRNN", given, **values, initial_state=[state])
    cells = [[("GRUCell", {"units": 3}), ("LSTMCell", {"units": 2})], ("GRUCell", {"units": 3, "reset_after": False})]
    yield layer(
        "RNN",
        {"sequences": X, "cell": ("GRUCell", {"units": 3})},
        **SEQUENCE,
        cell=cells,
        mask=[MASK],
        initial_state=[state],
        zero_output_for_mask=[With(True, {"mask": MASK, "return_sequences": True})],
    )
    inner = ("GRU", {"units": 3, "return_sequences": True})
    yield layer(
        "Bidirectional",
        {"sequences": X, "layer": inner},
        layer=[("LSTM", {"units": 2})],
        mask=[MASK],
        merge_mode=["sum", "mul", "ave", None],
        backward_layer=[("GRU", {**inner[1], "go_backwards": True, "activation": "relu"})],
        initial_state=[[state, state]],
    )


def attention() -> Iterator[Subject]:
    pair = {"inputs": [X, P]}
    values: Mapping[str, Sequence[Any]] = {"inputs": [[P, X], [X, P, X]], "return_attention_scores": [True]}
    masks = [[MASK, None], [None, MASK]]
    more: Mapping[str, Sequence[Any]] = {"use_causal_mask": [True], "mask": masks}
    yield layer("Attention", pair, **values, **more, use_scale=[True], score_mode=["concat"])
    yield layer("AdditiveAttention", pair, **values, **more, use_scale=[False])
    heads = {"query": X, "value": P}
    calls: Mapping[str, Sequence[Any]] = {
        **{f"{name}_mask": [MASK] for name in ("value", "key")},
        "query_mask": [MASK],
        "attention_mask": [In((4, 4), "mask")],
        "value": [X],
        "key": [In((4, 6), "positive")],
        "return_attention_scores": [True],
        "use_causal_mask": [True],
        "sliding_window": [2],
        "use_bias": [False],
        "use_gate": [True],
    }
    yield layer(
        "MultiHeadAttention",
        {**heads, "num_heads": 2, "key_dim": 3},
        **calls,
        num_heads=[3],
        key_dim=[2],
        value_dim=[2],
        output_shape=[5],
        attention_axes=[With((1,), {"query": In((2, 4, 6)), "value": In((2, 4, 6))})],
    )
    yield layer(
        "GroupQueryAttention",
        {**heads, "head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
        **calls,
        head_dim=[2],
        num_query_heads=[2],
        num_key_value_heads=[4],
    )


def scales() -> Iterator[Subject]:
    flags: Mapping[str, Sequence[Any]] = {"center": [False], "scale": [False], "epsilon": [0.5]}
    yield layer("BatchNormalization", {"inputs": X}, NO_MASK, **flags, axis=[1])
    yield layer("LayerNormalization", {"inputs": X}, **flags, axis=[1, [1, 2]])
    yield layer("GroupNormalization", {"inputs": X, "groups": 2}, **flags, groups=[3, -1], axis=[1])
    yield layer("RMSNormalization", {"x": In((5, 5))}, x=[In((3, 5))], axis=[1], epsilon=[0.5])
    yield layer("UnitNormalization", {"inputs": X}, axis=[1, [1, 2]])
    numbers = {"mean": [1.0, 2, 3, 4, 5], "variance": [2.0] * 5}
    yield layer(
        "Normalization",
        {"inputs": In((5, 5)), **numbers},
        mean=[[2.0] * 5],
        variance=[[3.0] * 5],
        invert=[True],
        axis=[1],
        inputs=[In((4, 5))],
    )
    yield layer("Rescaling", {"inputs": X, "scale": 2.0}, scale=[3.0, [1.0, 2, 3, 4, 5, 6]], offset=[1.5])
    yield layer(
        "SpectralNormalization", {"inputs": X, "layer": ("Dense", {"units": 3})}, layer=[("Dense", {"units": 2})]
    )


def plain() -> Iterator[Subject]:
    yield layer("Dense", {"inputs": X, "units": 3}, units=[2], activation=ACTIVATIONS, use_bias=[False])
    yield layer(
        "EinsumDense",
        {"inputs": X, "equation": "abc,cd->abd", "output_shape": (4, 3)},
        output_shape=[(4, 2)],
        equation=["abc,bcd->abd"],
        activation=ACTIVATIONS,
        bias_axes=["d", "bd"],
    )
    tokens = {"inputs": In((5,), "tokens"), "input_dim": 6, "output_dim": 3}
    yield layer(
        "Embedding",
        tokens,
        {"mask_zero": "it makes a mask, which no layer looks at here"},
        inputs=[In((4,), "tokens")],
        input_dim=[9],
        output_dim=[2],
    )
    turned = {"inputs": In((5, 3)), "reverse": True}
    yield layer(
        "ReversibleEmbedding",
        tokens,
        {"mask_zero": "it makes a mask, which no layer looks at here"},
        inputs=[In((4,), "tokens")],
        input_dim=[9],
        output_dim=[2],
        reverse=[With(True, {"inputs": In((5, 3))})],
        tie_weights=[With(False, turned)],
        logit_soft_cap=[With(0.1, turned)],
        reverse_dtype=[With("float16", turned)],
    )
    for name in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"):
        yield layer(name, {"inputs": [X, P]}, inputs=[[P, X] if name == "Subtract" else [X, In((4, 1))]])
    yield layer("Concatenate", {"inputs": [X, P]}, inputs=[[P, X]], axis=[1])
    yield layer("Dot", {"inputs": [X, P], "axes": 2}, inputs=[[P, X]], axes=[1, (1, 1)], normalize=[True])
    yield layer("Activation", {"inputs": X, "activation": "relu"}, activation=["tanh", "softmax", "leaky_relu", "gelu"])
    yield layer("ReLU", {"inputs": X}, max_value=[0.5], negative_slope=[0.2], threshold=[0.3])
    yield layer("LeakyReLU", {"inputs": X}, negative_slope=[0.5])
    yield layer("ELU", {"inputs": X}, alpha=[0.5])
    yield layer("PReLU", {"inputs": X}, shared_axes=[[1]])
    yield layer("Softmax", {"inputs": X}, axis=[1, (1, 2)], mask=[In((4, 6), "mask")])
    yield layer(
        "Masking",
        {"inputs": In((4, 1), "tokens")},
        {"dtype": "it gives whole numbers of 0 to 4 here"},
        mask_value=[2.0],
        inputs=[In((3, 1), "tokens")],
    )
    yield layer("Flatten", {"inputs": X}, data_format=["channels_first"])
    yield layer("Permute", {"inputs": In((2, 3, 4)), "dims": (2, 1, 3)}, inputs=[In((2, 3, 5))], dims=[(3, 1, 2)])
    yield layer("RepeatVector", {"inputs": In((4,)), "n": 2}, inputs=[In((3,))], n=[3])
    yield layer("Reshape", {"inputs": X, "target_shape": (8, 3)}, target_shape=[(-1, 4), (24,)])
    yield layer("Identity", {"inputs": X})
    yield layer(
        "TimeDistributed",
        {"inputs": In((3, 4, 6)), "layer": ("Dense", {"units": 2})},
        NO_MASK,
        layer=[("GRU", {"units": 2})],
        inputs=[In((2, 4, 6))],
    )


def preprocessing() -> Iterator[Subject]:
    numbers, sparse = In((4, 6)), {"sparse": "a sparse tensor is no output of a model that is read"}
    bins = {"inputs": numbers, "bin_boundaries": [-0.5, 0.2, 1.0]}
    yield layer(
        "Discretization",
        bins,
        {
            **sparse,
            "dtype": "bins are whole numbers",
            "num_bins": "adapt() makes boundaries by it",
            "epsilon": "of adapt()",
        },
        inputs=[P],
        bin_boundaries=[[0.0, 0.1]],
        output_mode=["one_hot", "multi_hot", "count"],
    )
    yield layer(
        "CategoryEncoding",
        {"inputs": In((5,), "tokens"), "num_tokens": 6},
        {**sparse, "dtype": "it gives 0 and 1"},
        inputs=[In((3,), "tokens")],
        num_tokens=[9],
        output_mode=["one_hot", "count"],
        count_weights=[With(In((5,), "positive"), {"output_mode": "count"})],
    )
    words: Mapping[str, Any] = {"inputs": In((5,), "tokens"), "vocabulary": [3, 1, 4]}
    yield layer(
        "IntegerLookup",
        words,
        {
            **sparse,
            **dict.fromkeys(("dtype", "vocabulary_dtype"), "it gives whole numbers"),
            **dict.fromkeys(("oov_method", "salt"), "of more than one number for the unknown, which is refused"),
            "idf_weights": "of output_mode tf_idf, which is refused",
        },
        inputs=[In((3,), "tokens")],
        vocabulary=[[2, 4]],
        num_oov_indices=[2],
        mask_token=[0, With(0, {"output_mode": "count"})],
        oov_token=[With(-7, {"invert": True})],
        invert=[True],
        output_mode=["one_hot", "multi_hot", "count", With("tf_idf", {"idf_weights": [0.5, 1.0, 2.0]})],
        max_tokens=[With(9, {"pad_to_max_tokens": True, "output_mode": "count"})],
        pad_to_max_tokens=[With(True, {"max_tokens": 9, "output_mode": "count"})],
    )
    picture = {"data": In((6, 7, 3), "positive"), "height": 4, "width": 3}
    size: Mapping[str, Sequence[Any]] = {"height": [5], "width": [4], "data": [In((7, 6, 3))]}
    fill = {"pad_to_aspect_ratio": True}
    yield layer(
        "Resizing",
        picture,
        {"fill_mode": "Keras takes constant alone"},
        **size,
        interpolation=["nearest", "bicubic", "lanczos3", "area"],
        crop_to_aspect_ratio=[True],
        pad_to_aspect_ratio=[True],
        fill_value=[With(2.0, fill)],
        antialias=[True],
        data_format=[With("channels_first", {"data": In((3, 6, 7))})],
    )
    yield layer("CenterCrop", picture, **size, data_format=[With("channels_first", {"data": In((3, 6, 7))})])
    yield layer("AutoContrast", {"data": In((6, 7, 3), "positive")}, data=[In((5, 4, 3))], value_range=[(0, 1)])
    clip = {"inputs": In((64, 1)), "frame_length": 16, "frame_step": 8, "fft_length": 16, "window": None}
    yield layer(
        "STFTSpectrogram",
        clip,
        {
            "window": OF_KERNELS,
            "periodic": OF_KERNELS,
            "scaling": OF_KERNELS,
            "data_format": "refused where channels come first",
        },
        inputs=[In((48, 1))],
        mode=["magnitude", "psd", "real", "imag", "stft"],
        frame_length=[8],
        frame_step=[4],
        fft_length=[32],
        padding=["same"],
        expand_dims=[True],
    )
    mel = {"inputs": In((512,)), "fft_length": 64, "sequence_stride": 32, "sequence_length": 64, "num_mel_bins": 8}
    floor = {"top_db": "below the loudest of a clip here, and of a batch in Keras: the page says so"}
    yield layer(
        "MelSpectrogram",
        {**mel, "sampling_rate": 8000},
        floor,
        inputs=[In((400,))],
        fft_length=[128],
        sequence_stride=[16],
        sequence_length=[48],
        window=["hamming", None, With(None, {"sequence_length": 48})],
        sampling_rate=[16000],
        num_mel_bins=[6],
        min_freq=[200.0],
        max_freq=[3000.0],
        power_to_db=[False],
        mag_exp=[1.0],
        min_power=[50.0],
        ref_power=[0.1],
    )


SUBJECTS = (
    *(subject for rank in (1, 2, 3) for part in (convolutions, pools) for subject in part(rank)),
    *(subject for part in (recurrent, attention, scales, plain, preprocessing) for subject in part()),
)
