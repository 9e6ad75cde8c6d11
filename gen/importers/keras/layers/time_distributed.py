"""TimeDistributed: a layer or model applied at every position of the first axis. No op of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....core.graph import count
from ....layers.masking import Masking
from ..dialect.input_shapes import sample_at
from ..dialect.kinds import KINDS, Config, Sample
from ..dialect.spec import LayerSpec, ModelSpec
from .base import Builder, Spec, Value, one_input
from .canonical import describe_inside
from .parts import reshaped


def inside(config: Config) -> Sequence[Any]:
    """The layer inside."""
    return [config.get("layer")]


def sample(spec: LayerSpec) -> Sample | None:
    """A sample whose steps are samples of the layer inside."""
    (inner,) = spec.inner
    step = sample_at(inner, inner.inputs[0]) if isinstance(inner, ModelSpec) else KINDS[inner.class_name].sample(inner)
    return None if step is None else (None, *step)


@one_input("TimeDistributed", describe=describe_inside(), inside=inside, takes_mask=True, sample=sample)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """The wrapped layer sees its part of the mask, position by position.

    The output's mask depends on :class:`Rules`. Keras 3 ``keras/src/layers/rnn/time_distributed.py``, tf_keras
    2.21 ``tf_keras/src/layers/rnn/time_distributed.py`` (``compute_mask``), Keras 2.1 ``keras/layers/wrappers.py``.
    """
    rule = builder.rules.inner_masks
    deep = value.mask is not None and len(builder.shape(value.mask)) > 1
    with builder.deeper():
        (out,) = builder.call(spec.inner[0], [Value(value.tensor, None if rule == "unseen" else value.mask)])
    if rule == "unknown" and (deep or out.mask not in (None, value.mask)):
        raise builder.refuse(
            "meets a mask inside its steps, and the file does not tell what comes out: TensorFlow 1.9 hands its own "
            "mask past the wrapped layer, from 1.10 on it takes the wrapped layer's",
            fix='say what wrote it: --written-by "TensorFlow 1.9" or "TensorFlow 1.12"',
        )
    if rule not in ("through", "unknown"):
        return Value(out.tensor, value.mask)
    if out.mask is None and value.mask is not None:
        return Value(out.tensor, any_inside(builder, value.mask))
    return out


def any_inside(builder: Builder, mask: int) -> int:
    """A mask reduced to its steps: 1 if any of a step's values is 1."""
    shape = builder.shape(mask)
    if len(shape) < 2:
        return mask
    inner = builder.lengths(shape[1:], "reduces a mask of")
    flat = reshaped(builder, mask, (count(inner),), "_mask", lead=1)
    return builder.add(Masking(0.0), [flat], lead=1, suffix="_mask")[1]
