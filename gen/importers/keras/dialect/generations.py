"""What releases of Keras do differently with the same file, where the file's words do not say it.

Each fact was read in the source of the releases named, and run where a release runs today (Keras 3.3 to 3.15, tf_keras
2.21). ``docs/generations.md`` says the same to people, and what no file tells.

Sources: multi-backend Keras 1.2.2, 2.0.5 to 2.3.1 ``keras/layers/{recurrent,wrappers,merge}.py``,
``keras/backend/*_backend.py`` (``rnn``); TensorFlow 1.4 to 2.1 ``tensorflow/python/keras/{backend,layers/recurrent,
layers/wrappers}.py``; tf_keras 2.21; Keras 3.0 to 3.15 ``keras/src/layers/{layer,merging,rnn}``.
"""

from __future__ import annotations

from dataclasses import dataclass

from .config import Writer

TF_1_9_TO_1_12 = (2, 1, 6)
"""The one ``keras_version`` that TensorFlow 1.9, 1.10, 1.11 and 1.12 all wrote (``2.1.6-tf``)."""
TF_1_13 = (2, 2, 4)
TF_LEAST_SQUARE = 1e-12
"""``tf.nn.l2_normalize``."""


@dataclass(frozen=True)
class Rules:
    """Where generations of Keras differ in what layers do together."""

    masks_meet: str = "or"
    """How merge layers combine masks: ``or`` (Keras 3.4 on; none if one is missing), ``and`` (before Keras 3), or
    ``none``: they end there (Keras 3.0 to 3.3)."""
    masked_output: str = "previous"
    """What a recurrent layer emits at a masked step: the ``previous`` output, zero before the first, or the first of
    its ``state`` tensors. Unrolled layers always emit the previous output."""
    merges_mind_masks: bool = False
    """Whether Multiply, Maximum and Minimum leave masked steps of an input out (Keras 3.4 on)."""
    scaling_ends_masks: bool = False
    """Whether masks end at Rescaling and Normalization (tf.keras)."""
    inner_masks: str = "past"
    """What TimeDistributed does with masks. ``past``: its own mask is the output's, and the wrapped layer sees its
    part of it (Keras 3). ``through``: the wrapped layer's mask is the output's (tf.keras, Keras 2.2 on).
    ``unseen``: its own goes past, the wrapped layer sees none (before). ``unknown``: the file does not tell which of
    the last two."""
    softmax_sees_masks: bool = True
    """Whether the Softmax layer takes the mask of its input (tf.keras from TensorFlow 2.4 on, Keras 3)."""
    least_square: float = 1e-14
    """What Dot takes for a sum of squares that is smaller, where it normalizes: the square of Keras 3's epsilon."""
    mask_beside_state: bool = True
    """Whether a mask reaches a recurrent layer that is called with an initial state. In Keras 3 it does not, unless
    passed by hand: ``Layer.__call__`` fills in ``mask`` only where there is one tensor argument. It is handed on to
    the output all the same."""
    sums_widen: bool = False
    """Whether sums of integers of 8 and 16 bits are taken in 32 (Keras 3)."""
    cuts_means: bool = False
    """Whether the mean of integers is cut off to an integer (tf.keras)."""
    attention_takes_masks: bool = False
    """Whether attention by heads takes the masks off its inputs (Keras 3.8 on): see ``taken``."""
    adds_biases: bool = False
    """Whether ``x + constant`` may be taken for a bias (Keras 3.7 on, TensorFlow backend): see ``not_a_bias``."""


def rules(writer: Writer) -> Rules:
    """How layers act together."""
    if writer.generation == "Keras 3":
        later = _since(writer, (3, 4))
        return Rules(
            masks_meet="or" if later else "none",
            merges_mind_masks=later,
            mask_beside_state=False,
            adds_biases=_since(writer, (3, 7)),
            sums_widen=True,
            attention_takes_masks=_since(writer, (3, 8)),
        )
    if writer.generation == "tf.keras 2":
        return Rules(
            masks_meet="and",
            masked_output="previous" if _since(writer, TF_1_13) else "state",
            scaling_ends_masks=True,
            least_square=TF_LEAST_SQUARE,
            # TensorFlow 2.3 and 2.4 both wrote ``2.4.0``; where nothing tells, the later is taken, which is refused.
            softmax_sees_masks=_since(writer, (2, 4)) if writer.tensorflow is None else writer.tensorflow >= (2, 4),
            inner_masks=_inner_masks(writer),
            cuts_means=True,
        )
    # From 2.3 on, Keras left the loop over time to tf.keras where TensorFlow was its backend.
    previous = writer.backend == "theano" or writer.version >= (2, 3)
    return Rules(
        masks_meet="and",
        masked_output="previous" if previous else "state",
        least_square=TF_LEAST_SQUARE,
        softmax_sees_masks=False,
        inner_masks="through" if writer.version >= (2, 2) else "unseen",
    )


def facts(writer: Writer) -> tuple[object, ...]:
    """All of it: equal for releases that mean the same by a file."""
    return rules(writer), forces_zeros(writer), states_reversed(writer), reset_after(writer)


def forces_zeros(writer: Writer) -> bool:
    """Whether Bidirectional makes masked steps of returned sequences zero."""
    return writer.generation == "Keras 3" or (writer.generation == "tf.keras 2" and _since(writer, TF_1_13))


def states_reversed(writer: Writer) -> bool | None:
    """Whether stacked cells list their states from the last cell to the first; None where the file does not tell."""
    if writer.generation == "Keras 2":
        return writer.version < (2, 2, 3) if writer.version else None
    if writer.generation != "tf.keras 2" or not writer.version:
        return False
    if writer.version == TF_1_9_TO_1_12:
        return None if writer.tensorflow is None else writer.tensorflow < (1, 11)
    return writer.version < TF_1_9_TO_1_12


def reset_after(writer: Writer) -> bool | None:
    """What a GRU without the key ``reset_after`` does; None where a file of this writer always has it."""
    if writer.generation in ("Keras 0", "Keras 1"):
        return False
    known = bool(writer.version) and writer.version < TF_1_9_TO_1_12
    return False if known or (writer.generation == "Keras 2" and not writer.version) else None


def _since(writer: Writer, version: tuple[int, ...]) -> bool:
    """Whether it is this release or a later one; so are files without a version, which words tell that came with
    TensorFlow 1.13 or Keras 3."""
    return not writer.version or writer.version >= version


def _inner_masks(writer: Writer) -> str:
    if writer.version == TF_1_9_TO_1_12:
        if writer.tensorflow is None:
            return "unknown"
        return "through" if writer.tensorflow >= (1, 10) else "unseen"
    return "through" if _since(writer, TF_1_13) else "unseen"
