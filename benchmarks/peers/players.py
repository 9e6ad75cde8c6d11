"""Who runs a workload: each player is loaded once, holds its input, and then only answers.

A player's ``call`` is the least that a Python program can call for one answer: inputs lie in place already, outputs are
left where they are. So each pays one call of Python into its own C, ours as well.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""


@dataclass(frozen=True)
class Player:
    """One way to an answer.

    Args:
        call: computes the answer once.
        answer: what it was, in reals.
        state: makes states zero, where calls would go on from them; for the one answer that is judged.
        nothing: a call into C that does nothing.
    """

    call: Callable[[], object]
    answer: Callable[[], Any]
    state: Callable[[], object] = lambda: None
    nothing: Callable[[], object] = lambda: None


def ours(folder: Path, count: bool) -> Player:
    """The generated library, for a race or to be counted, and the sample that its note holds, in its own type."""
    note = json.loads((folder / "ours.json").read_text("utf-8"))
    library = ctypes.CDLL(str(folder / ("counted.so" if count else "ours.so")))
    dtype = np.dtype(note["dtype"])

    def view(name: str, count: int) -> Any:
        function = getattr(library, name)
        function.restype = ctypes.c_void_p
        return np.frombuffer((ctypes.c_char * (count * dtype.itemsize)).from_address(function()), dtype)

    view("ours_in", len(note["given"]))[:] = note["given"]
    outputs, at_0, a_step = view("ours_out", len(note["at_0"])), np.array(note["at_0"]), np.array(note["a_step"])
    call = library.ours_call
    call.restype, call.argtypes = None, ()
    library.ours_nothing.restype, library.ours_nothing.argtypes = None, ()
    return Player(call, lambda: outputs * a_step + at_0, nothing=library.ours_nothing)


def fitting(x: Any, port: Any) -> Any:
    """``x`` in the type of a port of TFLite."""
    if port["dtype"] is np.float32:
        return x
    scale, zero = port["quantization"]
    return np.clip(np.round(x / scale + zero), -128, 127).astype(port["dtype"])


def real(y: Any, port: Any) -> Any:
    """What a port of TFLite says, in reals."""
    if port["dtype"] is np.float32:
        return y
    scale, zero = port["quantization"]
    return (y.astype(float) - zero) * scale


def litert(file: Path, x: Any) -> Player:
    """LiteRT's interpreter with XNNPACK, one thread."""
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

    device = Interpreter(model_path=str(file), num_threads=1)
    device.allocate_tensors()
    (port,), (out,) = device.get_input_details(), device.get_output_details()
    device.set_tensor(port["index"], fitting(x, port))
    return Player(device.invoke, lambda: real(device.get_tensor(out["index"]), out), device.reset_all_variables)


def tflm(file: Path, x: Any) -> Player:
    """tflite-micro's interpreter, as it runs on boards without kernels of a vendor."""
    from tflite_micro.python.tflite_micro.runtime import Interpreter  # noqa: PLC0415

    device = Interpreter.from_file(str(file), arena_size=4_000_000)
    port, out = device.get_input_details(0), device.get_output_details(0)
    for one in (port, out):
        scales, zeros = (one["quantization_parameters"][key] for key in ("scales", "zero_points"))
        one["quantization"] = (float(scales[0]), int(zeros[0])) if len(scales) else (0.0, 0)
    device.set_input(fitting(x, port), 0)

    def restart() -> None:
        device.reset()
        device.set_input(fitting(x, port), 0)

    return Player(device._interpreter.Invoke, lambda: real(device.get_output(0), out), restart)


def onnxruntime(file: Path, x: Any) -> Player:
    """ONNX Runtime, one thread, inputs and outputs bound."""
    import onnxruntime as ort  # noqa: PLC0415

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name, "cpu")
    return Player(lambda: session.run_with_iobinding(binding), lambda: binding.copy_outputs_to_cpu()[0])


def openvino(file: Path, x: Any) -> Player:
    """OpenVINO on the .onnx file, one thread, for the shortest answer."""
    import openvino as ov  # noqa: PLC0415

    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = ov.Core().compile_model(str(file), "CPU", settings).create_infer_request()
    request.set_input_tensor(ov.Tensor(np.ascontiguousarray(x), shared_memory=True))
    call = request._infer_request.infer if hasattr(request, "_infer_request") else request.infer
    return Player(call, lambda: request.get_output_tensor(0).data)


def keras(file: Path, x: Any) -> Player:
    """Keras itself: the model as one compiled function of TensorFlow, without ``predict`` around it."""
    import keras as made  # noqa: PLC0415
    import tensorflow as tf  # noqa: PLC0415

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = made.saving.load_model(file, compile=False)
    function = tf.function(lambda given: model(given, training=False))
    call, given = function.get_concrete_function(tf.TensorSpec(x.shape, tf.float32)), tf.constant(x)
    return Player(lambda: call(given), lambda: call(given).numpy())


def predict(file: Path, x: Any) -> Player:
    """Keras's ``predict``, as people call it."""
    import keras as made  # noqa: PLC0415

    model = made.saving.load_model(file, compile=False)
    return Player(lambda: model.predict(x, verbose=0), lambda: model.predict(x, verbose=0))


EMLEARN = """\
#include "emlearn.h"
static float in[{inputs}];
static float out[{outputs}];
void *peer_in(void) {{ return in; }}
void *peer_out(void) {{ return out; }}
void peer_call(void) {{ (void)peer_regress(in, {inputs}, out, {outputs}); }}
"""


def emlearn(file: Path, x: Any, outputs: int, flags: list[str]) -> Player:
    """emlearn's C, compiled with the flags that ours has."""
    import emlearn as made  # noqa: PLC0415

    source, library = file.with_name("emlearn_call.c"), file.with_name("emlearn.so")
    source.write_text(EMLEARN.format(inputs=x.size, outputs=outputs), "utf-8")
    command = ["gcc", "-w", *flags, "-fPIC", "-shared", f"-I{made.includedir}", f"-I{file.parent}", str(source)]
    subprocess.run([*command, "-o", str(library), "-lm"], check=True, timeout=300)
    loaded = ctypes.CDLL(str(library))

    def view(name: str, count: int) -> Any:
        function = getattr(loaded, name)
        function.restype = ctypes.c_void_p
        held: Any = (ctypes.c_char * (4 * count)).from_address(function())
        return np.frombuffer(held, np.float32)

    view("peer_in", x.size)[:] = x.reshape(-1)
    answer = view("peer_out", outputs)
    loaded.peer_call.restype, loaded.peer_call.argtypes = None, ()
    return Player(loaded.peer_call, answer.copy)


PEERS: dict[str, tuple[str, Callable[..., Player], dict[str, str]]] = {
    "LiteRT": ("ai-edge-litert", litert, {"float32": "float32.tflite", "int8": "int8.tflite"}),
    "tflite-micro": ("tflite-micro", tflm, {"float32": "float32.tflite", "int8": "int8.tflite"}),
    "ONNX Runtime": ("onnxruntime", onnxruntime, {"float32": "float32.onnx"}),
    "OpenVINO": ("openvino", openvino, {"float32": "float32.onnx"}),
    "emlearn": ("emlearn", emlearn, {"float32": "emlearn.h"}),
    "Keras": ("keras", keras, {"float32": ""}),
    "Keras predict": ("keras", predict, {"float32": ""}),
}
"""Name -> distribution, player, and the file that it reads for each numeric type; empty for the model itself."""


def versions() -> dict[str, str]:
    """What is installed of the peers."""
    return {name: metadata.version(name) for name in sorted({peer[0] for peer in PEERS.values()} | {"tensorflow"})}
