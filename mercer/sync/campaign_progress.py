"""How far a campaign is on each channel, by what its offers were seen to cost and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mercer.core.campaign import Campaign, CampaignState, ChannelEdge, Edge
from mercer.core.charged import Shown
from mercer.core.merge import State
from mercer.core.money import Money
from mercer.core.price import PriceEntry, in_force
from mercer.store import campaigns, prices, shown_prices
from mercer.store.campaigns import PricedOffer
from mercer.store.database import Transaction
from mercer.sync.handed import handed

_SLICE: Final = 500


@dataclass(frozen=True, slots=True)
class EdgeProgress:
    """Offers at one edge. `confirmed`: seen to have followed, or there was nothing to follow;
    `waiting`: not yet seen to; `earliest`, `latest`: how long after the edge, or before it where
    negative, the first and the last of them were seen to have moved.
    """

    edge: ChannelEdge
    confirmed: int = 0
    waiting: int = 0
    earliest: timedelta | None = None
    latest: timedelta | None = None

    @property
    def begun(self) -> bool:
        return bool(self.confirmed or self.waiting)

    @property
    def kept(self) -> bool | None:
        """Whether every move that was seen lies within the tolerance; `None`: none was seen yet."""
        if self.earliest is None or self.latest is None:
            return None
        window = self.edge.window
        least, most = window.earliest - window.at, window.latest - window.at
        return least <= self.earliest and self.latest <= most

    def seen(self, at: datetime | None) -> EdgeProgress:
        """With one more offer, that moved then; `None`: it had nowhere to move."""
        if at is None:
            return replace(self, confirmed=self.confirmed + 1)
        late = at - self.edge.window.at
        return replace(
            self,
            confirmed=self.confirmed + 1,
            earliest=late if self.earliest is None else min(self.earliest, late),
            latest=late if self.latest is None else max(self.latest, late),
        )

    def unseen(self) -> EdgeProgress:
        return replace(self, waiting=self.waiting + 1)


@dataclass(frozen=True, slots=True)
class ChannelProgress:
    """`overlaid`: offers of which a later entry of the book lies on top, so that the campaign's never
    shows; they are in neither count. `handed`: offers whose platform has the price with its dates.
    """

    channel: str
    state: CampaignState
    offers: int
    overlaid: int
    start: EdgeProgress
    end: EdgeProgress
    handed: int


def progress(tx: Transaction, campaign: Campaign, now: datetime) -> list[ChannelProgress]:
    return [_of_channel(tx, campaign, channel, now) for channel in campaign.channels]


def _of_channel(
    tx: Transaction, campaign: Campaign, channel: str, now: datetime
) -> ChannelProgress:
    start = EdgeProgress(campaign.edge(channel, Edge.START))
    end = EdgeProgress(_cut_off(campaign, campaign.edge(channel, Edge.END)))
    offers = campaigns.offers_of(tx, campaign.name, channel)
    asked = {each.sku: each.price for each in campaigns.entries_of(tx, campaign.name, channel)}
    overlaid = 0
    for begin in range(0, len(offers), _SLICE):
        batch = offers[begin : begin + _SLICE]
        keys = [(each.listing, each.offer) for each in batch]
        shown = shown_prices.of_offers(tx, channel, keys)
        book = prices.of_skus(tx, {each.sku for each in batch})
        for each, key in zip(batch, keys, strict=True):
            price, known = asked[each.sku], shown.get(key, ())
            if _is_overlaid(book.get(each.sku, ()), campaign, channel, price):
                overlaid += 1
                continue
            if start.edge.begins_at <= now:
                start = _started(start, end.edge.begins_at, known, price)
            if end.edge.begins_at <= now:
                end = _ended(end, each, known, price)
    state = _state(campaign, start, end, now)
    own = len(handed(tx, campaign, channel))
    return ChannelProgress(channel, state, len(offers), overlaid, start, end, own)


def _cut_off(campaign: Campaign, end: ChannelEdge) -> ChannelEdge:
    """The end of a campaign that was cancelled is then, and has no tolerance."""
    at = campaign.cancelled_at
    if at is None or at >= end.begins_at:
        return end
    window = replace(end.window, at=at, earliest=at, latest=end.window.latest)
    return replace(end, window=window, begins_at=at)


def _is_overlaid(
    entries: Sequence[PriceEntry], campaign: Campaign, channel: str, price: Money
) -> bool:
    """Whether its own entry is in the book, and at the start another one lies on top of it."""
    since, until = (campaign.edge(channel, edge).begins_at for edge in Edge)
    own = [each for each in entries if each.channel == channel and each.currency == price.currency]
    top = in_force(own, since)
    there = any((each.starts_at, each.ends_at) == (since, until) for each in own)
    return there and top is not None and top.price != price


def _started(
    progress: EdgeProgress, until: datetime, shown: Sequence[Shown], price: Money
) -> EdgeProgress:
    begins_at = progress.edge.begins_at
    if _before(shown, begins_at) == price:
        return progress.seen(None)
    for each in shown:
        if begins_at <= each.at < until and each.price == price:
            return progress.seen(each.at)
    return progress.unseen()


def _ended(
    progress: EdgeProgress, offer: PricedOffer, shown: Sequence[Shown], price: Money
) -> EdgeProgress:
    """Once it was seen to cost anything else it has left; what the book says then is the next plan's."""
    begins_at = progress.edge.begins_at
    same = offer.desired == str(price) and offer.state is State.AGREED
    if _before(shown, begins_at) != price or same:
        return progress.seen(None)
    for each in shown:
        if begins_at <= each.at and each.price != price:
            return progress.seen(each.at)
    return progress.unseen()


def _before(shown: Sequence[Shown], moment: datetime) -> Money | None:
    """What was shown last before then."""
    return next((each.price for each in reversed(shown) if each.at < moment), None)


def _state(
    campaign: Campaign, start: EdgeProgress, end: EdgeProgress, now: datetime
) -> CampaignState:
    if campaign.cancelled_at is not None:
        return CampaignState.CANCELLED
    if now < start.edge.begins_at:
        return CampaignState.PLANNED
    if now < end.edge.begins_at:
        return CampaignState.STARTING if start.waiting else CampaignState.RUNNING
    return CampaignState.ENDING if end.waiting else CampaignState.ENDED
