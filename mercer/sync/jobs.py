"""The jobs: plain functions over ids, made of steps. They know nothing of who runs them.

What a step returns is kept as JSON, so it is numbers and ids, never what they name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from mercer.core.contract import ReadsAfterSales, ReadsOrders
from mercer.core.errors import RefusedError
from mercer.sync.after_sales import TakenCases, pull_after_sales
from mercer.sync.apply import begin_run
from mercer.sync.apply_steps import apply_channel
from mercer.sync.approval import refusal
from mercer.sync.campaign_edges import plan_edge
from mercer.sync.canary import try_canary
from mercer.sync.fanout import FanOut
from mercer.sync.for_now import plan_for_now
from mercer.sync.handing import due, look_at_handed, plan_handing
from mercer.sync.intake import Taken, pull_orders
from mercer.sync.link import auto_link
from mercer.sync.maintain import maintain
from mercer.sync.notices import handle
from mercer.sync.planning import Request
from mercer.sync.pull import Pulled, pull_listings
from mercer.sync.reconcile import Request as Compare
from mercer.sync.reconcile import reconcile
from mercer.sync.session import Session
from mercer.sync.settling import settle_open
from mercer.sync.step import Step
from mercer.sync.stored_plan import stored

WORKSPACE: Final = ""
"""The channel of a job that is of none."""

_STRETCH: Final = 60.0
"""Seconds of one step that keeps stock right."""

_STRETCHES: Final = 60
"""Steps until such a job ends and the next one begins, so that no run's history grows for ever."""


_ROUNDS: Final = 2
"""Plans of one edge."""


class JobLane(StrEnum):
    """A channel has one job at a time in each. What is bulky never keeps stock, orders and the edges
    of campaigns waiting.
    """

    STOCK = "stock"
    ORDERS = "orders"
    EDGES = "edges"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Job:
    """`repeats`: it is done again and again, so a later run makes an earlier failure good. `proves`:
    where it goes well, the channel can be worked with.
    """

    lane: JobLane
    work: Callable[..., Awaitable[Any]]
    repeats: bool = True
    proves: bool = True


async def _listings(step: Step, channel: str) -> Any:
    """What is open at the shop is settled first: the reading may show it."""
    await step(settle, channel)
    return await step(read_listings, channel)


async def _orders(step: Step, channel: str) -> Any:
    """What webhooks named is known after the look, or is read one by one."""
    taken = await step(look_at_orders, channel)
    await step(read_named, channel)
    return taken


async def _after_sales(step: Step, channel: str, when: str = "due") -> Any:
    return await step(look_at_cases, channel, when)


async def _sync(step: Step, channel: str) -> Any:
    """One whole cycle of one channel. Orders are read after the listings, and account for them.

    Raise `RefusedError` in the end for a plan that lacks approval.
    """
    await _listings(step, channel)
    await _orders(step, channel)
    run, held = await step(plan_all, channel)
    if run is not None:
        await apply_channel(step, channel, run)
    for campaign in await step(to_hand, channel):
        with suppress(RefusedError):  # told by the job of its own, and by the campaign
            await _hand(step, channel, campaign)
    await step(look_at_cases, channel, "due")
    if held is not None:
        await step(tell_held, channel, held)
    return {"run": run}


async def _edge(step: Step, channel: str, campaign: str, edge: str) -> Any:
    """The push of a campaign's edge. What another hand moved at the shop meanwhile is planned anew.

    What the platform was handed is looked at first: there is nothing to push of what it shows.
    """
    runs: list[dict[str, Any]] = []
    seen: str | None = ""
    while seen is not None:
        seen = await step(look_at_handed, channel, campaign, seen)
    for _ in range(_ROUNDS):
        run, as_foreseen = await step(plan_edge, channel, campaign, edge)
        if run is None:
            break
        runs.append({"run": run, "as_foreseen": as_foreseen})
        await apply_channel(step, channel, run)
    return {"runs": runs}


async def _hand(step: Step, channel: str, campaign: str, *back: str) -> Any:
    """Hand the platform a campaign's prices ahead of time, or take them `back`: the same work."""
    del back  # only the key of the run tells the two apart
    run = await step(plan_handing, channel, campaign)
    if run is not None:
        await apply_channel(step, channel, run)
    return {"run": run}


async def _reconcile(step: Step, channel: str) -> Any:
    return await step(compare_share, channel)


async def _stock(step: Step, channel: str) -> Any:
    for _ in range(_STRETCHES):
        await step(keep_stock, channel)
    return None


