"""Differences between releases of Keras in running the same file, if the file's words do not decide.

Each fact was read in the source of the releases named, and run if the release runs today (Keras 3.3 to 3.15, tf_keras
2.21). ``docs/generations.md`` describes the same for people, and the facts that no file has.

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
"""The epsilon of ``tf.nn.l2_normalize``."""


@dataclass(frozen=True)
class Rules:
    """The differences between generations of Keras in how layers act together."""

    masks_meet: str = "or"
    """How merge layers combine masks: ``or`` (Keras 3.4 on; none if one is missing), ``and`` (before Keras 3), or
    ``none``: masks end there (Keras 3.0 to 3.3)."""
    masked_output: str = "previous"
    """A recurrent layer's output at a masked step: the ``previous`` output, zero before the first, or the first of
    its ``state`` tensors. Unrolled layers always emit the previous output."""
    merges_mind_masks: bool = False
    """Whether Multiply, Maximum and Minimum skip masked steps of an input (Keras 3.4 on)."""
    scaling_ends_masks: bool = False
    """Whether masks end at Rescaling and Normalization (tf.keras)."""
    inner_masks: str = "past"
    """The masks of TimeDistributed. ``past``: its own mask is the output's, and the wrapped layer sees its part of it
    (Keras 3). ``through``: the wrapped layer's mask is the output's (tf.keras, Keras 2.2 on). ``unseen``: its own
    mask is the output's, and the wrapped layer sees none (before). ``unknown``: one of the last two; the file does
    not determine which."""
    softmax_sees_masks: bool = True
    """Whether the Softmax layer takes the mask of its input (tf.keras from TensorFlow 2.4 on, Keras 3)."""
    least_square: float = 1e-14
    """The least sum of squares in Dot's normalization: the square of Keras 3's epsilon."""
    mask_beside_state: bool = True
    """Whether a mask reaches a recurrent layer that is called with an initial state. In Keras 3 it does not, unless
    passed by hand: ``Layer.__call__`` fills in ``mask`` only if there is one tensor argument. The output carries the
    mask all the same."""
    sums_widen: bool = False
    """Whether sums of integers of 8 and 16 bits are computed in 32 (Keras 3)."""
    cuts_means: bool = False
    """Whether the mean of integers is truncated to an integer (tf.keras)."""
    attention_takes_masks: bool = False
    """Whether attention by heads removes the masks of its inputs (Keras 3.8 on): see ``removed_masks``."""
    adds_biases: bool = False
    """Whether Keras may add a constant as a bias (Keras 3.7 on, TensorFlow backend): see ``not_a_bias``."""
    torch: tuple[int, ...] | None = None
    """The version of a Keras 3 that ran on torch: see ``not_on_torch``."""


def rules(writer: Writer) -> Rules:
    """The rules of a writer."""
    if writer.generation == "Keras 3":
        later = _since(writer, (3, 4))
        return Rules(
            masks_meet="or" if later else "none",
            merges_mind_masks=later,
            mask_beside_state=False,
            adds_biases=_since(writer, (3, 7)),
            sums_widen=True,
            attention_takes_masks=_since(writer, (3, 8)),
            torch=writer.version if writer.backend == "torch" else None,
        )
    if writer.generation == "tf.keras 2":
        return Rules(
            masks_meet="and",
            masked_output="previous" if _since(writer, TF_1_13) else "state",
            scaling_ends_masks=True,
            least_square=TF_LEAST_SQUARE,
            # TensorFlow 2.3 and 2.4 both wrote ``2.4.0``; unless the user names one, it is the later, which is refused.
            softmax_sees_masks=_since(writer, (2, 4)) if writer.tensorflow is None else writer.tensorflow >= (2, 4),
            inner_masks=_inner_masks(writer),
            cuts_means=True,
        )
    # From 2.3 on, Keras left the loop over time to tf.keras if TensorFlow was its backend.
    previous = writer.backend == "theano" or writer.version >= (2, 3)
    return Rules(
        masks_meet="and",
        masked_output="previous" if previous else "state",
        least_square=TF_LEAST_SQUARE,
        softmax_sees_masks=False,
        inner_masks="through" if writer.version >= (2, 2) else "unseen",
    )


def facts(writer: Writer) -> tuple[object, ...]:
    """All differences of a writer: equal for releases that read a file alike."""
    return rules(writer), forces_zeros(writer), states_reversed(writer), reset_after(writer)


def forces_zeros(writer: Writer) -> bool:
    """Whether Bidirectional makes masked steps of returned sequences zero."""
    return writer.generation == "Keras 3" or (writer.generation == "tf.keras 2" and _since(writer, TF_1_13))


def states_reversed(writer: Writer) -> bool | None:
    """Whether stacked cells list their states from the last cell to the first; None if the file does not decide."""
    if writer.generation == "Keras 2":
        return writer.version < (2, 2, 3) if writer.version else None
    if writer.generation != "tf.keras 2" or not writer.version:
        return False
    if writer.version == TF_1_9_TO_1_12:
        return None if writer.tensorflow is None else writer.tensorflow < (1, 11)
    return writer.version < TF_1_9_TO_1_12


def reset_after(writer: Writer) -> bool | None:
    """The ``reset_after`` of a GRU without that key; None if files of this writer always have it."""
    if writer.generation in ("Keras 0", "Keras 1"):
        return False
    is_early = bool(writer.version) and writer.version < TF_1_9_TO_1_12
    return False if is_early or (writer.generation == "Keras 2" and not writer.version) else None


def _since(writer: Writer, version: tuple[int, ...]) -> bool:
    """Whether it is this release or a later one. Files without a version count as later: words that came with
    TensorFlow 1.13 or Keras 3 identify them."""
    return not writer.version or writer.version >= version


def _inner_masks(writer: Writer) -> str:
    if writer.version == TF_1_9_TO_1_12:
        if writer.tensorflow is None:
            return "unknown"
        return "through" if writer.tensorflow >= (1, 10) else "unseen"
    return "through" if _since(writer, TF_1_13) else "unseen"
