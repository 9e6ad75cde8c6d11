"""``gatesmith inspect --plot``: the layers and the tensors between them, drawn by Graphviz."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ..core.errors import UsageError
from ..files.single import write_file
from ..importers.keras.dialect.spec import LayerSpec, ModelSpec, Ref
from .page import clean
from .quantities import counted
from .summary import LayerView, Summary, shape_text, title

KINDS = (".svg", ".png", ".pdf", ".dot")
SECONDS = 60
STYLE = (
    'rankdir=TB; bgcolor="white"; fontname="sans-serif"; fontsize=11; ranksep=0.35;',
    'node [shape=box, style="rounded,filled", fillcolor="#f4f6f7", color="#5c6b73"];',
    'node [fontname="sans-serif", fontsize=11];',
    'edge [color="#5c6b73", fontname="sans-serif", fontsize=9, arrowsize=0.7];',
)
RECURRENT = 'fillcolor="#d5ebe8"'
"""Style of layers with gates."""


def plot(summary: Summary, path: Path) -> None:
    """Draw a model; an old file stays until the new one is complete.

    Raises:
        UsageError: the suffix is none of :data:`KINDS`, Graphviz is not installed or fails, or the file cannot be
            written.
    """
    if path.suffix not in KINDS:
        raise UsageError(f"--plot writes {', '.join(KINDS)}", where=str(path), fix="give a name that ends so")
    text = dot(summary).encode()
    if path.suffix != ".dot":
        program = shutil.which("dot")
        if program is None:
            raise UsageError(
                "--plot needs Graphviz, whose program dot is not there",
                fix=("apt-get install graphviz", "or --plot FILE.dot, which is its input"),
            )
        try:
            result = subprocess.run(
                [program, f"-T{path.suffix[1:]}"], input=text, capture_output=True, timeout=SECONDS, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise UsageError("Graphviz could not draw the model", why=str(error), fix="--plot FILE.dot") from error
        text = result.stdout
    write_file(path, text)


def dot(summary: Summary) -> str:
    """The drawing in Graphviz's language."""
    views = {view.path: view for _, view in summary.walk()}
    lines = [f"  {line}" for line in STYLE]
    edges: list[str] = []
    lines += _model(summary.reading.model, (), views, {}, edges)
    return "\n".join(["digraph model {", *lines, *edges, "}"]) + "\n"


def _model(
    model: ModelSpec,
    path: tuple[str, ...],
    views: dict[tuple[str, ...], LayerView],
    sources_of: dict[Ref, str],
    edges: list[str],
) -> Iterator[str]:
    """One model's nodes. Its edges are added to ``edges``, because a node belongs to the box that first names it.
    ``sources_of`` has the source node of each input, and gets those of the outputs."""
    dots, pad = dict(sources_of), "  " * (len(path) + 1)
    for ref in model.inputs:
        if ref not in dots:
            dots[ref] = _name(path, ref.layer, 0)
            yield f'{pad}{dots[ref]} [label="{_text(ref.layer)}\\ninput", shape=ellipse];'
    for call in model.calls:
        spec, place = model.layers[call.layer], (*path, call.layer)
        sources = [dots[ref] for ref in (*call.inputs, *call.initial_state) if ref in dots]
        if isinstance(spec, ModelSpec) and call.call == 0:
            name = _name(path, call.layer, call.call)
            inner = dict(zip(spec.inputs, sources, strict=False))
            yield f"{pad}subgraph cluster_{name} {{"
            yield f'{pad}  label="{_text(call.layer)}"; color="#b0bec5"; style=rounded;'
            yield from _model(spec, place, views, inner, edges)
            yield f"{pad}}}"
            ends = [inner[ref] for ref in spec.outputs if ref in inner]
        else:
            name = _name(path, call.layer, call.call)
            view = views.get(place)
            yield f'{pad}{name} [label="{_label(spec, view, call.call)}"{_fill(view)}];'
            edges.extend(f"  {source} -> {name};" for source in sources)
            ends = [name]
        for index, end in enumerate(ends * 8 if len(ends) == 1 else ends):
            dots[Ref(call.layer, call.call, index)] = end
    sources_of.update({ref: dots[ref] for ref in model.outputs if ref in dots})


def _label(spec: LayerSpec | ModelSpec, view: LayerView | None, call: int) -> str:
    words = [spec.name + (f", use {call + 1}" if call else ""), title(spec)]
    if view is not None and len(view.uses) > call:
        words.append(" ".join(shape_text(shape) for shape in view.uses[call].outputs))
    if view is not None and view.parameters and not call:
        words.append(counted(view.parameters, "parameter"))
    return "\\n".join(map(_text, words))


def _fill(view: LayerView | None) -> str:
    inside = [] if view is None else [each.spec for _, each in view.walk()]
    return f", {RECURRENT}" if any(isinstance(spec, LayerSpec) and spec.gates for spec in inside) else ""


def _name(path: tuple[str, ...], layer: str, call: int) -> str:
    """A node's identifier, in hex digits: words of a file are in labels only."""
    text = "/".join((*path, layer)).encode()
    return f"n{text.hex()}_{call}"


def _text(text: str) -> str:
    """Text inside a label's quotes."""
    return clean(text).replace("\\", "\\\\").replace('"', '\\"')
