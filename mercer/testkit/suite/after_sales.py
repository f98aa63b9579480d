"""After-sales: what buyers ask for is read with what it is about, and so is how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.after_sales import OPEN, Case, CaseKind, CaseStatus
from mercer.core.contract import ReadsAfterSales, ReadsOrders, Ships
from mercer.core.order import Order
from mercer.core.shipping import Packed
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract, skip
from mercer.testkit.suite.trade import TAKEN, cases_in, parcel, recent_cases, recent_orders, sell


class AfterSalesContract(Contract):
    @pytest.mark.parametrize("shipped", [False, True], ids=["before-shipping", "after-shipping"])
    @pytest.mark.parametrize("kind", list(CaseKind), ids=lambda each: each.value)
    def test_a_case_is_read_with_its_order_lines_and_kind(
        self, bench: Bench, kind: CaseKind, shipped: bool
    ) -> None:
        async def opened(_: object, bench: Bench) -> None:
            case, order = await self._opened(bench, kind, shipped=shipped)
            assert (case.order, case.kind) == (order.order, kind)
            assert case.status in OPEN
            assert case.opened_at <= case.updated_at <= bench.world.clock.now()
            # Where the platform tells no lines, it is about the whole order.
            assert case.lines in ((), (Packed(order.lines[0].line, _units(kind)),))
            assert case.amount is None or case.amount.currency == bench.channel.currency

        on_bench(opened)(None, bench)

    @pytest.mark.parametrize("agreed", [True, False], ids=["agreed", "refused"])
    def test_the_end_of_a_case_is_read_with_a_newer_version(
        self, bench: Bench, agreed: bool
    ) -> None:
        async def ended(_: object, bench: Bench) -> None:
            before = await self._any(bench)
            bench.world.clock.advance(60)
            bench.simulator.settle_case(before.case, agreed=agreed)
            after = (await recent_cases(bench))[before.case]
            assert (after.status is CaseStatus.DONE) == agreed
            assert after.status not in OPEN
            assert after.updated_at > before.updated_at
            assert (after.order, after.kind) == (before.order, before.kind)

        on_bench(ended)(None, bench)

    @on_bench
    async def test_both_ends_of_a_window_of_cases_are_inside_it(self, bench: Bench) -> None:
        case = await self._any(bench)
        minute = timedelta(minutes=1)
        for since, until in (
            (case.updated_at, case.updated_at + minute),
            (case.updated_at - minute, case.updated_at),
        ):
            assert case.case in await cases_in(bench, since, until)

    async def _opened(self, bench: Bench, kind: CaseKind, *, shipped: bool) -> tuple[Case, Order]:
        self.needs(bench, ReadsAfterSales, ReadsOrders)
        _, offer = await bench.first()
        id = sell(bench, offer.merchant_code, 2)
        order = (await recent_orders(bench))[id]
        if shipped:
            self.needs(bench, Ships)
            assert (await bench.adapter.ship(parcel(order, self.carrier))).result in TAKEN
        bench.world.clock.advance(60)
        try:
            case = bench.simulator.ask_back(id, [(offer.merchant_code or "", _units(kind))], kind)
        except ValueError as error:
            skip(bench, f"{kind.value} here: {error}")
        return (await recent_cases(bench))[case], order

    async def _any(self, bench: Bench) -> Case:
        """A case of the first kind that the platform has."""
        self.needs(bench, ReadsAfterSales, ReadsOrders)
        for shipped in (False, True):
            for kind in CaseKind:
                try:
                    case, _ = await self._opened(bench, kind, shipped=shipped)
                except pytest.skip.Exception:
                    continue
                return case
        raise AssertionError("the platform reads cases and its simulator opens none")


def _units(kind: CaseKind) -> int:
    """Of the two that were bought: an order is cancelled whole, where one can be."""
    return 2 if kind is CaseKind.CANCELLATION else 1
