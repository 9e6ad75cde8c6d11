"""Random small models of every layer kind, for fitting and checking the budget's estimate of code size."""

from __future__ import annotations

import random
from typing import Any

import keras
from keras import layers

ACTIVATIONS = (
    "linear", "relu", "tanh", "sigmoid", "hard_sigmoid", "elu", "selu", "softplus", "softsign", "gelu", "silu",
    "exponential", "relu6", "leaky_relu", "mish",
)  # fmt: skip
WIDTHS = (*range(1, 17), 18, 20, 21, 24)
CELLS = ("LSTM", "GRU", "SimpleRNN")
GATES = ("sigmoid", "sigmoid", "sigmoid", "hard_sigmoid", "tanh")


def model(seed: int) -> Any:
    """A Keras model; the same one for a seed."""
    keras.utils.set_random_seed(seed)
    maker = _Maker(random.Random(seed))
    return maker.images() if seed % 8 == IMAGES else maker.model()


IMAGES = 7
"""Of eight models, the one that looks at images or attends."""


class _Maker:
    def __init__(self, choose: random.Random) -> None:
        self.choose = choose

    def model(self) -> Any:

        choose = self.choose
        shape = (choose.choice((4, 8, 20)), choose.randint(1, 9))
        if choose.random() < 0.1:
            start = keras.Input((shape[0],))
            x = layers.Embedding(choose.randint(5, 40), choose.randint(2, 12))(start)
        else:
            start = x = keras.Input(shape)
        if choose.random() < 0.12:
            x = layers.Masking()(x)
        for _ in range(choose.choice((0, 0, 1))):
            x = self._pointwise(x)
        for _ in range(choose.choice((0, 1, 1, 1, 2))):
            x = self._recurrent(x, sequences=True)
        if choose.random() < 0.75:
            x = self._recurrent(x, sequences=False)
        elif choose.random() < 0.4:
            x = layers.Flatten()(x)
        for _ in range(choose.choice((0, 1, 2))):
            x = self._pointwise(x)
        units = choose.randint(1, 12)
        x = layers.Dense(units, choose.choice(("softmax", "softmax", "sigmoid", "linear", "tanh")))(x)
        return keras.Model(start, x)

    def images(self) -> Any:
        """Convolutions over two axes and pooling, or attention over a sequence."""
        choose = self.choose
        if choose.random() < 0.4:
            x = start = keras.Input((choose.choice((4, 8)), choose.choice((4, 8))))
            x = layers.MultiHeadAttention(choose.choice((1, 2)), choose.choice((2, 4)))(x, x)
            x = layers.LayerNormalization()(layers.Add()([x, start]))
            x = choose.choice((layers.GlobalAveragePooling1D, layers.GlobalMaxPooling1D))()(x)
        else:
            x = start = keras.Input((choose.choice((6, 10)), choose.choice((6, 8)), choose.choice((1, 3))))
            x = layers.Conv2D(choose.randint(2, 8), 3, padding="same", activation="relu")(x)
            x = layers.DepthwiseConv2D(3, strides=choose.choice((1, 2)), padding="same", activation="relu")(x)
            x = layers.Conv2D(choose.randint(2, 8), 1, activation=choose.choice(("relu", "linear")))(x)
            x = choose.choice((layers.MaxPooling2D, layers.AveragePooling2D))(2)(x)
            x = choose.choice((layers.Flatten, layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D))()(x)
        return keras.Model(start, layers.Dense(choose.randint(1, 6), choose.choice(("softmax", "linear")))(x))

    def _recurrent(self, x: Any, sequences: bool) -> Any:

        choose = self.choose
        kind, units = choose.choice(CELLS), choose.randint(1, 24)
        options: dict[str, Any] = {"return_sequences": sequences, "use_bias": choose.random() < 0.9}
        if choose.random() < 0.3:
            options["activation"] = choose.choice(ACTIVATIONS)
        if kind != "SimpleRNN":
            options["recurrent_activation"] = choose.choice(GATES)
        if kind == "GRU":
            options["reset_after"] = choose.random() < 0.7
        if choose.random() < 0.1:
            options["go_backwards"] = True
        layer = getattr(layers, kind)(units, **options)
        if choose.random() < 0.15 and "go_backwards" not in options:
            return layers.Bidirectional(layer, merge_mode=choose.choice(("concat", "sum", "mul", "ave")))(x)
        return layer(x)

    def _along(self, x: Any) -> Any:
        """Convolutions and pooling along the steps."""
        choose, relu = self.choose, self.choose.choice(("relu", "linear", "tanh"))
        kind, width = choose.randrange(6), choose.choice((2, 3))
        if kind < 3:
            return layers.Conv1D(choose.randint(2, 12), width, padding="same", activation=relu)(x)
        if kind == 3:
            return layers.DepthwiseConv1D(width, padding="same", activation=relu)(x)
        pool = choose.choice((layers.MaxPooling1D, layers.AveragePooling1D))
        return pool(2)(x)

    def _pointwise(self, x: Any) -> Any:

        choose, width = self.choose, int(x.shape[-1])
        kind = choose.randrange(11)
        if kind == 0:
            return layers.LayerNormalization()(x)
        if kind == 1:
            return layers.BatchNormalization()(x)
        if kind == 2:
            return layers.Activation(choose.choice((*ACTIVATIONS, "softmax")))(x)
        if kind == 3:
            merge = choose.choice((layers.Add, layers.Multiply, layers.Average, layers.Maximum, layers.Concatenate))
            return merge()([x, layers.Dense(width, choose.choice(ACTIVATIONS))(x)])
        if kind == 4:
            return layers.PReLU(shared_axes=[1] if len(x.shape) == 3 else None)(x)
        if kind == 5:
            return layers.Rescaling(0.5, 0.25)(x)
        if kind == 6 and len(x.shape) == 2:
            return layers.RepeatVector(choose.randint(2, 4))(x)
        if kind in (6, 9, 10) and len(x.shape) == 3:
            return self._along(x)
        return layers.Dense(choose.randint(1, 32), choose.choice(ACTIVATIONS))(x)
