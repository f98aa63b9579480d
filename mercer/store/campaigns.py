"""Campaigns, their edges, and what they ask. The prices themselves are entries of the price book."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    and_,
    insert,
    select,
    update,
)

from mercer.core.campaign import (
    Campaign,
    CampaignEntry,
    ChannelEdge,
    Edge,
    Tolerance,
    Window,
)
from mercer.core.cell import NOTHING, Field, money_from_text, to_text
from mercer.core.merge import State
from mercer.store.cells import attention
from mercer.store.tables import campaign_edges, campaign_entries, campaigns, cells, offers

_SLICE = 500


class PricedOffer(NamedTuple):
    """An offer that a campaign prices, with the sides and the state of its price or another cell."""

    listing: str
    offer: str
    sku: str
    desired: str | None
    observed: str | None
    state: State


class Span(NamedTuple):
    """When a campaign's prices hold on a channel."""

    campaign: str
    starts_at: datetime
    ends_at: datetime


def save(connection: Connection, campaign: Campaign, entries: Sequence[CampaignEntry]) -> None:
    row = {
        "name": campaign.name,
        "start": campaign.start,
        "end": campaign.end,
        "start_tolerance": str(campaign.start_tolerance),
        "end_tolerance": str(campaign.end_tolerance),
        "allowed": list(campaign.allowed),
        "reason": campaign.reason,
        "price_book": campaign.price_book,
        "who": campaign.who,
        "made_at": campaign.made_at,
    }
    connection.execute(insert(campaigns), [row])
    connection.execute(
        insert(campaign_edges), [_edge_row(campaign.name, each) for each in campaign.edges]
    )
    rows = [_entry_row(campaign.name, entry) for entry in entries]
    for start in range(0, len(rows), _SLICE):
        connection.execute(insert(campaign_entries), rows[start : start + _SLICE])


def cancel(connection: Connection, name: str, who: str, now: datetime) -> None:
    statement = update(campaigns).where(campaigns.c.name == name)
    connection.execute(statement.values(cancelled_at=now, cancelled_by=who))


def find(connection: Connection, name: str) -> Campaign | None:
    row = connection.execute(select(campaigns).where(campaigns.c.name == name)).one_or_none()
    return None if row is None else _campaign(row, _edges(connection, [name]))


def every(connection: Connection) -> list[Campaign]:
    """The oldest first."""
    query = select(campaigns).order_by(campaigns.c.made_at, campaigns.c.name)
    edges = _edges(connection)
    return [_campaign(row, edges) for row in connection.execute(query)]


def entries_of(
    connection: Connection, name: str, channel: str | None = None
) -> Iterator[CampaignEntry]:
    query = select(campaign_entries).where(campaign_entries.c.campaign == name)
    if channel is not None:
        query = query.where(campaign_entries.c.channel == channel)
    query = query.order_by(campaign_entries.c.channel, campaign_entries.c.sku)
    for row in connection.execute(query):
        yield _entry(row)


def named_with(
    connection: Connection, channel: str, skus: Collection[str]
) -> Iterator[tuple[str, CampaignEntry]]:
    """What any campaign, over or not, asks of these SKUs on a channel, each with its campaign."""
    wanted = sorted(skus)
    for start in range(0, len(wanted), _SLICE):
        query = select(campaign_entries).where(
            campaign_entries.c.channel == channel,
            campaign_entries.c.sku.in_(wanted[start : start + _SLICE]),
        )
        for row in connection.execute(query.order_by(campaign_entries.c.campaign)):
            yield row.campaign, _entry(row)


def begun(
    connection: Connection, now: datetime, within: timedelta, channel: str | None = None
) -> list[Campaign]:
    """Those of which an edge began by now and not longer ago than `within`, of one channel or any."""
    edges = campaign_edges
    query = select(edges.c.campaign).where(edges.c.begins_at <= now)
    query = query.where(edges.c.edge == Edge.START.value)
    last = select(edges.c.campaign).where(
        edges.c.edge == Edge.END.value, edges.c.begins_at > now - within
    )
    if channel is not None:
        query = query.where(edges.c.channel == channel)
        last = last.where(edges.c.channel == channel)
    return _where(connection, campaigns.c.name.in_(query) & campaigns.c.name.in_(last))


def ahead(connection: Connection, now: datetime, channel: str) -> list[Campaign]:
    """Those that are to begin on a channel, called off or not."""
    edges = campaign_edges
    query = select(edges.c.campaign).where(
        edges.c.channel == channel, edges.c.edge == Edge.START.value, edges.c.begins_at > now
    )
    return _where(connection, campaigns.c.name.in_(query))


def _where(connection: Connection, condition: ColumnElement[bool]) -> list[Campaign]:
    rows = connection.execute(select(campaigns).where(condition).order_by(campaigns.c.name)).all()
    if not rows:
        return []
    known = _edges(connection, [row.name for row in rows])
    return [_campaign(row, known) for row in rows]


def spans_of(
    connection: Connection, channel: str, skus: Collection[str], now: datetime
) -> dict[str, list[Span]]:
    """By SKU, from when until when campaigns price it on a channel, called off or not, the earliest
    first; of those whose end is to come.
    """
    start, end = campaign_edges.alias("start"), campaign_edges.alias("end")
    query = (
        select(campaign_entries.c.campaign, campaign_entries.c.sku)
        .add_columns(start.c.begins_at, end.c.begins_at)
        .join(start, _edge_of(start, Edge.START))
        .join(end, _edge_of(end, Edge.END))
        .where(campaign_entries.c.channel == channel, end.c.begins_at > now)
        .order_by(start.c.begins_at, campaign_entries.c.campaign)
    )
    found: dict[str, list[Span]] = {}
    wanted = sorted(skus)
    for first in range(0, len(wanted), _SLICE):
        batch = wanted[first : first + _SLICE]
        for row in connection.execute(query.where(campaign_entries.c.sku.in_(batch))):
            campaign, sku, starts_at, ends_at = row
            found.setdefault(sku, []).append(Span(campaign, starts_at, ends_at))
    return found


