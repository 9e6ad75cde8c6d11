"""Recurrent layers, cells and wrappers -> LayerSpec.

Sources: Keras 1.2.2 ``keras/layers/{recurrent,wrappers}.py``, Keras 2.3.1 ``keras/layers/{recurrent,cudnn_recurrent,
wrappers}.py``, tf_keras 2.21
``tf_keras/src/layers/rnn/{base_rnn,bidirectional,stacked_rnn_cells,time_distributed}.py``,
Keras 3.15 ``keras/src/layers/rnn``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..functions import Function, function
from .activations import activation
from .allowed import ALIASES, RNN_CELLS, admit, foreign
from .build import Context, Source, policy
from .config import CELLS, OPTIONS, options, shown
from .flags import flags
from .gates import ORDER, read_gates
from .site import Site
from .spec import LayerSpec
from .weights import Flags, Place

SIGMOID, TANH = function("sigmoid"), function("tanh")
SHARED = ("return_sequences", "return_state", "go_backwards", "stateful", "zero_output_for_mask")
MERGE_MODES = ("concat", "sum", "mul", "ave", None)


def layer(source: Source, place: Place, context: Context, site: Site) -> LayerSpec:
    """An LSTM, GRU or SimpleRNN layer of any generation."""
    class_name = ALIASES.get(source.file_class, source.file_class)
    read = _sequence(source.config, class_name, context, site)
    arrays = place.own() or place.part("cell").own()
    return _cell(replace(source, arrays=arrays), class_name, read, context, site)


def _sequence(config: Mapping[str, Any], class_name: str, context: Context, site: Site) -> dict[str, Any]:
    """Options of the layer around the cell."""
    read = options(class_name, config, context.writer, site)
    if config.get("time_major"):
        raise site.unsupported("has time_major=True", "Gatesmith reads (batch, time, features)", "use time_major=False")
    if config.get("num_constants"):
        raise site.unsupported("takes constants besides its input")
    if context.writer.generation not in ("tf.keras 2", "Keras 3"):
        read["zero_output_for_mask"] = False
    return read


def _cell(source: Source, class_name: str, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    """Weights and activations of one recurrent cell; ``read`` are its options and those of the layer around it."""
    if "_from_" in policy(source.config.get("dtype")):
        raise site.unsupported("is quantised", "only quantised Dense layers are read", "save the float model")
    cudnn = source.file_class.startswith("CuDNN")
    gates = read_gates(
        class_name,
        read["units"],
        source.arrays,
        use_bias=read["use_bias"],
        reset_after=cudnn or read.get("reset_after", False),
        said="reset_after" in source.config,
        width=source.width,
        cudnn=cudnn,
        site=site,
    )
    for key in ("activation", "recurrent_activation"):
        if key in read:
            read[key] = activation(read[key], context.writer, site)
    if cudnn:
        read |= {"activation": TANH, "recurrent_activation": SIGMOID}
    elif gates.cudnn:
        _no_other_functions(read, site)
    if class_name == "GRU":
        read["reset_after"] = gates.reset_after
    return LayerSpec(
        source.name,
        class_name,
        source.file_class,
        read,
        gates.weights,
        stored=source.arrays,
        gates=tuple(gates.gates),
        stored_order=gates.order,
        evidence=tuple(gates.evidence),
        derived=tuple(gates.derived),
    )


def _no_other_functions(read: Mapping[str, Function], site: Site) -> None:
    """CuDNN weights under a plain layer's name: only where the layer computes what CuDNN did are they the same."""
    if read["activation"] != TANH or read["recurrent_activation"] != SIGMOID:
        raise site.broken(
            f"has CuDNN's weights, but {read['activation']} and {read['recurrent_activation']} as activations",
            "CuDNN computes tanh and sigmoid only: configuration and weights come from different models",
            "give the configuration recurrent_activation=sigmoid and activation=tanh",
        )


def cells(source: Source, place: Place, context: Context, site: Site) -> LayerSpec:
    """``RNN`` over one cell or over several (``StackedRNNCells``, or a list of cells)."""
    sequence = _sequence(source.config, "StackedRNN", context, site)
    described = source.config.get("cell")
    inside = place.part("cell")
    reverse = False
    if isinstance(described, Mapping) and described.get("class_name") == "StackedRNNCells":
        config = described.get("config")
        config = config if isinstance(config, Mapping) else {}
        described, reverse = config.get("cells"), bool(config.get("reverse_state_order"))
    if isinstance(described, Mapping):
        name, config = _cell_config(described, site)
        read = options(RNN_CELLS[name] + "Cell", config, context.writer, site)
        read |= {key: sequence[key] for key in SHARED}
        whole = replace(source, file_class=f"RNN({name})", config=config, arrays=inside.own())
        return _cell(whole, RNN_CELLS[name], read, context, site)
    if not isinstance(described, list) or not described:
        raise site.broken(f"has cell={shown(described)}", "expected a cell or cells")
    found = [_cell_config(item, site) for item in described]
    parts = inside.parts(_attributes([name for name, _ in found]), [_flags(config) for _, config in found], site)
    inner, width = [], source.width
    for index, ((name, config), part) in enumerate(zip(found, parts, strict=True)):
        own_name = str(config.get("name", f"cell_{index}"))
        at = site.inside(own_name, name)
        read = options(RNN_CELLS[name] + "Cell", config, context.writer, at)
        last = index == len(found) - 1
        read |= {
            key: sequence[key] if key in ("stateful", "zero_output_for_mask") and last else False for key in SHARED
        }
        read |= {"return_sequences": sequence["return_sequences"] if last else True, "stateful": sequence["stateful"]}
        cell = Source(own_name, name, config, part.own(), width)
        inner.append(_cell(cell, RNN_CELLS[name], read, context, at))
        width = read["units"]
    read = {**sequence, "reverse_state_order": reverse}
    return LayerSpec(source.name, "StackedRNN", "RNN(StackedRNNCells)", read, {}, inner=tuple(inner))


