"""Instructions of a step: a bound from a listing made up here, which lines data decides about, and layers on cores."""

import re
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from everything import EVERYTHING

from gatesmith.backends.base import Generated
from gatesmith.core.settings import Settings
from gatesmith.evidence.control import controlled, turns
from gatesmith.evidence.instructions import instructions
from gatesmith.evidence.proofs import entry_functions
from gatesmith.evidence.source import Machine, assembly, parse
from gatesmith.evidence.values import Interval, Type
from gatesmith.evidence.walk import IntervalWalk
from gatesmith.evidence.worst import CallGraph, UnboundedError
from gatesmith.flow.plan import plan
from gatesmith.run.standins.trace import read

from . import models

CORES = {"microbit": "arm", "nucleo_f401re": "arm", "virt_rv32imafc": "riscv32"}
MAKERS = (models.dense, models.recurrent, models.norm, models.embedding) if EVERYTHING else (models.recurrent,)
STEP = (
    "<step>: 1 push {r4, lr}; 1 movs r4, #0; 2 ldrsh r3, [r2, r1]; 2 cmp r3, #0; 3 bge @7; 4 negs r3, r3; 4 bl @11;"
    " 5 adds r4, #1; 5 cmp r4, #5; 5 bne @2; 5 pop {r4, pc}; <inner>: 8 adds r2, #1; 8 bx lr"
)


def graph(text: str, controlled: set[int | str], most: dict[str, int] | None = None, at: int = 0x100) -> CallGraph:
    """Of instructions of two bytes, each with its line of m.c; ``@N`` is the address of the one that N are before."""
    listing = ""
    for count, one in enumerate(text.split("; ")):
        *name, line, mnemonic, operands = one.split(maxsplit=3 if "<" in one else 2)
        listing += f"\n{at + 2 * count:08x} {name[0]}\n" if name else ""
        listing += f"/x/m.c:{line}\n  {at + 2 * count:x}:\t0000\t{mnemonic}\t{operands}\n"
    lines = read(re.sub(r"@(\d+)", lambda to: f"{at + 2 * int(to[1]):x} <x>", listing))
    return CallGraph(lines, "step", controlled, most or {})


def ran(*counts: int, at: int = 0x100) -> dict[int, int]:
    return {at + 2 * index: count for index, count in enumerate(counts)}


def counts(inside: int) -> dict[int, int]:
    """How often each instruction of STEP runs in five turns, so many of which call."""
    return ran(1, 1, 5, 5, 5, inside, inside, 5, 5, 5, 1, inside, inside)


def test_the_bound_takes_the_longest_way_at_each_turn() -> None:
    step = graph(STEP, {"m.c:5"})
    assert [step.measured(counts(inside)) for inside in (0, 2)] == [3 + 5 * 6, 3 + 5 * 6 + 2 * 4]
    assert step.bound([counts(0), counts(2)]) == 3 + 5 * (6 + 4)
    assert graph(STEP, set(), {"m.c:5": 6}).bound([counts(0)]) == 3 + 6 * (6 + 4)


@pytest.mark.parametrize("at", [0x100, 0x104, 0x140, 0x200])
def test_a_loop_that_no_step_reached_counts(at: int) -> None:
    """Data decides whether it runs, and nothing how often; the order of addresses decides nothing."""
    text = "<step>: 2 cmp r3, #0; 2 beq @5; 3 subs r3, #1; 3 bne @2; 4 adds r1, #1; 4 bx lr"
    for lines in (set[int | str](), {"m.c:3"}):
        assert graph(text, lines, {"m.c:3": 3}, at).bound([ran(1, 1, 0, 0, 0, 1, at=at)]) == 3 + 3 * 2 + 1


def test_a_call_into_a_function_s_middle_is_a_jump() -> None:
    """As of functions above 2 KB on Cortex-M0; of a call that returns, what follows it would be lost: that is seen."""
    far = STEP.replace("5 cmp r4, #5; 5 bne @2", "5 beq @10; 5 bl @2")
    step, run = graph(far, {"m.c:5"}), counts(2) | {0x112: 4}
    assert (step.measured(run), step.bound([run])) == (3 + 5 * 6 - 1 + 2 * 4, 3 + 5 * (6 + 4) - 1)
    named = "<step>: 1 bl @3; 1 bl @6; 1 bx lr; <low>: 2 adds r1; 2 bx lr; <mid>: 2 bx lr; <low>: 3 adds r1; 3 bx lr"
    assert graph(named, set()).bound([ran(1, 1, 1, 1, 1, 0, 1, 1)]) == 7  # two functions of one name
    with pytest.raises(UnboundedError, match="step comes to 0x114 in a way that is not known"):
        graph(STEP.replace("bne", "bl"), {"m.c:5"}).measured(counts(0))


