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
from .folder import Folder, Samples
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
            ``int16w8`` or ``int16``; the target's own without it. ``auto`` chooses a type that meets the limits
            below, ``mixed`` integer types for single layers; limits without a type mean ``auto``.
        calibration: for integer types: typical inputs, (samples, ...), as :data:`Samples`; or ``"synthetic"`` for
            made-up ones, to check that the model builds.
        backend: ``c99`` or ``micropython``; the target's own without it.
        asm: whether kernels may use assembly, if the target has such kernels.
        math: ``fast``, ``exact`` (the same bits on every target) or ``libm``.
        optimize: ``speed``, ``size`` or ``balanced``; the target's own without it.
            It sets the optimisation of compilers that Gatesmith calls. The C is the same, unless the target names
            other kernels for speed, as Cortex-M4 does.
        name: prefix of the generated names; the model's own without it.
        max_steps: the longest sequence, for models that store whole sequences.
        stream: whether convolutions and poolings compute step by step, frame by frame.
        window: the outputs are the model's on the last ``window`` frames,
        hop: every ``hop`` frames.
        carry_state: with windows: carry states from each window to the next, which Keras does not. The value is
            recordings, (samples, steps, ...), on which the difference from Keras is measured; a note states it.
        own_inputs: whether inputs that are no sequences are in the model's working memory, which may then reuse their
            bytes: ``NAME_own_INPUT(&state)`` returns the place.
        own_outputs: the same for outputs: ``NAME_own_OUTPUT(&state)`` returns the place, valid until the next call.
        keep: ``"LAYER=TYPE"``: another integer type for one layer.
        observer: the range of values that 8 bits cover: ``minmax``, ``percentile``, ``mse`` or ``auto``.
        max_error: largest error on the calibration data, in units of the outputs; layers get wider types to meet it.
        max_accuracy_drop: the same for accuracy: the most points that may be lost.
        max_flash: most bytes of the model, ``65536`` or ``"64K"``; of a board.
        max_ms: longest time of a step (or call), for a board with an emulator.
        weights: the file with the weights, if ``model`` is JSON.
        keras_backend: the backend that wrote the file, if the file does not name it.
        stop_before: name of a layer before which to cut the model.
        length: a length or shape that the model's inputs leave open: ``"20"`` steps, the whole shape ``"28,28,1"``,
            or ``"INPUT=20"`` for one of several inputs.
        classes: names of the classes that examples print, in the outputs' order; the default is the data's.
        units: units of the outputs' quantities, one for all or one per value; the default is the data's ``units``.
        lambdas: expressions of a file's Lambda layers: ``{"scale": "x / 127.5 - 1"}``. The text is parsed, never run.
        custom: your own module, whose ``custom_objects`` let Keras load a file with custom classes. It is executed.
        written_by: the release that wrote the file (``TensorFlow 1.10``), if the file does not tell.

    Returns:
        The generated code, with its outputs, its costs, and its comparison with Keras.

    Raises:
        GatesmithError: the model, the data or the options are refused, or no type meets the limits. ``what``,
            ``where``, ``why`` and ``fix`` explain it.
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
        plan(settings)  # refuses options that exclude each other before any file is read
    read = load(path, settings)
    if calibration is not None and not (isinstance(calibration, str) and calibration == "synthetic"):
        data = folder.data("calibration", calibration, read.graph)
        settings = replace(settings, calibration=str(data))
    if carry_state is not None:
        settings = replace(settings, carry_state=str(folder.data("recordings", carry_state, read.graph)))
    if needs_choice(settings):
        settings = choose_numeric(path, settings).settings
    chosen = plan(settings)
    return Artifact(folder, read, chosen, program(read, chosen))


def calibrate(
    model: Any, data: Samples, *, numeric: str = "int8", x: Samples | None = None, y: Any = None, **options: Any
) -> Calibration:
    """Calibrate an integer type: ranges, scales, each value compared with float, and the outputs' errors.

    Args:
        model: as for :func:`convert`.
        data: inputs that calibrate, (samples, ...).
        numeric: the integer type.
        x, y: inputs and labels on which errors are measured; the default is ``data``.
        options: as for :func:`convert`.

    Raises:
        GatesmithError: the model, the data or the options are refused.
    """
    return convert(model, numeric=numeric, calibration=data, **options).calibrate(x, y)
