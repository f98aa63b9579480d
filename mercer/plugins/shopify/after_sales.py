"""Cases by when their orders last changed: Shopify lists returns and refunds only under their order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from mercer.core.after_sales import Case
from mercer.core.contract import CasePage, Unreadable
from mercer.plugins.aside import UNREADABLE, set_aside
from mercer.plugins.shopify.after_sales_mapping import (
    refund_case,
    refund_id,
    return_case,
    return_id,
)
from mercer.plugins.shopify.connection import Connection
from mercer.plugins.shopify.mapping import Node, named
from mercer.plugins.shopify.orders import window
from mercer.plugins.shopify.queries import query


class ReadsAfterSales(Connection):
    async def read_after_sales(self, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
        """One page for each order that has cases, with all of them, old ones too."""
        async for page in self._pages("after_sales", query=window(since, until)):
            for node in page["nodes"]:
                if node["returns"]["nodes"] or node["refunds"]:
                    yield await self._cases(node["id"])

    async def _cases(self, order: str) -> CasePage:
        node = await self._wire.run(query("cases"), {"id": order})
        if node is None:
            return CasePage(())
        returns = [
            (each, await self._lines(each, "return_lines", "returnLineItems"))
            for each in await self._all(node["returns"], "more_returns", "returns", id=order)
        ]
        refunds = [
            (each, await self._lines(each, "refund_lines", "refundLineItems"))
            for each in node["refunds"]
            if not each["return"]
        ]
        return _page(node, returns, refunds)

    async def _lines(self, node: Node, name: str, field: str) -> list[Node]:
        return await self._all(node[field], name, field, id=node["id"])


def _page(
    order: Node,
    returns: Sequence[tuple[Node, list[Node]]],
    refunds: Sequence[tuple[Node, list[Node]]],
) -> CasePage:
    cases: list[Case] = []
    aside: list[Unreadable] = []
    for found, case_id, mapped in (
        (returns, return_id, return_case),
        (refunds, refund_id, refund_case),
    ):
        for node, lines in found:
            id = case_id(named(node, "a case"))
            try:
                cases.append(mapped(node, lines, order))
            except UNREADABLE as error:
                aside.append(set_aside(id, node, error))
    return CasePage(tuple(cases), tuple(aside))
