"""One operator as a layer of the model: Keras 3's bare operations, and the layers that tf.keras made of TensorFlow's.

Sources: Keras 3.15 ``keras/src/ops/{operation,numpy,nn,core,math}.py``, tf_keras 2.21
``tf_keras/src/layers/core/tf_op_layer.py``, TensorFlow 2.3 ``tensorflow/python/keras/engine/base_layer.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..containers.values import SAME, rebuilt
from ..dialect.arguments import Slot, alike, plain
from ..dialect.build import described
from ..dialect.config import refuse_unread
from ..dialect.kinds import Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, reads
from .narrow import mind_operator, type_results
from .operators import OPERATORS, Use
from .spellings import function
from .tensorflow_operations import graph_operation

NEUTRAL = ("name", "dtype", "trainable")
"""Options of every operation without a meaning here."""


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The operator, and its arguments by Keras 3's names."""
    call = alike(source.nodes, site)
    if source.operation:
        name = source.file_class
        operator = OPERATORS[name]
        neutral = [key for key in NEUTRAL if key != "dtype" or not operator.typed]
        options = {key: value for key, value in source.config.items() if key not in neutral}
        arguments = {**options, **call.bound(operator.parameters, site)}
    elif source.file_class == "TensorFlowOpLayer":
        name, arguments = graph_operation(source.config, call, site)
    else:
        name, arguments = function(source.config, call, site)
    converted = {key: plain(value, site) for key, value in arguments.items()}
    return described(kind, source, {"operator": name, "arguments": converted}, {})


KIND = Kind(
    "Operation",
    in_files=False,
    operations=OPERATORS,
    describe=describe,
    hidden=("operator", "arguments"),
)


@reads(
    KIND,
    *(
        Kind(name, means="Operation", describe=describe, with_nodes=True)
        for name in ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
    ),
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    try:
        arguments = rebuilt(
            spec.config["arguments"], lambda value: inputs[value.index] if isinstance(value, Slot) else SAME
        )
    except IndexError:  # in a Sequential, which passes one tensor
        raise builder.broken(f"is called with more tensors than it is given ({len(inputs)})") from None
    name, first = spec.config["operator"], len(builder.tensors)
    results = used(builder, name, arguments)
    type_results(builder, name, arguments, results, first)
    return results


def used(builder: Builder, name: str, arguments: Mapping[str, Any]) -> list[Value]:
    """The tensors of one use of an operator.

    Raises:
        UnsupportedError: an argument is not translated, or the operator's reader does not read it.
    """
    read, ledger = OPERATORS[name], Ledger(arguments)
    ledger.owed |= {key: value for key, value in ledger.items() if value is not None}
    ledger.asked.update(read.neutral)
    mind_operator(builder, name, ledger)
    results = list(read.read(Use(builder, name, ledger)))
    refuse_unread(ledger.unread(), lambda what, why, fix: builder.refuse(what, fix))
    return results
