"""Stored plans and their changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Numeric,
    Row,
    and_,
    case,
    cast,
    func,
    not_,
    null,
    select,
    update,
)

from mercer.core.cell import CellKey, Field
from mercer.core.plan import (
    Change,
    ChangeKind,
    ChannelEstimate,
    ChannelSums,
    PlanHeader,
    Stake,
    Totals,
)
from mercer.store.bulk import insert_many
from mercer.store.tables import changes, plans


@dataclass(frozen=True, slots=True)
class Plan:
    header: PlanHeader
    checksum: str
    totals: Totals
    notes: tuple[str, ...] = ()


def add_changes(connection: Connection, plan: str, first: int, made: Sequence[Change]) -> None:
    rows = [_change_row(plan, first + index, change) for index, change in enumerate(made)]
    insert_many(connection, changes, rows)


def begin(connection: Connection, header: PlanHeader) -> None:
    """Make room for a plan's changes; `finish` must follow in the same transaction."""
    row = {
        "id": header.id,
        "made_at": header.made_at,
        "expires_at": header.expires_at,
        "checksum": "",
        "header": header_to_json(header),
        "totals": {},
        "notes": [],
    }
    connection.execute(plans.insert(), [row])


def finish(connection: Connection, plan: Plan) -> None:
    values = {
        "checksum": plan.checksum,
        "totals": asdict(plan.totals),
        "notes": list(plan.notes),
    }
    connection.execute(update(plans).where(plans.c.id == plan.header.id).values(**values))


def find(connection: Connection, id: str) -> Plan | None:
    row = connection.execute(select(plans).where(plans.c.id == id)).one_or_none()
    if row is None:
        return None
    return Plan(
        header_from_json(row.header), row.checksum, totals_from_json(row.totals), tuple(row.notes)
    )


def latest(connection: Connection) -> str | None:
    # `p10` was made after `p9`, if both were in one instant.
    newest = (plans.c.made_at.desc(), func.length(plans.c.id).desc(), plans.c.id.desc())
    query = select(plans.c.id).order_by(*newest).limit(1)
    return connection.execute(query).scalar()


def changes_of(connection: Connection, plan: str) -> Iterator[Change]:
    query = select(changes).where(changes.c.plan == plan).order_by(changes.c.position)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield change_from_row(row)


def by_risk(
    connection: Connection, plan: str, weights: Mapping[str, int], most: int | None = None
) -> Iterator[Change]:
    """In the order of `core.review.by_risk`; of what is to be done and of what is blocked `most` each."""
    query = select(changes).where(changes.c.plan == plan)
    order = _by_risk(weights)
    for condition in (changes.c.guard == "", changes.c.guard != ""):
        part = query.where(condition).order_by(*order, changes.c.position).limit(most)
        for row in connection.execute(part.execution_options(yield_per=1000)):
            yield change_from_row(row)


def _by_risk(weights: Mapping[str, int]) -> list[ColumnElement[Any]]:
    priced = [Field.PRICE.value, Field.SCHEDULED.value]
    is_price = and_(changes.c.field.in_(priced), changes.c.kind == ChangeKind.UPDATE.value)
    weight = case(weights, value=changes.c.channel) if weights else null()
    moved = case((is_price, cast(changes.c.moved, Numeric) * weight))
    sort = case((not_(is_price), 3), (moved.is_(None), 0), (changes.c.moved < 0, 1), else_=2)
    return [sort, func.abs(moved).desc()]


def header_to_json(header: PlanHeader) -> dict[str, Any]:
    return {
        "id": header.id,
        "made_at": header.made_at.isoformat(),
        "expires_at": header.expires_at.isoformat(),
        "channels": list(header.channels),
        "fields": [field.value for field in header.fields],
        "versions": dict(header.versions),
        "guards": dict(header.guards),
        "allowed": list(header.allowed),
        "who": header.who,
    }


def header_from_json(value: Mapping[str, Any]) -> PlanHeader:
    return PlanHeader(
        value["id"],
        datetime.fromisoformat(value["made_at"]),
        datetime.fromisoformat(value["expires_at"]),
        tuple(value["channels"]),
        tuple(Field(field) for field in value["fields"]),
        value["versions"],
        value["guards"],
        tuple(value["allowed"]),
        value.get("who", ""),
    )


def totals_from_json(value: Mapping[str, Any]) -> Totals:
    channels = tuple(
        ChannelEstimate(**{**each, "ways": tuple(each["ways"])})
        for each in value.get("channels", ())
    )
    sums = tuple(ChannelSums(**each) for each in value.get("sums", ()))
    return Totals(
        **{**value, "at_risk": tuple(value["at_risk"]), "channels": channels, "sums": sums}
    )


def _change_row(plan: str, position: int, change: Change) -> tuple[str | int | None, ...]:
    """In the order of the table's columns."""
    id, kind, cell, sku, group, before, after, why, guard, stake = change
    channel, listing, offer, field, scope = cell
    units, cost, moved = stake
    return (
        plan,
        position,
        id,
        str(kind),
        channel,
        listing,
        offer,
        str(field),
        scope,
        sku,
        group,
        before,
        after,
        why,
        guard,
        units,
        cost,
        moved,
    )


def change_from_row(row: Row[Any]) -> Change:
    return Change(
        row.id,
        ChangeKind(row.kind),
        CellKey(row.channel, row.listing, row.offer, Field(row.field), row.scope),
        row.sku,
        row.group,
        row.before,
        row.after,
        row.why,
        row.guard,
        Stake(row.units, row.cost, row.moved),
    )
