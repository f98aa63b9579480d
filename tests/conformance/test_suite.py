"""The suite is worth something: it notices an adapter that lies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from mercer.core.after_sales import CaseKind
from mercer.core.contract import ItemOutcome, OrderPage, Unreadable
from mercer.core.customer import Customer
from mercer.core.errors import Transient
from mercer.core.order import Order
from mercer.core.outcome import Result
from mercer.plugins import registry
from mercer.testkit.bench import Bench
from mercer.testkit.suite import Conformance

SUITE = Conformance()
UNNOTICED = (AssertionError, KeyError, pytest.fail.Exception)


@pytest.fixture
def shopify() -> Bench:
    return Bench.of(registry.load("shopify"), "USD", 12)


@pytest.fixture
def taobao() -> Bench:
    return Bench.of(registry.load("taobao"), "CNY", 12)


def noticed(test: Callable[[Bench], None], bench: Bench) -> None:
    with pytest.raises(UNNOTICED):
        test(bench)


def retelling(bench: Bench, told: Callable[[Order], Order]) -> Any:
    """`read_orders` that changes what it says of every order."""
    honest = bench.adapter.read_orders

    async def read_orders(since: Any, until: Any) -> AsyncIterator[OrderPage]:
        async for page in honest(since, until):
            yield replace(page, orders=tuple(told(each) for each in page.orders))

    return read_orders


def test_a_parcel_that_is_taken_and_never_told_is_noticed(
    taobao: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ship(shipment: Any) -> ItemOutcome:
        return ItemOutcome(shipment.order, "", Result.ACCEPTED)

    monkeypatch.setattr(taobao.adapter, "ship", ship)
    noticed(SUITE.test_a_shipped_order_reads_as_shipped_with_its_tracking, taobao)


def test_a_doubt_that_is_kept_quiet_is_noticed(
    taobao: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = taobao.adapter.ship

    async def ship(shipment: Any) -> ItemOutcome:
        try:
            outcome: ItemOutcome = await honest(shipment)
        except Transient as error:
            raise Transient(error.message, in_doubt=False) from error
        return outcome

    monkeypatch.setattr(taobao.adapter, "ship", ship)
    noticed(SUITE.test_a_parcel_that_may_have_been_told_is_in_doubt_and_not_told_twice, taobao)


def test_a_cancellation_that_only_says_yes_is_noticed(
    shopify: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cancel_order(order: str, reason: str) -> ItemOutcome:
        return ItemOutcome(order, "", Result.ACCEPTED, words=reason)

    monkeypatch.setattr(shopify.adapter, "cancel_order", cancel_order)
    noticed(SUITE.test_a_cancelled_order_reads_as_cancelled_and_a_refusal_changes_nothing, shopify)


def test_a_case_of_another_order_is_noticed(taobao: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = taobao.adapter.read_after_sales

    async def read_after_sales(since: Any, until: Any) -> AsyncIterator[Any]:
        async for page in honest(since, until):
            yield replace(page, cases=tuple(replace(each, order="1") for each in page.cases))

    monkeypatch.setattr(taobao.adapter, "read_after_sales", read_after_sales)
    with pytest.raises(UNNOTICED):
        SUITE.test_a_case_is_read_with_its_order_lines_and_kind(taobao, CaseKind.REFUND, True)


def test_a_signature_that_nobody_looks_at_is_noticed(
    shopify: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shopify.adapter, "verify", lambda headers, body: [])
    noticed(SUITE.test_a_notice_that_was_changed_in_one_byte_is_refused, shopify)
    noticed(SUITE.test_a_notice_that_nobody_signed_is_refused, shopify)
    noticed(SUITE.test_a_signed_notice_names_the_order_that_it_is_about, shopify)


def test_a_message_that_is_never_acknowledged_is_noticed(
    taobao: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def acknowledge(receipts: Any) -> None:
        del receipts

    monkeypatch.setattr(taobao.adapter, "acknowledge", acknowledge)
    noticed(SUITE.test_a_message_comes_again_until_it_is_acknowledged, taobao)


def test_buyers_who_all_have_one_key_are_noticed(
    taobao: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = Customer(key="everyone")
    read = retelling(taobao, lambda order: replace(order, customer=everyone))
    monkeypatch.setattr(taobao.adapter, "read_orders", read)
    noticed(SUITE.test_a_buyer_has_the_same_key_in_every_order_and_another_buyer_another, taobao)


def test_a_name_that_is_none_of_the_buyers_is_noticed(
    shopify: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = Customer(key="1", name="Somebody Else")
    read = retelling(shopify, lambda order: replace(order, customer=somebody))
    monkeypatch.setattr(shopify.adapter, "read_orders", read)
    noticed(SUITE.test_what_is_told_of_a_buyer_is_true_or_masked, shopify)


def test_a_reason_that_tells_the_buyers_name_is_noticed(
    shopify: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Bench.reconnected

    def reconnected(bench: Bench, *args: Any) -> Any:
        adapter: Any = honest(bench, *args)
        adapter.read_orders = talkative(adapter.read_orders)
        return adapter

    monkeypatch.setattr(Bench, "reconnected", reconnected)
    with pytest.raises(AssertionError):
        SUITE.test_whatever_is_wrong_with_an_order_is_told_without_a_word_of_its_buyer(
            shopify, None
        )


def talkative(honest: Any) -> Any:
    async def read_orders(since: Any, until: Any) -> AsyncIterator[OrderPage]:
        async for page in honest(since, until):
            people = [each.customer.name for each in page.orders if each.customer]
            yield OrderPage((), tuple(Unreadable("1", f"{name} is at fault") for name in people))

    return read_orders
