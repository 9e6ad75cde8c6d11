"""Generated files that people have read. ``make golden`` rewrites them; the diff is part of the review."""

import difflib
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
from graphs import Maker
from toolchain import SCALAR, generate

from gatesmith.backends import c99
from gatesmith.backends.usage import usage
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.activation import VectorActivation
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.convolution import Convolution
from gatesmith.layers.masking import Masking
from gatesmith.layers.merge import Merge
from gatesmith.layers.pool import GlobalPool
from gatesmith.layers.reverse import Reverse
from gatesmith.layers.windows import Window

HERE = Path(__file__).parent


def swing() -> Graph:
    """One LSTM and its head: what most people bring."""
    maker = Maker(random.Random(0).choice, 1)
    x = maker.input("motion", None, 3)
    _, last, *_ = maker.add("lstm", maker.cell("lstm", 3, 2), x)
    (y,) = maker.add("dense", maker.dense(2, 2), last)
    maker.output("dense", maker.add("dense_softmax", VectorActivation(Function("softmax")), y)[0])
    return maker.graph()


def both_ways() -> Graph:
    """A masked bidirectional GRU, whose backward half needs the whole sequence."""
    maker = Maker(random.Random(0).choice, 2)
    x, mask = maker.add("masking", Masking(0.0), maker.input("sound", 6, 2), lead=1)
    ahead = maker.add("forward_gru", maker.cell("gru", 2, 2, masked=True), x, mask)[0]
    turned = [maker.add("turn", Reverse(), t)[0] for t in (x, mask)]
    (back,) = maker.add("turn", Reverse(), maker.add("backward_gru", maker.cell("gru", 2, 2, masked=True), *turned)[0])
    maker.output("bidirectional", maker.add("bidirectional", Concatenate(0), ahead, back, lead=1)[0])
    return maker.graph()


def translator() -> Graph:
    """An encoder whose state starts a decoder, laid out for a core without SIMD."""
    maker = Maker(random.Random(0).choice, 3)
    source, target = maker.input("source", None, 2), maker.input("target", None, 1)
    _, _, *states = maker.add("encoder", maker.cell("gru_before", 2, 3), source)
    whole = maker.add("decoder", maker.cell("gru_before", 1, 3, initial=True), target, *states)[0]
    maker.output("text", maker.add("text", maker.dense(3, 1, Function("tanh")), whole, lead=1)[0])
    return maker.graph()


def spotter() -> Graph:
    """Convolutions along time, step by step: a stride, dilation, a branch that waits, a look ahead, a running mean."""
    maker = Maker(random.Random(0).choice, 4)
    x = maker.input("sound", None, 2)
    (x,) = maker.add("front", Convolution(maker.weights(6, 2), maker.weights(2), (Window(3, 2),)), x)
    same = Convolution(maker.weights(6, 2), None, (Window(3, 1, 2, 2, 2),), 1, Function("relu"))
    (ahead,) = maker.add("ahead", same, x)
    (x,) = maker.add("add", Merge("add"), x, ahead, lead=1)
    (x,) = maker.add("mean", GlobalPool("average"), x)
    maker.output("word", maker.add("word", maker.dense(2, 2), x)[0])
    return maker.graph()


def files(name: str) -> dict[str, str]:
    generated = {
        "swing": lambda: generate(swing(), name="swing"),
        "both_ways": lambda: generate(both_ways(), "exact", name="both_ways"),
        "translator": lambda: generate(translator(), "libm", name="translator", layout=SCALAR),
        "spotter": lambda: generate(spotter(), name="spotter", stream=True),
    }[name]()
    lengths = [axis.fixed or axis.length or 8 for axis in generated.axes]
    return {
        **generated.files,
        f"{name}_link.c": c99.glue(generated, "float32", lengths),
        "main.c": c99.example(usage(replace(generated, lengths=tuple(lengths)))),
    }


@pytest.mark.parametrize("name", ["swing", "both_ways", "translator", "spotter"])
def test_golden(name: str) -> None:
    folder, texts = HERE / name, files(name)
    if os.environ.get("GATESMITH_GOLDEN") == "write":
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for path, text in texts.items():
            (folder / path).write_text(text, "utf-8", newline="\n")
    assert {path.name for path in folder.iterdir()} == set(texts)
    for path, text in texts.items():
        before = (folder / path).read_text("utf-8")
        diff = difflib.unified_diff(before.splitlines(), text.splitlines(), f"golden/{path}", "now", lineterm="", n=1)
        assert text == before, "\n".join(["make golden rewrites these files:", *list(diff)[:60]])
