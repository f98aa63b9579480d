"""A history: a world from a seed, steps that people and Mercer take in it, and what a checker finds.

The same seed and steps play the same history, whatever machine plays it.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import random
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from mercer.core.cell import CellKey
from mercer.core.contract import ReadsOrder
from mercer.core.errors import MercerError
from mercer.core.order import Order
from mercer.log import at_level
from mercer.plugins.platform import Platform
from mercer.plugins.simulation import Notice, World
from mercer.sandbox.laboratory.bad_day import CALM, BadDay
from mercer.sandbox.laboratory.checks import Finding, findings
from mercer.sandbox.laboratory.evidence import Evidence
from mercer.sandbox.laboratory.mortal import DatabaseBusy
from mercer.sandbox.laboratory.network import Killed
from mercer.sandbox.laboratory.people import People
from mercer.sandbox.laboratory.seller import Seller
from mercer.sandbox.laboratory.setting import SMALL, Setting, Size, simulated
from mercer.sandbox.laboratory.virtual_time import LoopClock, run
from mercer.sandbox.laboratory.witness import Intent, Witness
from mercer.sandbox.laboratory.work import Work, told
from mercer.sandbox.laboratory.worker import SkewedClock, Surroundings, Worker
from mercer.store import channels, hindsight
from mercer.store.database import Database, open_database
from mercer.store.vault import Vault
from mercer.sync.adopt import adopt_ours
from mercer.sync.apply import apply_plan
from mercer.sync.link import auto_link
from mercer.sync.notices import poll_messages, receive_webhook
from mercer.sync.pull import pull_listings
from mercer.sync.session import Session

_ACTS: Final = {
    "order": 8, "pay": 2, "cancel": 2, "ask back": 1, "settle a case": 1,
    "edit a price": 2, "edit a number": 2, "edit a title": 1, "edit the shelf": 1,
    "set a price": 3, "count": 2, "rename": 1, "change a policy": 1, "change a rule": 1, "ship": 2,
    "sync": 7, "pull": 1, "plan": 2, "apply": 3, "fan out": 1, "pull after-sales": 1,
    "poll messages": 1, "take the post in": 2, "wait": 3,
}  # fmt: skip
ACTS: Final = tuple(_ACTS)
"""What a step may be."""

_CYCLES: Final = 10
"""In so many cycles after the last trouble everything must be at rest."""

_FIRST: Final = 60.0
"""Seconds from the first count to the first order: longer than clocks are apart."""

_REST: Final = 1200.0
"""Seconds between two of them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act. Whatever in it is left to chance, `dice` decides, so that steps can be left out."""

    act: str
    dice: int


def steps_of(seed: int, count: int) -> list[Step]:
    """The steps that a seed stands for; fewer are the first of more."""
    rng = random.Random(f"steps {seed}")
    acts, weights = list(_ACTS), list(_ACTS.values())
    return [Step(rng.choices(acts, weights)[0], rng.getrandbits(32)) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What histories share: the platforms that take part, and an empty database on which they rehearse.

    Nothing of a history stays in it; only what was compiled for one serves the next.
    """

    platforms: Sequence[Platform] = field(default_factory=simulated)
    database: Database = field(default_factory=lambda: open_database(None))


@dataclass(slots=True)
class Books:
    """Mercer's, as its database has them, whatever process is alive."""

    database: Database

    def intents(self, channel: str) -> set[Intent]:
        with self.database.read() as tx:
            return hindsight.unanswered(tx, channel)

    def desired(self, cell: CellKey) -> str | None:
        with self.database.read() as tx:
            return hindsight.desired(tx, cell)

    def orders(self) -> set[tuple[str, str]]:
        with self.database.read() as tx:
            return hindsight.order_ids(tx)


