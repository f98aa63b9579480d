"""One whole cycle: orders and listings in, links, a plan, the plan applied, and after-sales in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from mercer.core.contract import ReadsOrders
from mercer.core.errors import MercerError
from mercer.store.plans import Plan
from mercer.sync.after_sales import TakenCases, pull_after_sales
from mercer.sync.apply import Applied, apply_plan
from mercer.sync.intake import Taken, pull_orders
from mercer.sync.link import Linked, auto_link
from mercer.sync.notices import handle
from mercer.sync.planning import Request, make_plan
from mercer.sync.pull import Pulled, pull_listings
from mercer.sync.session import Session, on_each
from mercer.sync.verify import settle_open


@dataclass(frozen=True, slots=True)
class Cycle:
    """`applied` is `None` where there was nothing to apply. `failed`: channels left out.

    `cases` has the channels whose platform tells after-sales cases, looked at now or not.
    """

    orders: dict[str, Taken]
    listings: dict[str, Pulled]
    links: dict[str, Linked]
    plan: Plan
    applied: Applied | None
    cases: dict[str, TakenCases] = field(default_factory=dict)
    failed: dict[str, MercerError] = field(default_factory=dict)


async def sync(session: Session, request: Request) -> Cycle:
    """What failed on one channel leaves the others done; its cells are not planned this time."""
    chosen = {each.name: each for each in session.chosen(request.channels)}
    failed: dict[str, MercerError] = {}

    def left() -> Session:
        going = {name: each for name, each in chosen.items() if name not in failed}
        return replace(session, connections=going)

    _, unsettled = await on_each(left().chosen(()), partial(settle_open, session))
    failed |= unsettled
    # Listings first: orders read after them account for everything that the listings showed.
    listings, unread = await pull_listings(left())
    failed |= unread
    tellers = [n for n, each in left().connections.items() if isinstance(each.adapter, ReadsOrders)]
    orders, unpulled = await pull_orders(left(), tellers) if tellers else ({}, {})
    failed |= unpulled
    # What webhooks named is known by now, or is read one by one.
    _, unheard = await on_each(left().chosen(()), partial(handle, session))
    failed |= unheard
    going = left()
    links = auto_link(session, going.connections) if going.connections else {}
    plan = make_plan(going, replace(request, channels=()))
    applied = None
    if plan.totals.changes > plan.totals.blocked:
        applied = await apply_plan(going, plan.header.id)
        failed |= applied.failed
    # Nothing rests on the cases: they come last, and only as often as the platform's quotas allow.
    cases, unasked = await pull_after_sales(left(), only_due=True)
    failed |= unasked
    return Cycle(orders, listings, links, plan, applied, cases, failed)
