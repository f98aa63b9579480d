"""Units held on a notification alone: they count at once, and end with the order or by themselves."""

from __future__ import annotations

from datetime import timedelta

from mercer.core.cell import Field
from mercer.core.contract import OrderPage
from mercer.core.product import Product, Sku
from mercer.core.stock import Balance
from mercer.store import tables
from mercer.sync.catalogue import save_products
from mercer.sync.intake import take_in_orders
from mercer.sync.provisional import Said, expire, place
from tests.sync.conftest import Seller


def hold(seller: Seller, order: str, *units: tuple[str, int]) -> None:
    said = [Said(order, dict(units))]
    with seller.database.write() as tx:
        until = seller.clock.now() + timedelta(minutes=30)
        place(tx, seller.session, "north", said, until)


def shown(seller: Seller, channel: str = "south", sku: str = "TEE-S") -> str | None:
    return seller.cell(channel, sku, Field.STOCK).desired


async def test_what_is_held_is_reserved_at_once_and_once(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    hold(seller, "O1", ("TEE-S", 3))
    hold(seller, "O1", ("TEE-S", 3))
    assert seller.balance("TEE-S") == Balance(10, 3)
    assert shown(seller) == "7"
    assert len(seller.rows(tables.movements)) == 1, "the ledger itself has only the opening"


async def test_the_order_itself_takes_over(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    order = seller.sell("north", "TEE-S", 2)
    hold(seller, order.order, ("TEE-S", 3))
    take_in_orders(seller.session, "north", OrderPage((order,)))
    assert seller.balance("TEE-S") == Balance(10, 2)
    assert shown(seller) == "8"
    hold(seller, order.order, ("TEE-S", 3))
    assert seller.balance("TEE-S") == Balance(10, 2), "the order is known"
    (row,) = seller.rows(tables.provisional)
    assert row["ended"] == "confirmed"


async def test_without_its_order_a_hold_ends_by_itself(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    hold(seller, "O1", ("TEE-S", 3))
    seller.later(1799)
    seller.plan()
    assert shown(seller) == "7"
    seller.later(1)
    with seller.database.write() as tx:
        assert expire(tx, seller.session, seller.clock.now()) == {"TEE-S"}
        assert expire(tx, seller.session, seller.clock.now()) == set()
    assert (seller.balance("TEE-S"), shown(seller)) == (Balance(10, 0), "10")
    hold(seller, "O1", ("TEE-S", 3))
    assert seller.balance("TEE-S") == Balance(10, 0), "it was held for before"


async def test_a_bundle_is_held_as_its_parts_and_what_was_never_counted_is_not(
    seller: Seller,
) -> None:
    await seller.agree("cup", "CUP", quantity=9)
    parts = (("CUP", 2), ("LID", 1))
    lid = Product("lid", "Lid", skus=(Sku("LID"),))
    save_products(seller.session, [lid, Product("set", "Set", skus=(Sku("SET", parts=parts),))])
    hold(seller, "O1", ("SET", 2), ("CUP", 1))
    assert (seller.balance("CUP"), seller.balance("LID")) == (Balance(9, 5), None)
