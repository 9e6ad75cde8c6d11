"""The page of ``generate``: its files, their costs, and their use."""

from __future__ import annotations

from shlex import quote

from ..backends.base import Generated, Rate, of_state
from ..flow.results import GenerateResult
from .budget import budget_line
from .overview import following, notes, opening
from .page import Column, Fact, Row, Sheet, Styled, paged
from .stream import hint


@paged
def generate_page(page: Sheet, result: GenerateResult) -> None:
    """The page after a success."""
    program, project, source = result.generated, result.project, result.source
    opening(page, source)
    page.line(Styled(f"{result.folder}/", "head"))
    rows: list[Row] = [[path, file.purpose] for path, file in sorted(project.files.items())]
    page.table([Column("", style="name", folds=True), Column("", folds=True)], rows, indent=2, titles=False)
    page.blank()
    budgets = (("budget", Styled(budget_line(one), "plain" if one.fits == "yes" else "note")) for one in result.budgets)
    page.facts(*costs(program), *budgets, ("answers by", result.oracle))
    notes(page, program.graph.notes)
    place, language = quote(str(result.folder)), "Python" if f"{program.name}.py" in program.files else "C"
    commands = [(command.format(folder=place), why) for command, why in project.commands]
    validate = f"gatesmith validate {quote(source.path)} {result.options}"
    following(page, [*commands, (validate, f"compare the same {language} with Keras")])
    page.blank()
    page.line(Styled("use it in your own code", "dim"))
    page.line(" ".join(result.usage.sentences), indent=2)
    for line in project.calls:
        page.verbatim(line, indent=2)


def costs(program: Generated) -> list[Fact]:
    """Bytes and work of the generated code; facts that do not apply are empty."""
    heap = "" if f"{program.name}.py" in program.files else "; heap 0 B"
    return [
        ("weights", f"{program.weight_bytes:,} B of constants, plus code"),
        ("state", f"{program.state_bytes:,} B {of_state(program.inputs, program.graph)}{heap}"),
        work(program),
        ("stream", rated(program.rate) if program.rate else hint(program.graph)),
        ("model id", program.model_id),
    ]


def work(program: Generated) -> Fact:
    """Multiply-adds, and for a stream those from scratch."""
    text = program.worked
    if program.rate and (macs := program.rate.from_scratch) > program.macs:
        text += f", {macs / max(program.macs, 1):.1f} times less than {macs:,} for every output from scratch"
    return "work", text


def rated(rate: Rate) -> str:
    """The steps at which a stream has outputs."""
    steps = "every step" if rate.every == 1 else f"one step in {rate.every}"
    delay = f"; {rate.delay} steps late, the last by finish" if rate.finishes else ""
    return f"an output at {steps}, the first at step {rate.first}{delay}"
