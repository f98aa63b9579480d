"""Usage plans: one bucket for each operation and seller, by the operation's own name.

Rates are requests a second, as documented; the answers' `x-amzn-RateLimit-Limit` tells the rate that
holds now. Where the models and the documentation differ on the burst, the smaller one stands.
"""

from __future__ import annotations

from typing import Final

from mercer.core.contract import Quota

FEED: Final = "JSON_LISTINGS_FEED"
"""A feed type with a limit of its own, beside that of createFeed: 5 in 5 minutes."""

_PLANS: Final[dict[str, tuple[float, float]]] = {
    "getListingsItem": (5, 5),
    "searchListingsItems": (5, 5),
    "patchListingsItem": (5, 5),
    "createFeedDocument": (0.5, 15),
    "createFeed": (0.0083, 15),
    FEED: (5 / 300, 5),
    "getFeed": (2, 15),
    "getFeedDocument": (0.0222, 10),
    "createReport": (0.0167, 15),
    "getReport": (2, 15),
    "getReportDocument": (0.0167, 15),
    "searchOrders": (0.0056, 20),
    "getOrder": (0.5, 30),
    "confirmShipment": (2, 10),
    "getInventorySummaries": (2, 2),
    "getMarketplaceParticipations": (0.016, 15),
}

QUOTAS: Final = {name: Quota(name, rate, burst) for name, (rate, burst) in _PLANS.items()}


def costs(operation: str) -> dict[str, float]:
    """What one request of an operation takes. Mercer's feeds are all of the one type."""
    return {operation: 1.0} | ({FEED: 1.0} if operation == "createFeed" else {})
