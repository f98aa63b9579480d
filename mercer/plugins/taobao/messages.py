"""The queue of TMC messages (消息服务) of an app's group: asked for, and confirmed once dealt with.

The queue is the app's: it holds what happens in every shop that authorised it. The long connection
(WebSocket) delivers the same messages and is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mercer.core.contract import Delivery
from mercer.core.errors import ProtocolBroken
from mercer.plugins.paging import chunks
from mercer.plugins.taobao.webhook import delivery
from mercer.plugins.taobao.wire import Top, rows
from mercer.plugins.values import needed, text

_MOST: Final = 200


class Messages:
    """One shop's share of a group's queue."""

    def __init__(self, top: Top, group: str) -> None:
        self._top = top
        self._group = group
        self._seller = ""

    async def poll(self) -> list[Delivery]:
        """Those of other shops are left for these: unconfirmed, they come again in minutes."""
        seller = await self._seller_id()
        body = await self._top.call(
            "taobao.tmc.messages.consume", {"group_name": self._group, "quantity": str(_MOST)}
        )
        told = rows(body, "messages", "tmc_message")
        return [delivery(message) for message in told if text(message, "user_id") in (seller, None)]

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        """Confirming twice is confirming once, so it may be sent again like a read."""
        for part in chunks(receipts, _MOST):
            await self._top.call(
                "taobao.tmc.messages.confirm",
                {"group_name": self._group, "s_message_ids": ",".join(part)},
            )

    async def _seller_id(self) -> str:
        if not self._seller:
            user = (await self._top.call("taobao.user.seller.get", {"fields": "user_id"})).get(
                "user"
            )
            if not isinstance(user, dict):
                raise ProtocolBroken("an answer without the seller")
            self._seller = needed(user, "user_id")
        return self._seller
