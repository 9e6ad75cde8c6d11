"""Bidirectional: two recurrent layers, the second from the end. No op of its own.

Sources: Keras 1.2.2 and 2.3.1 ``keras/layers/wrappers.py``, tf_keras 2.21 ``tf_keras/src/layers/rnn/bidirectional.py``,
Keras 3.15 ``keras/src/layers/rnn/bidirectional.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ....layers.concatenate import Concatenate
from ....layers.merge import Merge
from ..dialect.allowed import admit
from ..dialect.build import describe as describe_layer
from ..dialect.build import wrapped
from ..dialect.config import Option, table
from ..dialect.flags import flags
from ..dialect.generations import forces_zeros
from ..dialect.kinds import Config, Kind, cells, kind_of
from ..dialect.ledger import Ledger, with_changes
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, only, several_inputs
from .canonical import wrapper
from .recurrent import reverse

MERGES = {"sum": "add", "mul": "multiply", "ave": "average"}


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """Two recurrent layers, the second from the end."""
    config, writer = source.config, context.writer
    if config.get("num_constants"):
        raise site.unsupported("takes constants besides its input")
    name, forward = wrapped(config.get("layer"), site)
    other = config.get("backward_layer")
    turned = True if writer.generation == "Keras 3" else not forward.get("go_backwards", False)
    back = f"backward_{str(forward.get('name', name)).removeprefix('forward_')}"
    copy = name, {**forward, "go_backwards": turned, "name": back}
    layers = (name, forward), wrapped(other, site) if isinstance(other, Mapping) else copy
    for (file_class, config_inside), raw in zip(layers, (config["layer"], table(other)), strict=True):
        admit(file_class, raw, site.inside(str(config_inside.get("name", file_class)), file_class))
        of = kind_of(file_class)
        if of is None or not of.sequence or of.name == kind.name:
            raise site.unsupported(f"wraps a {file_class}", f"it wraps {', '.join(cells())} or RNN")
    trainable = [flags(file_class, config_inside, writer) for file_class, config_inside in layers]
    parts = source.place.parts(("forward_layer", "backward_layer"), trainable, site)
    halves = []
    for (file_class, config_inside), part, side in zip(layers, parts, ("forward", "backward"), strict=True):
        inner_name = f"{side}_{str(config_inside.get('name', file_class)).removeprefix(f'{side}_')}"
        at = site.inside(inner_name, file_class)
        half = Source(inner_name, file_class, config_inside, (), part)
        halves.append(_masked_to_zero(describe_layer(half, context, at), context))
    first, second = halves
    for key in ("return_sequences", "return_state", "stateful"):
        if first.config[key] != second.config[key]:
            raise site.broken(f"has halves that differ in {key}")
    if first.config["go_backwards"] == second.config["go_backwards"]:
        raise site.broken("has halves that both run in the same direction")
    read_config = {key: first.config[key] for key in ("return_sequences", "return_state", "stateful")}
    evidence = ("forward layer's arrays first, then the backward layer's",)
    return wrapper(kind, source, {"merge_mode": read["merge_mode"], **read_config}, first, second, evidence=evidence)


def _masked_to_zero(half: LayerSpec, context: Context) -> LayerSpec:
    """tf.keras from TensorFlow 1.13 on and Keras 3 set ``zero_output_for_mask`` to ``return_sequences`` in both halves
    (``force_zero_output_for_mask``)."""
    forced = forces_zeros(context.writer) and half.config["return_sequences"]
    inner = half.inner
    if inner:
        *rest, last = inner
        assert isinstance(last, LayerSpec)
        inner = (*rest, replace(last, config=with_changes(last.config, zero_output_for_mask=forced)))
    return replace(half, config=with_changes(half.config, zero_output_for_mask=forced), inner=inner)


def inside(config: Config) -> Sequence[Any]:
    """Both halves; without a ``backward_layer`` the second is a copy of the first."""
    forward = config.get("layer")
    return [forward, config.get("backward_layer") or forward]


@several_inputs(
    "Bidirectional",
    options=(Option("merge_mode", "any", "concat", values=("concat", *MERGES, None)),),
    describe=describe,
    inside=inside,
    sequence=True,
    takes_mask=True,
    placed=("merge_mode",),
    hidden=("return_sequences", "return_state", "stateful"),
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Keras 3, ``keras/src/layers/rnn/bidirectional.py``: the backward half reads the sequence from its end; if
    sequences are returned, its outputs are reversed back into time order."""
    value = only(builder, inputs)
    forward, backward = spec.inner
    assert isinstance(forward, LayerSpec)
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
        lead = int(sequences)
        last = len(builder.shape(ahead)) - 1 - lead
        op = Concatenate(axis=last) if mode == "concat" else Merge(MERGES[mode])
        merged = [builder.node(op, ahead, back, lead=lead, mask=mask)]
    return merged + ahead_states + back_states if forward.config["return_state"] else merged
