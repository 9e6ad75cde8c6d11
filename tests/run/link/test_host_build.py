"""Building and measuring on this machine, with the toy; and the link's own size where cross compilers are present."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gatesmith.core.errors import BuildError
from gatesmith.run.costs import footprint, instructions_per_step
from gatesmith.run.link.transport import NOT_ALLOWED
from gatesmith.run.toolchain import host
from gatesmith.run.toolchain.host import Binary, build, firmware, run_tool, section_sizes
from gatesmith.run.toolchain.stack import stack_of

from .toy import HERE, INTERFACE


def test_a_compile_error_names_the_tool_and_shows_its_last_lines(tmp_path: Path) -> None:
    broken = tmp_path / "broken.c"
    broken.write_text("int x = ;\n" * 40)
    with pytest.raises(BuildError, match="failed with exit status") as caught:
        build([broken], [HERE / "toy_glue.c"], tmp_path / "out", includes=[HERE])
    assert str(broken) in caught.value.where
    assert "error" in caught.value.why
    assert len(caught.value.why.splitlines()) == host.TAIL_LINES


def test_a_tool_that_is_missing_or_too_slow() -> None:
    for command, fix in (["/nonexistent/cc"], ()), (["/"], NOT_ALLOWED):
        with pytest.raises(BuildError, match="cannot be started") as caught:
            run_tool(command, 1.0)
        assert caught.value.fix == fix
    with pytest.raises(BuildError, match="longer than"):
        run_tool(["sleep", "100"], 0.05)


def test_no_compiler_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(BuildError, match="no C compiler"):
        host.find_compiler()


def test_footprint_is_the_model_s_alone(program: Binary) -> None:
    cost = footprint(program, INTERFACE)
    assert 50 < cost.flash < 1000
    assert cost.ram == 16
    assert cost.stack.value is not None and 8 < cost.stack.value < 500


def test_sections_are_told_apart(tmp_path: Path) -> None:
    source = tmp_path / "a.c"
    source.write_text("const int a[100]={1}; int b[30]={1}; int c[20]; int f(void){return c[0];}\n")
    run_tool(["gcc", "-O1", "-g", "-c", str(source), "-o", str(tmp_path / "a.o")], 60.0)
    sizes = section_sizes([tmp_path / "a.o"])
    assert 520 < sizes.flash < 600
    assert sizes.ram == 200


def compiled(tmp_path: Path, text: str) -> Path:
    source, target = tmp_path / "s.c", tmp_path / "s.o"
    source.write_text(text)
    command = ["gcc", "-O1", "-fno-optimize-sibling-calls", "-fno-inline", "-fcallgraph-info=su"]
    run_tool([*command, "-c", str(source), "-o", str(target)], 60.0)
    return target


def test_the_deepest_chain_counts(tmp_path: Path) -> None:
    text = (
        "void use(char *);\n"
        "static int deep(void) { char b[1000]; use(b); return b[3]; }\n"
        "static int flat(void) { char b[10]; use(b); return b[3]; }\n"
        "int top_run(int i) { return i ? deep() : flat(); }\n"
    )
    stack = stack_of("top_run", [compiled(tmp_path, text)])
    assert stack.value is not None and 1000 < stack.value < 1100


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("int top_run(int i) { return i ? i + top_run(i - 1) : 0; }", "calls itself"),
        ("void use(char *); int top_run(int i) { char b[i]; use(b); return b[0]; }", "no fixed size"),
        ("int other(int i) { return i; }", "not in the call graph"),
    ],
)
def test_a_stack_without_a_bound_is_no_number(tmp_path: Path, text: str, reason: str) -> None:
    stack = stack_of("top_run", [compiled(tmp_path, text)])
    assert stack.value is None
    assert reason in stack.kind


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="arm-none-eabi-gcc is not installed")
def test_naked_functions_count_by_what_they_push(tmp_path: Path) -> None:
    """gcc reports 0 bytes for them: push takes 36, vpush 32, sub 24; a loop's push and pop count once."""
    source, target = tmp_path / "n.c", tmp_path / "n.o"
    body = ["push {r4-r11, lr}", "vpush {d8-d11}", "sub sp, #24", "1: push {r3}", "pop {r3}", "bne 1b", "add sp, #24"]
    text = "\\n".join([*body, "vpop {d8-d11}", "pop {r4-r11, pc}"])
    source.write_text(
        f'__attribute__((naked, noinline)) static void bare(int *x) {{ (void)x; __asm__("{text}"); }}\n'
        "int top_run(int i) { bare(&i); return i; }\n"
    )
    flags = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -O1 -w -fcallgraph-info=su".split()
    run_tool(["arm-none-eabi-gcc", *flags, "-c", str(source), "-o", str(target)], 60.0)
    without, measured = (stack_of("top_run", [target], tool).value for tool in ("no-size", "arm-none-eabi-size"))
    assert without is not None and measured == without + 36 + 32 + 24 + 4


def test_no_call_graph_no_stack(tmp_path: Path) -> None:
    assert "no call graph" in stack_of("f", [tmp_path / "x.o"]).kind


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_instructions_repeat_exactly(program: Binary) -> None:
    first = instructions_per_step(program, INTERFACE)
    assert first.per == "step"
    assert first.value is not None, first.kind
    assert 10 < first.value < 200
    assert instructions_per_step(program, INTERFACE) == first


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_nothing_called_is_no_count(program: Binary) -> None:
    count = host.count_instructions([program.path], "no_such_function", lambda transport: None)
    assert count.value is None
    assert "no_such_function" in count.kind


def test_without_valgrind_there_is_a_reason(program: Binary, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    count = instructions_per_step(program, replace(INTERFACE))
    assert count.value is None
    assert "not installed" in count.kind


def test_the_link_is_compiled_once_for_one_command_and_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that builds many programs compiles what no model changes once; other flags or files are another."""
    compiled: list[str] = []

    def tool(command: Sequence[str], timeout: float, cwd: Path | None = None) -> str:
        compiled.extend(Path(word).stem for word in command if "-c" in command and word.endswith(".c"))
        return run_tool(command, timeout, cwd)

    monkeypatch.setattr(host, "run_tool", tool)
    monkeypatch.setattr(host, "_COMPILED", {})
    toy = [HERE / "toy.c"], [HERE / "toy_glue.c"]
    one, two = (build(*toy, tmp_path / name, cflags=["-O0"]) for name in ("one", "two"))
    assert compiled == ["toy", "toy_glue", "gatesmith_link", "main", "toy", "toy_glue"]
    for source, path in one.objects.items():
        assert path.read_bytes() == two.objects[source].read_bytes()
    assert one.path.read_bytes() == two.path.read_bytes()

    compiled.clear()
    build(*toy, tmp_path / "other", cflags=["-O1"])
    assert compiled == ["toy", "toy_glue", "gatesmith_link", "main"]

    compiled.clear()
    changed = tmp_path / "firmware"
    shutil.copytree(firmware(), changed)
    monkeypatch.setattr(host, "firmware", lambda: changed)
    build(*toy, tmp_path / "first", cflags=["-O0"])
    header = changed / "link" / "gatesmith_frame.h"
    header.write_text(header.read_text("utf-8") + "/* another */\n", "utf-8")
    build(*toy, tmp_path / "second", cflags=["-O0"])
    assert compiled == 2 * ["toy", "toy_glue", "gatesmith_link", "main"]


def test_what_is_no_compiler_makes_no_program(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="true made no program"):
        build([HERE / "toy.c"], [HERE / "toy_glue.c"], tmp_path, compiler="true")
