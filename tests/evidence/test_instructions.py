"""Instructions of a step: a bound from a listing made up here, which lines data decides about, and layers on cores."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from everything import EVERYTHING

from gatesmith.backends.base import Generated
from gatesmith.core.settings import Settings
from gatesmith.evidence.control import controlled
from gatesmith.evidence.exhaust import Exhaust
from gatesmith.evidence.instructions import instructions
from gatesmith.evidence.proofs import entries
from gatesmith.evidence.source import Machine, assembly, parse
from gatesmith.evidence.walk import Walk
from gatesmith.evidence.worst import Graph, UnboundedError
from gatesmith.flow.plan import plan
from gatesmith.run.standins.trace import read

from . import models

CORES = {"microbit": "arm", "nucleo_f401re": "arm", "virt_rv32imafc": "riscv32"}
MAKERS = (models.dense, models.recurrent, models.norm, models.embedding) if EVERYTHING else (models.recurrent,)
STEP = """
00000100 <step>:
/x/m.c:1
     100:	b510      	push	{r4, lr}
     102:	2400      	movs	r4, #0
/x/m.c:2
     104:	5e53      	ldrsh	r3, [r2, r1]
     106:	2b00      	cmp	r3, #0
/x/m.c:3
     108:	da02      	bge.n	110 <step+0x10>
/x/m.c:4
     10a:	425b      	negs	r3, r3
     10c:	f000 f808 	bl	120 <inner>
/x/m.c:5
     110:	3401      	adds	r4, #1
     112:	2c05      	cmp	r4, #5
     114:	d1f6      	bne.n	104 <step+0x4>
     116:	bd10      	pop	{r4, pc}

00000120 <inner>:
/x/m.c:8
     120:	3201      	adds	r2, #1
     122:	4770      	bx	lr
