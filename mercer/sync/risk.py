"""Hold new orders that a check would have a person look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from mercer.core.audit import Kind, Line
from mercer.core.money import Money
from mercer.core.order import Order, OrderStatus
from mercer.core.risk import OrderFacts
from mercer.store import holds, order_search
from mercer.store.database import Transaction
from mercer.sync import audit
from mercer.sync.order_lines import Known
from mercer.sync.pricing import books_of, pricing_of
from mercer.sync.session import Session

_HOUR = timedelta(hours=1)
_MONTH = timedelta(days=30)
_ENOUGH = 10
"""So many orders of a SKU tell what is usual."""

_WAITING = frozenset({OrderStatus.AWAITING_PAYMENT, OrderStatus.PAID, OrderStatus.HELD})


def check_orders(
    tx: Transaction, session: Session, channel: str, fresh: Iterable[Order], known: Known
) -> None:
    """Run every check on orders that are new and have not shipped. They reserve stock all the same.

    One that was split off is let pass by what a person released its parent from.
    """
    waiting = [order for order in fresh if order.status in _WAITING]
    checks = session.checks() if waiting else ()
    if not checks:
        return
    facts = _Facts.of(tx, session, channel, waiting, known)
    roots = {order.root for order in waiting if order.root not in ("", order.order)}
    passed = holds.released(tx, channel, roots)
    for order in waiting:
        told = facts.about(order)
        for check in checks:
            reason = check.reason_to_hold(told)
            if reason is not None and (order.root, check.name) not in passed:
                holds.place(tx, channel, order.order, check.name, reason, session.clock.now())
                held = Line(
                    Kind.ORDER_HELD, channel, order=order.order, after=check.name, reason=reason
                )
                audit.note(tx, session, held)


def overtake_holds(tx: Transaction, session: Session, channel: str, seen: Iterable[Order]) -> None:
    """What has shipped or was cancelled at the platform needs nobody's decision any more."""
    over = [order.order for order in seen if order.status not in _WAITING]
    holds.overtake(tx, channel, over, session.clock.now())


@dataclass(frozen=True, slots=True)
class _Facts:
    """What checks are told beside some orders, looked up at once. `skus`: order -> line -> SKU."""

    tx: Transaction
    skus: Mapping[str, Mapping[str, str]]
    by_buyer: Mapping[str, int]
    by_address: Mapping[str, int]
    listed: Mapping[str, Money]

    @classmethod
    def of(
        cls, tx: Transaction, session: Session, channel: str, fresh: Sequence[Order], known: Known
    ) -> _Facts:
        ids = [order.order for order in fresh]
        skus = {order.order: known.skus_of(order) for order in fresh}
        named = {sku for each in skus.values() for sku in each.values()}
        return cls(
            tx,
            skus,
            order_search.of_same_buyer(tx, channel, ids, _HOUR),
            order_search.to_same_address(tx, channel, ids, _HOUR),
            _listed(tx, session, channel, named),
        )

    def about(self, order: Order) -> OrderFacts:
        skus = self.skus[order.order]
        return OrderFacts(
            order,
            skus,
            self.by_buyer.get(order.order, 0),
            self.by_address.get(order.order, 0),
            _Usual(self.tx, set(skus.values()), order.created_at),
            {sku: self.listed[sku] for sku in skus.values() if sku in self.listed},
        )


class _Usual(Mapping[str, int]):
    """Looked up when it is asked for: few orders are large enough for it to matter."""

    def __init__(self, tx: Transaction, skus: Collection[str], until: datetime) -> None:
        self._tx = tx
        self._skus = skus
        self._until = until

    def __getitem__(self, sku: str) -> int:
        if sku not in self._skus:
            raise KeyError(sku)
        sold = order_search.units_sold(self._tx, sku, self._until - _MONTH, self._until)
        if len(sold) < _ENOUGH:
            raise KeyError(sku)
        return median_low(sold)

    def __iter__(self) -> Iterator[str]:
        return (sku for sku in self._skus if sku in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _listed(tx: Transaction, session: Session, channel: str, skus: set[str]) -> dict[str, Money]:
    pricing = pricing_of(tx, session, session.channels[channel])
    derived = {sku: pricing.derive(book) for sku, book in books_of(tx, pricing, skus).items()}
    return {sku: each.price for sku, each in derived.items() if each.price is not None}
