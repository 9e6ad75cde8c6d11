"""A model with the generated code's outputs that learns by ordinary ``fit``. This module imports Keras."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ..api.folder import Folder
from ..core.errors import UsageError
from ..core.formats import Array
from ..core.graph import Graph
from ..oracle.reference import Reference
from ..quantization.quantize import quantize
from .student import Student


class Prepared(keras.Model):  # type: ignore[misc]
    """The integer model in the forward pass, with the float model's gradients in the backward pass.

    The model runs with rounded weights, and the difference from the integer graph of the same weights is added as a
    constant. In training the formats of values are fixed. Otherwise they are calibrated again if weights have changed,
    as by ``generate``.

    Args:
        student: the model, its weights and calibration data.
        folder: the folder that holds their files.
    """

    supports_jit = False
    gatesmith_advice = "gatesmith.train.strip(model) gives the plain model"

    def __init__(self, student: Student, folder: Folder) -> None:
        super().__init__(name=student.keras_model.name)
        self.inner = student.keras_model
        self.input_spec = getattr(self.inner, "_functional", self.inner).input_spec  # Keras checks shapes and names
        self.learned = [variable for grid in student.grids for variable in grid.variables]
        self.student, self.folder = student, folder
        self.form = student.start
        self.digest = ""
        self.carried: dict[str, Any] = {}
        self.stateful_layers = [one for one in self.inner._flatten_layers() if getattr(one, "stateful", False)]
        self.is_random = any(hasattr(one, "seed_generator") for one in self.inner._flatten_layers())
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The outputs: the real values of the integers."""
        values, arrays = self.student.rounded(), self._in_order(inputs)
        result, states = self.student.call(self.inner, values, inputs, training)
        plain = result
        if training and self.is_random:  # without dropout, which boards do not have
            plain, _ = self.student.call(self.inner, values, inputs)
        for variable, value in zip(self.inner.non_trainable_variables, states, strict=True):
            if not any(variable is weight for weight in self.student.weights.variables):
                variable.assign(value)
        flat, plain = keras.tree.flatten(result), keras.tree.flatten(plain)
        integer_outputs = self._trained if training else self._calibrated
        exact = tf.numpy_function(integer_outputs, [*values, *arrays], [tf.float32] * len(flat), stateful=True)
        outputs = []
        for y, float_y, integer_y in zip(flat, plain, keras.tree.flatten(exact), strict=True):
            integer_y.set_shape(y.shape)
            right = tf.cast(integer_y, y.dtype)
            outputs.append(y + tf.stop_gradient(right - float_y) if y.dtype.is_floating else right)
        return keras.tree.pack_sequence_as(result, outputs)

    def _in_order(self, inputs: Any) -> list[Any]:
        """Inputs in the model's order; Keras flattens a mapping in alphabetical order of its names."""
        if isinstance(inputs, dict) and self.input_spec:
            return [inputs[spec.name] for spec in self.input_spec]
        flat: list[Any] = keras.tree.flatten(inputs)
        return flat

    def get_config(self) -> dict[str, Any]:
        """Not supported: the calibration data and the integers are no options of a layer.

        Raises:
            UsageError: always.
        """
        raise UsageError("a prepared model is for training: it cannot be saved or copied", fix=self.gatesmith_advice)

    def prune(self, share: float) -> None:
        """Set a share of the weights of each row to 0 from now on, in blocks of four inputs.

        Raises:
            UsageError: no generated code skips them, or ``share`` is not from 0 up to 1.
        """
        grids = [grid for grid in self.student.grids if grid.prunes]
        if not isinstance(share, (int, float)) or not 0 <= share < 1:
            raise UsageError(f"a share of {share!r} cannot be pruned", fix="a share from 0 up to 1, such as .75")
        if not grids:
            raise UsageError(
                f"generated code leaves out no zeros of this model in {self.student.numeric.name}",
                why="only matrices of 8 bits whose inputs are a multiple of four have such code",
                fix="int8 or int16w8, with no other type to keep for a matrix",
            )
        for grid in grids:
            grid.prune(share)

    def reset_states(self) -> None:
        """Reset the states that stateful layers carry from batch to batch."""
        self.carried.clear()
        for layer in self.stateful_layers:  # Keras's own reset_state fails for stacked cells
            for state in keras.tree.flatten(getattr(layer, "states", None) or []):
                state.assign(keras.ops.zeros_like(state))

    def _trained(self, *arrays: Array) -> list[Array]:
        """Outputs with the formats of the last calibration."""
        values = arrays[: len(self.student.float_values)]
        plain = self.student.model(values).fused
        graph = quantize(plain, self.form.ranges, self.student.numeric, self.form.types)
        return self._answers(graph, arrays[len(values) :])

    def _calibrated(self, *arrays: Array) -> list[Array]:
        """Outputs of the code that ``generate`` would write."""
        values = arrays[: len(self.student.float_values)]
        digest = hashlib.sha256(b"".join(value.tobytes() for value in values)).hexdigest()
        if digest != self.digest:
            self.form, self.digest = self.student.quantized(values), digest
        return self._answers(self.form.graph, arrays[len(values) :])

    def _answers(self, graph: Graph, inputs: Sequence[Array]) -> list[Array]:
        numbers = [graph.tensor(p.tensor).format.quantize(x) for p, x in zip(graph.inputs, inputs, strict=True)]
        outputs = Reference(graph, np.int64, self.carried if self.stateful_layers else None).run(numbers)
        forms = [graph.tensor(port.tensor).format for port in graph.outputs]
        return [form.real(y).astype(np.float32) for form, y in zip(forms, outputs, strict=True)]


class Pruning(keras.callbacks.Callback):  # type: ignore[misc]
    """Prunes at the start of each epoch, fast at first, then slower (Zhu and Gupta 2017), until a share is 0.

    Args:
        share: the share of the weights. epochs: the number of epochs after which it is reached.
    """

    def __init__(self, share: float, epochs: int) -> None:
        super().__init__()
        self.share, self.epochs = share, epochs

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Prune a little more.

        Raises:
            UsageError: the model is not prepared.
        """
        del logs
        if not hasattr(self.model, "prune"):
            raise UsageError(
                "only a prepared model can be pruned", fix="fit gatesmith.train.prepare(model, numeric, x)"
            )
        remaining = max(0.0, 1 - (epoch + 1) / self.epochs)
        self.model.prune(self.share * (1 - remaining**3))
