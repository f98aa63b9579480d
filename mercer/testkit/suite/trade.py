"""What a buyer does on the bench, and what the adapter then reads of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from mercer.core.after_sales import Case
from mercer.core.contract import OrderReads
from mercer.core.order import Order
from mercer.core.outcome import Result
from mercer.core.shipping import Packed, Shipment
from mercer.plugins.simulation import Buyer, OrderTruth
from mercer.testkit.bench import Bench

RECENT: Final = timedelta(minutes=29)
TAKEN: Final = (Result.ACCEPTED, Result.CONFIRMED)


def sell(
    bench: Bench, code: str | None, units: int = 1, *, paid: bool = True, buyer: Buyer | None = None
) -> str:
    bench.world.clock.advance(1)
    return bench.simulator.order([(code or "", units)], paid=paid, buyer=buyer)


async def recent_orders(bench: Bench) -> dict[str, Order]:
    """Everything of the last half hour, once the platform surely lists it."""
    since, until = await _listed(bench, bench.adapter.declared.orders)
    return await orders_in(bench, since, until)


async def orders_in(bench: Bench, since: datetime, until: datetime) -> dict[str, Order]:
    orders: dict[str, Order] = {}
    async for page in bench.adapter.read_orders(since, until):
        assert page.unreadable == ()
        orders |= {order.order: order for order in page.orders}
    return orders


async def recent_cases(bench: Bench) -> dict[str, Case]:
    since, until = await _listed(bench, bench.adapter.declared.after_sales)
    return await cases_in(bench, since, until)


async def cases_in(bench: Bench, since: datetime, until: datetime) -> dict[str, Case]:
    cases: dict[str, Case] = {}
    async for page in bench.adapter.read_after_sales(since, until):
        assert page.unreadable == ()
        cases |= {case.case: case for case in page.cases}
    return cases


async def _listed(bench: Bench, reads: OrderReads) -> tuple[datetime, datetime]:
    until = bench.world.clock.now()
    await bench.world.clock.sleep(reads.lag.total_seconds())
    return until - RECENT, until


def truth(bench: Bench, order: str) -> OrderTruth:
    """The order as the shop itself has it."""
    return next(each for each in bench.simulator.orders() if each.order == order)


def parcel(order: Order, carrier: str, lines: Sequence[str] = ()) -> Shipment:
    """All that is left of the order, or of these lines of it, under a number of its own."""
    left = sum(line.quantity - line.shipped for line in order.lines)
    digits = "".join(filter(str.isdecimal, order.order))[-11:]
    tracking = f"SF{left}{digits:0>11}"
    packed = tuple(
        Packed(line.line, line.quantity - line.shipped)
        for line in order.lines
        if line.quantity > line.shipped and (not lines or line.line in lines)
    )
    return Shipment(
        order=order.order,
        carrier=carrier,
        tracking=tracking,
        lines=packed,
        whole=left == sum(each.quantity for each in packed),
        key=f"{order.order}-{tracking}",
        seal=order.customer.seal if order.customer else None,
    )


def stranger(id: str) -> str:
    """An id of the same shape that nothing has."""
    return "".join(str(9 - int(each)) if each.isdecimal() else each for each in id)
