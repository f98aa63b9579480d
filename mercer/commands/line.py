"""The command line as click sees it: a group that loads a command's module when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from keyword import iskeyword

import click

from mercer import __version__
from mercer.commands.failures import failed
from mercer.commands.invocation import Group, Invocation
from mercer.commands.table import COMMANDS, overview


class Commands(Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx  # the same everywhere
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        found: click.Command = import_module(f"mercer.commands.{module}").command
        return found

    def get_help(self, ctx: click.Context) -> str:
        del ctx
        return overview()


@click.group(cls=Commands)
@click.version_option(__version__, message="mercer %(version)s")
def mercer() -> None:
    """Keep every shop of a multi-channel seller in step."""


def run(args: Sequence[str]) -> int:
    """Carry a command line out; return its exit code. Nothing is raised but what is no exception."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    invocation = Invocation(json="--json" in args)
    try:
        code = mercer.main(list(args), "mercer", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        return failed(error, invocation)
    return code or 0
