"""Reports: tables in the marketplace's own charset, asked for, waited for and fetched."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.errors import ProtocolBroken, Transient
from mercer.plugins.amazon import documents
from mercer.plugins.amazon.mapping import moment
from mercer.plugins.amazon.wire import Call, Wire, part
from mercer.plugins.amazon.wire import moment as spelled

_LISTINGS: Final = "GET_MERCHANT_LISTINGS_ALL_DATA"
_RETURNS: Final = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"

LONGEST_RETURNS: Final = timedelta(days=60)
"""What one returns report may cover."""

_BASE: Final = "/reports/2021-06-30"
_SKU: Final = "seller-sku"
_RMA: Final = "Amazon RMA ID"
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
    """Every SKU of one marketplace. Raise `Transient` where Amazon does not finish the report.

    Amazon also cancels a report that has nothing to tell. Search counted items before this one was
    asked for, so here that is a failure too.
    """
    report = await _made(wire, clock, _LISTINGS, {})
    since = moment(report["createdTime"]) - _MAY_BE_OLD
    content, charset = await _content(wire, report)
    return MerchantListings(skus(content, charset), since)


async def returns(
    wire: Wire, clock: Clock, since: datetime, until: datetime
) -> list[dict[str, str]]:
    """The rows of the returns that were asked for in the window. Raise `Transient` as above.

    There is no telling a report that was cancelled from one that has nothing to tell.
    """
    window = {"dataStartTime": spelled(since), "dataEndTime": spelled(until)}
    report = await _made(wire, clock, _RETURNS, window)
    if report["processingStatus"] == "CANCELLED":
        return []
    return rows(*await _content(wire, report), _RMA)


async def _made(wire: Wire, clock: Clock, type: str, window: Mapping[str, str]) -> dict[str, Any]:
    """The report once it runs no more."""
    body = {
        "reportType": type,
        "marketplaceIds": [wire.settings.marketplace_id],
        "reportOptions": {"preferredReportDocumentLocale": "en_US"},
        **window,
    }
    create = Call("createReport", "POST", f"{_BASE}/reports", body=body, answers=("reportId",))
    made = await wire.run(create)
    path = f"{_BASE}/reports/{part(made['reportId'])}"
    return await documents.ended(wire, clock, "getReport", path)


async def _content(wire: Wire, report: dict[str, Any]) -> tuple[bytes, str]:
    """And its charset. Raise `Transient` where there is none."""
    if report["processingStatus"] != "DONE" or "reportDocumentId" not in report:
        status = report["processingStatus"]
        raise Transient("Amazon did not make the report", in_doubt=False, code=status)
    document = f"{_BASE}/documents/{part(report['reportDocumentId'])}"
    content, charset = await documents.fetched(wire, "getReportDocument", document)
    return content, charset or wire.settings.marketplace.charset


def skus(content: bytes, charset: str) -> tuple[str, ...]:
    return tuple(row[_SKU] for row in rows(content, charset, _SKU) if row.get(_SKU))


def rows(content: bytes, charset: str, needed: str) -> list[dict[str, str]]:
    """Of a table whose cells are parted by tabs. There is no quoting: a title may hold a `"`.

    Raise `ProtocolBroken` where the column that is needed is not there.
    """
    lines = content.decode(_codec(charset), "replace").split("\n")
    names = [name.strip("\ufeff\r ") for name in lines[0].split("\t")]
    if needed not in names:
        raise ProtocolBroken(f"the report has no column {needed!r}, but {names[:5]}")
    cells = (line.rstrip("\r").split("\t") for line in lines[1:] if line.strip())
    return [dict(zip(names, row, strict=False)) for row in cells]


def _codec(charset: str) -> str:
    try:
        return codecs.lookup("cp932" if charset.lower() == _MICROSOFTS else charset).name
    except LookupError:
        return "iso-8859-1"
