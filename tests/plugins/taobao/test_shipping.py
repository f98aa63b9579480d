from __future__ import annotations

import pytest

from mercer.core.after_sales import CaseKind
from mercer.core.carrier import Carrier
from mercer.core.contract import ItemOutcome, Ships
from mercer.core.errors import AuthExpired, Rejected, Transient
from mercer.core.order import OrderStatus
from mercer.core.outcome import Result
from mercer.core.shipping import Packed, Shipment
from mercer.plugins.simulation import FaultKind
from mercer.plugins.taobao.carriers import CARRIERS
from mercer.plugins.taobao.errors import error_of
from mercer.plugins.taobao.simulator import app
from mercer.plugins.taobao.simulator.protocol import Api
from mercer.plugins.taobao.simulator.shipping import _COMPANIES

from .bench import Bench, mug, tee


def sold(bench: Bench, *, paid: bool = True) -> str:
    """Two tees and a mug."""
    bench.stock_with(tee(S=("99.00", 5)), mug())
    return bench.simulator.order([("示例T恤-S", 2), ("杯子-code", 1)], paid=paid)


async def parcel(
    bench: Bench, tid: str, *codes: str, tracking: str = "SF0001", carrier: str = "sf"
) -> Shipment:
    """Of these merchant codes, or of every line that is left."""
    lines = [line for line in (await bench.order(tid)).lines if line.quantity]
    packed = [line for line in lines if not codes or line.merchant_code in codes]
    return Shipment(
        order=tid,
        carrier=carrier,
        tracking=tracking,
        lines=tuple(Packed(line.line, line.quantity) for line in packed),
        whole=all(line in packed or line.shipped for line in lines),
        key="1",
    )


async def shipped(bench: Bench, tid: str, *codes: str, tracking: str = "SF0001") -> ItemOutcome:
    return await bench.adapter.ship(await parcel(bench, tid, *codes, tracking=tracking))


def told(bench: Bench) -> tuple[str, ...]:
    """Numbers that the shop was told of."""
    return tuple(number for order in bench.simulator.orders() for number in order.parcels)


async def test_a_whole_order_ships_in_one_parcel(either: Bench) -> None:
    tid = sold(either)
    assert isinstance(either.adapter, Ships)
    outcome = await shipped(either, tid)
    assert outcome == ItemOutcome(tid, "", Result.ACCEPTED, request_id=outcome.request_id)
    assert outcome.request_id
    order = await either.order(tid)
    assert order.status is OrderStatus.SHIPPED
    assert [line.shipped for line in order.lines] == [2, 1]
    (left,) = order.parcels
    assert (left.tracking, left.carrier) == ("SF0001", "顺丰速运")
    assert left.lines == tuple(Packed(line.line, line.quantity) for line in order.lines)
    assert told(either) == ("SF0001",)


async def test_a_parcel_told_twice_is_told_once(taobao: Bench) -> None:
    tid = sold(taobao)
    shipment = await parcel(taobao, tid)
    await taobao.adapter.ship(shipment)
    again = await taobao.adapter.ship(shipment)
    assert again.result is Result.STALE
    assert again.code == "WAIT_BUYER_CONFIRM_GOODS"
    assert "shipped already" in again.words
    assert told(taobao) == ("SF0001",)


async def test_what_ships_by_another_hand_between_look_and_call_is_stale_in_taobaos_words(
    taobao: Bench,
) -> None:
    tid = sold(taobao)
    shipment = await parcel(taobao, tid)

    def meanwhile(params: dict[str, str]) -> None:
        if params["method"] == "taobao.logistics.offline.send":
            for line in taobao.simulator.trade(tid).lines:
                line.status = "WAIT_BUYER_CONFIRM_GOODS"
            taobao.simulator.trade(tid).status = "WAIT_BUYER_CONFIRM_GOODS"

    taobao.wire.before = meanwhile
    outcome = await taobao.adapter.ship(shipment)
    assert outcome.result is Result.STALE
    assert outcome.code == "isv.logistics-offline-service-error:B04"
    assert "不能重复发货" in outcome.words


