"""Names, literals and bytes: what a file calls things never hurts, numbers are exact, and text is always the same."""

import ctypes
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from graphs import Maker, random_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from toolchain import ORIGIN, STRICTER, compile, generate, need, write

from gatesmith.backends import c99
from gatesmith.backends.base import Origin
from gatesmith.backends.c99 import kernels, literals
from gatesmith.backends.c99.literals import literal, table
from gatesmith.backends.c99.text import folded
from gatesmith.backends.names import KEYWORDS, SUFFIXES, Names, identifier, quoted, remark
from gatesmith.backends.usage import usage
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.activation import Activation
from gatesmith.run.toolchain.host import firmware

ROOT = Path(__file__).resolve().parents[3]
NASTY = [
    *"int double while restrict class template this bool true NULL EOF main errno near far".split(),
    *"memcpy memset sqrtf expf printf size_t uint32_t float stdin INFINITY NAN M_PI INT8_MAX assert offsetof".split(),
    *"a a_kernel a_out a_h a_forward a_bias a_recurrent A A_UNITS a_2 a_3 a_out_reversed a_table".split(),
    *"state arena t k steps x y h c scratch input output block first gate sum own past units advance finish".split(),
    *"act act_tanh act_bits gemv gemv_8 gemv_long_8 model model_t model_step model_run model_reset MODEL_H".split(),
    *"_ __ _X __LINE__ __FILE__ 1 0x10 9lives lstm/cell lstm:0 lstm.h ../../etc".split(),
    "",
    " ",
    "lstm\n",
    "ends it */ int oops;",
    "/* nests",
    "trigraph ??/",
    "backslash \\",
    "line\\\nsplit",
    '"quote',
    "%s%n%d",
    "\x00nul",
    "\u00fc\u00f1\u00ee",
    "\u5c42",
    "\u202eltr",
    "\ud800",
    "x" * 300,
    "x" * 300 + "y",
    "${f.name}",
    "<%doc>",
    "% if x:",
    "## note",
]


def nasty_graph() -> Graph:
    """Every kind of layer under every bad name."""
    maker = Maker(random.Random(0).choice)
    x = maker.input(NASTY[0], None, 3)
    other = maker.input("input", None, 3)
    kinds = ("lstm", "gru", "gru_before", "simple_rnn", "dense", "activation")
    for index, name in enumerate(NASTY):
        kind = kinds[index % len(kinds)]
        if kind == "dense":
            (x,) = maker.add(name, maker.dense(3, 3), x, lead=1)
        elif kind == "activation":
            (x,) = maker.add(name, Activation(Function("tanh")), x, lead=1)
        else:
            x = maker.add(name, maker.cell(kind, 3, 3), x)[0]
        if index % 9 == 0:
            maker.output(name, x)
    maker.output("output", other)
    return maker.graph()


def test_bad_names_compile(tmp_path: Path) -> None:
    for number, origin in enumerate((ORIGIN, *(Origin(name, "0" * 64, name, "0" * 16) for name in NASTY[-21:]))):
        code = generate(random_graph(random.Random(1).choice) if number else nasty_graph(), origin=origin)
        assert all(text.isascii() and "??" not in text and "\\" not in text for text in code.files.values())
        for text in code.files.values():
            stripped = re.sub(r"/\*(?:[^*]|\*(?!/))*\*/", "", text)
            assert "*/" not in stripped and "int oops;" not in stripped and "/*" not in stripped
        if number:
            continue
        source = write(code, tmp_path)
        link = tmp_path / "link.c"
        link.write_text(c99.glue(code, "float32", [5] * len(code.axes)), "utf-8")
        use = usage(replace(code, lengths=(5,) * len(code.axes)))
        (tmp_path / "main.c").write_text(c99.example(use), "utf-8")
        for name, file in c99.push(use).items():
            (tmp_path / name).write_text(str(file.content), "utf-8")
        compile([need("gcc"), *STRICTER, "-O1", "-c", source, "-o", tmp_path / "model.o"])
        compile([need("clang"), *STRICTER, "-fsyntax-only", source])
        include = f"-I{firmware() / 'link'}"
        compile([need("gcc"), "-Wall", "-Werror", include, "-fsyntax-only", link, tmp_path / "main.c"])
        (tmp_path / "use.cpp").write_text('#include "model.h"\n', "utf-8")
        compile([need("g++"), "-Wall", "-Wextra", "-Werror", "-fsyntax-only", tmp_path / "use.cpp"])


