"""One layer of the file -> LayerSpec: the plain layers. Recurrent layers and wrappers are in ``recurrent``.

Sources: Keras 1.2.2 ``keras/layers/{core,normalization,embeddings}.py`` and ``keras/engine/topology.py`` (Merge), Keras
2.3.1 ``keras/layers/*.py``, tf_keras 2.21 ``tf_keras/src/layers``, Keras 3.15 ``keras/src/layers`` (``core/dense.py``
for the int8 form: kernel = int8 values / kernel_scale).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .activations import CLASSES as ACTIVATION_CLASSES
from .activations import activation, layer_function
from .allowed import ALIASES, MERGE_MODES
from .config import Writer, options, product, shown, size, whole
from .site import Site
from .spec import FloatArray, LayerSpec, StoredArray
from .weights import expect, shape_text, values


@dataclass
class Context:
    """What holds for the whole file, and what is worth telling about it."""

    writer: Writer
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """A fact for the report, once."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(frozen=True)
class Source:
    """A layer as the file has it."""

    name: str
    file_class: str
    config: Mapping[str, Any]
    arrays: tuple[StoredArray, ...]
    width: int | None = None
    """Length of the last axis of its input, where known."""


LEAVES = {
    "kernel": ("kernel", "W"),
    "bias": ("bias", "b"),
    "embeddings": ("embeddings", "W"),
    "alpha": ("alpha", "alphas"),
    "moving_mean": ("moving_mean", "running_mean"),
    "moving_variance": ("moving_variance", "running_std", "running_variance"),
}
"""Canonical name -> the last word of an array's name in some generation. Keras 1's ``running_std`` is the variance."""


def plain(source: Source, context: Context, site: Site) -> LayerSpec:
    """LayerSpec of a layer that is neither recurrent nor a wrapper nor a model."""
    name = ALIASES.get(source.file_class, source.file_class)
    config = source.config
    if name == "InputLayer":
        return _spec(source, name, _input(config, site), {})
    if name in ACTIVATION_CLASSES or name == "Activation":
        if name == "Activation":
            read = options(name, config, context.writer, site)["activation"]
            found = activation(read, context.writer, site)
        else:
            found = layer_function(name, config, context.writer, site)
        return _without_arrays(source, "Activation", {"activation": found}, site)
    if name == "Merge":
        return _without_arrays(source, *_merge(config, site), site)
    read = options(name, config, context.writer, site)
    if name == "Rescaling":
        read = {key: _values(value, key, site) for key, value in read.items()}
        read = {key: float(value) if value.ndim == 0 else value for key, value in read.items()}
    if name in WEIGHTED:
        return WEIGHTED[name](source, read, context, site)
    if name == "Reshape":
        target = tuple(read["target_shape"] or ())
        if any(item == 0 or item < -1 for item in target):
            raise site.broken(f"has target_shape={shape_text(target)}", "axes are 1 or more, and one may be -1")
        product(tuple(abs(item) for item in target), "target_shape", site)
    return _without_arrays(source, name, read, site)


def _spec(
    source: Source,
    class_name: str,
    config: Mapping[str, Any],
    weights: Mapping[str, FloatArray],
    evidence: Sequence[str] = (),
    derived: Sequence[str] = (),
) -> LayerSpec:
    return LayerSpec(
        source.name,
        class_name,
        source.file_class,
        config,
        weights,
        stored=source.arrays,
        evidence=tuple(evidence),
        derived=tuple(derived),
    )


def _without_arrays(source: Source, class_name: str, config: Mapping[str, Any], site: Site) -> LayerSpec:
    """Layers without trained weights. Seeds of random layers are theirs to keep (Keras 3 stores them)."""
    if class_name != "Identity":
        expect(source.arrays, 0, "none", site)
    return _spec(source, class_name, config, {})


def _input(config: Mapping[str, Any], site: Site) -> dict[str, Any]:
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if not isinstance(shape, (list, tuple)) or not shape:
        raise site.broken("does not say which shape the input has")
    if config.get("sparse") or config.get("ragged"):
        raise site.unsupported("takes sparse or ragged tensors", "", "use a dense Input")
    dims = tuple(None if dim is None else size(dim, "shape", site) for dim in shape)
    product(tuple(dim for dim in dims if dim), "input shape", site)
    dtype = config.get("dtype") or config.get("input_dtype") or "float32"
    return {"shape": dims[1:], "batch_size": dims[0], "dtype": policy(dtype)}