def test_a_division_of_what_is_no_data() -> None:
    text = "<step>: 1 movs r4, #0; 1 bl @3; 1 pop {r4, pc}; <__udivsi3>: 9 cmp r2, r1; 9 bcc @6; 9 adds r0, #1; 9 bx lr"
    assert [graph(text, calm).bound([ran(1, 1, 1, 1, 1, 0, 1)]) for calm in ({"m.c:1"}, set())] == [6, 3 + 2 * 4]


@pytest.mark.parametrize("most", [{}, {"m.c:2": 9}, {"m.c:2": 9, "m.c:3": 6}])
def test_a_loop_that_begins_where_the_one_around_it_does(most: dict[str, int]) -> None:
    """Data ends the inner one, on line 2: how often the block of both runs is no count of the outer one."""
    text = "<step>: 1 movs r4, #0; 2 lsrs r3, r3, #1; 2 bne @1; 3 adds r4, #1; 3 cmp r4, #5; 3 bne @1; 3 bx lr"
    step, run = graph(text, {"m.c:3"}, most), ran(1, 10, 10, 5, 5, 5, 1)
    unbounded = pytest.raises(UnboundedError, match="data decides how often a loop turns")
    with unbounded if len(most) < 2 else nullcontext():
        assert step.bound([run]) >= 1 + 5 * (9 * 2 + 3) + 1


def test_data_decides_within_a_turn_where_the_loop_has_two_ways_back() -> None:
    """Line 3 goes on to the next turn without the loop's end, and data decides, on line 2, about no way back."""
    text = "<step>: 1 movs r4; 2 cmp r3; 2 beq @4; 2 negs r3; 3 add r4; 3 cmp r4; 3 bcc @1; 4 cmp r4; 4 bne @1; 5 bx lr"
    run = ran(1, 9, 9, 2, 9, 9, 9, 6, 6, 1)
    assert graph(text, {"m.c:3", "m.c:4"}).bound([run]) == 1 + 9 * 6 + 6 * 2 + 1
    with pytest.raises(UnboundedError, match="data decides how often a loop turns"):
        graph(text, {"m.c:4"}).bound([run])


MASKED = (
    "<step>: 1 cmp r0, #0; 1 beq @6; 2 subs r1, #1; 2 bne @2; 3 bl @9; 3 b @7; 4 bl @9; 5 adds r0, #1; 5 bx lr;"
    " <copy>: 8 subs r2, #1; 8 bne @9; 8 bx lr"
)
KEPT, SKIPPED = ran(1, 1, 7, 7, 1, 1, 0, 1, 1, 4, 4, 1), ran(1, 1, 0, 0, 0, 0, 1, 1, 1, 9, 9, 1)


def test_what_data_decides_once_makes_kinds_of_steps() -> None:
    """As a masked step: each kind has its own counts, if all have run; not in a loop, nor where others go."""
    assert graph(MASKED, {"m.c:2", "m.c:8"}).bound([KEPT, SKIPPED, KEPT]) == sum(KEPT.values()) == 29
    assert graph(MASKED, {"m.c:2", "m.c:8"}).bound([KEPT, SKIPPED | {0x112: 39, 0x114: 39}]) == 24 + 60
    looped = MASKED.replace("5 adds r0, #1", "5 bne @0"), KEPT, SKIPPED
    merged = MASKED.replace("3 bl @9; 3 b @7; 4 bl @9", "3 cmp r2; 3 beq @7; 4 adds r1"), KEPT, KEPT | {0x10C: 1}
    for text, *runs in (MASKED, KEPT), (MASKED, SKIPPED), looped, merged:
        with pytest.raises(UnboundedError, match="data decides how often a loop turns"):
            graph(text, {"m.c:2", "m.c:5", "m.c:8"}).bound(runs)


def test_what_has_no_bound_says_why() -> None:
    broken = {
        "data decides how often a loop turns": (STEP, {"m.c:3"}, [counts(0)]),
        "it does not run as often in each step": (STEP, {"m.c:3", "m.c:5"}, [counts(0), counts(2)]),
        "inner goes to a place that is computed: bx r3": (STEP.replace("bx lr", "bx r3"), {"m.c:5"}, [counts(0)]),
        "step goes to a place that is computed: bleq": (STEP.replace("4 bl ", "4 bleq "), {"m.c:5"}, [counts(0)]),
        "a function that calls itself": (STEP.replace("8 adds r2, #1", "8 bl @11"), {"m.c:5"}, [counts(0)]),
        "step is not in the program": (STEP.replace("<step>", "<start>"), {"m.c:5"}, [counts(0)]),
        "nothing is known of the instruction": (STEP.replace("bl @11", "bl @611"), {"m.c:5"}, [counts(0)]),
    }
    for message, (text, lines, runs) in broken.items():
        with pytest.raises(UnboundedError, match=message):
            graph(text, lines).bound(runs)


