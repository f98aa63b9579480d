"""Listings: page by page for a small shop, by a bulk operation for a large one, by id to be sure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from mercer.core.contract import ListingPage, Unreadable
from mercer.core.errors import ProtocolBroken
from mercer.core.listing import Listing
from mercer.plugins.aside import UNREADABLE, set_aside
from mercer.plugins.shopify import bulk
from mercer.plugins.shopify.connection import Connection
from mercer.plugins.shopify.mapping import Node, gid, listing, named
from mercer.plugins.shopify.queries import query

BULK_FROM: Final = 1000
"""Products. Above it one export is quicker than pages, and pages end at 25,000."""

READ_BACK: Final = 50


class ReadsListings(Connection):
    async def read_listings(self) -> AsyncIterator[ListingPage]:
        location = await self.location()
        count = (await self._wire.run(query("products_count")))["count"]
        pages = self._exported(location) if count > BULK_FROM else self._paged(location)
        aside = 0
        async for page, last in pages:
            aside += len(page.unreadable)
            complete = last and not aside
            yield ListingPage(page.listings, complete, page.unreadable)

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        location = await self.location()
        ids = [gid("Product", each) for each in listings]
        nodes = await self._wire.run(
            query("products_by_id"), {"ids": ids, "location": gid("Location", location)}
        )
        found = [await self._whole(node, location) for node in nodes if node]
        page = self._mapped(found, location)
        for item in page.unreadable:
            raise ProtocolBroken(f"listing {item.id} cannot be read: {item.reason}")
        return page.listings

    async def _paged(self, location: str) -> AsyncIterator[tuple[ListingPage, bool]]:
        async for page in self._pages("products", location=gid("Location", location)):
            whole = [await self._whole(node, location) for node in page["nodes"]]
            yield self._mapped(whole, location), not page["pageInfo"]["hasNextPage"]

    async def _exported(self, location: str) -> AsyncIterator[tuple[ListingPage, bool]]:
        """One page: a later one would seem to have been read after the export was taken."""
        products = await bulk.products(self._wire, self._clock, gid("Location", location))
        yield self._mapped(products, location), True

    async def _whole(self, node: Node, location: str) -> tuple[Node, list[Node]]:
        """The product with all its variants; a nested connection is cut off without a word."""
        variants = await self._all(
            node["variants"],
            "product_variants",
            "variants",
            id=node["id"],
            location=gid("Location", location),
        )
        return node, variants

    def _mapped(self, products: Iterable[tuple[Node, list[Node]]], location: str) -> ListingPage:
        listings: list[Listing] = []
        aside: list[Unreadable] = []
        for node, variants in products:
            try:
                listings.append(listing(node, variants, self._channel.currency, location))
            except UNREADABLE as error:
                whole = {**node, "variants": {"nodes": variants}}
                aside.append(set_aside(named(node, "a product"), whole, error))
        return ListingPage(tuple(listings), unreadable=tuple(aside))
