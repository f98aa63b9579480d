"""What plans are made of: the cells that are to be pushed, and those that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    and_,
    case,
    cast,
    func,
    select,
)

from mercer.core.cell import Field, money_from_text
from mercer.core.merge import Cause, State
from mercer.core.money import Money
from mercer.core.scheduled import price_in
from mercer.store.bulk import stream
from mercer.store.cells import attention
from mercer.store.tables import cells


class ToPlan(NamedTuple):
    """A cell that a plan looks at.

    `partner` is what the other price cell of its offer will show, and beside a scheduled price the
    price: what it should if it is pushed too, else what it does. `units`: how many the offer should
    show, only beside a price.
    """

    listing: str
    offer: str
    field: Field
    scope: str
    sku: str | None
    observed: str | None
    desired: str | None
    why: str
    state: State
    cause: Cause | None
    partner: str | None
    units: int | None

    @property
    def rise(self) -> int | None:
        """By how many minor units one unit gets dearer, or cheaper where it is below 0."""
        before, after = self._paid(self.observed), self._paid(self.desired)
        if before is None or after is None or before.currency != after.currency:
            return None
        return after.minor - before.minor

    def _paid(self, text: str | None) -> Money | None:
        """Without a scheduled price, the price beside it."""
        if self.field is Field.SCHEDULED and not text:
            return money_from_text(self.partner)
        return price_in(text)


def of_channel(connection: Connection, channel: str, fields: Sequence[Field]) -> Iterator[ToPlan]:
    """What a channel's plan is made of: cells to push and cells that cannot be, listing by listing."""
    partner = cells.alias("partner")
    stock = cells.alias("stock")
    other = case(
        (cells.c.field == Field.PRICE.value, Field.COMPARE_AT.value),
        (cells.c.field == Field.COMPARE_AT.value, Field.PRICE.value),
        (cells.c.field == Field.SCHEDULED.value, Field.PRICE.value),
    )
    shown = func.coalesce(stock.c.desired, stock.c.observed)
    units = (
        select(cast(func.sum(cast(shown, BigInteger)), BigInteger))
        .where(*_same_offer(stock), stock.c.field == Field.STOCK.value)
        .scalar_subquery()
    )
    query = (
        select(
            cells.c.listing,
            cells.c.offer,
            cells.c.field,
            cells.c.scope,
            cells.c.sku,
            cells.c.observed,
            cells.c.desired,
            cells.c.why,
            cells.c.state,
            cells.c.cause,
            case(
                (partner.c.state == State.PUSH.value, partner.c.desired), else_=partner.c.observed
            ),
            case((cells.c.field.in_([Field.PRICE.value, Field.SCHEDULED.value]), units)),
        )
        .outerjoin(
            partner, and_(*_same_offer(partner), partner.c.field == other, partner.c.scope == "")
        )
        .where(
            *attention(State.PUSH, State.BLOCKED),
            cells.c.channel == channel,
            cells.c.field.in_([field.value for field in fields]),
        )
        .order_by(cells.c.listing, cells.c.offer, cells.c.field, cells.c.scope)
    )
    return map(_decoded, stream(connection, query))


def _decoded(row: tuple[Any, ...]) -> ToPlan:
    """A plan is made of thousands of these, so the enums are looked up, not constructed."""
    listing, offer, field, scope, sku, observed, desired, why, state, cause, partner, units = row
    return ToPlan(
        listing,
        offer,
        _FIELDS[field],
        scope,
        sku,
        observed,
        desired,
        why,
        _STATES[state],
        _CAUSES[cause],
        partner,
        units,
    )


_FIELDS: Final[dict[str, Field]] = {field.value: field for field in Field}
_STATES: Final[dict[str, State]] = {state.value: state for state in State}
_CAUSES: Final[dict[str | None, Cause | None]] = {
    None: None,
    **{cause.value: cause for cause in Cause},
}


def _same_offer(other: FromClause) -> list[Any]:
    return [other.c[name] == cells.c[name] for name in ("channel", "listing", "offer")]


def count(
    connection: Connection, channel: str, fields: Sequence[Field], desired: str | None = None
) -> int:
    """How many offers (or listings, for their own fields) of a channel are to be pushed."""
    wanted = (
        select(cells.c.listing, cells.c.offer)
        .where(
            *attention(State.PUSH),
            cells.c.channel == channel,
            cells.c.field.in_([field.value for field in fields]),
        )
        .distinct()
    )
    if desired is not None:
        wanted = wanted.where(cells.c.desired == desired)
    return connection.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