async def test_an_order_leaves_in_two_parcels(taobao: Bench) -> None:
    tid = sold(taobao)
    assert taobao.adapter.declared.partial_shipments
    assert (await shipped(taobao, tid, "杯子-code")).result is Result.ACCEPTED
    order = await taobao.order(tid)
    assert order.status is OrderStatus.PARTLY_SHIPPED
    assert [line.shipped for line in order.lines] == [0, 1]
    assert (await shipped(taobao, tid, "示例T恤-S", tracking="SF0002")).result is Result.ACCEPTED
    order = await taobao.order(tid)
    assert order.status is OrderStatus.SHIPPED
    assert [each.tracking for each in order.parcels] == ["SF0002", "SF0001"]
    assert told(taobao) == ("SF0001", "SF0002")


async def test_half_a_parcel_told_before_is_stale_and_nothing_is_sent(taobao: Bench) -> None:
    tid = sold(taobao)
    everything = await parcel(taobao, tid)
    await shipped(taobao, tid, "杯子-code")
    assert (await taobao.adapter.ship(everything)).result is Result.STALE
    assert told(taobao) == ("SF0001",)


async def test_a_sub_order_is_not_cut_in_two(taobao: Bench) -> None:
    tid = sold(taobao)
    line = (await taobao.order(tid)).lines[0]
    half = Shipment(tid, "sf", "SF0001", (Packed(line.line, 1),), False, "1")
    outcome = await taobao.adapter.ship(half)
    assert outcome.result is Result.REJECTED
    assert "2 units" in outcome.words
    assert told(taobao) == ()


async def test_the_rest_of_an_order_ships_when_a_line_was_cancelled(taobao: Bench) -> None:
    tid = sold(taobao)
    trade = taobao.simulator.trade(tid)
    mug_line = trade.lines[1]
    mug_line.status = "TRADE_CLOSED"
    outcome = await shipped(taobao, tid, "示例T恤-S")
    assert outcome.result is Result.ACCEPTED
    assert not trade.split
    assert (await taobao.order(tid)).status is OrderStatus.SHIPPED


async def test_the_rest_of_an_order_ships_when_its_first_parcel_was_refunded(
    taobao: Bench,
) -> None:
    tid = sold(taobao)
    await shipped(taobao, tid, "杯子-code")
    case = taobao.simulator.ask_back(tid, [("杯子-code", 1)], CaseKind.REFUND)
    taobao.simulator.settle_case(case, agreed=True)
    outcome = await shipped(taobao, tid, "示例T恤-S", tracking="SF0002")
    assert outcome.result is Result.ACCEPTED
    assert (await taobao.order(tid)).status is OrderStatus.SHIPPED
    assert told(taobao) == ("SF0001", "SF0002")


async def test_a_closed_line_must_not_ship(taobao: Bench) -> None:
    tid = sold(taobao)
    shipment = await parcel(taobao, tid)
    taobao.simulator.cancel(tid)
    outcome = await taobao.adapter.ship(shipment)
    assert outcome.result is Result.REJECTED
    assert "must not ship" in outcome.words
    assert told(taobao) == ()


async def test_an_unpaid_order_is_refused_in_taobaos_words(taobao: Bench) -> None:
    tid = sold(taobao, paid=False)
    outcome = await shipped(taobao, tid)
    assert (outcome.result, outcome.code) == (
        Result.REJECTED,
        "isv.logistics-offline-service-error:B02",
    )


@pytest.mark.parametrize("lines", [(), (Packed("7", 1),)])
async def test_a_parcel_with_nothing_of_the_order_is_refused(
    taobao: Bench, lines: tuple[Packed, ...]
) -> None:
    outcome = await taobao.adapter.ship(Shipment(sold(taobao), "sf", "SF1", lines, True, "1"))
    assert outcome.result is Result.REJECTED
    assert told(taobao) == ()


async def test_an_unknown_order_is_refused(taobao: Bench) -> None:
    shipment = Shipment("7", "sf", "SF0001", (Packed("7", 1),), True, "1")
    outcome = await taobao.adapter.ship(shipment)
    assert (outcome.result, outcome.code) == (Result.REJECTED, "isv.trade-not-exist")