class History:
    """Play it once. `story` and `digest` are the same for the same seed and steps."""

    def __init__(self, laboratory: Laboratory, seed: int, size: Size = SMALL) -> None:
        self._laboratory = laboratory
        self._books = Books(laboratory.database)
        self._platforms = {each.name: each for each in laboratory.platforms}
        self.setting = Setting.drawn(seed, size, laboratory.platforms)
        self.size = size
        self.clock = LoopClock()
        self.world = World(seed, self.clock)
        self.simulators = self.setting.simulators(self.world, self._platforms)
        self.seller = Seller(self.setting)
        self.people = People(self.simulators, self.setting.prices)
        self.work = Work()
        self.witness = Witness(self.simulators, self.clock, self._books)
        self.findings: list[Finding] = []
        self.digest = ""
        self._worker: Worker | None = None
        self._post: list[tuple[str, Notice]] = []
        self._crashes: list[str] = []
        self._gone: list[str] = []
        self._chance = random.Random(0)

    @property
    def story(self) -> Sequence[str]:
        return self.witness.story

    def play(self, steps: Sequence[Step] | None = None) -> list[Finding]:
        """The steps of the seed, or these; returns what is wrong in the end."""
        played = steps_of(self.setting.seed, self.size.steps) if steps is None else steps
        with at_level(logging.CRITICAL), self._laboratory.database.rehearsal() as database:
            self._books.database = database
            self._around = self._surroundings(database)
            run(self.clock, self._played(played))
        return self.findings

    # ------------------------------------------------------------------ how it goes

    async def _played(self, steps: Sequence[Step]) -> None:
        await self._open()
        for step in steps:
            await self._take(step)
        evidence = await self._rested()
        self.findings = findings(evidence)
        self.digest = evidence.digest

    async def _open(self) -> None:
        """Mercer has seen every shop, and everything there is agreed on."""
        self.witness.look()
        session = self._session()
        self.seller.open(session)
        await pull_listings(session)
        auto_link(session)
        for name in session.connections:
            adopt_ours(session, name)
        self._know_cases(session)
        if self.setting.late is not None:
            self._put_late()
        self.witness.look()
        await self.clock.sleep(_FIRST)

    def _know_cases(self, session: Session) -> None:
        """Cases were looked at just now: a first look reaches back for a month, in many windows."""
        with session.database.write() as tx:
            for name in session.connections:
                now = session.clock.now()
                known = replace(
                    channels.state_of(tx, name), cases_watermark=now, cases_pulled_at=now
                )
                channels.save_state(tx, known)

    def _put_late(self) -> None:
        """The shops get a product of the seller's at a price that is not hers."""
        late = self.setting.late
        assert late is not None
        for name, simulator in self.simulators.items():
            shown = late.on(self.setting.channels[name].currency)
            dearer = {sku: price.scaled(Decimal("1.1")) for sku, price in shown.prices.items()}
            simulator.seed([replace(shown, prices=dearer)])

    async def _take(self, step: Step) -> None:
        dice = random.Random(step.dice)
        self._chance = random.Random(dice.random())
        if step.act in self.people.deeds():
            self._let(step.act, self.people.deeds()[step.act], dice)
        elif step.act == "wait":
            seconds = dice.choice((0.5, 5.0, 60.0, 400.0, 3600.0)) * dice.uniform(0.5, 1.5)
            self.witness.tell(f"{seconds:.1f} s pass")
            await self.clock.sleep(seconds)
        else:
            await self._have_mercer(step.act, dice)
        self._look_for_absences()

    def _let(self, act: str, deed: Callable[[random.Random], str], dice: random.Random) -> None:
        try:
            self.witness.tell(deed(dice))
        except (ValueError, LookupError) as error:
            self.witness.tell(f"nobody can {act}: {error}")
        self.witness.look()

    def _meanwhile(self) -> None:
        """Somebody acts while a request travels."""
        self.witness.look()
        if done := self.people.anything(self._chance):
            self.witness.tell(f"meanwhile, {done}")
        self.witness.look()

    # ------------------------------------------------------------------ what Mercer does

    async def _have_mercer(self, act: str, dice: random.Random) -> None:
        day = BadDay.drawn(dice)
        self.witness.tell(f"Mercer is to {act}: {day}")
        session = self._session()
        assert self._worker is not None
        self._worker.begin(day)
        self.world.faults.active = list(day.faults)
        try:
            self.witness.tell(f"Mercer: {await self._done(act, session, dice)}")
        except MercerError as error:
            self.witness.tell(f"Mercer: {error.message}")
        except LookupError:
            self.witness.tell("Mercer: there is nothing to do")
        except (Exception, BaseExceptionGroup, Killed) as error:
            self._end(error)
        finally:
            self.world.faults.active = []
            if self._worker is not None:
                self._worker.begin(CALM)
        if act.startswith("change"):
            self._worker = None

    async def _done(self, act: str, session: Session, dice: random.Random) -> str:
        if act in self.seller.deeds():
            return self.seller.deeds()[act](session, dice)
        if act == "ship":
            return await self.seller.ship(session, dice)
        if act == "take the post in":
            return await self._deliver(session, dice)
        return await self.work.orders()[act](session, dice)

    async def _deliver(self, session: Session, dice: random.Random) -> str:
        """Webhooks come out of order, twice, later or never."""
        for name in sorted(self.simulators):
            self._post += [(name, notice) for notice in self.simulators[name].notices()]
        dice.shuffle(self._post)
        bag, self._post = self._post, []
        told = 0
        for name, notice in bag:
            fate = dice.choice(("comes", "comes", "comes", "twice", "later", "never"))
            if fate in ("twice", "later"):
                self._post.append((name, notice))
            if fate in ("comes", "twice"):
                await receive_webhook(session, name, notice.headers, notice.body)
                told += 1
        return f"{told} of {len(bag)} webhooks"

    def _session(self) -> Session:
        if self._worker is None:
            self._worker = Worker(self._around, dict(self.seller.channels))
        return self._worker.session

    def _end(self, error: BaseException) -> None:
        """The process is gone; whatever it raised that nobody planned is kept."""
        leaves = list(_leaves(error))
        unplanned = [e for e in leaves if not isinstance(e, (Killed, DatabaseBusy, MercerError))]
        killed = any(isinstance(each, Killed) for each in leaves)
        if unplanned and not killed:
            crash = "".join(traceback.format_exception(unplanned[0])[-3:]).strip()
            self._crashes.append(crash)
        how = "is killed" if killed else f"ends: {', '.join(type(e).__name__ for e in leaves)}"
        self.witness.tell(f"Mercer {how}")
        self._worker = None

    # ------------------------------------------------------------------ the end

    async def _rested(self) -> Evidence:
        """Nobody does anything any more, and no webhook comes; a few cycles must do."""
        self._worker = None
        self.witness.tell("everybody rests")
        restless = ""
        for _ in range(_CYCLES):
            await self.clock.sleep(_REST)
            restless = await self._cycled()
            if not restless:
                break
        session = self._session()
        evidence = Evidence(
            self.setting, self.simulators, self.seller, self.witness, session,
            self._crashes, self._gone, restless=restless,
        )  # fmt: skip
        evidence.repeated = await self._repeated(session)
        evidence.received = await self._received(session)
        return evidence

    async def _cycled(self) -> str:
        """One cycle; tells why it is not the last one."""
        session = self._session()
        try:
            await poll_messages(session)
            done = await self.work.cycle(session)
        except (Exception, BaseExceptionGroup, Killed) as error:
            self._end(error)
            return f"a cycle in the end failed: {error!r}"
        self._look_for_absences()
        self.witness.tell(f"Mercer: {told(done)}")
        failed = [f"{name}: {error.message}" for name, error in sorted(done.failed.items())]
        if failed:
            return f"a cycle in the end failed: {'; '.join(failed)}"
        left = done.plan.totals.changes - done.plan.totals.blocked
        return f"{left} changes are still to be made after {_CYCLES} cycles" if left else ""

    async def _repeated(self, session: Session) -> list[str]:
        """What applying the last plan once more changes at the shops."""
        if not self.work.applied:
            return []
        before = len(self.witness.effects)
        try:
            await apply_plan(session, self.work.applied)
        except MercerError:
            return []  # it has expired
        return [
            f"applying {self.work.applied} once more wrote {each.cell.field.value} of {each.code}"
            for each in self.witness.effects[before:]
        ]

    async def _received(self, session: Session) -> dict[tuple[str, str], Order]:
        """Some orders of each channel, read once more."""
        found: dict[tuple[str, str], Order] = {}
        for name, simulator in sorted(self.simulators.items()):
            adapter = session.connection(name).adapter
            if not isinstance(adapter, ReadsOrder):
                continue
            for truth in simulator.orders()[-2:]:
                order = await adapter.read_order(truth.order)
                if order is not None:
                    found[name, order.order] = order
        return found

    # ------------------------------------------------------------------ who watches

    def _look_for_absences(self) -> None:
        with self._books.database.read() as tx:
            gone = hindsight.gone(tx)
        known = {line.split(":", 1)[0] for line in self._gone}
        self._gone += [f"{each}: the shop has it" for each in gone if each not in known]

    def _surroundings(self, database: Database) -> Surroundings:
        seed = self.setting.seed
        key = base64.urlsafe_b64encode(hashlib.sha256(f"{seed}".encode()).digest()).decode()
        return Surroundings(
            database,
            self._platforms,
            self.simulators,
            self.clock,
            SkewedClock(self.clock, self.setting.skew),
            self.witness,
            Vault(lambda: [key]),
            random.Random(f"processes {seed}"),
            self._meanwhile,
        )


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error
