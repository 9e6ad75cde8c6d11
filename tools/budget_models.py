"""Random small models of every layer kind, for fitting and checking the budget's estimate of code size."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
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
    return _Maker(random.Random(seed)).model()


def ladder(rung: int) -> Any:
    """A Keras model of layers that all have the same number of units, of every kind that is common: compilers write
    loops of few turns out. Rungs go through ``WIDTHS``, and with them through all activations."""
    keras.utils.set_random_seed(rung)
    width, turn = WIDTHS[rung % len(WIDTHS)], 3 * (rung // len(WIDTHS)) + rung
    acts = [ACTIVATIONS[(turn + 4 * k) % len(ACTIVATIONS)] for k in range(6)]
    gates = GATES[2 + turn % 3]
    x = start = keras.Input((8, width))
    if turn % 4 == 3:
        x = layers.Masking()(x)
        x = layers.Maximum()([x, layers.Dense(width, acts[5])(x)])
    if turn % 2:
        x = layers.BatchNormalization()(layers.Conv1D(width, 3, padding="same", activation=acts[0])(x))
        x = layers.MaxPooling1D(2)(layers.DepthwiseConv1D(3, padding="same")(x))
        x = layers.PReLU(shared_axes=[1])(layers.SimpleRNN(width, acts[1], return_sequences=True)(x))
        x = layers.GRU(width, reset_after=turn % 4 == 1, recurrent_activation=gates)(x)
    else:
        pool = layers.AveragePooling1D if turn % 4 else layers.MaxPooling1D
        x = layers.LayerNormalization()(pool(2)(x))
        x = layers.Bidirectional(layers.LSTM(width, acts[0], gates, return_sequences=True), merge_mode="sum")(x)
        x = layers.LSTM(width, use_bias=turn % 3 > 0)(x)
    merge = (layers.Add, layers.Multiply, layers.Average, layers.Maximum)[turn % 4]
    x = merge()([x, layers.Dense(width, acts[2])(x)])
    x = layers.Activation(acts[3])(layers.Rescaling(0.5, 0.25)(layers.Dense(width, acts[4])(x)))
    return keras.Model(start, layers.Dense(width, ("softmax", "softmax", "sigmoid", "tanh")[turn % 4])(x))


def functions(rung: int) -> Any:
    """A Keras model of a dense layer with each activation, all of the same number of units, as rungs go through
    ``WIDTHS``: whether a loop is written out depends on both."""
    keras.utils.set_random_seed(rung)
    x = start = keras.Input((4,))
    for name in ACTIVATIONS:
        x = layers.Dense(WIDTHS[rung], name, bias_initializer="random_normal")(x)
    return keras.Model(start, x)


def kinds(rung: int) -> Any:
    """A Keras model of a layer of each kind that has loops to write out, all of the same number of units, as rungs go
    through ``WIDTHS``."""
    keras.utils.set_random_seed(rung)
    width, drawn = WIDTHS[rung], {"bias_initializer": "random_normal"}
    x = layers.Conv1D(width, 3, padding="same", **drawn)(start := keras.Input((16, 4)))
    x = layers.AveragePooling1D(2)(layers.MaxPooling1D(2)(layers.DepthwiseConv1D(3, padding="same", **drawn)(x)))
    x = layers.LSTM(width, return_sequences=True, **drawn)(layers.LayerNormalization()(x))
    x = layers.GRU(width, return_sequences=True, **drawn)(layers.SimpleRNN(width, return_sequences=True, **drawn)(x))
    x = layers.GRU(width, reset_after=False, **drawn)(layers.BatchNormalization()(x))
    return keras.Model(start, layers.Dense(width, "softmax", **drawn)(x))


def walks(rung: int) -> Any:
    """A Keras model of layers along few steps, whose loops are written out too: convolutions of two and three taps,
    pooling, along eight to two steps, as rungs go through ``WIDTHS``, then along twenty and ten."""
    keras.utils.set_random_seed(rung)
    width, taps = WIDTHS[rung % len(WIDTHS)], 2 + rung % 2
    drawn = {"bias_initializer": "random_normal", "padding": "same"}
    steps = (8, 4, 6, 5)[rung % 4] if rung < len(WIDTHS) else 20
    acts = [("relu", "linear", "tanh")[(rung + k) % 3] for k in range(3)]
    x = layers.Conv1D(width, taps, activation=acts[0], **drawn)(start := keras.Input((steps, 1 + rung % 5)))
    x = layers.DepthwiseConv1D(taps, activation=acts[1], **drawn)(layers.BatchNormalization()(x))
    x = (layers.MaxPooling1D, layers.AveragePooling1D)[rung % 2](2)(x)
    x = layers.Conv1D(1 + rung % 12, 5 - taps, activation=acts[2], **drawn)(x)
    x = layers.Flatten()(x) if rung % 3 else layers.GlobalAveragePooling1D()(x)
    return keras.Model(start, layers.Dense(3, "softmax")(x))


def _through(x: Any, *stack: Any) -> Any:
    """What layers make of a tensor, one after the other."""
    for layer in stack:
        x = layer(x)
    return x


ALONE: tuple[Callable[[Any], Any], ...] = (
    *(partial(lambda name, x: _through(x, layers.Flatten(), layers.Dense(4, name)), name) for name in ACTIVATIONS),
    lambda x: _through(x, layers.Flatten(), layers.Dense(4, "softmax")),
    lambda x: _through(x, layers.SimpleRNN(4, "relu")),
    lambda x: _through(x, layers.Masking(), layers.LSTM(4, "relu", "hard_sigmoid")),
    lambda x: _through(x, layers.GRU(4, "linear", "hard_sigmoid")),
    lambda x: _through(x, layers.GRU(4, "relu", "hard_sigmoid", reset_after=False)),
    lambda x: _through(x, layers.Bidirectional(layers.SimpleRNN(4, "linear"), merge_mode="ave")),
    lambda x: _through(x, layers.Conv1D(4, 3, activation="relu"), layers.MaxPooling1D(2)),
    lambda x: _through(x, layers.DepthwiseConv1D(3), layers.AveragePooling1D(2)),
    lambda x: _through(x, layers.BatchNormalization(), layers.PReLU(shared_axes=[1])),
    lambda x: _through(x, layers.LayerNormalization()),
    lambda x: layers.Maximum()([x, layers.Rescaling(0.5, 0.25)(x)]),
    lambda x: layers.Multiply()([x, layers.Dense(4)(x)]),
    lambda x: layers.Average()([x, layers.Add()([x, layers.Dense(4)(x)])]),
)
"""A layer or two each: without floating point in hardware, what a program has of the C library follows from them."""


def alone(turn: int) -> Any:
    """A Keras model of one kind of layer, or two, without the functions that most models have."""
    keras.utils.set_random_seed(turn)
    return keras.Model(start := keras.Input((8, 4)), ALONE[turn](start))


def cells(rung: int) -> Any:
    """A Keras model of cells whose gates are not the usual ones, all of the same number of units, as rungs go through
    ``WIDTHS``."""
    keras.utils.set_random_seed(rung)
    x = start = keras.Input((4, 4))
    for gates in ("hard_sigmoid", "tanh"):
        for cell in (layers.LSTM, layers.GRU):
            options = {"recurrent_activation": gates, "return_sequences": True, "bias_initializer": "random_normal"}
            x = cell(WIDTHS[rung], **options)(x)
    return keras.Model(start, x)


def helpers(turn: int) -> Any:
    """A Keras model that calls one activation in a place, in two and in three, of cells and of dense layers: compilers
    write a function out in its only place, and call it where there are more."""
    keras.utils.set_random_seed(turn)
    name, drawn = ACTIVATIONS[turn % len(ACTIVATIONS)], {"bias_initializer": "random_normal"}
    lstm, gru = layers.LSTM(5, name, return_sequences=True, **drawn), layers.GRU(6, name, **drawn)
    dense = [layers.Dense(units, name, **drawn) for units in (4, 7, 16)]
    stacks = [gru], [lstm, layers.Flatten()], [lstm, gru], [layers.Flatten(), *dense[:2]], [layers.Flatten(), *dense]
    x = _through(start := keras.Input((4, 3)), *stacks[turn // len(ACTIVATIONS)])
    return keras.Model(start, layers.Dense(2, **drawn)(x))


CALLS = 5 * len(ACTIVATIONS)
"""Turns of :func:`helpers`."""


def representative() -> dict[str, Any]:
    """Few models that hold the usual layers, for when a family is compiled in a hurry."""
    keras.utils.set_random_seed(7)
    cells = layers.LSTM(12, return_sequences=True)(x := keras.Input((20, 6)))
    found = {"lstm": keras.Model(x, layers.Dense(4, "softmax")(layers.LSTM(8)(cells)))}
    cells = layers.LayerNormalization()(layers.GRU(10, return_sequences=True)(x := keras.Input((20, 5))))
    found["gru"] = keras.Model(x, layers.Dense(1, "sigmoid")(layers.GRU(6, reset_after=False)(cells)))
    maps = layers.Conv1D(8, 3, padding="same", activation="relu")(x := keras.Input((16, 3)))
    maps = layers.BatchNormalization()(layers.DepthwiseConv1D(3, padding="same")(layers.MaxPooling1D(2)(maps)))
    found["conv"] = keras.Model(x, layers.Dense(3, "softmax")(layers.GlobalAveragePooling1D()(maps)))
    both = layers.Bidirectional(layers.SimpleRNN(6))(x := keras.Input((8, 4)))
    wide = layers.Add()([both, layers.Dense(12, "tanh")(layers.Dense(16, "elu")(both))])
    found["simple"] = keras.Model(x, layers.Dense(2)(layers.PReLU()(wide)))
    return found


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
