"""The steps of tuning: outputs, and those of the layers before them, are drawn to the float model's."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from math import cos, pi
from typing import Any

import numpy as np

from ..core.formats import Array
from ..core.settings import Progress
from .samples import Samples
from .student import Student
from .weights import assign

STEPS, BATCH = 500, 32
RATES, LAST = {2: 1e-3, 4: 3e-4, 8: 1e-4}, 0.02
"""Step sizes at the start, by the bits of a weight, and what is left of them at the end."""
CHECK = 20
"""Steps from one look at the samples held out to the next."""
MEAN = 0.98
"""Of classifiers: how much of the mean of weights stays at a step; a weight between two levels moves to and fro."""
SLACK = 1.25
"""Of classifiers: how much above its least the loss of few samples may be for the latest mean to be kept."""
SETTLED = 0.2
"""The share of steps, the last ones, in which levels stay: scales and biases learn without the noise of rounding."""
SECONDS = 400.0
"""What the steps may take: there are fewer where they are slow."""
SMALL = 1e-7
"""Keeps logarithms of shares finite."""


class Lesson:
    """Tuning of a student by what the float model answers.

    Args:
        student: to be tuned.
        data: calibration inputs.
    """

    def __init__(self, student: Student, data: Samples) -> None:
        import keras
        import tensorflow as tf

        self.student, self.data = student, data
        self.steps, self.best, self.total = 0, 0, STEPS
        self.interrupted = False
        model = student.keras_model
        self.watched = keras.Model(model.inputs, [*_inner(model), *model.outputs])
        self.outputs = len(model.outputs)
        plain = student.start.plain
        makers = plain.producer()
        self.classes = [port.tensor in makers and makers[port.tensor].op.chooses for port in plain.outputs]
        self.size = int(model.inputs[0].shape[0] or min(BATCH, len(data.inputs[0])))
        self.teacher = [tf.constant(value) for value in student.float_values]
        self.power = [np.float32(np.var(y) or 1.0) for y in self._all_answers(data.inputs)]

    def answers(self, inputs: Sequence[Array]) -> list[Array]:
        """The float model's outputs."""
        return self._all_answers(inputs)[-self.outputs :]

    def learn(self, progress: Progress) -> float:
        """Take steps until their number or the time is up, or Ctrl-C: weights and scales learn first, then scales and
        biases of levels that stay. Returns the seconds that it took.

        Raises:
            KeyboardInterrupt: Ctrl-C, before there was anything to keep.
        """
        begun, judged = time.monotonic(), self.data.judging()
        try:
            self._learned(judged, progress, 1 - SETTLED, any(self.classes))
            for grid in self.student.grids:
                grid.settle()
            self._learned(judged, progress, 1)
        except KeyboardInterrupt:
            if not self.best:
                raise
            self.interrupted = True
        return time.monotonic() - begun

    def _learned(self, judged: list[Array], progress: Progress, share: float, means: bool = False) -> None:
        """Take steps up to a share of all; then put in the best weights by the samples held out; of classifiers, the
        latest good ones, or good means."""
        import keras
        import tensorflow as tf

        variables, rate = self.student.learned, RATES[self.student.numeric.weights.bits]
        self._loss, self._step = tf.function(self._loss_of), tf.function(self._step_of)
        first = best = self._judged(judged)
        kept = [v.numpy() for v in variables]
        optimizer = keras.optimizers.Adam(rate, global_clipnorm=1.0, use_ema=means, ema_momentum=MEAN)
        optimizer.build(variables)
        train, before, chooses = np.flatnonzero(~self.data.held), self.steps, any(self.classes)
        begun = time.monotonic()
        try:
            while self.steps < (end := round(share * self.total)):
                which = self.data.rng.choice(train, self.size, replace=len(train) < self.size)
                left = (1 + cos(pi * (self.steps - before) / (end - before))) / 2  # Loshchilov and Hutter 2017
                optimizer.learning_rate = rate * (LAST + (1 - LAST) * left)
                self._step(optimizer, self.data.mixed(which) if chooses else self.data.noisy(which))
                self.steps += 1
                if self.steps == 1:
                    begun = time.monotonic()  # the first one is compiled
                if self.steps == CHECK:
                    self.total = max(CHECK, min(STEPS, int(SECONDS * CHECK / (time.monotonic() - begun))))
                if self.steps % CHECK == 0 or self.steps >= end:
                    latest = [v.numpy() for v in variables]
                    optimizer.finalize_variable_values(variables)  # the means
                    now = self._judged(judged)
                    if now < min(first, best * (SLACK if chooses else 1)):
                        best, self.best, kept = min(best, now), self.steps, [v.numpy() for v in variables]
                    assign(variables, latest)
                progress.counted(self.steps, self.total)
        finally:
            assign(variables, kept)

    def _batches(self, inputs: Sequence[Array]) -> Iterator[tuple[list[Array], int]]:
        """Batches of one size, the last one filled up, and how many samples of each count."""
        count = len(inputs[0])
        for start in range(0, count, self.size):
            which = np.arange(start, start + self.size)
            yield [x[which % count] for x in inputs], min(self.size, count - start)

    def _all_answers(self, inputs: Sequence[Array]) -> list[Array]:
        batches = self._batches(inputs)
        parts = [[np.asarray(y)[:count] for y in self._called(self.teacher, batch)] for batch, count in batches]
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]

    def _called(self, values: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """The watched layers' outputs, then the model's."""
        import keras
        import tensorflow as tf

        called, _ = self.student.call(self.watched, values, inputs)
        return [tf.cast(y, tf.float32) for y in keras.tree.flatten(called)]

    def _judged(self, inputs: Sequence[Array]) -> float:
        """The mean loss of samples."""
        parts = [(float(self._loss(batch)), count) for batch, count in self._batches(inputs)]
        return sum(loss * count for loss, count in parts) / len(inputs[0])

    def _loss_of(self, inputs: Sequence[Any]) -> Any:
        """Squared errors as shares of each output's variance; of shares, their divergence too."""
        import tensorflow as tf

        wanted, ours = (self._called(values, inputs) for values in (self.teacher, self.student.rounded()))
        triples = zip(wanted, ours, self.power, strict=True)
        loss = tf.add_n([tf.reduce_mean((a - b) ** 2) / power for a, b, power in triples])
        for a, b, chooses in zip(wanted[-self.outputs :], ours[-self.outputs :], self.classes, strict=True):
            if chooses:
                logs = tf.math.log(a + SMALL) - tf.math.log(b + SMALL)
                loss += tf.reduce_mean(tf.reduce_sum((a + SMALL) * logs, -1))
        return loss

    def _step_of(self, optimizer: Any, inputs: Sequence[Any]) -> None:
        import tensorflow as tf

        variables = self.student.learned
        with tf.GradientTape() as tape:
            loss = self._loss_of(inputs)
        slopes = tape.gradient(loss, [v.value for v in variables])
        optimizer.apply(slopes, variables)


def _inner(model: Any) -> list[Any]:
    """The outputs of the layers with weights before the last, if they are the graph's own."""
    operations = getattr(model, "_functional", model).operations
    known = {id(tensor) for node in operations for use in node._inbound_nodes for tensor in use.output_tensors}
    last = {id(tensor) for tensor in model.outputs}
    layers = [layer for layer in model.layers if layer.weights and not hasattr(layer, "layers")]
    tensors = [tensor for layer in layers for tensor in layer._inbound_nodes[-1].output_tensors[:1]]
    return [tensor for tensor in tensors if id(tensor) in known - last]