def test_models_may_have_any_name(tmp_path: Path) -> None:
    graph = random_graph(random.Random(1).choice)
    for number, name in enumerate([*NASTY, *sorted(KEYWORDS)]):
        code = generate(graph, name=identifier(name, "model"))
        assert re.fullmatch(r"[a-z][a-z0-9_]*", code.name)
        assert len(code.name) <= 50
        assert set(code.files) == {f"{code.name}.h", f"{code.name}.c"}
        if number % 8 == 0:
            compile([need("gcc"), *STRICTER, "-fsyntax-only", write(code, tmp_path)])


@given(st.lists(st.text(st.sampled_from("aAhckbotu_2"), max_size=8) | st.sampled_from([f"a{s}" for s in SUFFIXES])))
def test_names_never_meet(wanted: list[str]) -> None:
    names = Names()
    given_out = [names.unique(name) for name in wanted]
    derived = [name + suffix for name in given_out for suffix in SUFFIXES]
    assert len(set(derived)) == len(derived)


def test_templates_append_known_suffixes_only() -> None:
    """What a template derives from a layer's name is in SUFFIXES, so that it is known to be free."""
    for path in sorted([*(c99.TEMPLATES / "layers").glob("*.mako"), *Path(kernels.__file__).parent.glob("*/*.mako")]):
        used = set(re.findall(r"\$\{f\.name\}(_\w+)", path.read_text("utf-8")))
        used |= {f"_{name}" for name in re.findall(r'f\.parameter\("(\w+)"', path.read_text("utf-8"))}
        assert used <= set(SUFFIXES), (path.name, used - set(SUFFIXES))


@given(st.text())
def test_remarks_and_strings_are_harmless(text: str) -> None:
    safe = remark(text)
    assert safe.isascii() and safe.isprintable()
    assert "*/" not in f"{safe} " and "/*" not in safe and "\\" not in safe and "?" * 2 + "/" not in safe
    if not any(0xD800 <= ord(c) < 0xE000 for c in text):
        shown = quoted(text)
        assert shown.isascii() and shown.isprintable() and shown[1:-1].replace('\\"', "").count('"') == 0


@settings(max_examples=500)
@given(st.integers(0, 2**32 - 1))
def test_literals_read_back(bits: int) -> None:
    value = np.array([bits], np.uint32).view(np.float32)[0]
    if not np.isfinite(value):
        with pytest.raises(ValueError, match="no literal"):
            literal(float(value))
        return
    text = literal(float(value))
    assert re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?f", text) and ("." in text or "e" in text)
    assert np.float32(text[:-1]).view(np.uint32) == bits


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compilers_read_literals_as_we_do(compiler: str, tmp_path: Path) -> None:
    bits = np.random.default_rng(0).integers(0, 2**32, 6000, np.uint64).astype(np.uint32)
    edges = np.array([0, 0x80000000, 1, 0x80000001, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF], np.uint32)
    values = np.concatenate([edges, bits]).view(np.float32)
    values = values[np.isfinite(values)]
    text = f"extern const float values[{len(values)}];\nconst float values[{len(values)}] = {{\n{table(values)}\n}};\n"
    (tmp_path / "values.c").write_text(text, "utf-8")
    compile([need(compiler), *STRICTER, "-shared", "-fPIC", tmp_path / "values.c", "-o", tmp_path / "values.so"])
    library = ctypes.CDLL(str(tmp_path / "values.so"))
    read = np.ctypeslib.as_array((ctypes.c_float * len(values)).in_dll(library, "values"))
    assert np.array_equal(read.view(np.uint32), values.view(np.uint32))


def test_tables_refuse_what_is_no_number() -> None:
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match="no literal"):
            table(np.array([0.0, bad], np.float32))