"""
INNER = range(0x120, 0x124, 2)


def counts(inside: int) -> dict[int, int]:
    """How often each instruction of STEP runs in five turns, so many of which call."""
    turns = dict.fromkeys((0x104, 0x106, 0x108, 0x110, 0x112, 0x114), 5)
    return {0x100: 1, 0x102: 1, 0x116: 1, **turns, **dict.fromkeys((0x10A, 0x10C, *INNER), inside)}


def test_the_bound_takes_the_longest_way_at_each_turn() -> None:
    graph = Graph(read(STEP), "step", {"m.c:5"}, {})
    assert [graph.measured(counts(inside)) for inside in (0, 2)] == [3 + 5 * 6, 3 + 5 * 6 + 2 * 4]
    assert graph.bound([counts(0), counts(2)]) == 3 + 5 * (6 + 4)
    ended = Graph(read(STEP), "step", set(), {"m.c:5": 6})
    assert ended.bound([counts(0)]) == 3 + 6 * (6 + 4)


@pytest.mark.parametrize("at", [0x100, 0x104, 0x140, 0x200])
def test_a_loop_that_no_step_reached_counts(at: int) -> None:
    """Data decides whether it runs, and nothing how often; the order of addresses decides nothing."""
    ways = (f"beq.n\t{at + 10:x} <step+0xa>", f"bne.n\t{at + 4:x} <step+0x4>")
    texts = ("cmp\tr3, #0", ways[0], "subs\tr3, #1", ways[1], "adds\tr1, #1", "bx\tlr")
    lines = [f"/x/m.c:{2 + n // 2}\n     {at + 2 * n:x}:\t0000      \t{text}" for n, text in enumerate(texts)]
    listing = "\n".join([f"\n{at:08x} <step>:", *lines, ""])
    for controlled_lines in (set[int | str](), {"m.c:3"}):
        graph = Graph(read(listing), "step", controlled_lines, {"m.c:3": 3})
        assert graph.bound([{at: 1, at + 2: 1, at + 10: 1}]) == 3 + 3 * 2 + 1


MERGED = (
    "movs\tr4, #0",
    "lsrs\tr3, r3, #1",
    "bne.n\t102 <step+0x2>",
    "adds\tr4, #1",
    "cmp\tr4, #5",
    "bne.n\t102 <step+0x2>",
)


@pytest.mark.parametrize("turns", [{}, {"m.c:2": 9}, {"m.c:2": 9, "m.c:3": 6}])
def test_a_loop_that_begins_where_the_one_around_it_does(turns: dict[str, int]) -> None:
    """Data ends the inner one, on line 2: how often the block of both runs is no count of the outer one."""
    lines = [f"/x/m.c:{1 + n // 2}\n     {0x100 + 2 * n:x}:\t0000      \t{text}" for n, text in enumerate(MERGED)]
    listing = "\n".join(["\n00000100 <step>:", *lines, "     10c:\t4770      \tbx\tlr", ""])
    listing = listing.replace("/x/m.c:1\n     102", "/x/m.c:2\n     102").replace(
        "/x/m.c:2\n     106", "/x/m.c:3\n     106"
    )
    run = {0x100: 1, 0x102: 10, 0x106: 5, 0x10C: 1}
    graph = Graph(read(listing), "step", {"m.c:3"}, turns)
    if len(turns) < 2:
        with pytest.raises(UnboundedError, match="data decides how often a loop turns"):
            graph.bound([run])
    else:
        assert graph.bound([run]) >= 1 + 5 * (9 * 2 + 3) + 1


def test_what_has_no_bound_says_why() -> None:
    broken = {
        "data decides how often a loop turns": (STEP, {"m.c:3"}, [counts(0)]),
        "it does not run as often in each step": (STEP, {"m.c:3", "m.c:5"}, [counts(0), counts(2)]),
        "step goes to a place that is computed: bx r3": (STEP.replace("bx\tlr", "bx\tr3"), {"m.c:5"}, [counts(0)]),
        "a function that calls itself": (STEP.replace("adds\tr2, #1", "bl\t120 <inner>"), {"m.c:5"}, [counts(0)]),
        "stop is not in the program": (STEP.replace("<step>", "<start>"), {"m.c:5"}, [counts(0)]),
        "nothing is known of the instruction": (STEP.replace("bl\t120", "bl\t620"), {"m.c:5"}, [counts(0)]),
    }
    for said, (text, lines, runs) in broken.items():
        with pytest.raises(UnboundedError) as error:
            Graph(read(text), "stop" if "stop" in said else "step", lines, {}).bound(runs)
        assert said.replace("step goes", "inner goes") in str(error.value), said


LINES = """#include <stdint.h>
#include <string.h>
static const int8_t table[2] = { 3, 4 };
static int32_t low(const int16_t *x, int n, int given)
{
    int32_t sum = 0;
    for (int k = 0; k < n; k++) { /* counts */
        sum += x[k] * 3; /* counts */
    }
    for (int k = 0; k < given; k++) { /* data */
        sum += 1;
    }
    return sum < 0 ? -sum : sum; /* data */
}
static void rows(const int16_t *x, int32_t *y)
{
    const int16_t *of[2] = { x, NULL };
    for (int k = 0; k < 2; k++) { /* counts */
        if (of[k] == NULL) { /* counts */
            y[k] = 0;
        } else if (table[k] > 3) { /* counts */
            y[k] = low(of[k], 4, x[0]);
        }
        if (y[k] > 2) { /* data */
            y[k] = 2;
        }
    }
    int turns = 0;
    while (turns < 4) { /* data */
        turns++;
        if (x[turns] == 0) { /* data */
            break;
        }
    }
    memcpy(y, x, 4 * sizeof *y); /* counts */
}
"""


def test_lines_that_data_decides_about(tmp_path: Path) -> None:
    found = controlled([parse({"m.h": "", "m.c": LINES}, "m", Machine(), tmp_path)])
    for number, line in enumerate(LINES.splitlines(), 1):
        if said := re.search(r"/\* (counts|data) \*/", line):
            assert (number in found) == (said[1] == "counts"), line
    assert "memcpy" in found
    sized = LINES.replace("4 * sizeof *y", "(size_t)x[0]")
    assert "memcpy" not in controlled([parse({"m.h": "", "m.c": sized}, "m", Machine(), tmp_path)])
    assert assembly('int a;\n__asm__ volatile(\n    "b 1f (x)\\n"\n    : "=r"(a));\nint b;') == {2, 3, 4}


def walked(made: Generated, folder: Path) -> Walk:
    source = parse(dict(made.files), made.name, Machine(), folder)
    walk = Walk(source, made.sums, Exhaust(source, folder))
    walk.run(entries(made, walk))
    return walk


@pytest.mark.parametrize("maker", MAKERS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("target", CORES)
def test_bounds_are_near_the_most_that_was_counted(
    target: str, maker: Callable[[str], Generated], tmp_path: Path
) -> None:
    if shutil.which(f"qemu-system-{CORES[target]}") is None:
        pytest.skip(f"qemu-system-{CORES[target]} is not here: apt-get install qemu-system")
    made = maker("int8")
    chosen = plan(Settings(target=target, numeric="int8", calibration="synthetic"))
    facts = instructions(made, chosen, walked(made, tmp_path), tmp_path / "counted")
    print(facts)
    assert facts.bound is not None, facts.why
    assert facts.most <= facts.bound <= (2 if maker is models.norm else 1.06) * facts.most
    assert facts.steps > 3


def test_this_machine_has_no_core_that_tells(tmp_path: Path) -> None:
    made = models.dense("int8")
    chosen = plan(Settings(numeric="int8", calibration="synthetic"))
    facts = instructions(made, chosen, walked(made, tmp_path), tmp_path)
    assert (facts.bound, facts.most) == (None, 0)
    assert facts.why == "no emulator tells what runs of the instructions of host"
