"""Who stands at every shop: what it showed when, and what each of Mercer's requests changed there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import httpx

from mercer.core.cell import CellKey, Field
from mercer.core.clock import Clock
from mercer.plugins.simulation import Simulator, Truth

Intent = tuple[str, str, str, str | None]
"""(listing, offer, field, value)."""


class Books(Protocol):
    """What Mercer's database says at the moment in which a request takes effect."""

    def intents(self, channel: str) -> set[Intent]:
        """What is journalled and not answered yet."""

    def desired(self, cell: CellKey) -> str | None:
        """What a cell should show."""

    def orders(self) -> set[tuple[str, str]]:
        """(channel, order) of those that are known."""


WATCHED: Final = (Field.PRICE, Field.COMPARE_AT, Field.STOCK, Field.TITLE)
"""What a request alone changes; a status may follow from a number."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A request of Mercer's changed what a shop shows. `vouched`: its intent stood in the journal.

    `desired` is what the cell should have shown then; of a page that was just made nobody knows.
    `unknown`: where it raised a number, how long ago the shop took the oldest order that Mercer did
    not know of then.
    """

    at: datetime
    cell: CellKey
    code: str
    before: str | None
    after: str
    vouched: bool
    desired: str | None
    unknown: timedelta = timedelta(0)


@dataclass(slots=True)
class Witness:
    """`past` holds for each cell what it showed from when on; `story` is told line by line."""

    simulators: Mapping[str, Simulator]
    clock: Clock
    books: Books
    began: datetime = field(init=False)
    past: dict[CellKey, list[tuple[datetime, str]]] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    _shown: dict[str, dict[CellKey, tuple[str, str]]] = field(default_factory=dict)
    _made: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.began = self.clock.now()

    def tell(self, line: str) -> None:
        passed = (self.clock.now() - self.began).total_seconds()
        self.story.append(f"{passed:10.3f}  {line}")

    def look(self) -> None:
        """Everything as it is: what has changed since the last look was not a request's doing."""
        for channel in self.simulators:
            self._look(channel)

    @contextmanager
    def watching(self, channel: str, request: httpx.Request) -> Iterator[None]:
        """What changes meanwhile at the shop, this request has changed."""
        self._look(channel)
        try:
            yield
        finally:
            changed = self._look(channel)
            # Nobody has had the answer yet, so the journal is as it was when the request left.
            open_ = self.books.intents(channel) if changed else set()
            if changed:
                self.tell(f"{channel}: {request.method} {request.url.path}")
            for cell, (code, before, after) in changed.items():
                self._note(cell, code, before, after, open_)

    def _note(
        self,
        cell: CellKey,
        code: str,
        before: str | None,
        after: str,
        open_: set[Intent],
    ) -> None:
        if cell.field not in WATCHED:
            return
        page = (cell.channel, cell.listing)
        creating = any(not listing for listing, _, _, _ in open_)
        if before is None and creating:
            self._made.add(page)
        vouched = (cell.listing, cell.offer, cell.field.value, after) in open_
        vouched = vouched or (creating and page in self._made)
        desired = self.books.desired(cell)
        raised = cell.field is Field.STOCK and int(after) > int(before or after)
        unknown = self._unknown(cell.channel) if raised else timedelta(0)
        now = self.clock.now()
        self.effects.append(Effect(now, cell, code, before, after, vouched, desired, unknown))
        known = "" if vouched else ", of which the journal knows nothing"
        self.tell(f"{cell.channel}: {code} {cell.field.value} {before} -> {after}{known}")

    def _unknown(self, channel: str) -> timedelta:
        known, now = self.books.orders(), self.clock.now()
        ages = [
            now - order.created_at
            for order in self.simulators[channel].orders()
            if (channel, order.order) not in known
        ]
        return max(ages, default=timedelta(0))

    def _look(self, channel: str) -> dict[CellKey, tuple[str, str | None, str]]:
        """Cells that show something new: merchant code, before, after."""
        now, old = self.clock.now(), self._shown.get(channel, {})
        shown: dict[CellKey, tuple[str, str]] = {}
        for offer in self.simulators[channel].offers():
            shown.update(dict(_cells(channel, offer)))
        changed: dict[CellKey, tuple[str, str | None, str]] = {}
        for key, (code, value) in shown.items():
            before = old.get(key)
            if before is None or before[1] != value:
                changed[key] = code, before[1] if before else None, value
                self.past.setdefault(key, []).append((now, value))
        self._shown[channel] = shown
        return changed


def _cells(channel: str, offer: Truth) -> Iterator[tuple[CellKey, tuple[str, str]]]:
    code = offer.merchant_code
    own = {
        Field.PRICE: str(offer.price),
        Field.COMPARE_AT: str(offer.compare_at) if offer.compare_at else "",
        Field.STOCK: str(offer.quantity),
    }
    for name, value in own.items():
        yield CellKey(channel, offer.listing, offer.offer, name), (code, value)
    for name, value in {Field.TITLE: offer.title, Field.STATUS: offer.status}.items():
        yield CellKey(channel, offer.listing, "", name), (code, value)
