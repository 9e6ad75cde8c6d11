"""RNN over one cell or several: composed of recurrent layers. No op of its own.

Sources: Keras 2.3.1 ``keras/layers/recurrent.py``, tf_keras 2.21 ``tf_keras/src/layers/rnn/stacked_rnn_cells.py``,
Keras 3.15 ``keras/src/layers/rnn``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from ..dialect.allowed import foreign
from ..dialect.build import arrays_of, canonical_options, described
from ..dialect.config import Option, refuse_unread, shown, table
from ..dialect.generations import states_reversed
from ..dialect.kinds import KINDS, Config, Kind, cell_kind, cells, ledger, register
from ..dialect.ledger import Ledger, with_changes
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from ..dialect.weights import numbered, path_part
from .base import Builder, Spec, Value, only, reads
from .canonical import wrapper
from .recurrent import NEUTRAL, SEQUENCE, cell_of, describe_cell, reverse, settle_sequence, zeroed

SHARED = tuple(option.name for option in SEQUENCE)


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """``RNN`` over one cell or over several (``StackedRNNCells``, or a list of cells)."""
    settle_sequence(source.config, read, context, site)
    cells_config = source.config.get("cell")
    inside = source.place.part("cell")
    reverse = states_reversed(context.writer)
    if table(cells_config).get("class_name") == "StackedRNNCells":
        stack = ledger(STACKED, table(cells_config, "config"), context.writer)
        cells_config = stack.get("cells")
        if "reverse_state_order" in stack:
            reverse = bool(stack["reverse_state_order"])
        refuse_unread(stack.unread(), site.unsupported)
    if isinstance(cells_config, Mapping):
        name, kind_of_cell, config = _cell_config(cells_config, context, site)
        of_cell = canonical_options(kind_of_cell, cell_of(kind_of_cell).options, config, context.writer, site)
        of_cell |= {key: read[key] for key in (*SHARED, "unroll") if key in read}
        layer = replace(source, file_class=f"RNN({name})", config=config, arrays=inside.stored())
        return _described(kind_of_cell, layer, of_cell, context, site)
    if not isinstance(cells_config, list) or not cells_config:
        raise site.broken(f"has cell={shown(cells_config)}", "expected a cell or cells")
    several = [_cell_config(item, context, site) for item in cells_config]
    flags = [of.trainable(config, context.writer) for _, of, config in several]
    paths = [f"cells/{path_part(*place)}" for place in numbered([name for name, _, _ in several])]
    parts = inside.parts(paths, flags, site)
    inner = []
    for index, ((name, of, config), part) in enumerate(zip(several, parts, strict=True)):
        cell_name = str(config.get("name", f"cell_{index}"))
        at = site.inside(cell_name, name)
        of_cell = canonical_options(of, cell_of(of).options, config, context.writer, at)
        of_cell |= dict.fromkeys(SHARED, False) | {"return_sequences": True, "stateful": read["stateful"]}
        if index == len(several) - 1:
            of_cell |= {key: read[key] for key in ("return_sequences", "zero_output_for_mask")}
        cell = Source(cell_name, name, config, part.stored())
        inner.append(_described(of, cell, of_cell, context, at))
    layer = replace(source, file_class="RNN(StackedRNNCells)")
    return wrapper(STACKED, layer, read | {"reverse_state_order": reverse}, *inner)


def _described(kind: Kind, source: Source, read: dict[str, Any], context: Context, site: Site) -> LayerSpec:
    """A cell of Keras's, or the user's, whose gates are unknown."""
    if kind.module is None:
        return describe_cell(kind, source, read, context, site)
    return described(kind, source, read, arrays_of(kind, source, read, site))


def _cell_config(value: Any, context: Context, site: Site) -> tuple[str, Kind, Config]:
    name = table(value).get("class_name")
    kind = cell_kind(name.rpartition(">")[2]) if isinstance(name, str) else None
    if not isinstance(name, str) or kind is None or (foreign(value) and kind.module is None):
        known = ", ".join(f"{of}Cell" for of in cells())
        raise site.unsupported(
            f"runs the cell {shown(table(value).get('registered_name') or name)}",
            f"cells that are read: {known}",
            "or register the cell with its templates: --custom FILE.py, docs/custom.md",
        )
    return name, kind, ledger(kind, table(value, "config"), context.writer)


def inside(config: Config) -> Sequence[Any]:
    """A cell, or the cells of a stack."""
    inner = config.get("cell")
    if table(inner).get("class_name") == "StackedRNNCells":
        inner = table(inner, "config").get("cells")
    return inner if isinstance(inner, list) else [inner]


def _states(cell: Any) -> int:
    return cell_of(KINDS[cell.class_name]).states


STACKED = Kind(
    "StackedRNN",
    options=(*SEQUENCE, Option("reverse_state_order", "flag", False)),
    in_files=False,
)
register(
    Kind("RNN", options=SEQUENCE, neutral=NEUTRAL, describe=describe, inside=inside, sequence=True, takes_mask=True)
)


@reads(STACKED)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """RNN over StackedRNNCells: cells that step together have the results of stacked layers."""
    value = only(builder, inputs)
    config = spec.config
    cells = [cell for cell in spec.inner if isinstance(cell, LayerSpec)]
    counts = [_states(cell) for cell in cells]
    order = list(range(len(cells)))
    last_first = config["reverse_state_order"]
    if last_first is None and len(cells) > 1 and (initial or config["return_state"]):
        raise builder.refuse(
            "gives or takes the states of stacked cells, and the file does not tell in which order: the Keras that "
            "wrote it listed them from the last cell to the first in some releases and from the first in others",
            fix='say what wrote it: --written-by "TensorFlow 1.10" (last first), "TensorFlow 1.12" (first first)',
        )
    if last_first:
        order.reverse()
    if initial and len(initial) != sum(counts):
        raise builder.broken(f"has {sum(counts)} states and is given {len(initial)} initial states")
    remaining = iter(initial)
    starts = {index: list(islice(remaining, counts[index])) for index in order}
    tensor, mask = value.tensor, value.mask
    if config["go_backwards"]:
        tensor, mask = reverse(builder, tensor), None if mask is None else reverse(builder, mask)
    unrolled = bool(config.get("unroll"))
    first_out = builder.rules.masked_output == "state" and not last_first and not unrolled
    if first_out and mask is not None and len(cells) > 1:
        raise builder.refuse(
            "steps stacked cells under a mask, where the Keras that wrote it put out the first cell's state",
            fix="load and save the model with a later Keras, whose masked steps repeat the last output",
        )
    states: dict[int, list[Value]] = {}
    out = Value(tensor, mask)
    # An unrolled layer that goes backwards: see masked_rules.
    afterwards = unrolled and config["go_backwards"] and config["zero_output_for_mask"] and config["return_sequences"]
    for index, cell in enumerate(cells):
        final = index == len(cells) - 1
        options_of_cell = with_changes(
            cell.config,
            return_sequences=config["return_sequences"] if final else True,
            return_state=True,
            go_backwards=False,
            stateful=config["stateful"],
            zero_output_for_mask=config["zero_output_for_mask"] if final and not afterwards else False,
            unroll=unrolled,
        )
        layer = replace(cell, name=f"{spec.name}/{cell.name}", config=options_of_cell)
        out, *states[index] = builder.call(layer, [Value(out.tensor, mask)], starts[index])
    if afterwards and value.mask is not None:
        out = Value(zeroed(builder, out.tensor, value.mask))
    out = Value(out.tensor, value.mask if config["return_sequences"] else None)
    return [out, *(state for index in order for state in states[index])] if config["return_state"] else [out]
