"""`mercer sandbox`."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from mercer import config
from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import currency_option
from mercer.commands.output import Output
from mercer.core.errors import SettingsError
from mercer.sandbox.catalogue import Article, generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.courier import checked_subscriber
from mercer.sandbox.goods import read_articles
from mercer.sandbox.serve import serve
from mercer.sandbox.workspace import UNLESS_TOLD, open_sandbox
from mercer.sandbox.world import Sandbox

FOLDER: Final = "mercer-sandbox"


class _Sandbox(Group):
    """Whoever serves shops does not wait for the laboratory."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx  # the same everywhere
        return ["replay"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module("mercer.commands.replay").replay
        return found


@click.group(
    cls=_Sandbox,
    invoke_without_command=True,
    short_help="Serve simulated shops with a ready workspace",
)
@click.option(
    "--channels",
    metavar="NAMES",
    help=f"NAME[=PLATFORM][:CURRENCY][@CHANNEL], parted by commas; {UNLESS_TOLD} unless told.",
)
@click.option(
    "--products", type=click.IntRange(0, 200_000), default=100, show_default=True, metavar="N"
)
@click.option("--seed", type=int, default=1, show_default=True, metavar="S")
@click.option(
    "--from",
    "sources",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="CSV",
    help="Product files to stock the shops from, instead of made-up products; may be repeated.",
)
@currency_option("Of the prices in the product file that name none.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, metavar="P",
    help="0 is a free one.",
)  # fmt: skip
@click.option(
    "--webhooks",
    "subscriber",
    metavar="URL",
    help="Send the shops' webhooks there: the address of mercer serve on this machine.",
)
@click.pass_context
def command(
    ctx: click.Context,
    channels: str | None,
    products: int,
    seed: int,
    sources: tuple[Path, ...],
    currency: str | None,
    port: int,
    subscriber: str | None,
) -> None:
    """Serve simulated shops on this machine, with a ready workspace, until Ctrl-C.

    The workspace is --workspace DIR, the sandbox's one around this folder, or ./mercer-sandbox. Its
    clock is the sandbox's. At the end the world is kept there, and taken up the next time.

    --channels names the shops. Each is called like its platform (shopify, taobao, jd, amazon), or
    NAME=PLATFORM; :CURRENCY is what it sells in; @CHANNEL puts it into the account of that channel,
    whose stock is then its own too:

    \b
      --channels shopify,taobao,jd,shop-uk=shopify:GBP
      --channels amazon-de=amazon:EUR,amazon-pl=amazon:PLN@amazon-de
    """
    if ctx.invoked_subcommand is not None:
        return
    invocation: Invocation = ctx.obj
    folder = _folder(invocation)
    out = Output(invocation)
    called = checked_subscriber(subscriber) if subscriber else None

    def articles() -> list[Article]:
        if not sources:
            return generate(products, seed)
        stock: dict[str, Article] = {}
        for source in sources:
            found, faults = read_articles(source, currency or "CNY")
            stock |= {article.product.code: article for article in found}
            for fault in faults:
                out.warn(fault)
        return list(stock.values())

    named = read_channels(channels) if channels is not None else None
    sandbox = open_sandbox(folder, named, seed, articles)

    def ready(address: str) -> None:
        _ready(invocation, sandbox, folder, address)

    serve(sandbox, port, folder, ready, called)


def _folder(invocation: Invocation) -> Path:
    if invocation.workspace is not None:
        place = invocation.workspace
        return (place.parent if place.name == config.FILE else place).resolve()
    try:
        around = config.load(config.find(Path.cwd()))
    except SettingsError:
        return Path(FOLDER).resolve()
    return around.base if around.sandbox is not None else Path(FOLDER).resolve()


def _ready(invocation: Invocation, sandbox: Sandbox, folder: Path, address: str) -> None:
    """One line of JSON: whoever started the sandbox waits for it."""
    if invocation.json:
        document = {
            "address": address,
            "workspace": str(folder),
            "channels": [
                {"channel": name, "platform": each.platform, "currency": each.currency}
                for name, each in sandbox.channels.items()
            ],
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return
    out = Output(invocation)
    for name, each in sandbox.channels.items():
        offers = len(sandbox.simulators[name].offers())
        out.line(f"{name}: {each.platform}, {offers} offers in {each.currency}")
    out.line(f"world: {address}/_world")
    out.line(f"workspace: {folder}")
    out.line(f"next, in another window: cd {folder} && mercer pull")
    out.line("Ctrl-C stops it and keeps the world")
    sys.stdout.flush()
