"""The tables of `mercer.toml` as they are written: what is allowed where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StrictBool,
    StrictInt,
    StrictStr,
)
from pydantic import Field as Limits

from mercer.config.secrets import is_reference
from mercer.core.cell import MONEY_FIELDS, Field
from mercer.core.currency import minor_digits
from mercer.core.errors import InputError
from mercer.core.merge import Owner
from mercer.core.money import Money
from mercer.core.policy import HIGHEST, LOWEST
from mercer.core.terms import Share, share_from, wait_from

CHANNEL_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
KEEP_DAYS: Final = 90
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("a text that is not blank")
    return text


def _channel_name(name: str) -> str:
    if not CHANNEL_NAME.fullmatch(name):
        raise ValueError("lower-case letters, digits and hyphens, 1 to 40 of them")
    return name


def _currency(code: str) -> str:
    try:
        minor_digits(code)
    except InputError:
        raise ValueError("an ISO 4217 code such as CNY, USD or EUR") from None
    return code


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("an IANA time zone such as Asia/Shanghai") from None
    return name


def _local_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise ValueError("the address of a sandbox on this machine, http://127.0.0.1:8765")
    return url.rstrip("/")


def _reference(text: str) -> str:
    if not is_reference(text):
        raise ValueError("file:PATH, env:NAME or keyring:SERVICE/NAME; the secret itself stays out")
    return text


def _database(place: str) -> str:
    if "://" not in place:
        return _filled(place)
    parts = urlsplit(place)
    if parts.scheme != "postgresql" or not parts.path.strip("/"):
        raise ValueError("the path of a SQLite file, or postgresql://USER@HOST/NAME")
    if parts.password is not None or "password" in dict(parse_qsl(parts.query)):
        raise ValueError("an address without a password: database_password says where it stands")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("an address whose port is a number") from None
    return place


def _owned(field: Field) -> Field:
    if field is Field.SCHEDULED:
        raise ValueError("price, with which its scheduled price goes")
    return field


def _disputed(field: Field) -> Field:
    if field is Field.STOCK:
        raise ValueError("price, compare_at, status, title, description: stock follows the ledger")
    return _owned(field)


def _policies(policies: dict[Field, str]) -> dict[Field, str]:
    for field, policy in policies.items():
        if policy in (LOWEST.name, HIGHEST.name) and field not in MONEY_FIELDS:
            raise ValueError(f"ours, theirs or ask for {field}: only money has a {policy}")
    return policies


def _number_or_off(value: object) -> int | None:
    """TOML has no null: `"off"` turns a limit off."""
    if value == "off":
        return None
    if type(value) is not int or value < 0:
        raise ValueError('a whole number from 0, or "off"')
    return value


def _failures(value: object) -> Share | None:
    """A share, or `"off"`."""
    if value == "off" or isinstance(value, Share):
        return value if isinstance(value, Share) else None
    try:
        return share_from(str(value) if type(value) is int else _text(value))
    except InputError:
        raise ValueError('a whole number such as 50, a percentage such as "5%", or "off"') from None


def _wait(value: object) -> timedelta:
    try:
        return value if isinstance(value, timedelta) else wait_from(_text(value))
    except InputError:
        raise ValueError('a time such as "90s", "5m" or "1h"') from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> datetime:
    """TOML knows times with a zone, and days and times without one, which say too little."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a time with its zone, such as 2026-12-01T00:00:00+08:00")
    return value.astimezone(UTC)


def _sum(value: object) -> Money:
    amount, _, currency = str(value).partition(" ")
    try:
        return Money.of(amount, currency)
    except InputError:
        raise ValueError('an amount with its currency, such as "3.50 USD"') from None


def _cron(line: str) -> str | None:
    """`"off"` turns a job off."""
    if line == "off":
        return None
    from croniter import croniter

    if len(line.split()) != 5 or not croniter.is_valid(line):
        raise ValueError('a cron line such as "*/5 * * * *", or "off"')
    return line


