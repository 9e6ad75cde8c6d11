"""Commands that are put together when they are named: help, and each command, waits for no other's options."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from ..core.errors import UsageError, told_together
from .options import GROUPS
from .project import Command

Function = Callable[..., Any]
WRONG = "gatesmith.wrong"
"""Where a command line keeps its options with wrong values until all are read."""


class Built(MutableMapping[str, Any]):
    """Name -> command, built when it is first asked for."""

    def __init__(self, functions: dict[str, Function]) -> None:
        self.functions = functions
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = command_of(self.functions[name])
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self.functions.setdefault(name, command.callback)
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        self._built.pop(name, None)
        del self.functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.functions)

    def __len__(self) -> int:
        return len(self.functions)


def group_of(functions: tuple[Function, ...]) -> type[TyperGroup]:
    """The class of a group of commands, in this order."""

    class Commands(TyperGroup):
        """Their group."""

        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = Built({function.__name__: function for function in functions})

        def get_params(self, ctx: Any) -> Any:
            """As the base class."""
            return _shortened(super().get_params(ctx), {})

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """As the base class; a model in the command's place is told where it stands."""
            if args and args[0] not in self.commands and Path(args[0]).exists():
                fix = f"the command comes first: gatesmith inspect {args[0]}"
                raise UsageError(f"{args[0]} is a file, not a command", fix=(fix, "gatesmith --help"))
            return super().resolve_command(ctx, args)

        def format_commands(self, ctx: Any, formatter: Any) -> None:
            """As the base class, which needs their names and what they say of themselves."""
            whole = self.commands
            self.commands = {
                function.__name__: TyperCommand(function.__name__, help=inspect.getdoc(function))
                for function in functions
            }
            try:
                super().format_commands(ctx, formatter)
            finally:
                self.commands = whole

    return Commands


def command_of(function: Function) -> Any:
    """A function as a command."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    hints = get_type_hints(function)

    class Single(Command):
        """Its command."""

        def get_params(self, ctx: Any) -> Any:
            """As the base class."""
            return _shortened(super().get_params(ctx), hints)

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            """As the base class; all options with a wrong value are told, not the first alone."""
            rest = super().parse_args(ctx, args)
            told_together(ctx.meta.get(WRONG, ()))
            return rest

        def format_options(self, ctx: Any, formatter: Any) -> None:
            """As the base class, options by what they are about."""
            sections: dict[str, list[Any]] = {name: [] for name in ("Arguments", *GROUPS, "Options")}
            known = {parameter: name for name, members in GROUPS.items() for parameter in members}
            order = [*known, *(parameter.name for parameter in self.get_params(ctx))]
            for parameter in sorted(self.get_params(ctx), key=lambda one: order.index(one.name)):
                if (record := parameter.get_help_record(ctx)) is not None:
                    argument = parameter.param_type_name == "argument"
                    sections["Arguments" if argument else known.get(parameter.name, "Options")].append(record)
            for name, records in sections.items():
                if records:
                    with formatter.section(name):
                        formatter.write_dl(records)

    app.command(cls=Single)(function)
    command: Any = typer.main.get_command(app)
    return command


CONVERTERS = {
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": '"{}" is no whole number',
    "Input should be a valid number, unable to parse string as a number": '"{}" is no number',
}
"""Words of the library that converts values, and ours."""


def _refuse(error: typer.BadParameter, ctx: Any, parameter: Any, value: Any) -> None:
    error.ctx, error.param = error.ctx or ctx, error.param or parameter
    what = error.format_message().rstrip(".")
    for theirs, ours in CONVERTERS.items():
        what = what.replace(theirs, ours.format(value))
    raise UsageError(what, fix=f"{ctx.command_path} --help")


def _shortened(parameters: Any, hints: Mapping[str, Any]) -> Any:
    """Parameters, each with its :func:`_shorten`."""
    for parameter in parameters:
        if hasattr(parameter, "get_runtime_param") and "process_value" not in vars(parameter):
            _shorten(parameter, hints.get(parameter.name))
    return parameters


def _shorten(parameter: Any, hint: Any) -> None:
    """Let words, paths and what was left out go round Pydantic, which newer Typers convert values with: it takes longer
    to load than most commands to run. Everything else goes its way."""
    kinds = {kind for kind in (get_args(hint) or (hint,)) if kind is not type(None)}
    convert = parameter.process_value

    def process_value(ctx: Any, value: Any) -> Any:
        if value is None and not parameter.required:
            value = () if parameter.multiple or parameter.nargs == -1 else None
            return value if parameter.callback is None else parameter.callback(ctx, parameter, value)
        if not parameter.multiple and parameter.nargs == 1 and parameter.callback is None:
            if value is parameter.default and not parameter.required:
                return value
            if type(value) is str and kinds == {str}:
                return value
            if type(value) is str and kinds == {Path} and (os.access(value, os.R_OK) or not os.access(value, os.F_OK)):
                return Path(value)
        try:
            return convert(ctx, value)
        except typer.BadParameter as error:
            ctx.meta.setdefault(WRONG, []).append(partial(_refuse, error, ctx, parameter, value))
            return None

    parameter.process_value = process_value
