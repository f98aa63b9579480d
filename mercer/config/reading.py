"""Find `mercer.toml`, read it, and say exactly what is wrong with it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from mercer.config.faults import described
from mercer.config.places import Places
from mercer.config.settings import ChannelConfig, Config, Due
from mercer.config.tables import KEEP_DAYS, ChannelTable, FileTable, RiskTable, names_in
from mercer.core.account import Channel
from mercer.core.approval import ApprovalRules
from mercer.core.errors import InputError, SettingsError
from mercer.core.guard import GuardSettings
from mercer.core.money import Money
from mercer.core.policy import BUILT_IN, Unplugged
from mercer.core.risk import LargeQuantity, LowPrice, ManyOrders, OrderCheck
from mercer.core.stock_rule import StockRule
from mercer.core.terms import Terms

if TYPE_CHECKING:
    from mercer.config.price_rules import MoreKinds
    from mercer.core.price_rule import NamedRule

FILE: Final = "mercer.toml"
VARIABLE: Final = "MERCER_WORKSPACE"
LARGEST: Final = 1024 * 1024


def find(start: Path, explicit: Path | None = None) -> Path:
    """The `mercer.toml` to work with.

    `explicit` (a folder or the file) comes first, then the environment's `MERCER_WORKSPACE`, then
    the folders from `start` upwards. Raise `SettingsError` where there is none.
    """
    if explicit is None and (named := os.environ.get(VARIABLE)):
        explicit = Path(named)
    if explicit is not None:
        path = explicit / FILE if explicit.is_dir() else explicit
        if path.is_file():
            return path.resolve()
        raise SettingsError(f"there is no {path}", hint=f"make it: mercer init {path.parent}")
    folder = start.resolve()
    for place in (folder, *folder.parents):
        if (place / FILE).is_file():
            return place / FILE
    raise SettingsError(
        f"no {FILE} in {folder} or any folder above it",
        hint="make a workspace here: mercer init",
    )


def load(path: Path, more_kinds: MoreKinds | None = None) -> Config:
    """`more_kinds`: the price rules of plugins; without it they are left out, for who prices nothing.

    Raise `SettingsError` naming the line, the key, what was found and what is allowed."""
    try:
        if path.stat().st_size > LARGEST:
            raise SettingsError(f"{path} is larger than 1 MiB", hint="is it the right file?")
        source = path.read_text("utf-8-sig")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SettingsError(f"{path} cannot be read: {why}", hint="mercer init") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text", hint="save it as UTF-8") from None
    return parse(source, path, more_kinds)


def parse(source: str, path: Path, more_kinds: MoreKinds | None = None) -> Config:
    """The settings that `source` makes as the file `path`. Raise `SettingsError` as `load` does."""
    try:
        document = tomllib.loads(source, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}", hint="see https://toml.io") from None
    places = Places(path, source, document)
    try:
        file = FileTable.model_validate(document)
    except ValidationError as error:
        faults = [
            described(each, places, (), names_in(tuple(map(str, each["loc"][:-1]))))
            for each in error.errors(include_url=False)
        ]
        raise SettingsError("\n".join(faults), hint=f"mend {path} and run again") from None
    return Config(
        path=path.resolve(),
        name=file.workspace.name,
        database=_database(file.workspace.database, path),
        database_password=file.workspace.database_password,
        reporting_currency=file.workspace.reporting_currency,
        sandbox=file.clock.sandbox if file.clock else None,
        personal_key=file.personal.key if file.personal else None,
        rates_last=timedelta(days=file.rates.max_age_days),
        approval=_approval(file, places),
        channels=_channels(file, places, more_kinds),
        checks=_checks(file.risk),
        schedule=tuple(_schedule(file)),
        at_once=file.worker.at_once,
        terms=Terms(None, file.apply.canary_wait, file.apply.max_failures),
        places=places,
    )


def _database(place: str, path: Path) -> Path | str:
    return place if "://" in place else path.resolve().parent / place


def _schedule(file: FileTable) -> Iterator[Due]:
    """A channel's own lines go before those for every channel."""
    usual = file.schedule.model_dump()
    maintain = usual.pop("maintain")
    if maintain is not None:
        yield Due("maintain", "", maintain, "UTC")
    for name, table in file.channels.items():
        for job, cron in (usual | table.schedule.given()).items():
            if cron is not None:
                yield Due(job.replace("_", "-"), name, cron, table.zone)


