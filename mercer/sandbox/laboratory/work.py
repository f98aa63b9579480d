"""What Mercer is asked to do in a history: one command after the other, as people and timers give them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from mercer.core.outcome import Outcome
from mercer.sync.after_sales import pull_after_sales
from mercer.sync.apply import Applied, apply_plan
from mercer.sync.cycle import Cycle, sync
from mercer.sync.fanout import FanOut
from mercer.sync.intake import pull_orders
from mercer.sync.link import auto_link
from mercer.sync.notices import poll_messages
from mercer.sync.planning import Request, make_plan
from mercer.sync.pull import pull_listings
from mercer.sync.session import Session

Order = Callable[[Session, random.Random], Awaitable[str]]
"""Has Mercer do something, and tells how it went."""


@dataclass(slots=True)
class Work:
    """`plan` is one that was made and is still to be applied, now or later; `applied` the last one."""

    plan: str = ""
    applied: str = ""

    def orders(self) -> dict[str, Order]:
        return {
            "sync": self.sync,
            "pull": self.pull,
            "plan": self.make_plan,
            "apply": self.apply,
            "fan out": self.fan_out,
            "pull after-sales": self.pull_cases,
            "poll messages": self.poll,
        }

    async def sync(self, session: Session, dice: random.Random) -> str:
        del dice
        return told(await self.cycle(session))

    async def cycle(self, session: Session) -> Cycle:
        done = await sync(session, Request())
        self.applied = done.plan.header.id if done.applied else self.applied
        return done

    async def pull(self, session: Session, dice: random.Random) -> str:
        del dice
        _, unread = await pull_listings(session)
        _, unpulled = await pull_orders(session)
        auto_link(session)
        return f"without {', '.join(sorted({*unread, *unpulled})) or 'trouble'}"

    async def make_plan(self, session: Session, dice: random.Random) -> str:
        del dice
        plan = make_plan(session, Request())
        self.plan = plan.header.id
        return f"{plan.header.id} of {plan.totals.changes} changes"

    async def apply(self, session: Session, dice: random.Random) -> str:
        """The plan that was made before; sometimes it is applied once more."""
        if not self.plan:
            raise LookupError
        plan = self.applied = self.plan
        applied = await apply_plan(session, plan)
        if dice.random() < 0.7:
            self.plan = ""
        return f"{plan}: {outcomes(applied)}"

    async def fan_out(self, session: Session, dice: random.Random) -> str:
        """For some seconds; then it is stopped, as by Ctrl-C."""
        seconds = dice.randint(3, 15)
        working = asyncio.create_task(FanOut(session).run())
        done, _ = await asyncio.wait([working], timeout=seconds)
        if not done:
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        return f"for {seconds} s"

    async def pull_cases(self, session: Session, dice: random.Random) -> str:
        del dice
        _, failed = await pull_after_sales(session)
        return f"without {', '.join(sorted(failed)) or 'trouble'}"

    async def poll(self, session: Session, dice: random.Random) -> str:
        del dice
        _, failed = await poll_messages(session)
        return f"without {', '.join(sorted(failed)) or 'trouble'}"


def told(cycle: Cycle) -> str:
    failed = "".join(f"; {name}: {error.message}" for name, error in sorted(cycle.failed.items()))
    applied = outcomes(cycle.applied) if cycle.applied else "nothing to apply"
    return f"{cycle.plan.header.id}: {applied}{failed}"


def outcomes(applied: Applied) -> str:
    counts = {each: applied.count(each) for each in Outcome}
    return ", ".join(f"{n} {each.value}" for each, n in counts.items() if n) or "nothing"
