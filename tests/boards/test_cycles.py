"""Estimated cycles: listings, tables of cores, and milliseconds of a board."""

import pytest
from msgspec.structs import replace

from gatesmith.boards import cycles, target
from gatesmith.boards.cycles import Executed
from gatesmith.boards.schema import Waits
from gatesmith.core.errors import UsageError
from gatesmith.flow.times import milliseconds, waits_of
from gatesmith.numerics import NUMERICS
from gatesmith.run.standins import trace

LISTING = """
00000100 <gatesmith_step>:
     100:	b510      	push	{r4, lr}
     102:	f850 3b04 	ldr.w	r3, [r0], #4
     106:	6809      	ldr	r1, [r1, #0]	@ (110 <x>)
     108:	ee07 3a90 	vmov	s15, r3
     10c:	d1f9      	bne.n	102 <gatesmith_step+0x2>
     10e:	bd10      	pop	{r4, pc}

00000110 <gs_board_count_end>:
     110:	4770      	bx	lr
"""


def table(name: str) -> cycles.Cycles:
    return cycles.parse(target.read_table(cycles.FOLDER, name), name)


def test_every_table_is_one_of_a_family_and_has_a_source() -> None:
    for name in target.names(cycles.FOLDER):
        assert name in target.names("families")
        costs = table(name)
        assert costs.source and costs.checked and 0 < costs.error <= 0.5
        assert costs.kinds or "counted, not estimated" in costs.checked
        assert set(costs.average) <= {*NUMERICS, "spread"}


def test_a_loop_is_counted_by_its_blocks() -> None:
    """The loop has three turns: the jump is taken twice; the second load of each turn follows the first."""
    lines = trace.read(LISTING)
    assert [line.mnemonic for line in lines][:3] == ["push", "ldr", "ldr"]
    counted = trace._counted(lines, ["100 5 0 1 1", "102 4 0 2 1", "10e 1 0 1 1", "110 1 0 9 0"], ("",))
    by = {(one.mnemonic, one.operands): one for one in counted}
    assert by["bne", "102 <gatesmith_step+0x2>"].count == 3
    assert by["bne", "102 <gatesmith_step+0x2>"].taken == 2
    assert by["ldr", "r1, [r1, #0]"].before == "ldr"
    assert all(one.mnemonic != "bx" for one in counted), "the port's own functions are not the model's"
    # push 1+2; ldr 2 and, behind it, 1; vmov 1; bne 1, taken 2 more; pop into pc 3+2.
    assert table("cortex-m4f").estimate(counted) == 3 + 3 * (2 + 1 + 1 + 1) + 2 * 2 + 5


@pytest.mark.parametrize(
    ("core", "mnemonic", "operands", "wanted"),
    [
        ("cortex-m0plus", "muls", "r0, r1", 1),
        ("cortex-m0plus", "ldrsb", "r0, [r1, r2]", 2),
        ("cortex-m0plus", "ldmia", "r0!, {r1, r2, r3}", 4),
        ("cortex-m0plus", "pop", "{r4, r5, pc}", 6),
        ("cortex-m4f", "vfma.f32", "s0, s1, s2", 3),
        ("cortex-m4f", "vmulgt.f32", "s0, s1, s2", 1),
        ("cortex-m4f", "vldmia", "r0!, {s16-s23}", 9),
        ("cortex-m4f", "vpush", "{d8-d15}", 17),
        ("cortex-m4f", "smlad", "r0, r1, r2, r3", 1),
        ("cortex-m4f", "bic", "r0, r1", 1),
        ("cortex-m3", "smlal", "r0, r1, r2, r3", 5.5),
        ("cortex-m7", "vfma.f32", "s0, s1, s2", 0.75),
        ("cortex-m55", "vfma.f32", "q0, q1, q2", 2),
        ("cortex-m55", "vfma.f32", "s0, s1, s2", 1),
        ("cortex-m55", "vldrw.u32", "q0, [r1], #16", 2),
    ],
)
def test_cycles_are_the_manuals(core: str, mnemonic: str, operands: str, wanted: float) -> None:
    assert table(core).estimate([Executed(mnemonic, operands, 1)]) == wanted


