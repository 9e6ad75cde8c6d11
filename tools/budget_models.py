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
CELLS = ("LSTM", "GRU", "SimpleRNN")
GATES = ("sigmoid", "sigmoid", "sigmoid", "hard_sigmoid", "tanh")


def model(seed: int) -> Any:
    """A Keras model; the same one for a seed."""
    keras.utils.set_random_seed(seed)
    return _Maker(random.Random(seed)).model()


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

    def _pointwise(self, x: Any) -> Any:

        choose, width = self.choose, int(x.shape[-1])
        kind = choose.randrange(9)
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
        return layers.Dense(choose.randint(1, 32), choose.choice(ACTIVATIONS))(x)
