"""Stock rules of single SKUs, where they differ from their channel's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, func, select, update

from mercer.core.stock_rule import StockRule
from mercer.store.tables import movements, provisional, stock_rules
from mercer.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class SkuRule:
    """What of a channel's rule is different for one SKU; `None` is as the channel's rule says.

    `allocation`: units that only this channel may show. Its orders since `allocated_at` use them up.
    `reason` is for all of it.
    """

    channel: str
    sku: str
    locations: tuple[str, ...] | None = None
    percent: int | None = None
    plus: int | None = None
    buffer: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    delist_at: int | None = None
    relist_at: int | None = None
    allocation: int | None = None
    allocated_at: datetime | None = None
    disabled_until: datetime | None = None
    reason: str = ""
    who: str = ""
    set_at: datetime | None = None

    def over(self, rule: StockRule) -> StockRule:
        """The channel's rule with what is different for this SKU."""
        names = (
            "locations", "percent", "plus", "buffer", "minimum", "maximum", "delist_at",
            "relist_at", "disabled_until",
        )  # fmt: skip
        own: dict[str, Any] = {name: getattr(self, name) for name in names}
        changed = {name: value for name, value in own.items() if value is not None}
        if self.disabled_until is not None:
            changed["reason"] = self.reason
        return replace(rule, id=f"{self.channel}/{self.sku}", **changed)


def of_skus(connection: Connection, skus: Iterable[str]) -> dict[str, dict[str, SkuRule]]:
    """SKU -> channel -> rule, of all channels: what one may show depends on others' allocations."""
    found: dict[str, dict[str, SkuRule]] = {}
    for row in connection.execute(_OF_SKUS, {"skus": list(skus)}).mappings():
        found.setdefault(row["sku"], {})[row["channel"]] = _rule(row)
    return found


_OF_SKUS: Final = select(stock_rules).where(
    stock_rules.c.sku.in_(bindparam("skus", expanding=True))
)


def every(connection: Connection, channel: str | None = None) -> Iterator[SkuRule]:
    query = select(stock_rules).order_by(stock_rules.c.channel, stock_rules.c.sku)
    if channel is not None:
        query = query.where(stock_rules.c.channel == channel)
    for row in connection.execute(query).mappings():
        yield _rule(row)


def save(connection: Connection, rule: SkuRule) -> None:
    row = asdict(rule)
    row["locations"] = None if rule.locations is None else list(rule.locations)
    upsert(connection, stock_rules, [row])


def clear(connection: Connection, channel: str, sku: str) -> bool:
    """Tell whether there was one."""
    statement = delete(stock_rules).where(
        stock_rules.c.channel == channel, stock_rules.c.sku == sku
    )
    return connection.execute(statement).rowcount == 1


def end_lapsed(connection: Connection, now: datetime) -> list[str]:
    """Drop every `disabled_until` that is over; return the SKUs that may be shown again."""
    lapsed = (stock_rules.c.disabled_until.is_not(None), stock_rules.c.disabled_until <= now)
    skus = list(connection.execute(select(stock_rules.c.sku).where(*lapsed)).scalars())
    if skus:
        connection.execute(update(stock_rules).where(*lapsed).values(disabled_until=None))
    return skus


def used(connection: Connection, skus: Iterable[str]) -> dict[tuple[str, str, str], int]:
    """(SKU, channel of the allocation, channel of the orders) -> units since it was made.

    What is reserved or has shipped is used; what was released is not. An order in the whole second of
    the allocation is older than it.
    """
    wanted = list(skus)
    rules = stock_rules.c
    found: dict[tuple[str, str, str], int] = {}
    for table, at, units in (
        (movements, movements.c.at, movements.c.reserved - movements.c.on_hand),
        (provisional, provisional.c.placed_at, provisional.c.quantity),
    ):
        since = and_(table.c.sku == rules.sku, at >= rules.allocated_at)
        query = (
            select(rules.sku, rules.channel, table.c.channel, func.sum(units))
            .join(table, since)
            .where(
                rules.sku.in_(wanted), rules.allocation.is_not(None), table.c.channel.is_not(None)
            )
            .group_by(rules.sku, rules.channel, table.c.channel)
        )
        if table is provisional:
            query = query.where(provisional.c.ended_at.is_(None))
        for sku, channel, by, total in connection.execute(query):
            found[sku, channel, by] = found.get((sku, channel, by), 0) + int(total)
    return found


def _rule(row: RowMapping) -> SkuRule:
    locations = row["locations"]
    named = None if locations is None else tuple(locations)
    return SkuRule(**dict(row) | {"locations": named})
