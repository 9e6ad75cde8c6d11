"""``gatesmith.convert``: a model, in a file or in memory, for a target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack

from ..flow.choose import choose_numeric, needs_choice
from ..flow.plan import plan
from ..flow.program import program
from ..importers.reading import load
from .artifact import Artifact
from .calibration import Calibration
from .given import Folder, Samples
from .options import Options, settings_of
from .wording import pythonic


@pythonic
def convert(
    model: Any,
    *,
    calibration: Samples | None = None,
    carry_state: Samples | None = None,
    **options: Unpack[Options],
) -> Artifact:
    """Turn a trained Keras model into code for a target.

    Args:
        model: a ``.keras``, HDF5 or JSON file, a SavedModel folder, or a live model of Keras 3 or tf_keras.
        target: a board, ``host``, or a target's TOML file; ``gatesmith.targets()`` lists them.
        numeric: ``float32``, ``float32w16``, ``float32w8``, ``float32w4``, ``int8``, ``int8w4``, ``int8w2``,
            ``int16w8`` or ``int16``; the target's own without it. ``auto`` chooses the least that keeps the limits
            below, ``mixed`` among integers, with other types for single layers; so do limits without a type.
        calibration: for integer types: inputs that the model meets in use, (samples, ...), as :data:`Samples`; or
            ``"synthetic"`` for made-up ones, to see that it builds.
        backend: ``c99`` or ``micropython``; the target's own without it.
        asm: whether kernels may be written in assembly, where a target has such.
        math: ``fast``, ``exact`` (the same bits on every target) or ``libm``.
        optimize: ``speed``, ``size`` or ``balanced``; the target's own without it.
            It chooses how compilers that Gatesmith calls optimise; the C is the same, unless the target names other
            kernels for speed, as Cortex-M4 does.
        name: prefix of the generated names; the model's own without it.
        max_steps: the longest sequence, where a sequence is kept whole.
        stream: whether convolutions and poolings go along time step by step, as frames come.
        window: as frames come, what the model makes of the last ``window`` steps,
        hop: anew after so many.
        carry_state: of windows: let states go on from each to the next, which Keras does not; recordings, (samples,
            steps, ...), on which a note of the result says how far answers are off.
        own_inputs: whether inputs that are no sequences lie in the model's working memory, which may then reuse their
            bytes: ``NAME_own_INPUT(&state)`` says where.
        own_outputs: the same of outputs, which ``NAME_own_OUTPUT(&state)`` then holds until the next call.
        keep: ``"LAYER=TYPE"``: another integer type for one layer.
        observer: which part of the values seen 8 bits are to cover: ``minmax``, ``percentile``, ``mse`` or ``auto``.
        max_error: widen the types of layers until the error on the calibration data is this, in units of the outputs.
        max_accuracy_drop: the same for accuracy: at most so many points lost.
        max_flash: most bytes of the model, ``65536`` or ``"64K"``; of a board.
        max_ms: longest time of a step (or call); of a board that something stands in for.
        weights: the file with the weights, where ``model`` is JSON.
        keras_backend: the backend that wrote the file, where it does not say.
        stop_before: name of a layer before which to cut the model.
        length: what the model's inputs leave open: ``"20"`` steps, the whole shape ``"28,28,1"``, or ``"INPUT=20"`` for
            one of several inputs.
        classes: names of the classes, in the order of the outputs, which examples print; else the data's ``classes``.
        units: units of the outputs' quantities, one for all or one a value; else the data's ``units``.
        lambdas: what Lambda layers of a file compute: ``{"scale": "x / 127.5 - 1"}``; the text is parsed, never run.
        custom: your own module, whose ``custom_objects`` let Keras load a file with custom classes. It is executed.
        written_by: the release that wrote the file (``TensorFlow 1.10``), where it does not say.

    Returns:
        The generated code with what it computes, what it costs, and how it compares.

    Raises:
        GatesmithError: the model, the data or the options are refused, or no type keeps the limits; ``what``,
            ``where``, ``why`` and ``fix`` say it.
    """
    settings = settings_of(
        model,
        options,
        calibration=None if calibration is None else "synthetic",
        carry_state=None if carry_state is None else "",
    )
    folder = Folder()
    path = folder.model(model)
    if not needs_choice(settings):
        plan(settings)  # what does not go together is told before anything is read
    read = load(path, settings)
    if calibration is not None and not (isinstance(calibration, str) and calibration == "synthetic"):
        data = folder.data("calibration", calibration, read.graph)
        settings = replace(settings, calibration=str(data))
    if carry_state is not None:
        settings = replace(settings, carry_state=str(folder.data("recordings", carry_state, read.graph)))
    if needs_choice(settings):
        settings = choose_numeric(path, settings).settings
    chosen = plan(settings)
    return Artifact(folder, read, chosen, *program(read, chosen))


def calibrate(
    model: Any, data: Samples, *, numeric: str = "int8", x: Samples | None = None, y: Any = None, **options: Any
) -> Calibration:
    """What an integer type makes of a model: ranges, scales, each value compared with float, and the outputs.

    Args:
        model: as of :func:`convert`.
        data: inputs that calibrate, (samples, ...).
        numeric: the integer type.
        x, y: inputs and labels that errors are told on; ``data`` without them.
        options: as of :func:`convert`.

    Raises:
        GatesmithError: the model, the data or the options are refused.
    """
    return convert(model, numeric=numeric, calibration=data, **options).calibrate(x, y)
