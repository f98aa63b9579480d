"""What one call of `mercer` was told beside its command's own words, and the classes that hear it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click


def _as_it_is(text: str) -> str:
    return text


@dataclass(slots=True)
class Invocation:
    """`redact` takes secrets out of a text, once a workspace with secrets is open."""

    json: bool = False
    debug: bool = False
    workspace: Path | None = None
    redact: Callable[[str], str] = _as_it_is

    @property
    def interactive(self) -> bool:
        """Somebody is there to be asked."""
        return not self.json and sys.stdin.isatty() and sys.stdout.isatty()


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    invocation = context.find_object(Invocation)
    if value and invocation is not None and parameter.name:
        setattr(invocation, parameter.name, value)


def _global_options() -> list[click.Parameter]:
    """Every command takes them, so that they may stand before or after its name."""
    return [
        click.Option(
            ["--workspace"],
            type=click.Path(path_type=Path),
            metavar="DIR",
            expose_value=False,
            callback=_remember,
            help="The workspace's folder or its mercer.toml.",
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_remember,
            help="One JSON document instead of text.",
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_remember,
            help="Show tracebacks and log to standard error.",
        ),
    ]


class Command(click.Command):
    """A command returns its exit code; nothing is 0."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_global_options())


class Group(click.Group):
    """Of the commands that stand `elsewhere`, as `module:name`, only the one that is called is loaded."""

    command_class = Command

    def __init__(
        self, *args: Any, elsewhere: Mapping[str, str] = MappingProxyType({}), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._elsewhere = elsewhere
        self.params.extend(_global_options())

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._elsewhere])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._elsewhere:
            return super().get_command(ctx, cmd_name)
        module, name = self._elsewhere[cmd_name].split(":")
        found: click.Command = getattr(import_module(f"mercer.commands.{module}"), name)
        return found


Group.group_class = Group
