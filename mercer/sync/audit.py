"""What the engine tells the audit, in the transaction that does it.

Movements of stock and changes sent to channels are not told here: the ledger and the journal keep
them for ever, and the audit seals both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mercer.core.audit import Kind, Line
from mercer.core.cell import CellKey, to_text
from mercer.core.cellstate import Cell
from mercer.core.merge import Cause
from mercer.core.price import PriceEntry
from mercer.store import audit, prices
from mercer.store.database import Transaction
from mercer.store.offers import OfferRow
from mercer.sync.session import Session

_SLICE = 500

_BY_OTHERS = {Cause.DRIFT: Kind.DRIFT_SEEN, Cause.CONFLICT: Kind.CONFLICT_SEEN}


def note(tx: Transaction, session: Session, *lines: Line) -> None:
    """In the name of the session, as of now."""
    audit.note(tx, lines, session.who, session.clock.now())


def of_cell(
    kind: Kind,
    key: CellKey,
    sku: str | None,
    before: str | None,
    after: str | None,
    reason: str | None = None,
) -> Line:
    """Something that happened to a cell."""
    return Line(
        kind,
        key.channel,
        key.listing,
        key.offer,
        key.field.value,
        key.scope,
        sku,
        before=before,
        after=after,
        reason=reason,
    )


def prices_set(
    tx: Transaction, session: Session, entries: Sequence[PriceEntry], reason: str = ""
) -> None:
    """Call it before the entries are saved: it looks up what they were."""
    for start in range(0, len(entries), _SLICE):
        batch = entries[start : start + _SLICE]
        found = prices.of_skus(tx, {entry.sku for entry in batch}).values()
        known = {prices.key_of(entry): entry for entries in found for entry in entries}
        moved = (
            line
            for entry in batch
            for line in _moved_prices(known.get(prices.key_of(entry)), entry, reason)
        )
        note(tx, session, *moved)


def prices_dropped(tx: Transaction, session: Session, entries: Sequence[PriceEntry]) -> None:
    for entry in entries:
        lines = (replace(line, before=line.after, after="") for line in _moved_prices(None, entry))
        note(tx, session, *lines)


def _moved_prices(before: PriceEntry | None, entry: PriceEntry, reason: str = "") -> Iterable[Line]:
    """What an entry does not declare stays as it was."""
    dates = f"from {entry.starts_at} until {entry.ends_at}" if entry.dated else ""
    said = ", ".join(each for each in (reason, dates) if each) or None
    for field in ("price", "compare_at", "floor", "ceiling", "cost"):
        was = to_text(getattr(before, field)) if before else None
        now = to_text(getattr(entry, field))
        if now is not None and now != was:
            channel = entry.channel or None
            yield Line(
                Kind.PRICE_SET,
                channel,
                field=field,
                sku=entry.sku,
                before=was,
                after=now,
                reason=said,
            )


def links_made(
    tx: Transaction, session: Session, pairs: Sequence[tuple[OfferRow, str | None]], by: str
) -> None:
    """Both SKUs are told, where an offer went from one to another."""
    for row, sku in pairs:
        for each in dict.fromkeys(name for name in (row.sku, sku) if name):
            line = Line(
                Kind.LINK_MADE,
                row.channel,
                row.listing,
                row.offer,
                sku=each,
                before=row.sku,
                after=sku or "",
                reason=f"by {by}",
            )
            note(tx, session, line)


def seen_by_read(
    tx: Transaction, session: Session, moved: Iterable[tuple[Cell | None, Cell]]
) -> None:
    """Of cells that a renewal moved: those that another hand changed at the shop, once for each value."""
    for before, after in moved:
        kind = _BY_OTHERS.get(after.cause) if after.cause is not None else None
        if kind is None or before is None:
            continue
        if before.cause is not after.cause or before.observed != after.observed:
            line = of_cell(kind, after.key, after.sku, after.base, after.observed)
            note(tx, session, line)
