"""Keras 1's Merge, which is one of today's merge layers by its option ``mode``.

Source: Keras 1.2.2 ``keras/engine/topology.py``.
"""

from __future__ import annotations

from typing import Any

from ..dialect.build import arrays_of, described
from ..dialect.config import shown, whole
from ..dialect.kinds import KINDS, Config, Kind, register
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The merge layer that the mode names."""
    config = source.config
    modes = {kind_of_mode.merge_mode: kind_of_mode for kind_of_mode in KINDS.values() if kind_of_mode.merge_mode}
    mode = config.get("mode", "sum")
    if config.get("mode_type", "raw") != "raw" or not isinstance(mode, str) or mode not in (*modes, "cos"):
        merge = mode if config.get("mode_type", "raw") == "raw" else "a Python function"
        raise site.unsupported(f"merges by {shown(merge)}", f"Gatesmith reads the modes {', '.join(modes)}, cos")
    merged = options_of(mode, config, site)
    means = modes["dot" if mode == "cos" else mode]
    return described(means, source, merged, arrays_of(kind, source, merged, site))


def options_of(mode: str, config: Config, site: Site) -> dict[str, Any]:
    """The merge layer's options under their Keras 3 names."""
    if mode == "concat":
        return {"axis": whole(config.get("concat_axis", -1), "concat_axis", site)}
    if mode in ("dot", "cos"):
        axes = config.get("dot_axes", -1)
        several = isinstance(axes, (list, tuple))
        # Keras 0.3 has a list for each input.
        ones = [one[0] if isinstance(one, list) and len(one) == 1 else one for one in (axes if several else [axes])]
        items = [whole(one, "dot_axes", site) for one in ones]
        return {"axes": items if several else items[0], "normalize": mode == "cos", "widened": mode == "cos"}
    return {}


NEUTRAL = (
    *("concat_axis", "dot_axes", "output_shape_type", "output_mask_type", "output_shape", "output_mask", "arguments"),
    *("layers", "node_indices", "tensor_indices"),
)
"""Options of other modes, and of the wiring."""
register(Kind("Merge", neutral=NEUTRAL, describe=describe, branches=True))