async def _maintain(step: Step, channel: str) -> Any:
    return await step(tidy, channel)


async def read_listings(session: Session, channel: str) -> dict[str, Any]:
    """The whole shop in one step: only an enumeration in one go proves that something is gone."""
    pulled, failed = await pull_listings(session, [channel])
    if failed:
        raise failed[channel]
    return asdict(pulled[channel])


async def look_at_orders(session: Session, channel: str) -> dict[str, Any] | None:
    """From the stored watermark, which moves with each window: a killed look is taken up there."""
    if not isinstance(session.connection(channel).adapter, ReadsOrders):
        return None
    taken, failed = await pull_orders(session, [channel])
    if failed:
        raise failed[channel]
    return _told(taken[channel])


async def read_named(session: Session, channel: str) -> int:
    return (await handle(session, session.connection(channel))).handled


async def look_at_cases(session: Session, channel: str, when: str) -> dict[str, Any] | None:
    if not isinstance(session.connection(channel).adapter, ReadsAfterSales):
        return None
    taken, failed = await pull_after_sales(session, [channel], only_due=when == "due")
    if failed:
        raise failed[channel]
    return _told(taken[channel])


async def compare_share(session: Session, channel: str) -> dict[str, int]:
    """A day's share of the shop, what was read longest ago first: a killed one goes on from there."""
    reports, failed = await reconcile(session, Compare((channel,), most=0))
    if failed:
        raise failed[channel]
    report = reports[channel]
    return {"read": report.read, "open": report.open, "settled": report.settled}


async def settle(session: Session, channel: str) -> int:
    return await settle_open(session, session.connection(channel))


async def plan_all(session: Session, channel: str) -> list[str | None]:
    """Link what can be and plan everything.

    Return the run of what may go, and the plan that lacks approval, if there are any.
    """
    auto_link(session, [channel])
    planned = plan_for_now(session, Request(channels=(channel,)))
    run = begin_run(session, planned.goes.header.id)[0].id if planned.goes else None
    return [run, planned.plan.header.id if planned.held else None]


async def to_hand(session: Session, channel: str) -> list[str]:
    """Campaigns of which the platform is to be handed something, or to give it back."""
    with session.database.read() as tx:
        return [name for where, name, *_ in due(tx, session.clock.now()) if where == channel]


async def tell_held(session: Session, channel: str, plan: str) -> None:
    """Raise why the plan is held, unless somebody has approved it meanwhile."""
    with session.database.read() as tx:
        held = refusal(tx, session, stored(tx, plan))
    if held is not None:
        held.channel = channel
        raise held


async def keep_stock(session: Session, channel: str) -> None:
    """Keep the channel's stock right for a while, or raise what it cannot be worked with for.

    It may be cut off at any moment.
    """
    keeping = asyncio.create_task(FanOut(session).keep(session.connection(channel)))
    try:
        await asyncio.wait([keeping], timeout=_STRETCH)
        if keeping.done():
            keeping.result()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def tidy(session: Session, channel: str) -> dict[str, int]:
    """Delete what has had its time."""
    del channel  # all of them
    kept = maintain(session)
    return {"expired": sum(kept.expired.values()), "kept": kept.kept}


def _told(taken: Taken | TakenCases) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(taken).items()
    }


def pulled_from(document: Mapping[str, Any]) -> Pulled:
    return Pulled(**document)


def taken_from(document: Mapping[str, Any]) -> Taken:
    return Taken(**_moments(document, "next_poll_at", "as_of"))


def cases_from(document: Mapping[str, Any]) -> TakenCases:
    return TakenCases(**_moments(document, "next_look_at", "as_of"))


def _moments(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    moments = {
        name: datetime.fromisoformat(document[name]) if document[name] else None for name in names
    }
    return {**document, **moments}


JOBS: Final[Mapping[str, Job]] = {
    "stock": Job(JobLane.STOCK, _stock, proves=False),
    "orders": Job(JobLane.ORDERS, _orders),
    "after-sales": Job(JobLane.ORDERS, _after_sales),
    "listings": Job(JobLane.BULK, _listings),
    "canary": Job(JobLane.BULK, try_canary, repeats=False),
    "apply": Job(JobLane.BULK, apply_channel, repeats=False),
    "edge": Job(JobLane.EDGES, _edge, repeats=False),
    "hand": Job(JobLane.BULK, _hand, repeats=False),
    "sync": Job(JobLane.BULK, _sync),
    "reconcile": Job(JobLane.BULK, _reconcile),
    "maintain": Job(JobLane.BULK, _maintain, proves=False),
}
