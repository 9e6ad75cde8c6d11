"""IntegerLookup: whole numbers become places in a vocabulary, or the reverse.

Sources: Keras 3.15 ``keras/src/layers/preprocessing/{integer_lookup,index_lookup}.py``, tf_keras 2.21 the same in
``tf_keras/src/layers/preprocessing``.
"""

from __future__ import annotations

import numpy as np

from ....layers.lookup import Lookup
from ..dialect.build import described, numbers
from ..dialect.config import Option, number, shown
from ..dialect.kinds import Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, LayerSpec
from ..dialect.weights import values
from .activation import frames
from .base import Builder, Spec, Value, one_input
from .categories import MODE, MODES, encoded

EXACT = 2**24
"""Whole numbers up to this size are exact in float32."""


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """Keys and places: the mask token has place 0, then come unknown numbers, then the vocabulary."""
    mode, unknown, token, tokens = (read[key] for key in ("output_mode", "num_oov_indices", "mask_token", "max_tokens"))
    out_of_words = number(read["oov_token"], "oov_token", site)
    if token is not None and mode != "int":
        raise site.unsupported(
            f"has mask_token={shown(token)} and output_mode={mode}",
            "Keras keeps no place for the mask there",
            "leave mask_token out",
        )
    if unknown not in (0, 1):
        raise site.unsupported(
            f"has num_oov_indices={shown(unknown)}", "it hashes unknown numbers", "use num_oov_indices=1"
        )
    masked = [] if token is None else [number(token, "mask_token", site)]
    words = vocabulary(source, read, [*masked, *[out_of_words] * unknown], site)
    start = len(masked) + unknown
    keys = np.asarray([*masked, *words], np.float32)
    places = np.asarray([*range(len(masked)), *range(start, start + len(words))], np.float32)
    if not len(words) or np.abs(keys).max() >= EXACT or len(set(keys.tolist())) < len(keys):
        raise site.broken(f"has vocabulary={shown(words.tolist())}", "expected different numbers below 2^24")
    depth, other = start + len(words), float(len(masked) if unknown else 0)
    if read["pad_to_max_tokens"] and tokens is not None:
        depth = tokens
    if read["invert"]:
        keys, places, other = places, keys, out_of_words
    config = {"output_mode": MODES[mode], "depth": depth, "keys": keys, "values": places, "other": other}
    return described(kind, source, config, {})


def vocabulary(source: Source, read: Ledger, special: list[float], site: Site) -> FloatArray:
    """The vocabulary in the options, or that of the asset which ``adapt()`` leaves to ``.keras`` alone. The tokens of
    masks and of unknown numbers may come first, as ``get_vocabulary()`` has them."""
    if read["vocabulary"] is not None:
        words = numbers(read["vocabulary"], "vocabulary", site).reshape(-1)
    elif source.arrays:
        words = values(source.arrays[0], (source.arrays[0].data.size,), site)
    else:
        raise site.unsupported(
            "has no vocabulary in this file",
            "adapt() leaves it in no option, and only .keras has it beside them",
            'save the trained model as .keras: model.save("model.keras")',
        )
    return words[len(special) :] if words[: len(special)].tolist() == special else words


@one_input(
    "IntegerLookup",
    options=(
        Option("vocabulary", "any", None),
        Option("num_oov_indices", "any", 1, older=("num_oov_tokens",)),
        Option("mask_token", "any", None, older=("mask_value",)),
        Option("oov_token", "any", -1, older=("oov_value",)),
        MODE,
        Option("invert", "flag", False),
        Option("max_tokens", "size?", None, older=("max_values",)),
        Option("pad_to_max_tokens", "flag", False),
    ),
    neutral=(
        *("sparse", "vocabulary_size", "vocabulary_dtype", "oov_method", "salt", "idf_weights"),
        "has_input_vocabulary",
    ),
    describe=describe,
    input_dtype="int64",
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    config = spec.config
    op = Lookup(config["keys"], config["values"], config["other"])
    (out,) = builder.add(op, [value.tensor], lead=frames(builder.shape(value)), suffix="_place")
    if config["output_mode"] == "int":
        return Value(out)
    vector = encoded(builder, Value(out), config["output_mode"], config["depth"])
    if builder.rules.sums_widen:  # Keras 3 leaves them int64, whatever type it declares before they are computed
        builder.types[vector.tensor] = "int"
    return vector
