"""The closed list of layer classes, and how each other one is refused.

Class names: Keras 0.3.3 to 2.3.1 ``keras/layers/*.py``, tf_keras 2.21 ``tf_keras/src/layers/__init__.py``, Keras 3.15
``keras/src/layers/__init__.py``; tensorflow-model-optimization 0.8 wrappers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import UnsupportedError
from .config import OPTIONS
from .site import Site

ALIASES = {
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "UnifiedLSTM": "LSTM",
    "UnifiedGRU": "GRU",
    "TimeDistributedDense": "Dense",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    **dict.fromkeys(
        (
            "Dropout",
            "SpatialDropout1D",
            "SpatialDropout2D",
            "SpatialDropout3D",
            "GaussianNoise",
            "GaussianDropout",
            "AlphaDropout",
            "ActivityRegularization",
        ),
        "Identity",
    ),
}
"""Class in the file -> canonical class, where they differ."""

RANDOM = frozenset(name for name, to in ALIASES.items() if to == "Identity") | {"BatchNormalization"}
"""Layers that compute something else when called with ``training=True``."""

MERGE_CLASSES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
OPERATIONS = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")
"""Bare operations of Keras 3 that, on two layers' outputs, are the layer of the same name."""
MERGE_MODES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
}
"""Keras 1's Merge."""
RNN_CELLS = {"LSTMCell": "LSTM", "GRUCell": "GRU", "SimpleRNNCell": "SimpleRNN"}
WRAPPERS = ("Bidirectional", "TimeDistributed", "RNN")
MODELS = frozenset(("Sequential", "Functional", "Model", "Network", "Container"))
"""Class names of models whose layers are in the configuration."""
ALLOWED = frozenset((*OPTIONS, *ALIASES, *WRAPPERS, "InputLayer", "Merge")) - {"StackedRNN"}
"""Every layer class that is read."""

LATER = re.compile(
    r"ConvLSTM\dD|(Depthwise|Separable|Transposed)?Conv(olution)?(1D|2D|3D)(Transpose)?|(Depthwise|Separable)Convolution\dD"
    r"|AtrousConvolution\dD|Deconvolution2D|Global(Max|Average)Pooling\dD|(Max|Average)Pooling\dD"
    r"|ZeroPadding\dD|Cropping\dD|UpSampling\dD|LocallyConnected\dD|DepthwiseConv2DNative"
)
PRUNING = (
    "PruneLowMagnitude",
    "ClusterWeights",
    "QuantizeWrapper",
    "QuantizeWrapperV2",
    "QuantizeLayer",
    "QuantizeAnnotate",
)
OURS = ("keras.", "tf_keras.", "tensorflow.keras", "tensorflow.python.keras", "tensorflow_core.python.keras")


def foreign(raw: Mapping[str, Any]) -> bool:
    """The description of an object that is not Keras's own, also where its class has a name that Keras uses."""
    module, registered = raw.get("module"), raw.get("registered_name")
    if isinstance(module, str) and module != "keras" and not module.startswith(OURS):
        return True
    return isinstance(registered, str) and ">" in registered and not registered.startswith("keras")


def admit(file_class: str, raw: Mapping[str, Any], inputs: int, site: Site, *, operation: bool = False) -> None:
    """Let a layer pass if Gatesmith reads its class and the class is Keras's own.

    Raises:
        UnsupportedError: it does not; the message says what to do instead.
    """
    module, registered = raw.get("module"), raw.get("registered_name")
    if file_class == "Lambda":
        raise _lambda(site)
    if foreign(raw) or ">" in file_class:
        owner = (
            registered if isinstance(registered, str) and ">" in registered else f"{module or 'custom'}: {file_class}"
        )
        raise site.unsupported(
            f"is custom code ({owner}), not one of Keras's own layers",
            "a custom layer's Python code is not in the file, and Gatesmith never runs code",
            "build the same from Keras's own layers",
        )
    if operation:
        if file_class not in OPERATIONS or inputs != 2:
            raise site.unsupported(
                "is a bare operation on tensors",
                f"of those, only {', '.join(OPERATIONS)} of two layers' outputs are read",
                "say it with a layer: Add, Multiply, Rescaling(scale, offset), Reshape, ...",
            )
        return
    if file_class in ALLOWED or file_class in MODELS:
        return
    if file_class in PRUNING:
        raise site.unsupported(
            "is a wrapper of tensorflow-model-optimization",
            "the trained layer is inside it, in a form for training",
            "strip it and save again: tfmot.sparsity.keras.strip_pruning(model), or strip_clustering(model)",
        )
    if file_class in ("TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda"):
        raise site.unsupported(
            "is a bare TensorFlow operation", "", "say it with a layer: Add, Multiply, Rescaling, ..."
        )
    if LATER.fullmatch(file_class):
        raise site.unsupported(
            "is not read: convolution, pooling and padding come with a later version",
            "this version translates recurrent networks and dense layers",
        )
    raise site.unsupported(
        "is not a layer that Gatesmith reads", "", "replace it by layers that are read, listed in the manual"
    )


def _lambda(site: Site) -> UnsupportedError:
    return site.unsupported(
        "keeps Python code, which cannot be turned into C",
        "Gatesmith reads model files and never runs code from them",
        "if it only scales values, use a layer that says so, then save again: keras.layers.Rescaling(scale, offset)",
    )
