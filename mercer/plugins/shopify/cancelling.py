"""Orders that the seller cancels. Shopify starts a job, whose end is waited for."""

from __future__ import annotations

from typing import Final

from mercer.core.answered import answered
from mercer.core.contract import ItemOutcome
from mercer.core.errors import Rejected
from mercer.core.outcome import Result
from mercer.plugins.shopify.connection import Connection, refused
from mercer.plugins.shopify.mapping import gid
from mercer.plugins.shopify.queries import query

REASONS: Final = frozenset({"CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"})
LONGEST_NOTE: Final = 255
WAITS: Final = (1.0, 2.0, 4.0, 8.0)
"""Seconds between looks at the job. How long one takes is not documented."""

_ALREADY: Final = "already been canceled"


class CancelsOrders(Connection):
    async def cancel_order(self, order: str, reason: str) -> ItemOutcome:
        """The buyer is paid back by the way of the payment, and told.

        `reason` is one of Shopify's, or goes into the staff's note. The shop restocks, as it does
        for a cancellation by hand: the channel's expected number counts the units as back, and
        what it should show is written after the order is read. `STALE`: it was cancelled already.
        """
        known = reason.upper() in REASONS
        variables = {
            "order": gid("Order", order),
            "reason": reason.upper() if known else "OTHER",
            "note": None if known else reason[:LONGEST_NOTE],
        }
        try:
            payload = await self._wire.run(query("cancel_order"), variables)
        except Rejected as error:
            return ItemOutcome(order, "", Result.REJECTED, *refused(error))
        for row in payload["orderCancelUserErrors"]:
            result = Result.STALE if _ALREADY in row["message"] else Result.REJECTED
            return ItemOutcome(order, "", result, row["code"] or "", row["message"], answered())
        return await self._finished(order, payload["job"]["id"], answered())

    async def _finished(self, order: str, job: str, request: str) -> ItemOutcome:
        """`ACCEPTED` where the job takes longer than anybody should wait."""
        for seconds in WAITS:
            await self._clock.sleep(seconds)
            found = await self._wire.run(
                query("cancelling"), {"job": job, "order": gid("Order", order)}
            )
            if found and found["done"]:
                shown = found["query"]["order"]
                if shown and shown["cancelledAt"]:
                    return ItemOutcome(order, "", Result.CONFIRMED, request_id=request)
                words = "Shopify could not cancel the order; its page in the admin says why"
                return ItemOutcome(order, "", Result.REJECTED, "", words, request)
        return ItemOutcome(order, "", Result.ACCEPTED, request_id=request)
