"""Reports 2021-06-30: the merchant listings, in the marketplace's charset and perhaps from a cache."""

from __future__ import annotations

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

REPORT: Final = "GET_MERCHANT_LISTINGS_ALL_DATA"

_CACHED: Final = timedelta(hours=1)
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


def _create_report(shop: Shop, call: Call) -> Answer:
    """A repeated request within the hour is answered with what the earlier one found."""
    type = field(call, "reportType")
    if type != REPORT or call.body.get("marketplaceIds") != [shop.marketplace]:
        raise Refused(400, "InvalidInput", "This report type and marketplace are not served.")
    earlier = [
        each
        for each in shop.reports.values()
        if each.type == type and call.now - each.created < _CACHED
    ]
    job = queued(shop, type, call.now, timedelta())
    job.result = earlier[0].result if earlier else _report(shop, call.now)
    if not shop.items:
        job.outcome = "CANCELLED"
    shop.reports[job.id] = job
    return 202, {"reportId": job.id}


def _get_report(shop: Shop, call: Call) -> Answer:
    job = known(shop.reports, call)
    status = told(shop, job, call.now)
    done = status["processingStatus"] == "DONE"
    document = {"reportDocumentId": job.result} if done else {}
    return 200, {"reportId": job.id, "reportType": job.type, **status, **document}


def _report(shop: Shop, now: datetime) -> str:
    """Cells parted by tabs, without quoting; what the charset does not have becomes a `?`."""
    charset = MARKETPLACES[shop.marketplace].charset
    rows = [list(_COLUMNS), *(_row(item, now) for item in shop.items.values())]
    text = "\r\n".join("\t".join(row) for row in rows) + "\r\n"
    named = {"cp1252": "Cp1252", "cp932": "windows-31j"}[charset]
    id = store(shop, f"text/plain; charset={named}", text)
    shop.documents[id].charset, shop.documents[id].packed = charset, True
    return id


def _row(item: Item, now: datetime) -> list[str]:
    shown = item.shown(now)
    seller = item.fulfillable is None
    return [
        _cell(shown.text("item_name")),
        _cell(shown.text("product_description")),
        f"L{item.asin}",
        item.sku,
        shown.price.plain,
        str(shown.quantity) if seller else "",
        item.created.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "11",
        item.asin,
        "DEFAULT" if seller else "AMAZON_NA",
        "Active" if item.buyable(shown) else "Inactive",
    ]


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
