"""One whole cycle: orders and listings in, links, a plan, and the plan applied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mercer.core.errors import MercerError
from mercer.store.plans import Plan
from mercer.sync.apply import Applied, apply_plan
from mercer.sync.intake import Taken, pull_orders
from mercer.sync.link import Linked, auto_link
from mercer.sync.planning import Request, make_plan
from mercer.sync.pull import Pulled, pull_listings
from mercer.sync.session import Connection, Session, on_each
from mercer.sync.verify import settle_open


@dataclass(frozen=True, slots=True)
class Cycle:
    """`applied` is `None` where there was nothing to apply. `failed`: channels left out."""

    orders: dict[str, Taken]
    listings: dict[str, Pulled]
    links: dict[str, Linked]
    plan: Plan
    applied: Applied | None
    failed: dict[str, MercerError] = field(default_factory=dict)


async def sync(session: Session, request: Request) -> Cycle:
    """What failed on one channel leaves the others done; its cells are not planned this time."""
    names = [connection.name for connection in session.chosen(request.channels)]

    async def settle(connection: Connection) -> int:
        return await settle_open(session, connection)

    _, unsettled = await on_each(session.chosen(names), settle)
    failed = dict(unsettled)
    names = [name for name in names if name not in failed]
    # Listings first: orders read after them account for everything that the listings showed.
    listings, unread = await pull_listings(session, names) if names else ({}, {})
    failed |= unread
    names = [name for name in names if name not in failed]
    orders, unpulled = await pull_orders(session, names) if names else ({}, {})
    failed |= unpulled
    names = [name for name in names if name not in failed]
    links = auto_link(session, names) if names else {}
    plan = make_plan(session, _narrowed(request, names))
    applied = None
    if plan.totals.changes > plan.totals.blocked:
        applied = await apply_plan(session, plan.header.id)
        failed |= applied.failed
    return Cycle(orders, listings, links, plan, applied, failed)


def _narrowed(request: Request, names: Iterable[str]) -> Request:
    return replace(request, channels=tuple(names))
