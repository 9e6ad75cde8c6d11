"""The closed list of layer classes, and the refusals of all others.

Class names: Keras 0.3.3 to 2.3.1 ``keras/layers/*.py``, tf_keras 2.21 ``tf_keras/src/layers/__init__.py``, Keras 3.15
``keras/src/layers/__init__.py``; tensorflow-model-optimization 0.8 wrappers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ....core.errors import UnsupportedError
from . import refusals
from .config import shown
from .kinds import kind_of, operation_kind
from .lambdas import contents
from .site import Site

MODELS = frozenset(("Sequential", "Functional", "Model", "Network", "Container"))
"""Class names of models whose layers are in the configuration."""
QKERAS = re.compile(
    r"Q(Dense|Conv\dD|DepthwiseConv2D|SeparableConv\dD|Activation|AdaptiveActivation|BatchNormalization)"
    r"|Q(SimpleRNN|LSTM|GRU|Bidirectional|Conv2DTranspose|AveragePooling2D|GlobalAveragePooling2D)\w*"
    r"|Q(Conv2D|DepthwiseConv2D)Batchnorm"
)
"""Layers of QKeras 0.9, ``qkeras/__init__.py``."""
OPTIMIZATION = "tensorflow_model_optimization."
"""The module of wrappers that are read; their readers name the files they come from."""
NO_CODE = "a custom layer's Python code is not in the file, and Gatesmith never runs code from a model file"
OURS = ("keras.", "tf_keras.", "tensorflow.keras", "tensorflow.python.keras", "tensorflow_core.python.keras")


def is_read(file_class: str) -> bool:
    """Whether layers of this class are read."""
    return file_class == "InputLayer" or kind_of(file_class) is not None


def foreign(raw: Mapping[str, Any], *known: Any) -> bool:
    """Whether an object is not Keras's own, even if its class has a name that Keras uses: the name under which it is
    registered decides.

    Args:
        known: further modules and registered names of Keras's.
    """
    module, registered = raw.get("module"), raw.get("registered_name")
    if isinstance(module, str) and module not in ("keras", *known) and not module.startswith(OURS):
        return True
    class_name = raw.get("class_name")
    other = registered not in (class_name, f"keras>{class_name}", *known)
    return bool(registered) and (other or raw.get("module", "") is None)  # None: of __main__


def admit(file_class: str, raw: Mapping[str, Any], site: Site, *, operation: bool = False) -> None:
    """Let a layer pass if Gatesmith reads its class and the class is Keras's own.

    Raises:
        UnsupportedError: it is not; the message names a remedy.
        ModelError: it is an input, which nothing can call or wrap.
    """
    if file_class == "InputLayer":
        raise site.broken(
            "is used as a layer", "an InputLayer is where a model begins", "the file was edited: save the model again"
        )
    if file_class == "Lambda":
        raise _lambda(site, contents(raw))
    optimization = str(raw.get("module")).startswith(OPTIMIZATION)
    if (foreign(raw) and not optimization) or ">" in file_class or QKERAS.fullmatch(file_class):
        raise _custom(file_class, raw, site)
    if operation:
        if file_class not in operation_kind().operations:
            known = refusals.find(file_class, refusals.OPERATORS)
            raise site.unsupported("is a bare operation on tensors that Gatesmith does not read", known.why, known.fix)
        return
    if is_read(file_class) or file_class in MODELS:
        return
    known = refusals.find(file_class, refusals.LAYERS)
    own = ("if the class is your own, give its module: --custom FILE.py", f"or {known.fix}")
    fixes = (known.fix,) if known.why else own
    raise site.unsupported("is not a layer that Gatesmith reads", known.why or NO_CODE, *fixes)


def _lambda(site: Site, code: str) -> UnsupportedError:
    return site.unsupported(
        "keeps Python code, which cannot be turned into C",
        f"Gatesmith reads model files and never runs code from them{'; ' if code else ''}{code}",
        f'say what it computes: --lambda {site.name}="x / 127.5 - 1", or "x[:, -1]" for the last step',
        "or save the model with a layer that says it, such as keras.layers.Rescaling(scale, offset)",
        "of a sampled value (VAE), save the mean: a model that ends at it",
    )


def _custom(file_class: str, raw: Mapping[str, Any], site: Site) -> UnsupportedError:
    if QKERAS.fullmatch(file_class):
        return site.unsupported(
            "is a layer of QKeras",
            "it rounds weights and values as it computes, and its quantizers are code of its own",
            "qkeras.utils.model_save_quantized_weights(model) rounds its weights: copy them into a model of Keras's "
            "own layers; then --numeric int8 --calibration DATA rounds the values between them",
        )
    if file_class.startswith("Vitis>"):
        fix = "use the float model that was given to VitisQuantizer, with --numeric int8 --calibration DATA"
        return site.unsupported("is a layer of Vitis AI's quantizer", "it rounds values by code of its own", fix)
    module, registered = raw.get("module"), raw.get("registered_name")
    named = bool(registered) and registered != file_class
    owner = shown(registered).strip("'") if named else f"{module or 'custom'}: {file_class}"
    return site.unsupported(
        f"is custom code ({owner}), not one of Keras's own layers",
        NO_CODE,
        "give your module with the class: --custom FILE.py",
        "or build the same from Keras's own layers",
    )
