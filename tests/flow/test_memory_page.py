"""``inspect --memory``: what it shows is what the generated C has."""

import json
import re
from pathlib import Path

from click.testing import CliRunner

import gatesmith
from gatesmith.cli.entry import program
from gatesmith.core.settings import Settings
from gatesmith.flow.memory import memory

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "basic_motions.keras"


def shown(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(program(), ["inspect", str(EXAMPLE), *words])
    return done.exit_code, done.output if done.exit_code else done.stdout  # progress is on stderr, when it takes long


def test_the_arena_is_that_of_the_c() -> None:
    artifact = gatesmith.convert(EXAMPLE)
    (arena,) = re.findall(r"float arena\[(\d+)\]", artifact.files[f"{artifact.name}.h"])
    plan = memory(EXAMPLE, Settings())
    assert plan.arena == 4 * int(arena)
    assert plan.arena + plan.states == artifact.generated.state_bytes
    for block in plan.held:
        assert block.offset >= 0
        assert block.offset + block.bytes <= plan.arena
        assert 0 <= block.first <= block.last < plan.moments


def test_json_and_page_say_the_same() -> None:
    code, text = shown("--memory", "--json", "--numeric", "int8")
    plan = json.loads(text)
    assert (code, plan["schema"], plan["numeric"]) == (0, "gatesmith/memory/1", "int8")
    code, page = shown("--memory", "--numeric", "int8")
    assert code == 0
    assert f"{plan['arena']:,} B" in page
    for block in plan["held"]:
        assert block["layer"] in page