@pytest.mark.parametrize("shape", [(50,), (3, 40), (40, 3), (5, 7, 2), (2, 3, 30), (2, 3, 4, 1)])
def test_large_tables_are_laid_out_as_small_ones(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for dtype in ("float32", "int8", "int64"):
        values = (np.random.default_rng(3).standard_normal(shape) * 100).astype(dtype)
        whole = table(values)
        read = [float(word.rstrip("f")) for word in re.findall(r"-?\d[\d.e+-]*f?", whole)]
        assert np.array_equal(np.array(read).astype(dtype), values.ravel())
        assert max(map(len, whole.splitlines())) <= literals.WIDTH + 4 * len(shape)
        monkeypatch.setattr(literals, "AT_ONCE", 8)
        assert table(values) == whole
        monkeypatch.undo()


SAME = """
import hashlib, random, sys
sys.path[:0] = sys.argv[1:]
from graphs import PLANS, random_graph
from toolchain import generate
from gatesmith.backends import c99
for seed in range(20):
    made = generate(random_graph(random.Random(seed).choice, seed), capacity=5)
    texts = [*made.files.values(), c99.glue(made, "float32", [5, 5, 5]), made.model_id]
    print(hashlib.sha256("".join(texts).encode()).hexdigest())
"""


@pytest.mark.parametrize(
    "line",
    [
        f"    const int32_t sum = saturate({' + '.join(f'product(w[{i}] * x[{i}], {i})' for i in range(9))}, 12);",
        f"static int f({', '.join(f'const int8_t *p{i}' for i in range(20))})",
        f"    y = a > b ? {'call(' * 9}x{', 1234567)' * 9} : c[{' * '.join(['width'] * 20)}]; /* which it is */",
        f'    text("{", " * 40}", a, b, "{"one + two " * 5}", c, d);',
        f"    y[{'i + ' * 40}1] = {'(' * 4}x{')' * 4};",
        f'    print("{"one, " * 10}", value, "{"two, " * 10}");',
    ],
)
def test_long_lines_are_broken_between_words(line: str) -> None:
    broken = folded(line)
    assert "".join(broken.split()) == "".join(line.split()) and max(map(len, broken.splitlines())) <= 120
    assert all(literal in broken for literal in re.findall('".*?"', line))


def test_long_comments_stay_comments_and_macros_one_line() -> None:
    comment, macro = f"/* {'word ' * 30}*/", f"#define LONG \\\n    {'a + ' * 40}a"
    first, second = folded(comment).splitlines()
    assert f"{first} {second.removeprefix(' * ')}" == comment and max(len(first), len(second)) <= 120
    assert folded(macro) == f"{macro}\n"
    assert all(folded(f"/* {'w' * length} */").rstrip().endswith("w */") for length in range(110, 130))
    quoted = f'const char *name = "a/*b";\n{"long" * 20} = {" + ".join(["sum"] * 20)};\n'
    assert "".join(folded(quoted).split()) == "".join(quoted.split())


def test_the_same_bytes_in_every_process() -> None:
    shown = [
        subprocess.run(
            [sys.executable, "-c", SAME, str(Path(__file__).parent), str(ROOT / "tests")],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("12345", "Asia/Kathmandu"))
    ]
    assert shown[0] == shown[1] and shown[0].count("\n") == 20


def test_ids_tell_models_apart() -> None:
    graph = random_graph(random.Random(2).choice, 2)
    node = next(node for node in graph.nodes if node.op.arrays())
    name, values = next(iter(node.op.arrays().items()))
    changed = values.copy()
    changed.flat[0] = np.nextafter(changed.flat[0], np.float32(9))
    other = replace(node, op=replace(node.op, **{name: changed}))
    nodes = tuple(other if n is node else n for n in graph.nodes)
    ids = [
        generate(graph).model_id,
        generate(graph, "exact").model_id,
        generate(graph, "libm").model_id,
        generate(replace(graph, nodes=nodes)).model_id,
    ]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{16}", i) for i in ids)
    assert generate(graph, name="other").model_id == ids[0]
