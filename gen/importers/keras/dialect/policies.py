"""The type that a layer computes in: the dtype policies and quantization configurations that are read, and the
refusals of others.

Sources: Keras 3.15 ``keras/src/dtype_policies/dtype_policy.py``, ``dtype_policy_map.py`` and
``keras/src/quantizers/quantization_config.py``; tf_keras 2.21 ``tf_keras/src/mixed_precision/policy.py``. Keras 2.0 to
2.2 ``Layer.__init__``: a first layer's ``dtype`` was that of its input, ``int32`` for every Embedding before 2.0.6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .allowed import foreign
from .config import Writer, shown, table
from .kinds import kind_of
from .site import Site

NAMED = ("DTypePolicy", "FloatDTypePolicy", "Policy", "PolicyV1")
"""Policies whose name gives their types."""
QUANTIZED = "QuantizedDTypePolicy QuantizedFloat8DTypePolicy Int4DTypePolicy GPTQDTypePolicy AWQDTypePolicy".split()
"""Policies that have a mode, and the name of the policy that they began as."""
FLOATS = ("float16", "float32", "float64", "bfloat16", "mixed_float16", "mixed_bfloat16", "infer", "_infer", "")
OTHERS = re.compile(r"u?int(8|16|32|64)?|bool|string")
ORIGINS = re.compile(r"[a-z0-9/_-]+_from_\w+")
"""``int8_from_float32``: a quantised policy as a word."""
CONFIGURATIONS = {mode: f"{mode.capitalize()}QuantizationConfig" for mode in ("int8", "int4", "float8")}
"""Mode -> its usual configuration."""
TRAINING = ("loss_scale", "amax_history_length")
"""Options of a policy for training alone."""
QUANTIZERS = ("weight_quantizer", "activation_quantizer", "block_size")
"""Options of a quantization configuration; the arrays show the effect of the first and the last."""
FULL_RANGE = [-127, 127]
SAVE_FLOATS = "save the float model"


def policy(dtype: Any) -> str:
    """The name of a dtype policy that :func:`check` let pass: a string, or a description of one."""
    if isinstance(dtype, Mapping):
        config = table(dtype, "config")
        if dtype.get("class_name") in QUANTIZED:
            return f"{config.get('mode')}_from_{config.get('source_name')}"
        return str(config.get("name", "float32"))
    return dtype if isinstance(dtype, str) else "float32"


def check(file_class: str, config: Mapping[str, Any], writer: Writer, site: Site) -> None:
    """Let a layer pass if Gatesmith knows its policy and its quantization.

    Raises:
        UnsupportedError: it does not; the message names the unknown part.
        ModelError: one of them is malformed.
    """
    checked_class = "InputLayer" if writer.column == "Keras 2" else file_class  # its weights were floats all the same
    _check_policy(checked_class, config.get("dtype"), site)
    _check_policy("InputLayer", config.get("input_dtype"), site)  # the input type of a Sequential's first layer
    if config.get("quantization_config") is not None:
        _check_quantization(config["quantization_config"], policy(config.get("dtype")), site)


EPSILON = 1e-7


def rounding_epsilon(config: Mapping[str, Any], mode: str, grouped: bool = False) -> float | None:
    """The epsilon that Keras adds to a row's largest input before it rounds the row to 127 steps of the sum.

    None if Keras does not round inputs.

    Args:
        mode: ``int8`` or ``int4``.
        grouped: whether the weights have a scale for each group of inputs.
    """
    described = config.get("quantization_config")
    if not isinstance(described, Mapping) or not isinstance(described.get("config"), Mapping):
        return EPSILON if mode == "int8" else None
    quantizer = described["config"].get("activation_quantizer")
    if quantizer is None or grouped:
        return None
    epsilon = table(quantizer, "config").get("epsilon", EPSILON)
    return float(epsilon) if isinstance(epsilon, (int, float)) and 0 < epsilon < 1 else EPSILON


def _check_policy(file_class: str, dtype: Any, site: Site) -> None:
    if dtype is None:
        return
    if isinstance(dtype, Mapping):
        kind, config = dtype.get("class_name"), dtype.get("config")
        if not isinstance(kind, str) or not isinstance(config, Mapping):
            raise site.broken(f"has dtype={shown(dict(dtype))}", "a dtype policy has a class_name and a config")
        if foreign(dtype) or kind not in (*NAMED, *QUANTIZED):
            raise site.unsupported(
                f"computes by the dtype policy {_title(dtype, kind)}",
                "Gatesmith reads plain ones, one type for a whole layer, and cannot tell what others mean",
                'save the model with dtype="float32"',
            )
        keys = ("mode", "source_name") if kind in QUANTIZED else ("name",)
        for key in keys:
            if not isinstance(config.get(key), str):
                raise site.broken(f"has a dtype policy with {key}={shown(config.get(key))}", f"{key} is a word")
        _only(config, ("name", "mode", "source_name", *TRAINING), "a dtype policy", site)
    elif not isinstance(dtype, str):
        raise site.broken(f"has dtype={shown(dtype)}", "expected the name of a type, or a dtype policy")
    name = policy(dtype)
    if name not in FLOATS and not OTHERS.fullmatch(name) and not ORIGINS.fullmatch(name):
        raise site.unsupported(f"computes in {shown(name)}", "Gatesmith knows no such type", SAVE_FLOATS)
    if OTHERS.fullmatch(name) and _computes(file_class):
        raise site.unsupported(f"computes in {name}", "Gatesmith computes this layer in floats", SAVE_FLOATS)


def _only(config: Mapping[str, Any], keys: Sequence[str], label: str, site: Site) -> None:
    """Refuses unknown keys of a description."""
    for key, value in config.items():
        if key not in keys and value is not None:
            raise site.unsupported(
                f"has {label} with {key}={shown(value)}", "Gatesmith does not know what it means", SAVE_FLOATS
            )


def _check_quantization(described: Any, name: str, site: Site) -> None:
    """Checks a quantization configuration: it must be its mode's. With a plain policy, Keras ignores it."""
    kind, config = table(described).get("class_name"), table(described).get("config")
    if not isinstance(kind, str) or not isinstance(config, Mapping):
        raise site.broken(
            f"has quantization_config={shown(described)}", "a quantization configuration has a class_name and a config"
        )
    if "_from_" not in name:
        return
    _only(config, QUANTIZERS, "a quantization configuration", site)
    quantizer = config.get("activation_quantizer")
    usual = quantizer is None or (
        table(quantizer).get("class_name") == "AbsMaxQuantizer"
        and not foreign(quantizer)
        and isinstance(quantizer.get("config"), Mapping)
        and (quantizer["config"].get("value_range") or FULL_RANGE) == FULL_RANGE
    )
    mode = next((word for word in CONFIGURATIONS if re.match(rf"{word}\b|{word}_", name)), "")
    if foreign(described) or kind != CONFIGURATIONS.get(mode) or not usual:
        raise site.unsupported(
            f"is quantised as {name} by the configuration {_title(described, kind)}",
            "only Keras's own int8, int4 and float8 forms are read, with their usual quantizers (quantization_config)",
            SAVE_FLOATS,
        )


def _computes(file_class: str) -> bool:
    """Whether the layer computes new values, which a type of integers would truncate, and does not only move values."""
    kind = kind_of(file_class)
    return kind is not None and (bool(kind.weights) or kind.cell is not None or kind.multiplies)


def _title(described: Mapping[str, Any], kind: str) -> str:
    registered = described.get("registered_name")
    return f"{kind}, registered as {shown(registered)}" if registered not in (None, kind) else kind
