"""What platforms have been handed of a campaign, and so do at its edges by their own clock."""

from __future__ import annotations

from mercer.core.campaign import Campaign, CampaignEntry, Edge
from mercer.core.cell import CellKey, Field
from mercer.core.plan import Change, ChangeKind
from mercer.core.scheduled import Scheduled
from mercer.store import campaigns
from mercer.store.campaigns import PricedOffer
from mercer.store.database import Transaction


def handed(tx: Transaction, campaign: Campaign, channel: str) -> list[PricedOffer]:
    """Offers of which the platform has the campaign's price, with its dates."""
    texts = {
        entry.sku: str(as_scheduled(campaign, entry))
        for entry in campaigns.entries_of(tx, campaign.name, channel)
    }
    found = campaigns.offers_of(tx, campaign.name, channel, Field.SCHEDULED)
    return [each for each in found if each.observed == texts[each.sku]]


def as_scheduled(campaign: Campaign, entry: CampaignEntry) -> Scheduled:
    starts_at, ends_at = (campaign.edge(entry.channel, edge).begins_at for edge in Edge)
    return Scheduled(entry.price, starts_at, ends_at)


def done_by_platform(tx: Transaction, campaign: Campaign, channel: str, edge: Edge) -> list[Change]:
    """The changes that the platform itself makes at an edge, as a push would make them."""
    own = handed(tx, campaign, channel)
    if not own:
        return []
    entries = campaigns.entries_of(tx, campaign.name, channel)
    prices = {entry.sku: str(entry.price) for entry in entries}
    outside = {
        (each.listing, each.offer): each.observed
        for each in campaigns.offers_of(tx, campaign.name, channel)
    }
    return [
        _turned(channel, each, outside[each.listing, each.offer], prices[each.sku], edge)
        for each in own
    ]


def _turned(
    channel: str, offer: PricedOffer, outside: str | None, price: str, edge: Edge
) -> Change:
    before, after = (outside, price) if edge is Edge.START else (price, outside)
    key = CellKey(channel, offer.listing, offer.offer, Field.PRICE)
    return Change("", ChangeKind.UPDATE, key, offer.sku, "", before, after, "by its own clock")
