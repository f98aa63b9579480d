"""The one place where an error becomes what a person or a program reads, and an exit code."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

import click

from mercer.commands.invocation import Invocation
from mercer.core.errors import Interrupted, MercerError

FAILURE = 1
USAGE = 2
INTERRUPTED = 130


def failed(error: BaseException, invocation: Invocation) -> int:
    """Tell on standard error what went wrong; return the exit code."""
    whole, error = error, _first(error)
    match error:
        case BrokenPipeError():
            _close_quietly()
            return FAILURE
        case KeyboardInterrupt() | click.Abort():
            _tell(invocation, _document("interrupted", "stopped before it was done"))
            return INTERRUPTED
        case Interrupted():
            _tell(invocation, error_document(error))
            return INTERRUPTED
        case click.ClickException():
            return _misused(error, invocation)
    if invocation.debug:
        shown = "".join(traceback.format_exception(whole))
        sys.stderr.write(invocation.redact(shown))
    _tell(invocation, error_document(error))
    return FAILURE


def error_document(error: BaseException) -> dict[str, str]:
    """{kind, channel, message, hint}: stable, for programs."""
    if isinstance(error, MercerError):
        return _document(error.kind, error.message, error.hint, error.channel)
    return _document(
        "unexpected",
        f"something went wrong that should not: {type(error).__name__}: {error}",
        "run again with --debug for the traceback",
    )


def _document(kind: str, message: str, hint: str = "", channel: str = "") -> dict[str, str]:
    return {"kind": kind, "channel": channel, "message": message, "hint": hint}


def sentence(document: dict[str, str]) -> str:
    """An error document as a person reads it."""
    place = f"{document['channel']}: " if document["channel"] else ""
    hint = f"\n  try: {document['hint']}" if document["hint"] else ""
    return f"{place}{document['message']}{hint}"


def _tell(invocation: Invocation, document: dict[str, str]) -> None:
    # A message may repeat a shop's words; a hint is always ours, and may name a secret's setting.
    hidden = document | {"message": invocation.redact(document["message"])}
    if invocation.json:
        _write(json.dumps({"error": hidden}, ensure_ascii=False))
    else:
        _write(f"error: {sentence(hidden)}")


def _misused(error: click.ClickException, invocation: Invocation) -> int:
    if invocation.json:
        _tell(invocation, _document("usage", error.format_message(), "mercer --help"))
    else:
        error.show()
    return USAGE


def _first(error: BaseException) -> BaseException:
    """The first cause of a group of tasks that failed together."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _write(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _close_quietly() -> None:
    """The reader went away; the interpreter must not complain at its end, either."""
    quiet: Any = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, sys.stdout.fileno())
