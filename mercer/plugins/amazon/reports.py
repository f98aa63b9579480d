"""The merchant listings report: every SKU of one marketplace, in the marketplace's own charset."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mercer.core.clock import Clock
from mercer.core.errors import ProtocolBroken, Transient
from mercer.plugins.amazon import documents
from mercer.plugins.amazon.mapping import moment
from mercer.plugins.amazon.wire import Call, Wire, part

TYPE: Final = "GET_MERCHANT_LISTINGS_ALL_DATA"

_BASE: Final = "/reports/2021-06-30"
_SKU: Final = "seller-sku"
_MAY_BE_OLD: Final = timedelta(hours=6)
"""A repeated request may be answered with the report of up to six hours before."""

_MICROSOFTS: Final = "windows-31j"
"""What storage calls cp932, and Python does not."""


@dataclass(frozen=True, slots=True)
class MerchantListings:
    """`since`: what was created after it, the report may not have."""

    skus: tuple[str, ...]
    since: datetime


async def merchant_listings(wire: Wire, clock: Clock) -> MerchantListings:
    """Raise `Transient` where Amazon does not finish it, `ProtocolBroken` where it is no such table.

    Amazon also cancels a report that has nothing to tell. Search counted items before this one was
    asked for, so here that is a failure too.
    """
    body = {
        "reportType": TYPE,
        "marketplaceIds": [wire.settings.marketplace_id],
        "reportOptions": {"preferredReportDocumentLocale": "en_US"},
    }
    create = Call("createReport", "POST", f"{_BASE}/reports", body=body, answers=("reportId",))
    made = await wire.run(create)
    path = f"{_BASE}/reports/{part(made['reportId'])}"
    report = await documents.ended(wire, clock, "getReport", path)
    since = moment(report["createdTime"]) - _MAY_BE_OLD
    if report["processingStatus"] != "DONE" or "reportDocumentId" not in report:
        status = report["processingStatus"]
        raise Transient("Amazon did not make the listings report", in_doubt=False, code=status)
    document = f"{_BASE}/documents/{part(report['reportDocumentId'])}"
    content, charset = await documents.fetched(wire, "getReportDocument", document)
    return MerchantListings(skus(content, charset or wire.settings.marketplace.charset), since)


def skus(content: bytes, charset: str) -> tuple[str, ...]:
    """Of a table whose cells are parted by tabs. There is no quoting: a title may hold a `"`."""
    rows = content.decode(_codec(charset), "replace").split("\n")
    names = [name.strip("\ufeff\r ") for name in rows[0].split("\t")]
    if _SKU not in names:
        raise ProtocolBroken(f"the listings report has no column {_SKU!r}, but {names[:5]}")
    column = names.index(_SKU)
    cells = (row.rstrip("\r").split("\t") for row in rows[1:] if row.strip())
    return tuple(row[column] for row in cells if len(row) > column and row[column])


def _codec(charset: str) -> str:
    try:
        return codecs.lookup("cp932" if charset.lower() == _MICROSOFTS else charset).name
    except LookupError:
        return "iso-8859-1"