def policy(dtype: Any) -> str:
    """The name of a dtype policy: a string, or Keras 2's and 3's descriptions of one."""
    if isinstance(dtype, Mapping):
        config = dtype.get("config")
        config = config if isinstance(config, Mapping) else {}
        if "mode" in config:
            return f"{config['mode']}_from_{config.get('source_name')}"
        return str(config.get("name", "float32"))
    return dtype if isinstance(dtype, str) else "float32"


def _merge(config: Mapping[str, Any], site: Site) -> tuple[str, dict[str, Any]]:
    """Keras 1's Merge, ``keras/engine/topology.py``."""
    mode = config.get("mode", "sum")
    if config.get("mode_type", "raw") != "raw" or not isinstance(mode, str) or mode not in MERGE_MODES:
        said = mode if config.get("mode_type", "raw") == "raw" else "a Python function"
        raise site.unsupported(f"merges by {shown(said)}", f"Gatesmith reads the modes {', '.join(MERGE_MODES)}")
    name = MERGE_MODES[mode]
    if name == "Concatenate":
        return name, {"axis": whole(config.get("concat_axis", -1), "concat_axis", site)}
    if name == "Dot":
        axes = config.get("dot_axes", -1)
        items = (
            [whole(item, "dot_axes", site) for item in axes]
            if isinstance(axes, list)
            else whole(axes, "dot_axes", site)
        )
        return name, {"axes": items, "normalize": False}
    return name, {}


def _values(value: Any, name: str, site: Site) -> FloatArray:
    """Numbers of a configuration: one, a list, or Keras's ``__numpy__`` description."""
    if isinstance(value, Mapping):
        inner = value.get("config")
        value = inner.get("value") if isinstance(inner, Mapping) else value.get("value")
    try:
        with np.errstate(over="ignore"):
            found = np.asarray(value, dtype=np.float32)
    except (TypeError, ValueError):
        raise site.broken(f"has {name}={shown(value)}", f"{name} is a number or numbers") from None
    if not np.isfinite(found).all():
        raise site.broken(f"has {name}={shown(value)}", f"{name} must be finite")
    return found


def named(arrays: Sequence[StoredArray], names: Sequence[str], site: Site) -> dict[str, StoredArray]:
    """Arrays by canonical name: by the last word of their own names, or by position where the names say nothing."""
    expect(arrays, len(names), ", ".join(names) or "none", site)
    found: dict[str, StoredArray] = {}
    for array in arrays:
        leaf = re.sub(r"(_\d+)?(:\d+)?$", "", array.name.rsplit("/", maxsplit=1)[-1])
        for name in names:
            if any(leaf == word or leaf.endswith(f"_{word}") for word in LEAVES.get(name, (name,))):
                found.setdefault(name, array)
    return found if len(found) == len(names) else dict(zip(names, arrays, strict=True))


