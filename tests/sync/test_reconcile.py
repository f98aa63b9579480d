"""Reconciliation reads the truth, says how every cell stands, and writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from mercer.core.cell import Field
from mercer.core.errors import Throttled
from mercer.core.merge import Owner
from mercer.core.order import OrderStatus
from mercer.core.policy import ASK, LOWEST, THEIRS
from mercer.core.standing import Standing
from mercer.store import freshness
from mercer.sync.reconcile import ORDERS, Report, Request, Row, reconcile
from mercer.sync.status import status_of
from tests.sync.conftest import Seller, yuan

pytestmark = pytest.mark.both_databases

SKU = "TEE-S"


async def report(seller: Seller, channel: str = "north", **request: object) -> Report:
    found, failed = await reconcile(seller.session, Request((channel,), **request))  # type: ignore[arg-type]
    assert not failed
    return found[channel]


def edit(seller: Seller, sku: str = SKU, channel: str = "north", **changes: object) -> None:
    page, offer = seller.shops[channel].find(sku)
    seller.shops[channel].change(page.listing, offer.offer, **changes)  # type: ignore[arg-type]
    seller.later()


def price_row(found: Report) -> Row:
    (row,) = [row for row in found.rows if row.field == "price"]
    return row


async def test_a_shop_that_shows_what_it_should_is_in_sync(seller: Seller) -> None:
    await seller.agree("tee", SKU)
    found = await report(seller, full=True)
    assert found.in_sync
    assert found.rows == []
    assert found.whole
    assert {name: dict(each) for name, each in found.counts.items() if name != ORDERS} == {
        name: {Standing.IN_SYNC: 1}
        for name in ("price", "compare_at", "stock", "status", "title", "description")
    }


class TestWhatMoved:
    async def test_ours_theirs_and_both_are_told_apart_and_nothing_is_written(
        self, seller: Seller
    ) -> None:
        seller.rule("north", policies={Field.PRICE: ASK})
        await seller.agree("tee", "A", "B", "C")
        edit(seller, "A", price=yuan("12.00"))
        edit(seller, "B", price=yuan("12.00"))
        seller.set_price("B", "9.00")
        seller.set_price("C", "9.00")
        found = await report(seller, full=True)
        stands = {row.sku: row.standing for row in found.rows}
        assert stands == {
            "A": Standing.THEIRS_MOVED, "B": Standing.BOTH_MOVED, "C": Standing.OURS_MOVED,
        }  # fmt: skip
        assert found.open == 3
        prices = [seller.price("north", sku) for sku in "ABC"]
        assert prices == ["12.00 CNY", "12.00 CNY", "10.00 CNY"]

    async def test_what_a_policy_kept_in_this_very_reading_is_told_with_its_sides(
        self, seller: Seller
    ) -> None:
        seller.rule("north", policies={Field.PRICE: LOWEST})
        await seller.agree("tee", SKU)
        edit(seller, price=yuan("8.00"))
        seller.set_price(SKU, "9.00")
        found = await report(seller, full=True)
        row = price_row(found)
        assert row.standing is Standing.BOTH_MOVED
        assert (row.agreed, row.ours, row.theirs) == ("10.00 CNY", "9.00 CNY", "8.00 CNY")
        assert row.settled == "theirs, by policy lowest: kept as the channel's own"
        assert found.in_sync
        assert found.counts["price"] == Counter({Standing.BOTH_MOVED: 1, Standing.IN_SYNC: 0})

    async def test_what_was_settled_before_is_told_once(self, seller: Seller) -> None:
        seller.rule("north", policies={Field.PRICE: THEIRS})
        await seller.agree("tee", SKU)
        await report(seller)
        edit(seller, price=yuan("8.00"))
        await seller.sync()
        seller.later()
        assert price_row(await report(seller)).settled
        seller.later()
        again = await report(seller)
        assert again.rows == []
        assert again.counts["price"] == Counter({Standing.IN_SYNC: 1})

    async def test_a_title_that_differs_in_its_blanks_is_normalisation_only(
        self, seller: Seller
    ) -> None:
        await seller.agree("tee", SKU)
        seller.shops["north"].rewrite("tee", title="Title  of tee")
        seller.later()
        found = await report(seller, full=True)
        (row,) = found.rows
        assert (row.field, row.standing) == ("title", Standing.FORM)
        assert (row.ours, row.theirs) == ("Title of tee", "Title  of tee")
        assert found.in_sync

    async def test_a_field_of_the_channels_own_is_in_sync_whatever_it_shows(
        self, seller: Seller
    ) -> None:
        seller.rule("north", owners={Field.PRICE: Owner.CHANNEL})
        await seller.agree("tee", SKU)
        edit(seller, price=yuan("99.00"))
        assert (await report(seller, full=True)).in_sync

    async def test_another_currency_at_the_shop_is_theirs(self, seller: Seller) -> None:
        seller.rule("north", policies={Field.PRICE: LOWEST})
        await seller.agree("tee", SKU)
        foreign = replace(yuan("10.00"), currency="USD")
        edit(seller, price=foreign)
        row = price_row(await report(seller, full=True))
        assert (row.standing, row.state) == (Standing.THEIRS_MOVED, "drift")


class TestWhatIsOnOneSideOnly:
    async def test_a_page_that_is_gone_and_a_product_without_a_page_are_missing_there(
        self, seller: Seller
    ) -> None:
        await seller.agree("tee", SKU)
        del seller.shops["north"].listings["tee"]
        seller.own("mug", "MUG")
        seller.later()
        found = await report(seller, full=True)
        assert found.counts["price"] == Counter({Standing.MISSING: 1})
        missing = {(row.sku, row.field) for row in found.rows if row.standing is Standing.MISSING}
        assert missing >= {(SKU, "price"), ("mug", "listing"), ("tee", "listing")}

    async def test_an_offer_that_is_no_sku_of_ours_is_unknown_there(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        seller.show("north", "hat", "HAT")
        seller.later()
        found = await report(seller, full=True)
        assert found.counts["price"][Standing.UNKNOWN] == 1
        assert {row.key.listing for row in found.rows if row.key} == {"hat"}

    async def test_a_price_that_is_not_known_here_is_no_difference_but_not_in_sync(
        self, seller: Seller
    ) -> None:
        await seller.agree("tee", SKU)
        seller.rule("north", currency="USD")
        found = await report(seller, full=True)
        assert price_row(found).standing is Standing.NOT_KNOWN
        assert not found.in_sync


class TestStock:
    async def test_sales_explain_a_number_and_another_hand_is_reported(
        self, seller: Seller
    ) -> None:
        await seller.agree("tee", "A", "B")
        seller.sell("north", "A", 2)
        edit(seller, "B", quantity=7)
        found = await report(seller, full=True, fields=(Field.STOCK,))
        (row,) = found.rows
        assert (row.sku, row.standing, row.unexplained) == ("B", Standing.THEIRS_MOVED, -3)
        (finding,) = found.findings
        assert (finding.sku, finding.expected, finding.observed) == ("B", 10, 7)

    async def test_a_hand_that_was_put_right_is_still_among_the_findings(
        self, seller: Seller
    ) -> None:
        await seller.agree("tee", SKU)
        await report(seller)
        edit(seller, quantity=7)
        await seller.sync()
        seller.later()
        found = await report(seller)
        assert found.in_sync
        assert [each.observed for each in found.findings] == [7]
        seller.later()
        assert (await report(seller)).findings == []


class TestHowMuchIsRead:
    async def test_a_shop_that_was_never_read_whole_is_read_whole(self, seller: Seller) -> None:
        seller.own("tee", SKU)
        seller.show("north", "tee", SKU)
        found = await report(seller)
        assert found.whole
        assert found.enumerated_at is not None

    async def test_what_was_read_longest_ago_comes_first_and_all_within_a_week(
        self, seller: Seller
    ) -> None:
        for number in range(20):
            seller.own(f"p{number}", f"S{number}")
            seller.show("north", f"p{number}", f"S{number}")
        await seller.pull()
        read = []
        for _ in range(7):
            seller.later(86_401)
            found = await report(seller)
            read.append(found.read)
            assert not found.whole
        assert read == [3, 3, 3, 3, 3, 3, 3]
        with seller.database.read() as tx:
            (price,) = [
                each for each in freshness.of_channel(tx, "north") if each.field is Field.PRICE
            ]
        assert seller.clock.now() - price.oldest <= timedelta(days=7)

    async def test_what_was_read_within_a_day_counts_for_the_share(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        seller.later()
        found = await report(seller, share=100)
        assert (found.read, found.due) == (0, 0)

    async def test_a_quota_that_is_used_up_ends_the_reading_and_not_the_report(
        self, seller: Seller
    ) -> None:
        for number in range(60):
            seller.own(f"p{number}", f"S{number}")
            seller.show("north", f"p{number}", f"S{number}")
        await seller.pull()
        seller.later(86_401)
        calls = iter(range(10))

        def throttle(call: str) -> None:
            if call == "read_back" and next(calls) == 1:
                raise Throttled("used up", delay=60.0, operation="look")

        seller.at("north").before_each = throttle
        found = await report(seller, share=100)
        assert (found.read, found.due, found.held_by) == (50, 60, "look")
        assert found.counts["price"][Standing.IN_SYNC] == 60

    async def test_only_some_fields_and_rows_are_told_when_only_some_are_asked_for(
        self, seller: Seller
    ) -> None:
        await seller.agree("tee", "A", "B")
        for sku in "AB":
            edit(seller, sku, price=yuan("12.00"), quantity=3)
        found = await report(seller, fields=(Field.PRICE,), orders=False, full=True, most=1)
        assert set(found.counts) == {"price"}
        assert (len(found.rows), found.open) == (1, 2)
        assert set((await report(seller, fields=())).counts) == {ORDERS}


class TestOrders:
    async def test_an_order_that_was_taken_in_as_it_is_is_in_sync(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        seller.sell("north", SKU)
        seller.later()
        found = await report(seller)
        assert found.counts[ORDERS] == Counter({Standing.IN_SYNC: 1})

    async def test_what_a_pull_lost_is_found_and_taken_in(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        order = seller.sell("north", SKU)
        seller.later()
        hidden = seller.shops["north"].orders.pop(order.order)
        await seller.pull()
        seller.shops["north"].orders[order.order] = hidden
        seller.later(600)
        found = await report(seller)
        (row,) = [row for row in found.rows if row.field == ORDERS]
        assert (row.sku, row.standing) == (order.number, Standing.UNKNOWN)
        assert seller.balance(SKU).reserved == 1  # type: ignore[union-attr]
        seller.later()
        assert (await report(seller)).counts[ORDERS] == Counter({Standing.IN_SYNC: 1})

    async def test_a_status_and_a_line_that_differ_are_named(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        order = seller.sell("north", SKU, 2)
        seller.later()
        await seller.pull()
        seller.later(600)
        line = replace(order.lines[0], quantity=1)
        changed = replace(order, status=OrderStatus.HELD, lines=(line,))
        seller.shops["north"].orders[order.order] = changed
        (row,) = [row for row in (await report(seller)).rows if row.field == ORDERS]
        assert row.standing is Standing.THEIRS_MOVED
        assert (row.ours, row.theirs) == (
            "status paid; line 1 quantity 2", "status held; line 1 quantity 1",
        )  # fmt: skip

    async def test_an_order_that_the_platform_has_no_more_is_missing_there(
        self, seller: Seller
    ) -> None:
        await seller.agree("tee", SKU)
        order = seller.sell("north", SKU)
        seller.later()
        await seller.pull()
        seller.later()
        del seller.shops["north"].orders[order.order]
        (row,) = [row for row in (await report(seller)).rows if row.field == ORDERS]
        assert (row.sku, row.standing) == (order.number, Standing.MISSING)

    @pytest.mark.parametrize(("full", "known"), [(False, 0), (True, 1)])
    async def test_older_orders_are_read_again_where_everything_is_asked_for(
        self, seller: Seller, full: bool, known: int
    ) -> None:
        await seller.agree("tee", SKU)
        seller.sell("north", SKU)
        seller.later()
        await seller.pull()
        seller.later(10 * 86_400)
        assert (await report(seller, full=full)).counts[ORDERS][Standing.IN_SYNC] == known


class TestFreshness:
    async def test_status_tells_how_old_the_truth_of_each_field_is(self, seller: Seller) -> None:
        for number in range(40):
            seller.own(f"p{number}", f"S{number}")
            seller.show("north", f"p{number}", f"S{number}")
        await seller.pull()
        first = seller.clock.now()
        seller.later(86_401)
        await report(seller, share=96)
        second = seller.clock.now()
        north = next(each for each in status_of(seller.session) if each.channel == "north")
        (price,) = [each for each in north.confirmed if each.field is Field.PRICE]
        assert (price.cells, price.oldest, price.most) == (40, first, second)
        assert (north.enumerated_at, north.reconciled_at) == (first, second)

    async def test_what_is_gone_or_not_ours_does_not_age(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        seller.show("north", "hat", "HAT")
        await seller.pull()
        del seller.shops["north"].listings["tee"]
        seller.later()
        await seller.pull()
        with seller.database.read() as tx:
            assert freshness.of_channel(tx, "north") == []
