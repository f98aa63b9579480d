"""Reports 2021-06-30: the merchant listings, perhaps from a cache, and the returns.

Cells are parted by tabs, in the marketplace's charset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from mercer.plugins.amazon.marketplaces import MARKETPLACES
from mercer.plugins.amazon.simulator.documents import (
    document_operation,
    field,
    known,
    queued,
    store,
    told,
)
from mercer.plugins.amazon.simulator.protocol import Answer, Call, Operation, Refused
from mercer.plugins.amazon.simulator.shop import Item, Shop

LISTINGS: Final = "GET_MERCHANT_LISTINGS_ALL_DATA"
RETURNS: Final = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"

_CACHED: Final = timedelta(hours=1)
_LONGEST: Final = timedelta(days=60)
_COLUMNS: Final = (
    "item-name",
    "item-description",
    "listing-id",
    "seller-sku",
    "price",
    "quantity",
    "open-date",
    "item-condition",
    "asin1",
    "fulfillment-channel",
    "status",
)
_RETURN_COLUMNS: Final = (
    "Order ID",
    "Order date",
    "Return request date",
    "Return request status",
    "Amazon RMA ID",
    "Currency code",
    "ASIN",
    "Merchant SKU",
    "Return quantity",
    "Return Reason",
    "Resolution",
    "Return delivery date",
    "Refunded Amount",
    "Order Item ID",
)


def _create_report(shop: Shop, call: Call) -> Answer:
    """A report that has nothing to tell is cancelled."""
    type = field(call, "reportType")
    if call.body.get("marketplaceIds") != [shop.marketplace]:
        raise Refused(400, "InvalidInput", "This marketplace is not served.")
    job = queued(shop, type, call.now, timedelta())
    match type:
        case _ if type == LISTINGS:
            job.result, empty = _listings(shop, call.now), not shop.items
        case _ if type == RETURNS:
            rows = list(_returns(shop, call))
            job.result, empty = _stored(shop, _RETURN_COLUMNS, rows), not rows
        case _:
            raise Refused(400, "InvalidInput", "This report type is not served.")
    if empty:
        job.outcome = "CANCELLED"
    shop.reports[job.id] = job
    return 202, {"reportId": job.id}


def _get_report(shop: Shop, call: Call) -> Answer:
    job = known(shop.reports, call)
    status = told(shop, job, call.now)
    done = status["processingStatus"] == "DONE"
    document = {"reportDocumentId": job.result} if done else {}
    return 200, {"reportId": job.id, "reportType": job.type, **status, **document}


def _listings(shop: Shop, now: datetime) -> str:
    """A repeated request within the hour is answered with what the earlier one found."""
    for earlier in shop.reports.values():
        if earlier.type == LISTINGS and now - earlier.created < _CACHED:
            return earlier.result
    return _stored(shop, _COLUMNS, (_row(shop, item, now) for item in shop.items.values()))


def _stored(shop: Shop, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """There is no quoting; what the charset does not have becomes a `?`."""
    charset = MARKETPLACES[shop.marketplace].charset
    text = "\r\n".join("\t".join(row) for row in (columns, *rows)) + "\r\n"
    named = {"cp1252": "Cp1252", "cp932": "windows-31j"}[charset]
    id = store(shop, f"text/plain; charset={named}", text)
    shop.documents[id].charset, shop.documents[id].packed = charset, True
    return id


def _row(shop: Shop, item: Item, now: datetime) -> list[str]:
    shown, stock = item.shown(now), shop.stock(item.sku)
    seller = stock.fulfillable is None
    return [
        _cell(shown.text("item_name")),
        _cell(shown.text("product_description")),
        f"L{item.asin}",
        item.sku,
        shown.price.plain,
        str(stock.shown(now).quantity) if seller else "",
        item.created.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "11",
        item.asin,
        "DEFAULT" if seller else "AMAZON_NA",
        "Active" if shop.buyable(item, now) else "Inactive",
    ]


def _returns(shop: Shop, call: Call) -> Iterable[list[str]]:
    """A row for each line of a return that was asked for in the window. Dates have no time."""
    since, until = _bound(call, "dataStartTime"), _bound(call, "dataEndTime")
    if until - since > _LONGEST:
        raise Refused(400, "InvalidInput", "The range is limited to 60 days.")
    for each in shop.returns.values():
        if not since <= each.asked_at <= until:
            continue
        order = shop.orders[each.order]
        for line in order.lines:
            if line.id not in each.units:
                continue
            yield [
                order.id,
                _day(order.created),
                _day(each.asked_at),
                each.status,
                each.rma,
                line.price.currency,
                line.asin,
                line.sku,
                str(each.units[line.id]),
                each.reason,
                each.resolution,
                _day(each.delivered_at) if each.delivered_at else "",
                each.refunded.plain if each.refunded else "",
                line.id,
            ]


def _bound(call: Call, name: str) -> datetime:
    """Now, where it is left out."""
    try:
        return datetime.fromisoformat(str(call.body[name])) if name in call.body else call.now
    except ValueError:
        raise Refused(400, "InvalidInput", f"{name} is not a time.") from None


def _day(at: datetime) -> str:
    return at.strftime("%d-%b-%Y")


def _cell(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ")


_PATH: Final = "/reports/2021-06-30"

OPERATIONS: Final = (
    Operation("createReport", "POST", f"{_PATH}/reports", _create_report),
    Operation("getReport", "GET", f"{_PATH}/reports/([^/]+)", _get_report),
    Operation(
        "getReportDocument",
        "GET",
        f"{_PATH}/documents/([^/]+)",
        document_operation("reportDocumentId"),
    ),
)