def _dense(source: Source, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    read["activation"] = activation(read["activation"], context.writer, site)
    units = read["units"]
    names = ["kernel", *(["bias"] if read["use_bias"] else [])]
    arrays, derived, scale = source.arrays, [], None
    mode = policy(source.config.get("dtype"))
    if "_from_" in mode:
        if not mode.startswith("int8_"):
            raise site.unsupported(f"is quantised as {mode}", "only Keras's int8 form is read", "save the float model")
        *rest, scale = expect(arrays, len(names) + 1, "int8 kernel, bias, kernel_scale", site)
        arrays = tuple(rest)
    by_name = named(arrays, names, site)
    kernel = by_name["kernel"]
    rows = source.width if source.width is not None else next(iter(kernel.data.shape), 0)
    product((rows, units), "kernel", site)
    weights = {"kernel": values(kernel, (rows, units), site)}
    if scale is not None:
        weights["kernel"] = weights["kernel"] / values(scale, (units,), site)
        if not np.isfinite(weights["kernel"]).all():
            raise site.broken(f"has a kernel scale of 0 in {scale.path}")
        derived.append("int8 kernel divided by its scale")
        context.note(
            "int8 kernels are read as float32; Keras also rounds each layer's inputs to int8, Gatesmith does not"
        )
    if read["use_bias"]:
        weights["bias"] = values(by_name["bias"], (units,), site)
    return _spec(source, "Dense", read, weights, derived=derived)


def _embedding(source: Source, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    if "_from_" in policy(source.config.get("dtype")):
        raise site.unsupported(
            "is a quantised Embedding", "only quantised Dense layers are read", "save the float model"
        )
    shape = (read["input_dim"], read["output_dim"])
    product(shape, "embeddings", site)
    array = named(source.arrays, ("embeddings",), site)["embeddings"]
    return _spec(source, "Embedding", read, {"embeddings": values(array, shape, site)})


def _prelu(source: Source, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    array = named(source.arrays, ("alpha",), site)["alpha"]
    data = values(array, array.data.shape, site)
    shared = read["shared_axes"] or ()
    if any(not 1 <= axis <= data.ndim or data.shape[axis - 1] != 1 for axis in shared):
        raise site.broken(
            f"shares the axes {list(shared)}, but its array {array.name} has the shape {shape_text(data.shape)}"
        )
    return _spec(source, "PReLU", {"shared_axes": list(shared)}, {"alpha": data})


def _batch_norm(source: Source, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    """gamma, beta, moving mean, moving variance; those switched off are not stored."""
    if context.writer.generation == "Keras 0":
        raise site.unsupported("is a BatchNormalization of Keras 0.x", "its statistics mean something else")
    mode = source.config.get("mode", 0)
    if mode != 0:
        raise site.unsupported(
            f"normalises with mode={shown(mode)}", "it takes statistics from the data at hand, not from training"
        )
    names = [*(["gamma"] if read.pop("scale") else []), *(["beta"] if read.pop("center") else [])]
    names += ["moving_mean", "moving_variance"]
    by_name = named(source.arrays, names, site)
    length = by_name["moving_mean"].data.shape
    weights = {name: values(array, length, site) for name, array in by_name.items()}
    _check_variance(weights["moving_variance"], read["epsilon"], site)
    evidence, variance = [], by_name["moving_variance"].name
    if "running_std" in variance:
        evidence.append(f"{variance} holds the variance (Keras 1)")
    return _spec(source, "BatchNormalization", read, weights, evidence)


def _check_variance(variance: FloatArray, epsilon: float, site: Site) -> None:
    low = float(variance.min(initial=math.inf))
    if low + epsilon <= 0:
        raise site.broken(
            f"has a variance of {low:g}: the square root of variance + epsilon ({epsilon:g}) does not exist",
            "a variance is never negative: the file is damaged, or was averaged or edited",
        )


def _layer_norm(source: Source, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    scale, center = read.pop("scale"), read.pop("center")
    names = [*(["gamma"] if scale or read["rms_scaling"] else [])]
    names += ["beta"] if center and not read["rms_scaling"] else []
    read["axis"] = read["axis"] if isinstance(read["axis"], list) else [read["axis"]]
    weights = {name: values(array, array.data.shape, site) for name, array in named(source.arrays, names, site).items()}
    return _spec(source, "LayerNormalization", read, weights)


def _normalization(source: Source, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    """Statistics given to the constructor are in the configuration; adapted ones are mean, variance, count."""
    given = {name: source.config.get(name) for name in ("mean", "variance")}
    if all(value is not None for value in given.values()):
        weights = {name: _values(value, name, site) for name, value in given.items()}
    else:
        by_name = named(source.arrays, ("mean", "variance", "count")[: max(2, min(3, len(source.arrays)))], site)
        weights = {name: values(by_name[name], by_name[name].data.shape, site) for name in ("mean", "variance")}
    _check_variance(weights["variance"], 1e-14, site)
    if read["axis"] is not None and not isinstance(read["axis"], list):
        read["axis"] = [read["axis"]]
    return _spec(source, "Normalization", read, weights)


WEIGHTED = {
    "Dense": _dense,
    "Embedding": _embedding,
    "PReLU": _prelu,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Normalization": _normalization,
}


def note_policy(config: Mapping[str, Any], context: Context) -> None:
    """A remark where Keras computed in another type than float32."""
    name = policy(config.get("dtype"))
    if name not in ("float32", "") and "_from_" not in name and not name.startswith(("int", "uint", "bool")):
        context.note(f"layers of the type {name} are read and computed as float32")