async def test_cash_on_delivery_goes_by_the_other_call(taobao: Bench) -> None:
    tid = sold(taobao)
    taobao.simulator.trade(tid).type = "cod"
    assert (await shipped(taobao, tid)).result is Result.ACCEPTED
    assert (await taobao.order(tid)).status is OrderStatus.SHIPPED
    assert taobao.wire.apis.count("taobao.logistics.offline.send") == 0


async def test_one_number_is_for_one_buyer(taobao: Bench) -> None:
    first, second = sold(taobao), taobao.simulator.order([("杯子-code", 1)])
    await shipped(taobao, first)
    outcome = await shipped(taobao, second)
    assert (outcome.result, outcome.code[-3:]) == (Result.REJECTED, "B60")


@pytest.mark.parametrize("tracking", ["", "no", "¿?¿?¿?"])
async def test_a_number_that_cannot_be_one_is_refused(taobao: Bench, tracking: str) -> None:
    tid = sold(taobao)
    assert (await shipped(taobao, tid, tracking=tracking)).result is Result.REJECTED
    assert (await taobao.order(tid)).status is OrderStatus.PAID


@pytest.mark.parametrize(
    ("kind", "known"), [(FaultKind.ERROR_BEFORE, ()), (FaultKind.ERROR_AFTER, ("SF0001",))]
)
async def test_a_parcel_whose_answer_is_lost_is_in_doubt_and_not_told_again(
    taobao: Bench, kind: FaultKind, known: tuple[str, ...]
) -> None:
    shipment = await parcel(taobao, sold(taobao))
    taobao.fault(kind, writes_only=True)
    with pytest.raises(Transient) as caught:
        await taobao.adapter.ship(shipment)
    assert caught.value.in_doubt
    assert told(taobao) == known


async def test_a_throttled_parcel_is_told_once_it_may_be(taobao: Bench) -> None:
    tid = sold(taobao)
    shipment = await parcel(taobao, tid)
    taobao.fault(FaultKind.THROTTLE, 2)
    assert (await taobao.adapter.ship(shipment)).result is Result.ACCEPTED
    assert told(taobao) == ("SF0001",)


async def test_a_parcel_that_taobao_forgot_is_not_there(taobao: Bench) -> None:
    tid = sold(taobao)
    shipment = await parcel(taobao, tid)
    taobao.fault(FaultKind.LOST_WRITE)
    assert (await taobao.adapter.ship(shipment)).result is Result.ACCEPTED
    assert (await taobao.order(tid)).parcels == ()


async def test_a_split_trade_wants_its_lines_named_ever_after(taobao: Bench) -> None:
    tid = sold(taobao)
    await shipped(taobao, tid, "杯子-code")
    top = taobao.top()
    whole = {"tid": tid, "company_code": "SF", "out_sid": "SF0002"}
    for extra, code in (({}, "CD22"), ({"is_split": "1"}, "CD25"), ({"sub_tid": "1"}, "CD25")):
        with pytest.raises(Rejected) as caught:
            await top.call("taobao.logistics.offline.send", whole | extra, write=True)
        assert caught.value.code.endswith(code)


@pytest.mark.parametrize(
    ("change", "suffix"),
    [
        ({"tid": "7"}, "B01"),
        ({"company_code": "NOBODY"}, "B57"),
        ({"is_split": "1", "sub_tid": "7"}, "B05"),
    ],
)
async def test_the_gateway_refuses_with_the_suffix_of_its_reason(
    taobao: Bench, change: dict[str, str], suffix: str
) -> None:
    params = {"tid": sold(taobao), "company_code": "SF", "out_sid": "SF0001"} | change
    with pytest.raises(Rejected) as caught:
        await taobao.top().call("taobao.logistics.offline.send", params, write=True)
    assert caught.value.code == f"isv.logistics-offline-service-error:{suffix}"
    assert told(taobao) == ()


