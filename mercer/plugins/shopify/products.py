"""A listing's own fields, and new listings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from mercer.core.answered import answered
from mercer.core.contract import ContentWrite, ItemOutcome, ListingDraft, StatusWrite
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.core.listing import Listing, ListingStatus
from mercer.core.outcome import Result
from mercer.plugins.shopify.connection import refused, user_errors
from mercer.plugins.shopify.mapping import Node, gid, handle, product_set_input, status_input, tail
from mercer.plugins.shopify.queries import query
from mercer.plugins.shopify.reads import ReadsListings


class WritesProducts(ReadsListings):
    async def write_content(self, writes: Sequence[ContentWrite]) -> Sequence[ItemOutcome]:
        fields = [{"title": write.title, "descriptionHtml": write.description} for write in writes]
        return [
            await self._update(write.listing, {k: v for k, v in each.items() if v is not None})
            for write, each in zip(writes, fields, strict=True)
        ]

    async def write_status(self, writes: Sequence[StatusWrite]) -> Sequence[ItemOutcome]:
        return [
            await self._update(write.listing, {"status": status_input(write.status)})
            for write in writes
        ]

    async def _update(self, listing: Listing, fields: dict[str, str]) -> ItemOutcome:
        product = {"id": gid("Product", listing.listing), **fields}
        try:
            payload = await self._wire.run(query("write_product"), {"product": product})
        except Rejected as error:
            return ItemOutcome(listing.listing, "", Result.REJECTED, *refused(error))
        for _, code, words in user_errors(payload):
            return ItemOutcome(listing.listing, "", Result.REJECTED, code, words, answered())
        shown = payload["product"] or {}
        exact = all(shown.get(name) == value for name, value in fields.items())
        result = Result.CONFIRMED if exact else Result.ACCEPTED
        return ItemOutcome(listing.listing, "", result, request_id=answered())


class CreatesListings(ReadsListings):
    async def create_listing(self, draft: ListingDraft) -> Listing:
        """The handle made of `draft.code` is the key. A product that already has it is taken for
        an earlier attempt if it has exactly the draft's SKUs at the draft's prices; any other is
        somebody else's, or was changed since: not ours to overwrite, before a person has said so.
        """
        location = await self.location()
        publication = await self.publication() if draft.status is ListingStatus.LISTED else ""
        id = await self._found(draft, location) or await self._created(draft, location)
        if publication:
            payload = await self._wire.run(
                query("publish"), {"id": id, "publication": publication}, repeatable=True
            )
            _insist(payload, f"Shopify does not publish {draft.code!r}")
        listings = await self.read_back([tail(id)])
        if not listings:
            raise ProtocolBroken(f"the new product {tail(id)} cannot be read")
        return listings[0]

    async def _found(self, draft: ListingDraft, location: str) -> str | None:
        node = await self._wire.run(
            query("product_by_handle"),
            {"handle": handle(draft.code), "location": gid("Location", location)},
        )
        if node is None:
            return None
        _, variants = await self._whole(node, location)
        shown = sorted((each["sku"] or "", Decimal(each["price"])) for each in variants)
        if shown != sorted((offer.sku, offer.price.amount) for offer in draft.offers):
            raise Rejected(
                f"the shop has another product with the handle {handle(draft.code)!r}",
                hint="pull, then adopt or link its offers, or give one of the two another handle",
            )
        return str(node["id"])

    async def _created(self, draft: ListingDraft, location: str) -> str:
        payload = await self._wire.run(
            query("create_product"),
            {"handle": handle(draft.code), "input": product_set_input(draft, location)},
        )
        _insist(payload, f"Shopify does not take {draft.code!r}")
        return str(payload["product"]["id"])


def _insist(payload: Node, message: str) -> None:
    for _, code, words in user_errors(payload):
        raise Rejected(f"{message}: {words}", code=code, words=words)