def _cell_config(value: Any, site: Site) -> tuple[str, Mapping[str, Any]]:
    name = value.get("class_name") if isinstance(value, Mapping) else None
    config = value.get("config") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or name not in RNN_CELLS or foreign(value):
        custom = value.get("registered_name") if isinstance(value, Mapping) else None
        raise site.unsupported(f"runs the cell {shown(custom or name)}", f"cells that are read: {', '.join(RNN_CELLS)}")
    return name, config if isinstance(config, Mapping) else {}


def _attributes(names: list[str]) -> list[str]:
    """Where the cells' arrays are below the stack: ``cells/lstm_cell``, ``cells/lstm_cell_1``."""
    words = {"LSTMCell": "lstm_cell", "GRUCell": "gru_cell", "SimpleRNNCell": "simple_rnn_cell"}
    used: dict[str, int] = {}
    result = []
    for name in names:
        index = used[name] = used.get(name, -1) + 1
        result.append(f"cells/{words[name]}" + (f"_{index}" if index else ""))
    return result


def _flags(config: Mapping[str, Any]) -> Flags:
    return (config.get("trainable", True) is not False,) * (2 + (config.get("use_bias", True) is not False))


def bidirectional(source: Source, place: Place, context: Context, site: Site) -> LayerSpec:
    """Two recurrent layers, the second from the end."""
    config, writer = source.config, context.writer
    mode = config.get("merge_mode", "concat")
    if mode not in MERGE_MODES:
        raise site.broken(f"has merge_mode={shown(mode)}", f"Keras knows {MERGE_MODES}")
    if config.get("num_constants"):
        raise site.unsupported("takes constants besides its input")
    name, forward = wrapped(config.get("layer"), site)
    other = config.get("backward_layer")
    if isinstance(other, Mapping):
        back_name, backward = wrapped(other, site)
    else:
        turned = True if writer.generation == "Keras 3" else not forward.get("go_backwards", False)
        inner = str(forward.get("name", name))
        back_name = name
        backward = {**forward, "go_backwards": turned, "name": f"backward_{inner.removeprefix('forward_')}"}
    both = (name, forward), (back_name, backward)
    described = config["layer"], other if isinstance(other, Mapping) else {}
    for (file_class, own), raw in zip(both, described, strict=True):
        admit(file_class, raw, 1, site.inside(str(own.get("name", file_class)), file_class))
        if ALIASES.get(file_class, file_class) not in (*ORDER, "RNN"):
            raise site.unsupported(f"wraps a {file_class}", "it wraps LSTM, GRU, SimpleRNN or RNN")
    known = [flags(file_class, own, writer) for file_class, own in both]
    parts = place.parts(("forward_layer", "backward_layer"), known, site)
    halves = []
    for (file_class, own), part, side in zip(both, parts, ("forward", "backward"), strict=True):
        inner_name = f"{side}_{str(own.get('name', file_class)).removeprefix(f'{side}_')}"
        at = site.inside(inner_name, file_class)
        half = Source(inner_name, file_class, own, (), source.width)
        read = cells if file_class == "RNN" else layer
        halves.append(_masked_to_zero(read(half, part, context, at), context))
    first, second = halves
    for key in ("return_sequences", "return_state", "stateful"):
        if first.config[key] != second.config[key]:
            raise site.broken(f"has halves that differ in {key}")
    if first.config["go_backwards"] == second.config["go_backwards"]:
        raise site.broken("has halves that both run in the same direction")
    read_config = {key: first.config[key] for key in ("return_sequences", "return_state", "stateful")}
    evidence = ("forward layer's arrays first, then the backward layer's",)
    return LayerSpec(
        source.name,
        "Bidirectional",
        "Bidirectional",
        {"merge_mode": mode, **read_config},
        {},
        evidence=evidence,
        inner=(first, second),
    )


def _masked_to_zero(half: LayerSpec, context: Context) -> LayerSpec:
    """tf.keras 2 and Keras 3 set ``zero_output_for_mask`` to ``return_sequences`` in both halves
    (``force_zero_output_for_mask``); multi-backend Keras has no such thing."""
    forced = context.writer.generation in ("tf.keras 2", "Keras 3") and half.config["return_sequences"]
    inner = half.inner
    if inner:
        *rest, last = inner
        assert isinstance(last, LayerSpec)
        inner = (*rest, replace(last, config={**last.config, "zero_output_for_mask": forced}))
    return replace(half, config={**half.config, "zero_output_for_mask": forced}, inner=inner)


def wrapped(value: Any, site: Site) -> tuple[str, Mapping[str, Any]]:
    """Class and options of a layer inside a wrapper."""
    name = value.get("class_name") if isinstance(value, Mapping) else None
    config = value.get("config") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or not isinstance(config, Mapping):
        raise site.broken(f"wraps {shown(value)}", "expected a layer")
    return name, config


def outputs(spec: LayerSpec) -> int:
    """How many tensors a layer gives."""
    if spec.class_name not in OPTIONS and spec.class_name != "Bidirectional":
        return 1
    if spec.class_name == "Bidirectional":
        first = 2 if spec.config["merge_mode"] is None else 1
        return first + sum(outputs(half) - 1 for half in spec.inner if isinstance(half, LayerSpec))
    if not spec.config.get("return_state"):
        return 1
    if spec.class_name == "StackedRNN":
        return 1 + sum(2 if cell.class_name == "LSTM" else 1 for cell in spec.inner)
    return 1 + (2 if spec.class_name == "LSTM" else 1) if spec.class_name in CELLS else 1
