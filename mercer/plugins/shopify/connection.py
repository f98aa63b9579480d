"""What every capability of the adapter stands on: the wire, the channel, and two looked-up ids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from mercer.core.account import Channel
from mercer.core.clock import Clock
from mercer.core.errors import PlatformError, ProtocolBroken, Rejected
from mercer.plugins.shopify.mapping import Node, tail
from mercer.plugins.shopify.queries import query
from mercer.plugins.shopify.settings import ShopifySettings
from mercer.plugins.shopify.wire import Wire


class Connection:
    def __init__(
        self, channel: Channel, settings: ShopifySettings, wire: Wire, clock: Clock
    ) -> None:
        self._channel = channel
        self._settings = settings
        self._wire = wire
        self._clock = clock
        self._location = settings.location
        self._publication = ""

    async def location(self) -> str:
        """The number of the location whose stock is kept in step.

        Raise `Rejected` where the shop has none that is active and fulfils online orders.
        """
        if not self._location:
            self._location = await self._first_online_location()
        return self._location

    async def publication(self) -> str:
        """The gid of the sales channel of the settings. Raise `Rejected` where there is none."""
        if not self._publication:
            found = (await self._wire.run(query("publications")))["nodes"]
            names = {node["name"]: node["id"] for node in found}
            if self._settings.publication not in names:
                raise Rejected(
                    f"the shop has no sales channel {self._settings.publication!r}",
                    hint=f"set `publication` to one of: {', '.join(sorted(names))}",
                )
            self._publication = names[self._settings.publication]
        return self._publication

    async def _first_online_location(self) -> str:
        async for page in self._pages("locations"):
            for node in page["nodes"]:
                if node["isActive"] and node["fulfillsOnlineOrders"]:
                    return tail(node["id"])
        raise Rejected(
            "the shop has no active location that fulfils online orders",
            hint="activate one in the admin, or name one as `location` in the settings",
        )

    async def _pages(self, name: str, **variables: object) -> AsyncIterator[Node]:
        """Every page of a root connection."""
        after: str | None = None
        while True:
            page = await self._wire.run(query(name), {**variables, "after": after})
            yield page
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = _following(page["pageInfo"], after)

    async def _all(self, first: Node, name: str, field: str, **variables: object) -> list[Node]:
        """All nodes of a nested connection: those of its first page, and those on further ones."""
        nodes, info = list(first["nodes"]), first["pageInfo"]
        after: str | None = None
        while info["hasNextPage"]:
            after = _following(info, after)
            parent = await self._wire.run(query(name), {**variables, "after": after})
            if parent is None:
                raise ProtocolBroken(f"{variables.get('id')} went away while it was being read")
            nodes += parent[field]["nodes"]
            info = parent[field]["pageInfo"]
        return nodes


def _following(info: Node, after: str | None) -> str:
    """The cursor to go on from. One that stands still would be read for ever."""
    cursor = info["endCursor"]
    if not cursor or cursor == after:
        raise ProtocolBroken("Shopify says that there is another page, and not where")
    return str(cursor)


def user_errors(payload: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str, str]]:
    """(field path, code, words) of each `userErrors` row; plain `UserError`s have no code."""
    return [
        (tuple(row.get("field") or ()), row.get("code") or "", row["message"])
        for row in payload["userErrors"]
    ]


def refused(error: PlatformError) -> tuple[str, str, str]:
    """The platform's code and words, or ours where it gave none; and its id of the request."""
    return error.code, error.reason, error.request_id
