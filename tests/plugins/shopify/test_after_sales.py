from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLSchema

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.contract import CasePage
from mercer.core.shipping import Packed, Shipment
from mercer.plugins.aside import UNREADABLE
from mercer.plugins.shopify.after_sales_mapping import STATUSES, return_case
from mercer.plugins.shopify.simulator import after_sales

from .conftest import Rig, tee, usd

HOUR = timedelta(hours=1)


async def shipped(rig: Rig, *lines: tuple[str, int]) -> str:
    adapter = rig.adapter()
    id = rig.simulator.order(lines)
    order = await adapter.read_order(id)
    assert order is not None
    packed = tuple(Packed(line.line, line.quantity) for line in order.lines)
    await adapter.ship(Shipment(id, "ups", f"1Z{id}", packed, whole=True, key=id))
    return id


async def pages(rig: Rig, reach: timedelta = HOUR) -> list[CasePage]:
    now = rig.clock.now()
    return [page async for page in rig.adapter().read_after_sales(now - reach, now)]


async def cases(rig: Rig, reach: timedelta = HOUR) -> list[Case]:
    return [case for page in await pages(rig, reach) for case in page.cases]


async def test_a_return_is_read_from_its_request_to_its_refund(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = await shipped(rig, ("TEE-1", 2), ("TEE-2", 1))
    opened_at = rig.clock.now()
    name = rig.simulator.ask_back(id, [("TEE-1", 1)], CaseKind.RETURN)

    (asked,) = await cases(rig)
    assert (asked.case, asked.order, asked.kind) == (name, id, CaseKind.RETURN)
    assert (asked.status, asked.amount, asked.reason) == (CaseStatus.REQUESTED, None, "unwanted")
    assert [each.quantity for each in asked.lines] == [1]
    assert asked.opened_at == opened_at
    assert not asked.no_reason
    assert asked.deadline is None

    rig.clock.advance(3600)
    rig.simulator.settle_case(name, agreed=True)
    (done,) = await cases(rig)
    assert (done.status, done.amount) == (CaseStatus.DONE, usd("20"))
    assert done.updated_at > asked.updated_at


async def test_what_comes_back_is_not_on_the_shelf_by_itself(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = await shipped(rig, ("TEE-1", 2))
    case = rig.simulator.ask_back(id, [("TEE-1", 2)], CaseKind.RETURN)
    rig.simulator.settle_case(case, agreed=True)

    assert rig.shown("TEE-1").quantity == 3
    order = await rig.adapter().read_order(id)
    assert order is not None
    assert [(line.quantity, line.shipped) for line in order.lines] == [(2, 2)]


async def test_a_return_that_is_refused_is_read_though_the_order_shows_none(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = await shipped(rig, ("TEE-1", 2))
    case = rig.simulator.ask_back(id, [("TEE-1", 2)], CaseKind.RETURN)
    rig.simulator.settle_case(case, agreed=False)

    assert [each.status for each in await cases(rig)] == [CaseStatus.REFUSED]


async def test_an_exchange_is_told_from_a_return(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = await shipped(rig, ("TEE-1", 1))
    case = rig.simulator.ask_back(id, [("TEE-1", 1)], CaseKind.EXCHANGE)

    (opened,) = await cases(rig)
    assert (opened.kind, opened.status) == (CaseKind.EXCHANGE, CaseStatus.AGREED)
    rig.simulator.settle_case(case, agreed=False)
    (ended,) = await cases(rig)
    assert ended.status is CaseStatus.WITHDRAWN


async def test_money_back_is_a_case_of_its_own_that_is_done(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    unshipped = rig.simulator.order([("TEE-1", 3)])
    left = await shipped(rig, ("TEE-2", 2))
    shop = rig.simulator.shop
    for id in (unshipped, left):
        order = shop.state.orders[int(id)]
        after_sales.refund(shop, order, [(order.lines[0], 1)])

    found = {each.order: each for each in await cases(rig)}

    assert {id: case.kind for id, case in found.items()} == {
        unshipped: CaseKind.CANCELLATION,
        left: CaseKind.REFUND,
    }
    for case in found.values():
        assert (case.status, case.amount) == (CaseStatus.DONE, usd("20"))
        assert [each.quantity for each in case.lines] == [1]
    assert rig.shown("TEE-1").quantity == 3  # the one that had not shipped is back
    assert rig.shown("TEE-2").quantity == 3


def test_a_buyer_asks_for_nothing_that_shopify_has_no_request_for(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = rig.simulator.order([("TEE-1", 1)])

    for kind in CaseKind:
        with pytest.raises(ValueError, match=r"Shopify has no request|invalid quantity"):
            rig.simulator.ask_back(id, [("TEE-1", 1)], kind)


async def test_only_orders_that_changed_in_the_window_are_looked_at(rig: Rig) -> None:
    rig.simulator.seed([tee(quantity=50)])
    first = await shipped(rig, ("TEE-1", 1))
    case = rig.simulator.ask_back(first, [("TEE-1", 1)], CaseKind.RETURN)
    edge = rig.clock.now()
    rig.clock.advance(7200)
    await shipped(rig, ("TEE-1", 1))

    assert await cases(rig) == []
    adapter = rig.adapter()
    for since, until in ((edge, edge), (edge - HOUR, edge), (edge, edge + HOUR)):
        found = [page async for page in adapter.read_after_sales(since, until)]
        assert [each.case for page in found for each in page.cases] == [case]


async def test_all_pages_of_orders_returns_and_lines_are_read(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=30, quantity=400)])
    for _ in range(260):
        rig.simulator.order([("TEE-1", 1)])
    id = await shipped(rig, *((f"TEE-{number}", 20) for number in range(1, 31)))
    everything = [(f"TEE-{number}", 1) for number in range(1, 31)]
    asked = {rig.simulator.ask_back(id, everything, CaseKind.RETURN) for _ in range(12)}

    found = await cases(rig)

    assert {each.case for each in found} == asked
    assert {len(each.lines) for each in found} == {30}


async def test_a_return_that_cannot_be_read_is_set_aside_with_its_payload(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = await shipped(rig, ("TEE-1", 2))
    good = rig.simulator.ask_back(id, [("TEE-1", 1)], CaseKind.RETURN)
    odd = rig.simulator.ask_back(id, [("TEE-1", 1)], CaseKind.RETURN)

    (page,) = await _spoilt(rig)

    assert [each.case for each in page.cases] == [good]
    (aside,) = page.unreadable
    assert aside.id == odd
    assert "SOMETHING_NEW" in aside.reason
    assert '"status": "SOMETHING_NEW"' in aside.payload


async def _spoilt(rig: Rig) -> list[CasePage]:
    """As if the second return had a status that came after this version of Mercer."""
    adapter = rig.adapter()
    run = adapter._wire.run

    async def spoiling(*args: Any, **named: Any) -> Any:
        found = await run(*args, **named)
        if found and "returns" in found and len(found["returns"]["nodes"]) == 2:
            found["returns"]["nodes"][1]["status"] = "SOMETHING_NEW"
        return found

    adapter._wire.run = spoiling  # type: ignore[method-assign]
    now = rig.clock.now()
    return [page async for page in adapter.read_after_sales(now - HOUR, now)]


def test_a_line_that_shopify_has_not_tied_to_a_parcel_is_left_out() -> None:
    node = {
        "id": "gid://shopify/Return/7",
        "status": "REQUESTED",
        "createdAt": "2026-08-02T08:17:13Z",
        "exchangeLineItems": {"nodes": []},
        "refunds": {"nodes": []},
    }
    order = {"id": "gid://shopify/Order/1", "updatedAt": "2026-08-02T08:17:13Z"}
    row = {"quantity": 1, "returnReasonDefinition": None}

    case = return_case(node, [row], order)
    assert (case.lines, case.reason) == ((), "")
    with pytest.raises(UNREADABLE):
        return_case({**node, "status": "LOST"}, [row], order)


@pytest.mark.shared
def test_every_status_of_a_return_is_known(full_schema: GraphQLSchema) -> None:
    type = full_schema.type_map["ReturnStatus"]
    assert isinstance(type, GraphQLEnumType)
    assert set(STATUSES) == set(type.values)
