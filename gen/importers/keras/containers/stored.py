"""A file's content, decoded and checked: the result of the containers, for every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._wire import ArrayGroup, StoredArray

__all__ = ["Archive", "ArrayGroup", "StoredArray"]

LOGITS = '"from_logits": true'
"""What Keras writes of a loss of logits. It is searched for: a training that cannot be parsed refuses no model."""


@dataclass(frozen=True, eq=False)
class Archive:
    """A file's content, decoded and checked, with no meaning attached yet."""

    path: str
    """The path that the user named, for messages."""
    format: str
    """``hdf5`` | ``keras-zip`` | ``json+hdf5`` | ``savedmodel`` | ``live``; for half a model, ``weights`` |
    ``architecture``."""
    sha256: str
    config: Mapping[str, Any]
    """The architecture: ``{"class_name": ..., "config": ...}`` as in the file's JSON."""
    keras_version: str
    """The writing version's own string (``1.2.2``, ``2.2.4-tf``, ``3.15.1``); ``""`` if the file has none."""
    backend: str
    """``tensorflow``, ``theano``, ... or ``""``."""
    groups: tuple[ArrayGroup, ...]
    notes: tuple[str, ...] = ()
    """Remarks on the container for people (``HDF5 user block of 512 bytes``)."""
    tuned: str = ""
    """The numeric type to whose grid the weights were tuned, if the file names one."""
    logits: bool = False
    """Whether a loss that the file names takes logits."""
