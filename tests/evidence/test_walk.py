"""Bounds of variables and places in C, which CBMC then checks (``test_prove``)."""

from pathlib import Path

import pytest

from gatesmith.evidence.memories import filled
from gatesmith.evidence.source import LOCAL, Machine, parse
from gatesmith.evidence.values import Interval, Memory, PointerTarget, Type
from gatesmith.evidence.walk import IntervalWalk


@pytest.mark.parametrize(
    ("high", "end", "left"), [(10, 64, 54), (10, 0, 90), (10, 200, 90), (70, 64, 30), (120, 64, 0)]
)
def test_a_place_is_no_larger_than_its_object(high: int, end: int, left: int) -> None:
    assert PointerTarget(Memory("arena", Type(8), 100), 0, high, end).left == left


@pytest.mark.parametrize(
    ("body", "least", "most"),
    [
        ("if (a < b) { ; } return a - b;", -100, 100),
        ("int32_t x = a; int32_t *p = &x; if (x < b) { *p = 50; return x - b; } return 0;", -50, 50),
        ("int32_t y[2] = { 0 }, z[2] = { 0 }; sums(y, few); sums(z, many); return y[0];", -10, 10),
        ("int32_t y[2] = { 0 }; sums(y, a > 3 ? few : many); return y[0];", -200, 200),
    ],
)
def test_bounds_of_what_is_known_at_a_place(body: str, least: int, most: int, tmp_path: Path) -> None:
    """Which of two values is larger: behind both ways, and after a write by a pointer. Sums with one table, or two."""
    tables = "static const int8_t few[2] = { 1, 2 }, many[2] = { 3, 100 };"
    sums = "static void sums(int32_t *y, const int8_t *w) { for (int k = 0; k < 2; k++) { y[k] += w[k]; } }"
    text = f"#include <stdint.h>\n{tables}\n{sums}\nint32_t f(int32_t a, int32_t b) {{ {body} }}"
    source = parse({"m.c": text}, "m", Machine(), tmp_path)
    number = Interval(Type(32), 0, 100)
    unit, *_ = IntervalWalk(source, {"few": (-10, 10), "many": (-200, 200)}).run({"f": {"a": number, "b": number}})
    assert unit.returned is not None and unit.returned.low <= least and most - 1 <= unit.returned.high <= most


FIRST = {
    "for (int k = 0; k < 3; k++) { p[k] = k; } *q = p[0];": 3,
    "for (int t = 0; t < 2; t++) { const int n = 2 * t; for (int k = 0; k < 4; k++) { p[k] = n; } }": 4,
    "p[p[0]] = 1;": 0,
    "if (*q > 0) { p[0] = 1; } *q = p[0];": 0,
    "p[at] = *q; for (int k = 0; k < 4; k++) { *q += p[k]; }": 0,
    "for (int k = 0; at == 0 && k < 4; k++) { p[k] = 0; }": 0,
    "for (int k = 0; k < at; k++) { p[k] = 0; }": 0,
    "do { if (*q) { break; } p[0] = 0; } while (at);": 0,
    "for (int t = 0; t < 2; t++) { if (*q) { break; } for (int k = 0; k < 4; k++) { p[k] = 0; } } *q = p[0];": 0,
    "for (int t = 0; t < 0; t++) { for (int k = 0; k < 4; k++) { p[k] = 0; } } *q = p[0];": 0,
    "for (int k = 0; k < 4; k++) { p[k] = 0; *q = p[k + 1]; }": 0,
    "for (int k = 0; k < 4; k++) { if (*q) { p[k] = 0; } }": 0,
    "for (int k = 0; k < 4; k++) { p[k] = p[3]; }": 0,
    "for (int k = 0; k < 4; k++) { int p[4]; p[k] = 0; }": 0,
    "for (int k = 0; k < 4; k++) { p[k] = 0; k++; }": 0,
    "for (int k = 1; k < 4; k++) { p[k] = 0; }": 0,
}


@pytest.mark.parametrize("body", FIRST)
def test_an_array_that_is_filled_first_has_nothing_of_callers(body: str, tmp_path: Path) -> None:
    source = parse({"m.c": f"void f(int *p, int *q, int at) {{ {body} }}"}, "m", Machine(), tmp_path)
    assert filled(source.functions["f"].body, "p") == FIRST[body]


def test_values_of_a_step_are_no_bound_of_all_steps() -> None:
    text = "int8_t *const a = x; /* 2 values a step */ int8_t *const b = y; /* 1,204 values */ int8_t *c; /* 1 value */"
    assert LOCAL.findall(text) == [("b = y", "1,204")]
