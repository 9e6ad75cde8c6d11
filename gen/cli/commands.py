"""Turns functions into click's commands, by the types and :class:`~gatesmith.core.settings.Flag` of parameters."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click

from ..core.errors import UsageError, report_together
from ..core.settings import EXPLICIT, Flag
from . import completion
from .options import GROUPS, Argument
from .streams import COLORS, use_color

Function = Callable[..., int | None]
WRONG = "gatesmith.wrong"
"""Key of the errors of options with wrong values, which are collected until all options are read."""


class Commands(click.Group):
    """The group of all commands, in the order in which they are given."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, unsorted, unlike the base class's."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As in the base class, but an error for a model in place of the command says so."""
        if args and args[0] not in self.commands and Path(args[0]).exists():
            fix = f"the command comes first: gatesmith inspect {args[0]}"
            raise UsageError(f"{args[0]} is a file, not a command", fix=(fix, "gatesmith --help"))
        return super().resolve_command(ctx, args)


class Command(click.Command):
    """A command that records the options on its line, and reports all their errors together."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in the base class.

        Raises:
            UsageError: an option that takes one value is given twice, or a value is wrong.
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
        unparsed = super().parse_args(ctx, args)
        if wrong := ctx.meta.get(WRONG):
            from ..flow.plan import checks  # here names are checked with the other errors, otherwise by the flow

            report_together([*wrong, *checks(ctx.params)])
        return unparsed

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Does nothing: arguments are a section of :meth:`format_options`."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As in the base class, but with arguments, and with options in sections by subject."""
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in ("Arguments", *GROUPS, "Options")}
        section_of = {parameter: name for name, members in GROUPS.items() for parameter in members}
        order = [*section_of, *(parameter.name for parameter in self.get_params(ctx))]
        for parameter in sorted(self.get_params(ctx), key=lambda one: order.index(one.name)):
            if (record := parameter.get_help_record(ctx)) is not None:
                argument = isinstance(parameter, click.Argument)
                sections["Arguments" if argument else section_of.get(parameter.name, "Options")].append(record)
        for name, records in sections.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


class Flagged(click.Option):
    """An option that stores an error in its value until all options are read."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """As in the base class, but errors are stored."""
        try:
            if value == "":  # perhaps from an unset shell variable; as a path it would be the current folder
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
    """The command of a function; each parameter's annotation has its :class:`Flag`."""
    hints = get_type_hints(function, include_extras=True)
    parameters = [
        _parameter(name, hints.get(name, parameter.annotation), parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
    ]
    return Command(function.__name__, callback=function, help=inspect.getdoc(function), params=[color(), *parameters])


def color() -> click.Option:
    """``--color``, which may be before or after a command's name."""

    def chosen(ctx: click.Context, parameter: click.Parameter, choice: str | None) -> None:
        if choice is not None:
            use_color(choice)

    return click.Option(
        ["--color"], type=click.Choice(COLORS), is_eager=True, expose_value=False, hidden=True, callback=chosen
    )


def _parameter(name: str, hint: Any, default: Any) -> click.Parameter:
    """Click's parameter for a function's parameter; required if it has no default."""
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