def with_scheduled(connection: Connection, channel: str, now: datetime) -> frozenset[str]:
    """Listings whose offers campaigns price, called off or not, until an end that is to come, on a channel
    that has scheduled prices.
    """
    end = campaign_edges.alias("end")
    query = (
        select(cells.c.listing)
        .select_from(campaign_entries)
        .join(end, _edge_of(end, Edge.END))
        .join(
            offers,
            (offers.c.channel == campaign_entries.c.channel)
            & (offers.c.sku == campaign_entries.c.sku),
        )
        .join(cells, _offer_of(cells) & (cells.c.field == Field.SCHEDULED.value))
        .where(campaign_entries.c.channel == channel, end.c.begins_at > now)
    )
    return frozenset(connection.execute(query).scalars())


def to_hand(connection: Connection, now: datetime) -> list[tuple[str, Campaign]]:
    """Channels and campaigns, called off or not, of which scheduled prices are to be sent.

    It costs what is to be sent.
    """
    end = campaign_edges.alias("end")
    waiting = (
        select(cells.c.channel, campaign_entries.c.campaign)
        .join(offers, _offer_of(cells))
        .join(
            campaign_entries,
            (campaign_entries.c.sku == offers.c.sku)
            & (campaign_entries.c.channel == offers.c.channel),
        )
        .join(end, _edge_of(end, Edge.END))
        .where(
            *attention(State.PUSH),
            cells.c.field == Field.SCHEDULED.value,
            end.c.begins_at > now,
        )
        .distinct()
        .order_by(cells.c.channel, campaign_entries.c.campaign)
    )
    rows = connection.execute(waiting).all()
    known = {each.name: each for each in every(connection)} if rows else {}
    return [(channel, known[name]) for channel, name in rows]


def _offer_of(cells_: FromClause) -> ColumnElement[bool]:
    return and_(*(offers.c[name] == cells_.c[name] for name in ("channel", "listing", "offer")))


def _edge_of(edges: FromClause, which: Edge) -> ColumnElement[bool]:
    return and_(
        edges.c.campaign == campaign_entries.c.campaign,
        edges.c.channel == campaign_entries.c.channel,
        edges.c.edge == which.value,
    )


def offers_of(
    connection: Connection, name: str, channel: str, field: Field = Field.PRICE
) -> list[PricedOffer]:
    """Such cells of a channel's living offers of the SKUs that a campaign prices there."""
    query = (
        select(
            cells.c.listing,
            cells.c.offer,
            campaign_entries.c.sku,
            cells.c.desired,
            cells.c.observed,
            cells.c.state,
        )
        .select_from(campaign_entries)
        .join(
            offers,
            (offers.c.channel == campaign_entries.c.channel)
            & (offers.c.sku == campaign_entries.c.sku),
        )
        .join(
            cells,
            _offer_of(cells) & (cells.c.field == field.value),
        )
        .where(
            campaign_entries.c.campaign == name,
            campaign_entries.c.channel == channel,
            offers.c.gone_at.is_(None),
        )
        .order_by(cells.c.listing, cells.c.offer)
    )
    return [
        PricedOffer(listing, offer, sku, desired, observed, State(state))
        for listing, offer, sku, desired, observed, state in connection.execute(query)
    ]


def _edges(
    connection: Connection, names: Sequence[str] | None = None
) -> Mapping[str, list[ChannelEdge]]:
    query = select(campaign_edges).order_by(campaign_edges.c.channel, campaign_edges.c.begins_at)
    if names is not None:
        query = query.where(campaign_edges.c.campaign.in_(names))
    found: dict[str, list[ChannelEdge]] = {}
    for row in connection.execute(query):
        window = Window(row.at, row.earliest, row.latest)
        edge = ChannelEdge(
            row.channel,
            Edge(row.edge),
            window,
            row.begins_at,
            row.calls,
            row.seconds,
            row.checksum,
        )
        found.setdefault(row.campaign, []).append(edge)
    return found


def _edge_row(campaign: str, edge: ChannelEdge) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "channel": edge.channel,
        "edge": edge.edge.value,
        "at": edge.window.at,
        "earliest": edge.window.earliest,
        "latest": edge.window.latest,
        "begins_at": edge.begins_at,
        "calls": edge.calls,
        "seconds": edge.seconds,
        "checksum": edge.checksum,
    }


def _campaign(row: Row[Any], edges: Mapping[str, Iterable[ChannelEdge]]) -> Campaign:
    return Campaign(
        row.name,
        row.start,
        row.end,
        Tolerance.parse(row.start_tolerance),
        Tolerance.parse(row.end_tolerance),
        tuple(row.allowed),
        row.reason,
        row.who,
        row.made_at,
        tuple(edges.get(row.name, ())),
        row.price_book,
        row.cancelled_at,
        row.cancelled_by,
    )


def _entry_row(campaign: str, entry: CampaignEntry) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "channel": entry.channel,
        "sku": entry.sku,
        "price": str(entry.price),
        "compare_at": to_text(entry.compare_at),
        "after": entry.after,
        "struck_after": entry.struck_after,
    }


def _entry(row: Row[Any]) -> CampaignEntry:
    price = money_from_text(row.price)
    assert price is not None  # it has none without one
    above = NOTHING if row.compare_at == "" else money_from_text(row.compare_at)
    return CampaignEntry(row.channel, row.sku, price, above, row.after, row.struck_after)
