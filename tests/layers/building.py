"""Models built in less time: what tf_keras traces of recurrent layers for their shapes, and for GPUs, takes longer than
all else. What a model computes is left alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any


@contextmanager
def eagerly() -> Iterator[None]:
    """tf_keras would compile a graph for every recurrent layer."""
    config = import_module("tensorflow").config
    before = config.functions_run_eagerly()
    config.run_functions_eagerly(True)
    try:
        yield
    finally:
        config.run_functions_eagerly(before)


@contextmanager
def quickly() -> Iterator[None]:
    """While a model is built: for each GRU and LSTM, tf_keras traces the kernel of a GPU with its gradients, which
    nothing here calls; and for each layer along time a loop over its steps, of which only the shapes are kept."""
    tools = import_module("tf_keras.src.layers.rnn.gru_lstm_utils")
    backend = import_module("tf_keras.src.backend")
    before = tools.function_register, backend.rnn
    tools.function_register = lambda *arguments, **options: None
    backend.rnn = _of_one_step(backend.rnn)
    try:
        with eagerly():
            yield
    finally:
        tools.function_register, backend.rnn = before


def _of_one_step(rnn: Callable[..., Any]) -> Callable[..., Any]:
    """``tf_keras.backend.rnn`` that gives tensors without values in place of a loop, where there are no values."""
    tf = import_module("tensorflow")

    @wraps(rnn)
    def walked(
        step: Callable[..., Any], inputs: Any, initial_states: Any, constants: Any = None, time_major: bool = False,
        return_all_outputs: bool = True, **others: Any
    ) -> Any:  # fmt: skip
        if tf.executing_eagerly() or others.get("unroll"):
            return rnn(
                step, inputs, initial_states, constants=constants, time_major=time_major,
                return_all_outputs=return_all_outputs, **others,
            )  # fmt: skip
        flat = tf.nest.flatten(inputs)
        time = flat[0].shape[0 if time_major else 1] if return_all_outputs else 1
        first = tf.nest.map_structure(lambda x: x[0] if time_major else x[:, 0], inputs)
        last, states = step(first, (*initial_states, *(constants or ())))

        def whole(y: Any) -> Any:
            batch, *shape = y.shape
            return tf.compat.v1.placeholder(y.dtype, [time, batch, *shape] if time_major else [batch, time, *shape])

        return last, tf.nest.map_structure(whole, last), states

    return walked
