"""Functions as commands: their parameters as click's, by types and :class:`~gatesmith.core.settings.Flag`."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click

from ..core.errors import UsageError, told_together
from ..core.settings import Flag
from . import completion
from .options import GROUPS, Argument
from .project import EXPLICIT
from .streams import COLORS, use_color

Function = Callable[..., int | None]
WRONG = "gatesmith.wrong"
"""Where a command line keeps its options with wrong values until all are read."""


class Commands(click.Group):
    """The group of all commands, in the order in which they are given."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """As the base class, which sorts them."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As the base class; a model in the command's place is told where it stands."""
        if args and args[0] not in self.commands and Path(args[0]).exists():
            fix = f"the command comes first: gatesmith inspect {args[0]}"
            raise UsageError(f"{args[0]} is a file, not a command", fix=(fix, "gatesmith --help"))
        return super().resolve_command(ctx, args)


class Command(click.Command):
    """A command that notes which options stand on its line; all that is wrong with them is told at once."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As the base class.

        Raises:
            UsageError: an option is given twice and takes one value, or has a wrong one.
        """
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        counts = Counter(parameter.name for parameter in order)
        for parameter in order:
            if isinstance(parameter, click.Option) and not parameter.multiple and counts[parameter.name] > 1:
                raise UsageError(
                    f"{parameter.opts[0]} is given {counts[parameter.name]} times, and takes one value",
                    fix=f"{ctx.command_path} --help tells which options may be repeated",
                )
        EXPLICIT.set(frozenset(counts))
        rest = super().parse_args(ctx, args)
        if wrong := ctx.meta.get(WRONG):
            from ..flow.plan import checks  # names are checked with all else that is wrong; else by the flow

            told_together([*wrong, *checks(ctx.params)])
        return rest

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """They are among the sections of :meth:`format_options`."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As the base class, arguments too, and options by what they are about."""
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in ("Arguments", *GROUPS, "Options")}
        known = {parameter: name for name, members in GROUPS.items() for parameter in members}
        order = [*known, *(parameter.name for parameter in self.get_params(ctx))]
        for parameter in sorted(self.get_params(ctx), key=lambda one: order.index(one.name)):
            if (record := parameter.get_help_record(ctx)) is not None:
                argument = isinstance(parameter, click.Argument)
                sections["Arguments" if argument else known.get(parameter.name, "Options")].append(record)
        for name, records in sections.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


class Flagged(click.Option):
    """An option that keeps what is wrong with its value until all are read."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """As the base class."""
        try:
            if value == "":  # as of a shell's variable that is not set: as a path it would be the folder at hand
                self.type.fail("it is empty")
            return super().process_value(ctx, value)
        except click.MissingParameter:
            raise
        except (click.BadParameter, UsageError) as error:
            ctx.meta.setdefault(WRONG, []).append(partial(_refuse, error, ctx, self))
            return None


def _bytes(text: str) -> int:
    from ..oracle.limits import bytes_of

    return bytes_of(text)


def command_of(function: Function) -> Command:
    """A function as a command: each parameter's annotation has its :class:`Flag`."""
    hints = get_type_hints(function, include_extras=True)
    parameters = [
        _parameter(name, hints.get(name, parameter.annotation), parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
    ]
    return Command(function.__name__, callback=function, help=inspect.getdoc(function), params=[color(), *parameters])


def color() -> click.Option:
    """``--color``, which may stand before a command and behind it."""

    def chosen(ctx: click.Context, parameter: click.Parameter, choice: str | None) -> None:
        if choice is not None:
            use_color(choice)

    return click.Option(
        ["--color"], type=click.Choice(COLORS), is_eager=True, expose_value=False, hidden=True, callback=chosen
    )


def _parameter(name: str, hint: Any, default: Any) -> click.Parameter:
    """A function's parameter as click's; one without a default is required."""
    kind, option = get_args(hint)
    several = get_origin(kind) is tuple
    element = next(each for each in (get_args(kind) or (kind,)) if each is not type(None))
    required = default is inspect.Parameter.empty
    common: dict[str, Any] = {"required": required, **({} if required else {"default": default})}
    if option.values:
        common["shell_complete"] = lambda ctx, parameter, text: getattr(completion, option.values)(text)
    if isinstance(option, Argument):
        metavar = f"{option.metavar if required else f'[{option.metavar}]'}{'...' if several else ''}"
        count = -1 if several else 1
        return click.Argument(
            [name], help=option.help, metavar=metavar, nargs=count, type=_type(element, option), **common
        )
    return Flagged(
        [name, *(option.flags or [f"--{name.replace('_', '-')}"])],
        metavar=option.metavar,
        help=option.help,
        multiple=several,
        show_default=True,
        **({"is_flag": True} if element is bool else {"type": _type(element, option)}),
        **common,
    )


def _type(element: Any, option: Flag) -> Any:
    if option.choices:
        return click.Choice(option.choices)
    if option.metavar == "BYTES":
        return _bytes
    if element in (int, float):
        number: Any = click.FloatRange if element is float else click.IntRange
        kind = number(option.least)
        kind.name = "number" if element is float else "whole number"
        return kind
    return click.Path(path_type=Path) if element is Path else str


def _refuse(error: click.BadParameter | UsageError, ctx: click.Context, parameter: click.Parameter) -> None:
    if isinstance(error, UsageError):
        raise error
    error.ctx, error.param = error.ctx or ctx, error.param or parameter
    raise UsageError(error.format_message().rstrip("."), fix=f"{ctx.command_path} --help")
