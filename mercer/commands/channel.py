"""`mercer channel add|list|remove`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import currency_code
from mercer.commands.output import Output
from mercer.commands.workspace import opened
from mercer.config import editing, resolve
from mercer.core.errors import RefusedError, SettingsError
from mercer.plugins import registry
from mercer.plugins.platform import Platform
from mercer.wiring import Workspace, checked_settings


def pair(text: str) -> tuple[str, str]:
    """`name=value`. What stands after the sign may be a secret and is not repeated."""
    key, sign, rest = text.partition("=")
    if not sign or not key or not rest:
        raise click.BadParameter(f"write name=value, not {key!r} alone")
    return key, rest


@click.group(cls=Group, short_help="Add, list and remove channels")
def command() -> None:
    """Add, list and remove channels: the storefronts that Mercer keeps in step."""


@command.command()
@click.argument("name")
@click.option("--platform", metavar="NAME", help="Such as shopify or taobao; else it is asked for.")
@click.option("--currency", type=currency_code, metavar="CODE", help="What the channel sells in.")
@click.option("--zone", default="UTC", show_default=True, metavar="ZONE", help="IANA time zone.")
@click.option("--account", metavar="NAME", help="Share another channel's authorisation and quota.")
@click.option(
    "--tax-included/--tax-on-top", default=True, help="Whether its prices include tax (included)."
)
@click.option(
    "--create/--no-create", default=True, help="Whether plans may create listings (they may)."
)
@click.option(
    "--set", "plain", multiple=True, type=pair, metavar="KEY=VALUE", help="A setting; repeatable."
)
@click.option(
    "--secret-env",
    "from_env",
    multiple=True,
    type=pair,
    metavar="KEY=VARIABLE",
    help="A secret that stays in the environment; repeatable.",
)
@click.option(
    "--secret-file",
    "from_file",
    multiple=True,
    type=pair,
    metavar="KEY=PATH",
    help="A secret that stays in a file of its own; repeatable.",
)
@click.pass_obj
def add(
    invocation: Invocation,
    name: str,
    platform: str | None,
    currency: str | None,
    zone: str,
    account: str | None,
    tax_included: bool,
    create: bool,
    plain: Sequence[tuple[str, str]],
    from_env: Sequence[tuple[str, str]],
    from_file: Sequence[tuple[str, str]],
) -> None:
    """Add a channel called NAME. What is not given is asked for; secrets are never shown."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        if name in workspace.config.channels:
            raise RefusedError(f"there is a channel {name!r} already", hint="choose another name")
        chosen = registry.load(platform or _asked_platform(invocation))
        sells_in = currency or _asked_currency(invocation)
        _refuse_secrets(chosen, plain)
        settings = dict(plain)
        settings |= {key: f"env:{variable}" for key, variable in from_env}
        settings |= {key: f"file:{Path(path).resolve()}" for key, path in from_file}
        typed = _asked(invocation, chosen, settings)
        values = {key: resolve(each, workspace.config.base) for key, each in settings.items()}
        checked_settings(chosen.settings, name, values | typed, workspace.config)
        editing.add_channel(
            workspace.config.path,
            name,
            platform=chosen.name,
            currency=sells_in,
            settings=settings | _kept(workspace, name, chosen, typed),
            account=account,
            zone=zone,
            tax_included=tax_included,
            create_listings=create,
        )
    out.line(f"added {name}, {chosen.title} in {sells_in}")
    out.line(f"next: mercer doctor --channel {name}, then: mercer pull --channel {name}")
    out.document({"channel": name, "platform": chosen.name, "currency": sells_in})


@command.command(name="list")
@click.pass_obj
def list_(invocation: Invocation) -> None:
    """The channels of this workspace."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        channels = [each.channel for each in workspace.config.channels.values()]
    if channels:
        out.table(
            ("channel", "platform", "account", "currency", "zone"),
            [
                (each.name, each.platform, each.account, each.currency, each.zone)
                for each in channels
            ],
        )
    else:
        out.line("no channels yet: mercer channel add NAME")
    out.document(
        {
            "channels": [
                {
                    "channel": each.name,
                    "platform": each.platform,
                    "account": each.account,
                    "currency": each.currency,
                    "zone": each.zone,
                }
                for each in channels
            ]
        }
    )


@command.command()
@click.argument("name")
@click.pass_obj
def remove(invocation: Invocation, name: str) -> None:
    """Take a channel out of the settings, with its secrets. What was read of it stays."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        editing.remove_channel(workspace.config.path, name)
    out.line(f"removed {name}")
    out.document({"channel": name})


def _asked_platform(invocation: Invocation) -> str:
    names = registry.names()
    if not invocation.interactive:
        raise click.UsageError(f"--platform is missing; there are {', '.join(names)}")
    platform: str = click.prompt("Platform", type=click.Choice(names))
    return platform


def _asked_currency(invocation: Invocation) -> str:
    if not invocation.interactive:
        raise click.UsageError("--currency is missing, such as --currency CNY")
    currency: str = click.prompt("Currency of its prices", value_proc=currency_code)
    return currency


def _asked(invocation: Invocation, platform: Platform, given: dict[str, str]) -> dict[str, str]:
    """What is required and not given, and secrets that may be given."""
    typed: dict[str, str] = {}
    for key, field in platform.settings.model_fields.items():
        if key in given or not (field.is_required() or is_secret(field)):
            continue
        if not invocation.interactive:
            if field.is_required():
                raise SettingsError(
                    f"{key} is not given: {field.description}", hint=_way(key, field)
                )
            continue
        answer = _prompt(key, field)
        if answer:
            typed[key] = answer
    return typed


def _prompt(key: str, field: FieldInfo) -> str:
    examples = f", such as {', '.join(map(str, field.examples))}" if field.examples else ""
    skip = "" if field.is_required() else ", or nothing"
    answer: str = click.prompt(
        f"{key} ({field.description}{examples}{skip})",
        default=None if field.is_required() else "",
        show_default=False,
        hide_input=is_secret(field),
    )
    return answer


def _way(key: str, field: FieldInfo) -> str:
    if is_secret(field):
        return f"--secret-env {key}=VARIABLE or --secret-file {key}=PATH"
    example = field.examples[0] if field.examples else "VALUE"
    return f"--set {key}={example}"


def _refuse_secrets(platform: Platform, plain: Sequence[tuple[str, str]]) -> None:
    for key, _ in plain:
        field = platform.settings.model_fields.get(key)
        if field is not None and is_secret(field):
            raise click.UsageError(
                f"{key} is a secret and would stay in the shell's history; use {_way(key, field)}"
            )


def _kept(
    workspace: Workspace, name: str, platform: Platform, typed: dict[str, str]
) -> dict[str, str]:
    """Typed answers as mercer.toml has them: secrets go to files of their own."""
    return {
        key: editing.keep_secret(workspace.config.base, name, key, answer)
        if is_secret(platform.settings.model_fields[key])
        else answer
        for key, answer in typed.items()
    }


def is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)
