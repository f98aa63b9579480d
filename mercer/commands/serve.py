"""`mercer serve`."""

from __future__ import annotations

import json
import sys

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.options import channels_option
from mercer.commands.output import Output
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.errors import RefusedError
from mercer.server.serve import serve_webhooks
from mercer.server.webhooks import PATH, callers
from mercer.sync.session import Session


@click.command(cls=Command, short_help="Take in the webhooks that platforms send")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8766, show_default=True, metavar="P",
    help="0 is a free one.",
)  # fmt: skip
@channels_option
@click.pass_obj
def command(invocation: Invocation, host: str, port: int, channels: tuple[str, ...]) -> None:
    """Take in the webhooks that platforms send, until Ctrl-C.

    Each is verified and kept; what it says was bought is held at once, and the order itself is read
    by the worker, or the next pull. Platforms call over HTTPS only: put a proxy with a certificate
    in front, which hands bodies and headers on as they are.
    """
    out = Output(invocation)

    async def work(session: Session) -> None:
        called = callers(session.connections)
        if not called:
            raise RefusedError(
                "no channel's platform sends webhooks: their messages and orders are asked for",
                hint="mercer sync looks by itself",
            )

        def ready(address: str) -> None:
            urls = {name: f"{address}{PATH}/{name}" for name in sorted(called)}
            _ready(invocation, out, address, urls)

        await serve_webhooks(session, host, port, ready)

    with opened(invocation) as workspace:
        _, failed = online(invocation, workspace, work, channels)
    warn_of(failed, out)


def _ready(invocation: Invocation, out: Output, address: str, urls: dict[str, str]) -> None:
    """One line of JSON: whoever started the server waits for it."""
    if invocation.json:
        document = {"address": address, "webhooks": urls}
        sys.stdout.write(f"{json.dumps(document, ensure_ascii=False)}\n")
    for name, url in urls.items():
        out.line(f"{name}: {url}")
    out.line("Ctrl-C stops it")
    sys.stdout.flush()
