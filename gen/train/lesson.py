"""The steps of tuning, which bring the outputs of the model and of its layers nearer to the float model's."""

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
"""Learning rates at the start, by the bits of a weight, and the factor that remains at the end."""
CHECK = 20
"""Steps between two evaluations on the held-out samples."""
MEAN = 0.98
"""Decay of the running mean of a classifier's weights: a weight between two levels oscillates."""
SLACK = 1.25
"""Largest ratio of a classifier's held-out loss to its least loss at which the latest mean is kept."""
SETTLED = 0.2
"""The share of the last steps, in which levels are fixed: scales and biases learn without the noise of rounding."""
SECONDS = 400.0
"""Most seconds for all steps: if they are slow, there are fewer."""
SMALL = 1e-7
"""Added to probabilities, to keep their logarithms finite."""


class Lesson:
    """Tuning of a student by the float model's outputs.

    Args:
        student: the model to be tuned.
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
        """Take steps until the last one, the end of the time or Ctrl-C. Weights, scales and biases learn first, then,
        with fixed levels, scales and biases alone. Returns the seconds of the steps.

        Raises:
            KeyboardInterrupt: Ctrl-C, before any step was an improvement.
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
        """Take steps up to a share of all, then assign the weights with the least held-out loss; for classifiers, the
        latest means of weights whose loss is good enough (``SLACK``)."""
        import keras
        import tensorflow as tf

        variables, rate = self.student.learned, RATES[self.student.numeric.weights.bits]
        self._loss, self._step = tf.function(self._loss_of), tf.function(self._step_of)
        first = best = self._judged(judged)
        best_values = [v.numpy() for v in variables]
        optimizer = keras.optimizers.Adam(rate, global_clipnorm=1.0, use_ema=means, ema_momentum=MEAN)
        optimizer.build(variables)
        train, before, chooses = np.flatnonzero(~self.data.held_out), self.steps, any(self.classes)
        begun = time.monotonic()
        try:
            while self.steps < (end := round(share * self.total)):
                chosen = self.data.rng.choice(train, self.size, replace=len(train) < self.size)
                cosine = (1 + cos(pi * (self.steps - before) / (end - before))) / 2  # Loshchilov and Hutter 2017
                optimizer.learning_rate = rate * (LAST + (1 - LAST) * cosine)
                self._step(optimizer, self.data.mixed(chosen) if chooses else self.data.noisy(chosen))
                self.steps += 1
                if self.steps == 1:
                    begun = time.monotonic()  # the first step compiles
                if self.steps == CHECK:
                    self.total = max(CHECK, min(STEPS, int(SECONDS * CHECK / (time.monotonic() - begun))))
                if self.steps % CHECK == 0 or self.steps >= end:
                    latest = [v.numpy() for v in variables]
                    optimizer.finalize_variable_values(variables)  # the means
                    loss = self._judged(judged)
                    if loss < min(first, best * (SLACK if chooses else 1)):
                        best, self.best, best_values = min(best, loss), self.steps, [v.numpy() for v in variables]
                    assign(variables, latest)
                progress.counted(self.steps, self.total)
        finally:
            assign(variables, best_values)

    def _batches(self, inputs: Sequence[Array]) -> Iterator[tuple[list[Array], int]]:
        """Batches of one size, the last one filled up, and the number of samples that count in each."""
        count = len(inputs[0])
        for start in range(0, count, self.size):
            indices = np.arange(start, start + self.size)
            yield [x[indices % count] for x in inputs], min(self.size, count - start)

    def _all_answers(self, inputs: Sequence[Array]) -> list[Array]:
        batches = self._batches(inputs)
        parts = [[np.asarray(y)[:count] for y in self._called(self.teacher, batch)] for batch, count in batches]
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]

    def _called(self, values: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """The outputs of the watched layers, then those of the model."""
        import keras
        import tensorflow as tf

        called, _ = self.student.call(self.watched, values, inputs)
        return [tf.cast(y, tf.float32) for y in keras.tree.flatten(called)]

    def _judged(self, inputs: Sequence[Array]) -> float:
        """The mean loss of samples."""
        parts = [(float(self._loss(batch)), count) for batch, count in self._batches(inputs)]
        return sum(loss * count for loss, count in parts) / len(inputs[0])

    def _loss_of(self, inputs: Sequence[Any]) -> Any:
        """Squared errors relative to each output's variance, plus the divergence of probabilities."""
        import tensorflow as tf

        targets, outputs = (self._called(values, inputs) for values in (self.teacher, self.student.rounded()))
        triples = zip(targets, outputs, self.power, strict=True)
        loss = tf.add_n([tf.reduce_mean((a - b) ** 2) / power for a, b, power in triples])
        for a, b, chooses in zip(targets[-self.outputs :], outputs[-self.outputs :], self.classes, strict=True):
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
    """The outputs of layers with weights that are tensors of the model's graph, without the model's outputs."""
    operations = getattr(model, "_functional", model).operations
    inner = {id(tensor) for node in operations for use in node._inbound_nodes for tensor in use.output_tensors}
    last = {id(tensor) for tensor in model.outputs}
    layers = [layer for layer in model.layers if layer.weights and not hasattr(layer, "layers")]
    tensors = [tensor for layer in layers for tensor in layer._inbound_nodes[-1].output_tensors[:1]]
    return [tensor for tensor in tensors if id(tensor) in inner - last]