def _approval(file: FileTable, places: Places) -> ApprovalRules | None:
    table, currency = file.approval, file.workspace.reporting_currency
    if table is None:
        return None
    if table.above is None and table.changes is None:
        raise SettingsError(
            f"{places.near('approval')}: approval says nothing of which plans need it",
            hint=f'put above = "5000 {currency}" or changes = 500 there, or take the table out',
        )
    if table.above is not None and (table.above.minor < 0 or table.above.currency != currency):
        raise SettingsError(
            f"{places.near('approval', 'above')}: approval.above is {table.above}; cuts are summed up "
            f"in {currency}, the reporting currency, and not below 0",
            hint=f'write it as above = "5000 {currency}"',
        )
    return ApprovalRules(table.above, table.changes, table.second_person)


def _checks(risk: RiskTable) -> tuple[OrderCheck, ...]:
    checks: list[OrderCheck] = []
    if risk.orders_per_hour is not None:
        checks.append(ManyOrders(risk.orders_per_hour))
    if risk.quantity_times is not None:
        checks.append(LargeQuantity(risk.quantity_times))
    if risk.price_below_percent is not None:
        checks.append(LowPrice(risk.price_below_percent))
    return tuple(checks)


def _price_rules(
    file: FileTable, places: Places, more_kinds: MoreKinds | None
) -> dict[str, tuple[NamedRule, ...]]:
    if not file.price_rules:
        return {}
    from mercer.config.price_rules import rules_by_channel

    return rules_by_channel(file.price_rules, list(file.channels), places, more_kinds)


def _channels(
    file: FileTable, places: Places, more_kinds: MoreKinds | None
) -> dict[str, ChannelConfig]:
    keep_days = file.personal.keep_days if file.personal else KEEP_DAYS
    channels = {}
    rules = _price_rules(file, places, more_kinds)
    platforms: dict[str, str] = {}
    for name, table in file.channels.items():
        channel = replace(_channel(name, table, keep_days, places), price_rules=rules.get(name, ()))
        if platforms.setdefault(channel.account, channel.platform) != channel.platform:
            where = places.near("channels", name, "account")
            raise SettingsError(
                f"{where}: account {channel.account!r} is already one at "
                f"{platforms[channel.account]}, not at {channel.platform}",
                hint="an account is one authorisation at one platform: give it another name",
            )
        channels[name] = ChannelConfig(channel, dict(table.settings))
    _check_stock_with(channels, places)
    return channels


def _channel(name: str, table: ChannelTable, keep_days: int, places: Places) -> Channel:
    guards = table.guards.given()
    if guards.pop("max_risk", "off") != "off":
        try:
            guards["max_risk"] = Money.of(table.guards.max_risk, table.currency)
        except InputError as error:
            keys = ("channels", name, "guards", "max_risk")
            message = f"{places.near(*keys)}: {'.'.join(keys)}: {error.message}"
            raise SettingsError(message, hint=error.hint) from None
    own_days = table.keep_personal_days
    return Channel(
        name=name,
        platform=table.platform,
        account=table.account or name,
        currency=table.currency,
        zone=table.zone,
        tax_included=table.tax_included,
        create_listings=table.create_listings,
        owners=table.owner,
        policies={
            field: BUILT_IN.get(policy, Unplugged(policy)) for field, policy in table.policy.items()
        },
        stock_with=table.stock_with or "",
        stock_rule=_stock_rule(name, table, places),
        guards=GuardSettings(**guards),
        keep_personal=timedelta(days=keep_days if own_days is None else own_days),
    )


def _stock_rule(name: str, table: ChannelTable, places: Places) -> StockRule:
    if table.stock is None:
        return StockRule("all")
    where = places.near("channels", name, "stock")
    if table.stock_with is not None:
        raise SettingsError(
            f"{where}: channels.{name}.stock: the stock of {name} is kept on {table.stock_with}",
            hint=f"put the rule under channels.{table.stock_with}.stock",
        )
    rule = StockRule(name, **table.stock.model_dump())
    try:
        rule.check()
    except InputError as error:
        message = f"{where}: channels.{name}.stock: {error.message}"
        raise SettingsError(message, hint=error.hint) from None
    return rule


def _check_stock_with(channels: dict[str, ChannelConfig], places: Places) -> None:
    for name, config in channels.items():
        channel = config.channel
        if not channel.stock_with:
            continue
        home = channels.get(channel.stock_with)
        if home is None:
            fault = "there is no such channel"
        elif home.channel.name == name:
            fault = "that is the channel itself"
        elif home.channel.account != channel.account:
            fault = f"it is of account {home.channel.account!r}, this one of {channel.account!r}"
        elif home.channel.stock_with:
            fault = f"its own stock is kept on {home.channel.stock_with!r}"
        else:
            continue
        keys = ("channels", name, "stock_with")
        raise SettingsError(
            f"{places.near(*keys)}: {'.'.join(keys)} is {channel.stock_with!r}: {fault}",
            hint="name the channel of the same account where the stock is written",
        )
