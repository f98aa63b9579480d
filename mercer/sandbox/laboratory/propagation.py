"""How long an order took to show everywhere, beside the best reader's time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mercer.sandbox.laboratory.ideal import Play
from mercer.sandbox.laboratory.sale import Happened, History
from mercer.store import hindsight
from mercer.store.database import Database
from mercer.store.hindsight import Written


@dataclass(frozen=True, slots=True)
class Propagation:
    """One order's way to one other channel, in seconds from its creation; `known` at its origin.

    The best reader's beside it.
    """

    origin: str
    channel: str
    known: float
    shown: float
    best_known: float
    best_shown: float


@dataclass(frozen=True, slots=True)
class Ways:
    """`opening`: what lay there of each SKU; `buffers`: what each channel keeps back."""

    history: History
    best: Play
    opening: Mapping[str, int]
    buffers: Mapping[str, int]

    def every(self, database: Database) -> Iterator[Propagation]:
        """For each order, when Mercer knew it, and when a number that accounts for it was confirmed.

        Where the number was right already, because the SKU was sold out, or dealt out so that the shop
        showed no more than was left after the sale, there is nothing to tell.
        """
        history, best = self.history, self.best
        with database.read() as tx:
            known = hindsight.known_at(tx)
            writes = hindsight.confirmed_stock_writes(tx)
        for sku, happened in history.by_sku().items():
            left = self.opening[sku]
            for index, taking in enumerate(happened):
                left -= taking.units
                at = known.get((taking.channel, taking.order))
                if at is None or taking.units < 0:
                    continue
                for channel, written in writes.get(sku, {}).items():
                    if channel == taking.channel:
                        continue
                    own = [each for each in happened[:index] if each.channel == channel]
                    published = max(left - self.buffers.get(channel, 0), 0)
                    seen = self.accounted(written, own, at, published)
                    if seen is None or history.seconds(seen) <= taking.at:
                        continue
                    yield Propagation(
                        taking.channel,
                        channel,
                        history.seconds(at) - taking.at,
                        history.seconds(seen) - taking.at,
                        best.known(taking) - taking.at,
                        best.confirmed(taking, channel) - taking.at,
                    )

    def accounted(
        self, written: Sequence[Written], own: Sequence[Happened], known: datetime, published: int
    ) -> datetime | None:
        """When a number was confirmed that leaves a sale out: the first one that was sent when the sale
        was `known`, or the last one before, if the shop showed no more by it than is to be `published`
        after the sale. `None`: there was no such number.
        """
        before = [each for each in written if each.sent_at < known]
        if before:
            last = before[-1]
            sent = self.history.seconds(last.sent_at)
            if last.number - sum(each.units for each in own if each.at > sent) <= published:
                return last.seen_at
        return min((each.seen_at for each in written if each.sent_at >= known), default=None)