async def test_cash_on_delivery_is_refused_by_the_usual_call(taobao: Bench) -> None:
    tid = sold(taobao)
    taobao.simulator.trade(tid).type = "cod"
    params = {"tid": tid, "company_code": "SF", "out_sid": "SF0001"}
    with pytest.raises(Rejected, match="发货方式不匹配"):
        await taobao.top().call("taobao.logistics.offline.send", params, write=True)


async def test_more_lines_than_one_call_takes_are_refused(taobao: Bench) -> None:
    products = [mug(f"杯{number}") for number in range(52)]
    taobao.stock_with(*products)
    codes = [product.product.code for product in products]
    tid = taobao.simulator.order([(code, 1) for code in codes])
    outcome = await shipped(taobao, tid, *codes[1:])
    assert outcome.result is Result.REJECTED
    assert "51" in outcome.words
    assert (await shipped(taobao, tid)).result is Result.ACCEPTED


async def test_an_answer_that_is_no_success_is_no_success(
    taobao: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(lambda _shop, _call: {"shipping": {"is_success": False}}, write=True)
    monkeypatch.setitem(app._APIS, "taobao.logistics.offline.send", api)
    outcome = await shipped(taobao, sold(taobao))
    assert outcome.result is Result.REJECTED
    assert "is_success" in outcome.words


# ---------------------------------------------------------------- carriers


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_each_carrier_in_the_table_is_one_of_taobaos(taobao: Bench, carrier: str) -> None:
    tid = sold(taobao)
    shipment = await parcel(taobao, tid, carrier=carrier)
    assert (await taobao.adapter.ship(shipment)).result is Result.ACCEPTED
    names = {code: name for _, code, name in _COMPANIES}
    assert (await taobao.order(tid)).parcels[0].carrier == names[CARRIERS[carrier]]


@pytest.mark.parametrize(
    ("carrier", "name"),
    [
        (Carrier.JTEXPRESS, "极兔速递"),
        (Carrier.JD_LOGISTICS, "京东物流"),
        ("百世快递", "百世快递"),
        ("百世", "百世快递"),
        ("htky", "百世快递"),
        ("SF", "顺丰速运"),
    ],
)
async def test_other_carriers_are_looked_up_by_name_or_code(
    taobao: Bench, carrier: str, name: str
) -> None:
    tid = sold(taobao)
    shipment = await parcel(taobao, tid, carrier=carrier)
    assert (await taobao.adapter.ship(shipment)).result is Result.ACCEPTED
    assert (await taobao.order(tid)).parcels[0].carrier == name


@pytest.mark.parametrize("carrier", ["dhl", "", "中"])
async def test_a_carrier_that_is_none_or_several_is_refused_with_what_is_taken(
    taobao: Bench, carrier: str
) -> None:
    shipment = await parcel(taobao, sold(taobao), carrier=carrier)
    outcome = await taobao.adapter.ship(shipment)
    assert outcome.result is Result.REJECTED
    assert "yunda" in outcome.words
    assert told(taobao) == ()


async def test_the_list_of_carriers_is_read_once(taobao: Bench) -> None:
    for tracking in ("JT0001", "JT0002"):
        tid = taobao.simulator.order([("杯子-code", 1)]) if told(taobao) else sold(taobao)
        shipment = await parcel(taobao, tid, tracking=tracking, carrier="jtexpress")
        await taobao.adapter.ship(shipment)
    assert taobao.wire.apis.count("taobao.logistics.companies.get") == 1


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("suffix", ["S01", "B150"])
def test_a_shipping_error_of_the_moment_leaves_the_parcel_in_doubt(suffix: str) -> None:
    sub_code = f"isv.logistics-offline-service-error:{suffix}"
    error = error_of({"code": 15, "sub_code": sub_code}, write=True)
    assert isinstance(error, Transient)
    assert error.in_doubt


def test_a_session_that_ended_while_shipping_asks_for_a_new_one() -> None:
    sub_code = "isv.logistics-offline-service-error:P03"
    assert isinstance(error_of({"code": 15, "sub_code": sub_code}, write=True), AuthExpired)
