"""LoRA (Hu et al. 2021): the product of two small trained matrices is added to a frozen one.

Keras 3.15 ``keras/src/layers/core/{dense,embedding}.py``: kernel + lora_alpha / lora_rank * a b. ``.keras`` files hold
the sum already; HDF5 holds all three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..containers.stored import StoredArray
from .config import number
from .kinds import Weight
from .site import Site
from .spec import FloatArray
from .weights import expect, values


def weights(name: str) -> tuple[Weight, ...]:
    """LoRA's two matrices for the array ``name``, in a layer that has them."""
    return tuple(Weight(f"lora_{name}_{leaf}", when=lambda config: config.get("lora_rank")) for leaf in ("a", "b"))


def parted(
    arrays: Sequence[StoredArray], name: str, config: Mapping[str, Any], shape: tuple[int, int], site: Site
) -> tuple[tuple[StoredArray, ...], FloatArray | None]:
    """The arrays without LoRA's, and the matrix that these add to the array ``name``; None if there are none.

    Args:
        name: ``kernel`` or ``embeddings``.
        shape: shape of that array.
    """
    pair = {leaf: array for array in arrays for leaf in ("a", "b") if f"lora_{name}_{leaf}" in array.name}
    if not pair:
        return tuple(arrays), None
    others = tuple(array for array in arrays if array not in pair.values())
    first, second = expect(list(pair.values()), 2, f"lora_{name}_a, lora_{name}_b", site)
    rank = first.data.shape[-1] if first.data.ndim == 2 else 0
    if rank < 1:
        raise site.broken(f"has the array {first.name} of shape {first.data.shape}, expected two axes")
    alpha = config.get("lora_alpha")
    scale = 1.0 if alpha is None else number(alpha, "lora_alpha", site) / rank
    a, b = values(first, (shape[0], rank), site), values(second, (rank, shape[1]), site)
    return others, (scale * (a.astype(np.float64) @ b)).astype(np.float32)
