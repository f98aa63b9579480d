"""Deal out the last units of what sells fast among the channels, while somebody keeps stock right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from mercer.core.cell import Field
from mercer.core.dealing import LATELY, REMEMBERED, Deal, dealt_out, sells_out_soon
from mercer.core.listing import FulfilledBy
from mercer.core.merge import Owner
from mercer.store import catalogue, deals, ledger, offers, stock_rules, versions
from mercer.store.database import Transaction
from mercer.store.stock_rules import SkuRule
from mercer.sync.renew import renew_stock
from mercer.sync.session import Session
from mercer.sync.stock_rules import by_home, rule_of, stock_home

_STANDS: Final = timedelta(seconds=15)
"""How long a deal stands before a channel that sold its share is dealt some of what others have left."""

_NEWS: Final = timedelta(seconds=30)
"""What was not bought for so long has been judged before."""

_SLOW: Final = timedelta(seconds=30)
"""Where a number takes longer than this, what was dealt is not taken back: it might be sold by then."""


def deal_out(session: Session) -> None:
    """Deal anew what sells fast by now, or what one channel has sold out of and others have not; end
    what no longer sells fast.
    """
    with session.database.read() as tx:
        if not _Dealer(tx, session).look():
            return
    with session.database.write() as tx:
        dealer = _Dealer(tx, session)
        if dealer.look():
            deals.drop(tx, dealer.over)
            deals.save(tx, dealer.made)
            _moved(tx, session, [*dealer.over, *(each.sku for each in dealer.made)])


def moves_of_stock(session: Session) -> int:
    """How often stock has moved so far: where it has not, nothing sells faster than before."""
    with session.database.read() as tx:
        return versions.number_of(tx, "stock")


def end_deals(tx: Transaction, session: Session) -> None:
    """What nobody said to sell fast for so long is shown by the channels' rules again."""
    over = deals.ended(tx, session.clock.now())
    if over:
        deals.drop(tx, over)
        _moved(tx, session, over)


def _moved(tx: Transaction, session: Session, skus: Iterable[str]) -> None:
    versions.bump(tx, "stock")
    renew_stock(tx, session, skus)


@dataclass(slots=True)
class _Dealer:
    """`made` and `over` are what is to be kept and to be dropped."""

    tx: Transaction
    session: Session
    now: datetime = field(init=False)
    made: list[Deal] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    _rules: Mapping[str, Mapping[str, SkuRule]] = field(default_factory=dict)

    def look(self) -> bool:
        """Whether there is anything to do."""
        self.now = self.session.clock.now()
        pace = deals.pace(self.tx, self.now - LATELY)
        known = deals.every(self.tx)
        fresh = deals.pace(self.tx, self.now - _NEWS).keys() - known.keys()
        skus = fresh | {sku for sku, deal in known.items() if deal.dealt_at + _STANDS <= self.now}
        located = ledger.balances_at(self.tx, skus) if skus else {}
        self._rules = stock_rules.of_skus(self.tx, skus) if skus else {}
        for sku in sorted(skus):
            sold = by_home(self.session, pace.get(sku, {}))
            there = {place: each.available for place, each in located.get(sku, {}).items()}
            self._judge(sku, known.get(sku), there, sold)
        return bool(self.made or self.over)

    def _judge(
        self, sku: str, deal: Deal | None, there: Mapping[str, int], sold: Mapping[str, int]
    ) -> None:
        available, taken = sum(there.values()), sum(sold.values())
        if deal is None:
            if sells_out_soon(available, taken):
                self._deal(sku, there, sold)
        elif available <= 0:
            self._sold_out(deal, sold)
        elif deal.slowed_down(available, taken, self.now):
            self.over.append(sku)
        elif deal.sold_out:
            self._deal(sku, there, sold)
        else:
            self._deal_again(deal, there, sold)

    def _deal(self, sku: str, there: Mapping[str, int], sold: Mapping[str, int]) -> None:
        at_most = self._at_most(sku, there)
        if len(at_most) > 1:
            units = dealt_out(sum(there.values()), at_most, sold)
            self.made.append(self._new(sku, units, sold))

    def _new(self, sku: str, units: Mapping[str, int], sold: Mapping[str, int]) -> Deal:
        stands = LATELY if any(units.values()) else REMEMBERED
        return Deal(sku, self.now, self.now + stands, units, sold, sold)

    def _sold_out(self, deal: Deal, sold: Mapping[str, int]) -> None:
        if not deal.sold_out:
            self.made.append(self._new(deal.sku, dict.fromkeys(deal.units, 0), sold))
        elif deal.until <= self.now:
            self.over.append(deal.sku)

    def _deal_again(self, deal: Deal, there: Mapping[str, int], sold: Mapping[str, int]) -> None:
        """Only what moves somewhere: each new deal makes numbers that are to be written."""
        available = sum(there.values())
        left = replace(deal, taken=by_home(self.session, deal.taken)).left(available)
        kept = {name: units for name, units in left.items() if units and self._is_slow(name)}
        at_most = self._at_most(deal.sku, there)
        quick = {name: most for name, most in at_most.items() if name not in kept}
        units = dealt_out(available - sum(kept.values()), quick, sold) | kept
        if any(number and not left.get(name) for name, number in units.items()):
            self.made.append(self._new(deal.sku, units, sold))
        elif deal.until - self.now < LATELY / 2:
            self.made.append(replace(deal, until=self.now + LATELY))

    def _at_most(self, sku: str, there: Mapping[str, int]) -> dict[str, int]:
        """What each channel that takes part may show by its rule; nothing where they do not all draw
        on the same units.
        """
        own = self._rules.get(sku, {})
        if any(each.allocation for each in own.values()):
            return {}
        found: dict[str, int] = {}
        for home in self._homes(sku):
            rule = rule_of(self.session, home, own)
            if set(rule.contributing(there)) != set(there):
                return {}
            if rule.deal_out:
                found[home] = rule.published(sum(there.values()), self.now).units
        return found

    def _homes(self, sku: str) -> list[str]:
        """The channels that have a number of it which is ours to write, be it of a bundle with it."""
        wanted = [sku, *catalogue.bundles_with(self.tx, [sku])]
        homes = {
            stock_home(self.session, row.channel)
            for row in offers.offers_of_skus(self.tx, wanted)
            if row.fulfilled_by is FulfilledBy.SELLER
        }
        known = self.session.channels
        return sorted(
            home
            for home in homes
            if home in known and known[home].owner(Field.STOCK) is Owner.MERCER
        )

    def _is_slow(self, channel: str) -> bool:
        connection = self.session.connections.get(channel)
        return connection is None or connection.declared.settle > _SLOW
