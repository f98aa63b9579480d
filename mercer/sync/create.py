"""Create a listing from a product, and take the new listing in as ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mercer.core.answered import answered
from mercer.core.audit import Kind, Line
from mercer.core.contract import CreatesListings, ListingDraft
from mercer.core.errors import AuthExpired, PlatformError, ProtocolBroken, Throttled, Transient
from mercer.core.listing import Listing
from mercer.core.merge import State
from mercer.core.outcome import Outcome, Result
from mercer.core.plan import Change
from mercer.store import absences, cells, channels, offers, quarantine, runs
from mercer.store.database import Transaction
from mercer.sync import audit
from mercer.sync.drafts import draft_findings, drafts_of
from mercer.sync.guarding import is_allowed
from mercer.sync.link import link_offers
from mercer.sync.pull import take_in
from mercer.sync.renew import renew
from mercer.sync.session import Connection, Session


@dataclass(frozen=True, slots=True)
class _Made:
    """A creation that the platform answered: whose it was, and its journal row."""

    run: str
    change: Change
    journal: int
    heard: runs.Heard
    began: datetime

    def line(self, channel: str, listing: str) -> Line:
        return Line(
            Kind.LISTING_CREATED,
            channel,
            listing,
            sku=self.change.sku or None,
            run=self.run,
            change=self.change.id,
            after=self.change.after,
            request_id=self.heard.request_id or None,
        )


async def create(
    session: Session, connection: Connection, run: str, change: Change, allowed: Sequence[str]
) -> tuple[Outcome, str]:
    """How the creation ended. Raise `AuthExpired` or `Throttled` where the channel must stop.

    A creation in doubt stays open in the journal, and is not repeated, until the whole shop has
    been read.
    """
    adapter = connection.adapter
    if not isinstance(adapter, CreatesListings):
        return Outcome.REJECTED, "this platform's adapter cannot create listings"
    with session.database.write() as tx:
        began = session.clock.now()
        draft = _still_wanted(tx, session, connection, change)
        if draft is None:
            return Outcome.STALE, "it is, or may be, on the channel by now, or is no longer active"
        stop = _stopped(tx, session, connection, draft, change.sku, allowed)
        if stop:
            return Outcome.BLOCKED, stop
        (journal,) = runs.intend(tx, run, [change], draft.code, began)
    try:
        listing = await adapter.create_listing(draft)
    except PlatformError as error:
        return _failed(session, journal, error)
    heard = runs.Heard(Result.CONFIRMED.value, request_id=answered())
    linked = _take_in(
        session, connection, listing, draft, _Made(run, change, journal, heard, began)
    )
    if linked < len(draft.offers):
        reason = f"listing {listing.listing} was made, but not all its offers carry our SKUs"
        return Outcome.UNCONVERGED, f"{reason}: link the others by hand"
    return Outcome.CONFIRMED, f"listing {listing.listing}"


def _still_wanted(
    tx: Transaction, session: Session, connection: Connection, change: Change
) -> ListingDraft | None:
    """The draft as the catalogue, price book and ledger make it now."""
    code, name = change.after or "", connection.name
    if channels.state_of(tx, name).enumerated_at is None:
        return None
    if quarantine.listings_never_read(tx, name):
        return None
    if code in runs.creations_in_doubt(tx, name) or not absences.has(tx, name, code):
        return None
    return next(drafts_of(tx, session, connection.channel, [code]), None)


def _stopped(
    tx: Transaction,
    session: Session,
    connection: Connection,
    draft: ListingDraft,
    sku: str,
    allowed: Sequence[str],
) -> str:
    return "; ".join(
        f"{finding.guard.value}: {finding.message}"
        for finding in draft_findings(tx, session, connection.channel, draft)
        if finding.blocks and not is_allowed(finding.guard, sku, allowed)
    )


def _failed(session: Session, journal: int, error: PlatformError) -> tuple[Outcome, str]:
    doubt = isinstance(error, ProtocolBroken) or (isinstance(error, Transient) and error.in_doubt)
    outcome = runs.IN_DOUBT if doubt else runs.FAILED
    said = runs.Heard(outcome, error.code, error.reason, error.request_id)
    with session.database.write() as tx:
        runs.heard(tx, {journal: said}, session.clock.now(), settled=not doubt)
    if isinstance(error, AuthExpired | Throttled):
        raise error
    if doubt:
        return Outcome.UNCONVERGED, f"in doubt ({error.message}): pull the listings to see"
    if isinstance(error, Transient):
        return Outcome.UNCONVERGED, error.message
    return Outcome.REJECTED, error.coded_reason


def _take_in(
    session: Session,
    connection: Connection,
    listing: Listing,
    draft: ListingDraft,
    made: _Made,
) -> int:
    """The new page is ours from the start: linked, and agreed on as the platform returned it.

    Returns how many of its offers could be linked.
    """
    take_in(session, connection, [listing], made.began)
    name, own = connection.name, {offer.sku for offer in draft.offers}
    with session.database.write() as tx:
        rows = offers.offers_of_listings(tx, [(name, listing.listing)])
        links = [(row, row.merchant_code) for row in rows if row.merchant_code in own]
        link_offers(tx, session, links, by="creation")
        offers.set_product(tx, name, listing.listing, draft.code)
        cells.agree(tx, name, [listing.listing], State.UNAGREED)
        renew(tx, session, connection.channel, [listing.listing])
        absences.renew(tx, name, [draft.code])
        runs.heard(tx, {made.journal: made.heard}, session.clock.now(), settled=True)
        audit.note(tx, session, made.line(name, listing.listing))
    return len(links)