LINES = """#include <stdint.h>
static const int8_t table[2] = { 3, 4 };
static int32_t low(const int16_t *x, int n, int given, int32_t sum) {
    for (int k = 0; k < n; k++) { /* counts */
        sum += x[k] * 3; /* counts */
    }
    for (int k = 0; k < given; k++) sum += 1; /* data */
    return sum < 0 ? -sum : sum; /* data */
}
static void rows(const int16_t *x, int32_t *y) {
    const int16_t *of[2] = { x, NULL };
    for (int k = 0; k < 2; k++) { /* counts */
        if (of[k] == NULL) y[k] = 0; /* counts */
        else if (table[k] > 3) y[k] = low(of[k], 4, x[0], 0); /* counts */
        if (y[k] > 2) y[k] = 2; /* data */
    }
    int turns = 0, parts = 9, shares = 9;
    parts /= table[1]; /* counts */
    shares /= x[0]; /* data */
    while (turns < 4) /* data */
        if (x[turns++] == 0) break; /* data */
    memcpy(y, x, 4 * sizeof *y); /* counts */
}
"""


def test_lines_that_data_decides_about(tmp_path: Path) -> None:
    control = controlled([parse({"m.h": "", "m.c": LINES}, "m", Machine(), tmp_path)])
    for number, line in enumerate(LINES.splitlines(), 1):
        if mark := re.search(r"/\* (counts|data) \*/", line):
            assert (number in control) == (mark[1] == "counts"), line
    sized = LINES.replace("4 * sizeof *y", "(size_t)x[0]")
    assert "memcpy" in control and "memcpy" not in controlled(
        [parse({"m.h": "", "m.c": sized}, "m", Machine(), tmp_path)]
    )
    assert assembly('int a;\n__asm__ volatile(\n    "b 1f (x)\\n"\n    : "=r"(a));\nint b;') == {2, 3, 4}


def test_turns_of_a_loop_are_the_most_of_all_visits(tmp_path: Path) -> None:
    """The loop around it is unrolled, and its counter shrinks."""
    inner = "for (int j = 0; j < n; j++) {\nif (y[j] > a) { break; } }"
    text = f"void f(int a, int *y) {{\nfor (int n = 8; n > 1; n /= 2) {{\n{inner} }} }}"
    walk = IntervalWalk(parse({"m.c": text}, "m", Machine(), tmp_path), {})
    walk.run({"f": {"a": Interval(Type(32), 0, 100), "y": walk.object("y", Type(to=Type(32), count=64), fixed=True)}})
    assert turns(walk) == {2: 4, 3: 9, 4: 9}


def walked(generated: Generated, folder: Path) -> IntervalWalk:
    source = parse(dict(generated.files), generated.name, Machine(), folder)
    walk = IntervalWalk(source, generated.sums)
    walk.run(entry_functions(generated, walk))
    return walk


@pytest.mark.parametrize("maker", MAKERS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("target", CORES)
def test_bounds_are_near_the_most(target: str, maker: Callable[[str], Generated], tmp_path: Path) -> None:
    if shutil.which(f"qemu-system-{CORES[target]}") is None:
        pytest.skip(f"qemu-system-{CORES[target]} is not here: apt-get install qemu-system")
    generated = maker("int8")
    chosen = plan(Settings(target=target, numeric="int8", calibration="synthetic"))
    facts = instructions(generated, chosen, walked(generated, tmp_path), tmp_path / "counted")
    assert facts.bound is not None and facts.steps > 3, facts.why
    assert facts.most <= facts.bound <= (1.75 if maker is models.norm else 1.06) * facts.most


def test_each_loop_has_turns_of_its_own_and_this_machine_no_core_that_tells(tmp_path: Path) -> None:
    """6 numbers of 16 bits differ from their sum by 5 * 65535 at most: shifted 4 times; roots are at least 1."""
    walk = walked(generated := models.norm("int8"), tmp_path)
    counted = {walk.source.text.splitlines()[line - 1].strip(): most for line, most in turns(walk).items()}
    assert (counted["down++;"], counted["root <<= 1;"]) == (4 + 1, 15 + 1)
    facts = instructions(generated, plan(Settings(numeric="int8", calibration="synthetic")), walk, tmp_path)
    assert (facts.bound, facts.most, facts.why) == (None, 0, "no emulator tells what runs of the instructions of host")