def test_milliseconds_are_cycles_at_the_board_s_clock() -> None:
    duration = milliseconds(target.load("uno"), {"cycles": 16_000.0, "cycles_per": "step"})
    assert duration.value == 1.0 and duration.per == "step"
    assert "at 16 MHz" in duration.kind


def test_instructions_alone_give_no_time() -> None:
    assert milliseconds(target.load("esp32c3"), {"instructions": 1000.0, "instructions_per": "step"}).value is None


def test_a_board_with_another_core_than_its_family_s_says_so() -> None:
    """Its cycles are estimated with the family's table, and no mean of other models replaces them."""
    board = replace(target.load("ek_ra8d1"), clock=400_000_000)
    duration = milliseconds(board, {"estimated_cycles": 4e5, "instructions_per": "step"})
    assert duration.value == 1.0 and "by the Cortex-M55's table" in duration.kind
    assert table("cortex-m55").origin(board).endswith("of the Cortex-M55, not the Cortex-M85")
    assert table("cortex-m55").origin(target.load("mps3_an547")) == table("cortex-m55").source
    assert cycles.average(board, "int8", 1000) is None


def test_a_board_s_own_clock_is_told_as_it_is() -> None:
    assert milliseconds(target.load("uno"), {"nanoseconds": 2e6, "nanoseconds_per": "step"}).value == 2.0


def test_a_table_that_is_none_is_refused() -> None:
    good = target.read_table(cycles.FOLDER, "cortex-m0")
    with pytest.raises(UsageError, match="unknown key"):
        cycles.parse({**good, "more": 1}, "it")
    with pytest.raises(UsageError, match="no pattern"):
        cycles.parse({**good, "classes": [{"name": "x", "match": "(", "cycles": 1.0}]}, "it")


def test_a_budget_tells_milliseconds_by_the_mean_of_other_models() -> None:
    board = target.load("uno")
    mean = cycles.average(board, "int8", 1000)
    table_ = table("avr").average
    assert mean == (1e3 * table_["int8"] * 1000 / 16e6, table_["spread"])
    assert cycles.average(target.load("esp32"), "int8", 1000) is None


def test_waits_are_lines_times_states_and_never_within_the_cycles() -> None:
    class Seen(trace.Trace):
        def __init__(self) -> None:
            self.layers = ("",)

        def executed(self) -> tuple[list[Executed], int]:
            return [], 4

        def reads(self) -> tuple[int, int]:
            return 40, 1200

    waits = Waits(states=5, line=8, source="a manual", code=1024, constants=256)
    metrics = waits_of(waits, Seen())
    assert [*metrics] == ["flash_waits"] and metrics["flash_waits"].value == (10 + 300) * 5
    assert "300 reads of constants and 10 of code, 8 B and 5 cycles each" in metrics["flash_waits"].kind
    flags = ["-Wl,--defsym=__flash=0x10000000", "-Wl,--defsym=__flash_size=0x400000"]
    assert trace.flash_of(waits, flags) == ",flash=0x10000000,size=0x400000,line=8,code=128,data=32"
    assert trace.flash_of(replace(waits, constants=None), flags).endswith("code=128"), "constants share it"
    assert trace.flash_of(waits, ()) == trace.flash_of(None, flags) == "", "where nobody says, nothing is counted"


def test_every_board_s_waits_are_of_its_clock() -> None:
    """Cycles of a read, by the maker's limits: how many megahertz each wait state adds."""
    limits = {"RM0368": 30, "RM0383": 30, "RM0390": 30, "RM0090": 30, "RM0351": 16, "RM0394": 16, "RM0432": 20,
              "RM0440": 34, "RM0456": 32}  # fmt: skip
    boards = [target.load(name) for name in target.names()]
    with_waits = {board.name: board for board in boards if board.waits is not None}
    assert len(with_waits) == 11
    for board in with_waits.values():
        assert board.waits is not None
        step = limits[board.waits.source.split()[1].rstrip(",")] * 1_000_000
        assert board.waits.states == (board.clock - 1) // step, board.name
