"""One whole cycle: orders and listings in, links, a plan, the plan applied, and after-sales in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from mercer.core.clock import Clock
from mercer.core.errors import Interrupted, MercerError, RefusedError
from mercer.store.plans import Plan
from mercer.sync import handing
from mercer.sync.after_sales import TakenCases
from mercer.sync.apply import Applied, Carry, apply_plan
from mercer.sync.engine.inline import Inline
from mercer.sync.engine.protocol import Engine, done, key_of
from mercer.sync.for_now import plan_for_now
from mercer.sync.intake import Taken
from mercer.sync.jobs import cases_from, pulled_from, taken_from
from mercer.sync.link import Linked, auto_link
from mercer.sync.planning import Request
from mercer.sync.pull import Pulled
from mercer.sync.session import Session, on_each


@dataclass(frozen=True, slots=True)
class HandedOn:
    """The `run` that handed a platform prices of a campaign, or took them back; none where it is `held`
    for want of approval.
    """

    channel: str
    campaign: str
    run: str | None
    held: RefusedError | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """`applied` is `None` where there was nothing to apply. `failed`: channels left out. `held`: the
    plan lacks approval, so of it only stock was applied.

    `handed`: what platforms were handed of campaigns. `cases` has the channels whose platform tells
    after-sales cases, looked at now or not.
    """

    orders: dict[str, Taken]
    listings: dict[str, Pulled]
    links: dict[str, Linked]
    plan: Plan
    applied: Applied | None
    cases: dict[str, TakenCases] = field(default_factory=dict)
    failed: dict[str, MercerError] = field(default_factory=dict)
    held: RefusedError | None = None
    handed: tuple[HandedOn, ...] = ()


async def sync(session: Session, request: Request, engine: Engine | None = None) -> Cycle:
    """What failed on one channel leaves the others done; its cells are not planned this time.

    What is asked of the channels are jobs of `engine`; without one they are done here and now.
    """
    engine = engine or Inline(session)
    chosen = {each.name: each for each in session.chosen(request.channels)}
    failed: dict[str, MercerError] = {}

    def left() -> Session:
        going = {name: each for name, each in chosen.items() if name not in failed}
        return replace(session, connections=going)

    async def each(job: str) -> dict[str, Any]:
        done, troubled = await on_each(
            left().connections.values(), lambda at: asked(engine, job, at.name, session.clock)
        )
        for error in troubled.values():
            if isinstance(error, Interrupted):
                raise error
        failed.update(troubled)
        return done

    # Listings first: orders read after them account for everything that the listings showed.
    listings = await each("listings")
    orders = await each("orders")
    going = left()
    links = auto_link(session, going.connections) if going.connections else {}
    planned = plan_for_now(going, replace(request, channels=()))
    applied = None
    if planned.goes is not None:
        applied = await apply_plan(going, planned.goes.header.id, carry=carrier(engine))
        failed |= applied.failed
    handed = await _handed_on(left(), engine, failed)
    # Nothing rests on the cases: they come last, and only as often as the platform's quotas allow.
    cases = await each("after-sales")
    return Cycle(
        {name: taken_from(each) for name, each in orders.items() if each is not None},
        {name: pulled_from(each) for name, each in listings.items()},
        links,
        planned.plan,
        applied,
        {name: cases_from(each) for name, each in cases.items() if each is not None},
        failed,
        planned.held,
        handed,
    )


async def _handed_on(
    session: Session, engine: Engine, failed: dict[str, MercerError]
) -> tuple[HandedOn, ...]:
    """Hand platforms what they are to be handed of campaigns. What waits for a person keeps nothing
    else; a channel that has to stop is added to `failed`.
    """
    done: list[HandedOn] = []
    with session.database.read() as tx:
        due = handing.due(tx, session.clock.now())
    for channel, campaign, *back in due:
        if channel not in session.connections or channel in failed:
            continue
        try:
            found = await asked(engine, "hand", channel, session.clock, campaign, *back)
            if found["run"] is not None:
                done.append(HandedOn(channel, campaign, found["run"]))
        except RefusedError as held:
            done.append(HandedOn(channel, campaign, None, held))
        except Interrupted:
            raise
        except MercerError as error:
            failed[channel] = error
    return tuple(done)


async def asked(engine: Engine, job: str, channel: str, clock: Clock, *ids: str) -> Any:
    """Have a job done that is done again and again; its run has the key of this moment."""
    key = key_of(job, channel, *ids, f"{clock.now():%Y-%m-%dT%H:%M:%S.%fZ}")
    return await done(engine, job, channel, *ids, key=key)


def carrier(engine: Engine) -> Carry:
    """How `apply_plan` has an engine do the work. A job that ended before its run did is followed by
    another: the run was stopped and goes on, or the job was cancelled.
    """

    async def carry(job: str, channel: str, run: str) -> None:
        key, number = key_of(job, channel, run), 1
        while (found := await engine.status(key)) is not None and found.ended:
            number += 1
            key = key_of(job, channel, run, str(number))
        await done(engine, job, channel, run, key=key)

    return carry
