"""`mercer demo`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.output import Output
from mercer.commands.progress import progress
from mercer.commands.story import CHANNELS, Story, Told
from mercer.commands.workspace import opened
from mercer.config import FILE
from mercer.core.errors import RefusedError, WorkspaceError

PRODUCTS: Final = 80
"""About 2.2 SKUs each."""

PATIENCE: Final = 10.0
"""Seconds that the sandbox gets to put its world away."""


@click.command(cls=Command, short_help="The whole story on five simulated shops, in under a minute")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep the workspace here, to play with.",
)
@click.option("--seed", type=int, default=1, show_default=True, metavar="S")
@click.pass_obj
def command(invocation: Invocation, keep: Path | None, seed: int) -> int:
    """The whole story on five simulated shops, in under a minute; no questions asked."""
    out = Output(invocation)
    began = time.monotonic()
    with _folder(keep) as folder, _sandbox(folder, seed) as address:
        invocation.workspace = folder
        with opened(invocation) as workspace, progress(invocation) as bars:
            told = asyncio.run(Story(workspace, address, out, bars, seed, PRODUCTS).tell())
    seconds = round(time.monotonic() - began, 1)
    _close(out, told, seconds, keep)
    out.document({**asdict(told), "seconds": seconds})
    return 0 if told.well else 1


def _close(out: Output, told: Told, seconds: float, keep: Path | None) -> None:
    out.line()
    out.table(
        ("what was done", ""),
        [
            ("offers kept in step", told.offers),
            ("changes planned", told.planned),
            ("changes confirmed at the shops", told.confirmed),
            ("changes not seen there in time", told.unconverged),
            ("drift seen and repaired", f"{told.drifted}, {told.drift_repaired}"),
            ("changes in a second plan", told.second_plan_changes),
            ("minutes by the shops' clock", told.shop_minutes),
            ("seconds by yours", seconds),
        ],
    )
    if keep is not None:
        out.line(f"\nkept in {keep}; to go on: mercer sandbox --workspace {keep}")
        out.line(f"then, in another window: cd {keep} && mercer status")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with TemporaryDirectory(prefix="mercer-demo-") as folder:
            yield Path(folder)
        return
    if (keep / FILE).exists():
        raise RefusedError(f"{keep} has a workspace already", hint="choose an empty folder")
    yield keep.resolve()


@contextmanager
def _sandbox(folder: Path, seed: int) -> Iterator[str]:
    """A sandbox in a process of its own, as a user would have it in another window."""
    words = ["sandbox", "--json", "--port", "0", "--workspace", str(folder)]
    words += ["--channels", CHANNELS, "--products", str(PRODUCTS), "--seed", str(seed)]
    process = subprocess.Popen(  # noqa: S603 - this very interpreter and package
        [sys.executable, "-m", "mercer", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield str(_ready(process)["address"])
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None  # it is a pipe
    assert process.stderr is not None
    line = process.stdout.readline()
    if not line:
        raise WorkspaceError(
            f"the sandbox did not start: {process.stderr.read().strip()}",
            hint="see what it says: mercer sandbox",
        )
    ready: dict[str, Any] = json.loads(line)
    return ready
