"""Values that channels keep as their own: who said so, why, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, bindparam, delete, or_, select, tuple_

from mercer.core.cell import CellKey, Field
from mercer.store.tables import cells, overrides
from mercer.store.upsert import upsert
from mercer.store.versions import bump

_KEY = ("channel", "listing", "offer", "field", "scope")


@dataclass(frozen=True, slots=True)
class Override:
    """Without an `expires_at` it holds until it is ended."""

    key: CellKey
    value: str
    who: str
    made_at: datetime
    reason: str = ""
    expires_at: datetime | None = None


def keep(connection: Connection, override: Override) -> None:
    """This channel shows its own value from now on; one that was there before is replaced."""
    row = {
        **columns_of(override.key),
        "value": override.value,
        "who": override.who,
        "made_at": override.made_at,
        "reason": override.reason,
        "expires_at": override.expires_at,
    }
    upsert(connection, overrides, [row])
    bump(connection, "overrides")


def drop(connection: Connection, keys: Sequence[CellKey]) -> None:
    for key in keys:
        columns = [overrides.c[name] == value for name, value in columns_of(key).items()]
        connection.execute(delete(overrides).where(and_(*columns)))
    if keys:
        bump(connection, "overrides")


def in_force(
    connection: Connection, listings: Iterable[tuple[str, str]], now: datetime
) -> dict[CellKey, Override]:
    """The overrides in force on these (channel, listing) pairs."""
    asked = {"pairs": list(listings), "now": now}
    return {found.key: found for found in map(_override, connection.execute(_IN_FORCE, asked))}


_IN_FORCE: Final = select(overrides).where(
    tuple_(overrides.c.channel, overrides.c.listing).in_(bindparam("pairs", expanding=True)),
    or_(overrides.c.expires_at.is_(None), overrides.c.expires_at > bindparam("now")),
)
"""Made once: it is asked all the time while orders come in."""


def lapsed(connection: Connection, now: datetime) -> list[Override]:
    """Those whose time is over and that nobody has taken note of yet."""
    query = select(overrides).where(
        overrides.c.expires_at.is_not(None), overrides.c.expires_at <= now
    )
    return [_override(row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Kept:
    """An override with its cell: the cell's number, its SKU, and what the shop shows."""

    id: int
    sku: str | None
    observed: str | None
    override: Override


def listed(
    connection: Connection,
    channels: Sequence[str] = (),
    fields: Sequence[Field] = (),
    skus: Sequence[str] = (),
    ids: Sequence[int] = (),
) -> Iterator[Kept]:
    """Narrowed by what is not empty; `ids` are the cells' numbers."""
    same = and_(*(cells.c[name] == overrides.c[name] for name in _KEY))
    query = select(cells.c.id, cells.c.sku, cells.c.observed, overrides).join(cells, same)
    given = (
        (overrides.c.channel, list(channels)),
        (overrides.c.field, [field.value for field in fields]),
        (cells.c.sku, list(skus)),
        (cells.c.id, list(ids)),
    )
    query = query.where(*(column.in_(values) for column, values in given if values))
    ordered = query.order_by(*(overrides.c[name] for name in _KEY))
    for row in connection.execute(ordered.execution_options(yield_per=1000)):
        yield Kept(row.id, row.sku, row.observed, _override(row))


def columns_of(key: CellKey) -> dict[str, str]:
    return {
        "channel": key.channel,
        "listing": key.listing,
        "offer": key.offer,
        "field": key.field.value,
        "scope": key.scope,
    }


def _override(row: Row[Any]) -> Override:
    key = CellKey(row.channel, row.listing, row.offer, Field(row.field), row.scope)
    return Override(key, row.value, row.who, row.made_at, row.reason, row.expires_at)
