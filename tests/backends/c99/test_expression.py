"""Expressions of integer C: compiled with warnings about precedence as errors, they are what the operators mean, also
where ``int`` has 16 bits."""

import random
import subprocess
from pathlib import Path

from toolchain import STRICTER, need

from gatesmith.backends.c99.expression import RANKS, Expr, call, literal

VALUES = {
    "a": (-128, "int8"),
    "b": (127, "int8"),
    "c": (-32768, "int16"),
    "d": (1234, "int16"),
    "e": (-99_999, "int32"),
}


def test_parentheses_are_where_c_needs_them_and_nowhere_else() -> None:
    a, b, c = (Expr(name) for name in "abc")
    assert str((a + b) * c) == "(a + b) * c"
    assert str(a * b + c) == "a * b + c"
    assert str(a - (b - c)) == "a - (b - c)" and str(a - b - c) == "a - b - c"
    assert str((a + b) >> 2) == "(a + b) >> 2" and str((a >> 2) * b) == "(a >> 2) * b"
    assert str(call("f", a + b, 3) * 2) == "f(a + b, 3) * 2"
    assert str((a + b).cast("int8")) == "(int8_t)(a + b)" and str(call("f", a).cast("int8")) == "(int8_t)f(a)"
    assert str(a - 5) == "a - 5" and str(a - -5) == "a + 5" and str(a + -5) == "a - 5" and str(a + 0) == "a"
    assert str(a * -5) == "a * -5" and str(32768 - a) == "32768 - a"


def test_what_is_narrow_becomes_wide_once() -> None:
    small, large = Expr("x[k]", dtype="int8"), Expr("y")
    assert str(small.wide() * 70) == "(int32_t)x[k] * 70"
    assert str((small - 3).wide() * 70) == "(int32_t)(x[k] - 3) * 70"
    assert str((large - small).wide() * 70) == "(large - x[k]) * 70".replace("large", "y")
    assert (small + small).dtype == "int" and (small * large).dtype == "int32" and literal(40_000).dtype == "int32"


def test_random_expressions_are_what_they_say(tmp_path: Path) -> None:
    """No product of narrow values is computed in a 16-bit ``int``, unless its type fits."""
    choose = random.Random(5)

    def drawn(depth: int) -> tuple[Expr, int]:
        if depth == 0:
            name = choose.choice(list(VALUES))
            return Expr(name, dtype=VALUES[name][1]), VALUES[name][0]
        one, x = drawn(depth - 1)
        kind = choose.randrange(6)
        if kind == 0:
            return one >> 3, x >> 3
        if kind == 1:
            return one + choose.choice((n := choose.randrange(-9, 9), n)), x + n
        two, y = drawn(depth - 1)
        if kind == 2 and abs(x * y) < 2**31:
            return one.wide() * two, x * y
        if kind == 3:
            return one - two, x - y
        return one + two, x + y

    lines = []
    for _ in range(300):
        expression, value = drawn(choose.randrange(1, 4))
        if abs(value) < 2**31:
            assert expression.dtype in RANKS
            lines.append(f"    failed |= ({expression}) != {literal(value)};")
    variables = [f"    const {dtype}_t {name} = {value};" for name, (value, dtype) in VALUES.items()]
    source = "\n".join(["#include <stdint.h>", "int main(void)", "{", *variables, "    int failed = 0;", *lines])
    (tmp_path / "e.c").write_text(f"{source}\n    return failed;\n}}\n", "utf-8")
    subprocess.run([need("gcc"), *STRICTER, "e.c", "-o", "e"], cwd=tmp_path, check=True, timeout=60)
    assert subprocess.run([tmp_path / "e"], check=False, timeout=10).returncode == 0
