"""The command line itself: help, options, errors and exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mercer.commands import status
from mercer.commands.line import mercer as group
from mercer.commands.table import COMMANDS, overview
from tests.commands.conftest import Mercer, Seller


def leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from leaves(found, f"{path} {name}".strip())
        if not command.invoke_without_command:
            return
    yield path, command


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_says_of_a_command_what_it_says_itself(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.get_short_help_str(limit=200) == COMMANDS[name]


@pytest.mark.parametrize(("path", "command"), list(leaves(group, "")))
def test_every_command_takes_json(path: str, command: click.Command) -> None:
    del path
    assert "--json" in [name for option in command.params for name in option.opts]


def test_help_is_shown_without_importing_click() -> None:
    program = (
        "import sys; sys.argv = ['mercer', '--help']; from mercer.cli import main; main();"
        "heavy = {'click', 'typing', 'pydantic', 'sqlalchemy', 'rich', 'httpx'} & set(sys.modules);"
        "assert not heavy - {'typing'}, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{overview()}\n"


def test_help_of_a_command_loads_neither_the_store_nor_a_platform() -> None:
    program = (
        "import sys; from mercer.commands.line import run; run(['channel', 'list', '--help']);"
        "assert 'mercer.plugins.shopify' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_version_is_told(mercer: Mercer) -> None:
    assert mercer("--version").out.startswith("mercer ")


def test_an_unknown_command_is_a_wrong_use(mercer: Mercer) -> None:
    answer = mercer("frobnicate")
    assert answer.code == 2
    assert "frobnicate" in answer.err


def test_an_error_is_one_sentence_and_what_to_try(
    mercer: Mercer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MERCER_WORKSPACE", raising=False)
    answer = mercer("status")
    assert answer.code == 1
    assert answer.err.startswith("error: no mercer.toml in")
    assert "\n  try: make a workspace here: mercer init\n" in answer.err
    assert mercer("status", "--json").error["kind"] == "settings"


def test_json_may_stand_before_the_command_or_after_it(mercer: Mercer, seller: Seller) -> None:
    assert mercer("--json", "status").json == mercer("status", "--json").json


@pytest.mark.usefixtures("seller")
def test_a_bug_is_told_without_a_traceback_unless_it_is_asked_for(
    mercer: Mercer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: object) -> None:
        raise ExceptionGroup("tasks", [RuntimeError("the cat sat on it")])

    monkeypatch.setattr(status, "status_of", broken)
    answer = mercer("status")
    assert answer.code == 1
    assert "RuntimeError: the cat sat on it" in answer.err
    assert "Traceback" not in answer.err
    assert "Traceback" in mercer("status", "--debug").err
    assert mercer("status", "--json").error["kind"] == "unexpected"


@pytest.mark.usefixtures("seller")
def test_an_interruption_is_one_sentence(mercer: Mercer, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_session: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "status_of", interrupted)
    answer = mercer("status")
    assert answer.code == 130
    assert answer.err.strip() == "error: stopped before it was done"


@pytest.mark.usefixtures("seller")
def test_a_reader_that_goes_away_is_no_error() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m mercer export prices --help | true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.usefixtures("seller")
def test_no_locale_keeps_chinese_from_being_shown() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mercer", "channel", "list"],
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