Owned = Annotated[Field, AfterValidator(_owned)]
Disputed = Annotated[Field, AfterValidator(_disputed)]
Text = Annotated[StrictStr, AfterValidator(_filled)]
Currency = Annotated[StrictStr, AfterValidator(_currency)]
Count = Annotated[StrictInt, Limits(ge=0)]
Percent = Annotated[StrictInt, Limits(ge=0, le=100)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Limit = Annotated[int | None, BeforeValidator(_number_or_off)]
Failures = Annotated[Share | None, BeforeValidator(_failures)]
Wait = Annotated[timedelta, BeforeValidator(_wait)]
Sum = Annotated[Money, BeforeValidator(_sum)]
Cron = Annotated[str | None, BeforeValidator(_cron)]


class Table(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        defer_build=True,  # what checks a table is made once, inside of what checks the file
    )


class WorkspaceTable(Table):
    name: Text
    reporting_currency: Currency
    database: Annotated[StrictStr, AfterValidator(_database)] = "mercer.db"
    database_password: Annotated[StrictStr, AfterValidator(_reference)] | None = None


class ClockTable(Table):
    sandbox: Annotated[StrictStr, AfterValidator(_local_address)]


class PersonalTable(Table):
    """`key` is where the keys stand, one a line: the first seals, every one opens."""

    key: Annotated[StrictStr, AfterValidator(_reference)]
    keep_days: Count = KEEP_DAYS


class StockTable(Table):
    """The names of `core.stock_rule.StockRule`, whose docstring says what they mean."""

    locations: tuple[Text, ...] | None = None
    percent: Percent = 100
    plus: Count = 0
    buffer: Count = 0
    minimum: Count = 0
    maximum: Count | None = None
    delist_at: Count | None = None
    relist_at: Count | None = None
    disabled_until: Moment | None = None
    reason: StrictStr = ""
    deal_out: StrictBool = True


class GuardsTable(Table):
    """The names of `core.guard.GuardSettings`, whose defaults stand where the file says nothing.

    `max_risk` is in the channel's currency.
    """

    max_move_percent: Limit = None
    decimal_slip: StrictBool = True
    require_floor: StrictBool = False
    prior_price: StrictBool = True
    require_history: StrictBool = False
    min_margin_percent: Limit = None
    max_changed_percent: Limit = None
    max_sold_out_percent: Limit = None
    share_from: Count = 0
    max_risk: StrictStr = "off"

    def given(self) -> dict[str, Any]:
        """Only what the file says."""
        return self.model_dump(exclude_unset=True)


class ChannelScheduleTable(Table):
    """When each job of a channel is due, by cron lines in the channel's time zone; `"off"`: never.

    `stock` is work without an end: the line says when it is begun again, should it not be at work.
    """

    stock: Cron = "* * * * *"
    orders: Cron = "*/5 * * * *"
    after_sales: Cron = "20 * * * *"
    listings: Cron = "10 3 * * *"
    reconcile: Cron = "40 2 * * *"
    sync: Cron = None

    def given(self) -> dict[str, str | None]:
        """Only what the file says."""
        return self.model_dump(exclude_unset=True)


class ScheduleTable(ChannelScheduleTable):
    """For every channel that says nothing else; `maintain` is the workspace's, by UTC."""

    maintain: Cron = "30 4 * * *"


class WorkerTable(Table):
    """`at_once`: bulky jobs that one worker does side by side, each of another channel."""

    at_once: Annotated[StrictInt, Limits(ge=1, le=100)] = 8


class ChannelTable(Table):
    platform: Text
    currency: Currency
    account: Text | None = None
    zone: Annotated[StrictStr, AfterValidator(_zone)] = "UTC"
    tax_included: StrictBool = True
    create_listings: StrictBool = True
    keep_personal_days: Count | None = None
    stock_with: Text | None = None
    settings: dict[str, StrictStr] = Limits(default_factory=dict)
    owner: dict[Owned, Owner] = Limits(default_factory=dict)
    policy: Annotated[dict[Disputed, Text], AfterValidator(_policies)] = Limits(
        default_factory=dict
    )
    stock: StockTable | None = None
    guards: GuardsTable = GuardsTable()
    schedule: ChannelScheduleTable = ChannelScheduleTable()


class RiskTable(Table):
    """What has a new order held until a person looks; `"off"` turns a check off.

    `orders_per_hour` of one buyer or to one address; so many `quantity_times` what is usual of a
    SKU; a price of less than `price_below_percent` of the price book's.
    """

    orders_per_hour: Limit = 5
    quantity_times: Limit = 5
    price_below_percent: Limit = 50


class RatesTable(Table):
    """A rate of exchange that is older than `max_age_days` is not used."""

    max_age_days: Annotated[StrictInt, Limits(ge=1)] = 7


class ApplyTable(Table):
    """How plans are carried out where the command line says nothing else: `max_failures` as `50` or
    `"5%"`, or `"off"`; `canary_wait` as `"90s"`, `"5m"` or `"1h"`.
    """

    canary_wait: Wait = timedelta(minutes=5)
    max_failures: Failures = Share(50)


class ApprovalTable(Table):
    """Which plans a person must approve before they may be applied.

    Those whose cuts come to more than `above`, in the reporting currency, or to nobody knows what; and
    those of more than so many `changes`, stock not counted. With `second_person` whoever made a plan
    may not approve it.
    """

    above: Sum | None = None
    changes: Count | None = None
    second_person: StrictBool = True


class FileTable(Table):
    workspace: WorkspaceTable
    clock: ClockTable | None = None
    personal: PersonalTable | None = None
    risk: RiskTable = RiskTable()
    rates: RatesTable = RatesTable()
    apply: ApplyTable = ApplyTable()
    approval: ApprovalTable | None = None
    price_rules: tuple[dict[str, Any], ...] = ()
    schedule: ScheduleTable = ScheduleTable()
    worker: WorkerTable = WorkerTable()
    channels: dict[Annotated[str, AfterValidator(_channel_name)], ChannelTable] = Limits(
        default_factory=dict
    )


_MODELS: Final[Mapping[tuple[str, ...], type[Table]]] = {
    (): FileTable,
    ("workspace",): WorkspaceTable,
    ("clock",): ClockTable,
    ("personal",): PersonalTable,
    ("risk",): RiskTable,
    ("rates",): RatesTable,
    ("apply",): ApplyTable,
    ("approval",): ApprovalTable,
    ("schedule",): ScheduleTable,
    ("worker",): WorkerTable,
    ("channels", ""): ChannelTable,
    ("channels", "", "stock"): StockTable,
    ("channels", "", "guards"): GuardsTable,
    ("channels", "", "schedule"): ChannelScheduleTable,
}
"""By where each stands, the name of the channel left out."""


def names_in(keys: tuple[str, ...]) -> list[str]:
    """What may stand in the table at `keys`; nothing where the names are free."""
    in_channel = keys[:1] == ("channels",) and len(keys) > 1
    model = _MODELS.get(("channels", "", *keys[2:]) if in_channel else keys)
    return sorted(model.model_fields) if model else []
