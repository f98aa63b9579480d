"""Where a SKU lies: which location a person means, and locations that receive it for the first time."""

from __future__ import annotations

from mercer.core.errors import InputError
from mercer.core.stock import Movement, MovementKind
from mercer.store import ledger
from mercer.store.database import Transaction
from mercer.sync.session import Session


def meant(sku: str, counted: list[str], named: str) -> str:
    """Which of the locations where a SKU was counted is meant; none named means the only one.

    Raise `InputError` where it was never counted there, or none is named and there are several.
    """
    if not counted:
        raise InputError(
            f"{sku} was never counted", hint=f"count it: mercer stock set {sku} N --reason ..."
        )
    if named in counted:
        return named
    lies = ", ".join(place or "no named location" for place in counted)
    if named:
        raise InputError(
            f"{sku} was never counted at {named!r}",
            hint=f"it lies at {lies}; or count it there: mercer stock set {sku} N --location {named}",
        )
    if len(counted) > 1:
        raise InputError(f"{sku} lies at {lies}", hint="say which: --location NAME")
    return counted[0]


def place_of(tx: Transaction, sku: str, named: str) -> str:
    return meant(sku, list(ledger.located(tx, [sku]).get(sku, {})), named)


def arriving_at(tx: Transaction, session: Session, sku: str, named: str, key: str) -> str:
    """Where units of a SKU arrive. A location that never had any begins with none, under `key`."""
    counted = list(ledger.located(tx, [sku]).get(sku, {}))
    if not named or not counted or named in counted:
        return meant(sku, counted, named)
    reason = "the first units arrive there"
    opening = MovementKind.OPENING
    now = session.clock.now()
    movement = Movement(f"{key}/opening", sku, named, opening, 0, 0, now, reason, session.who)
    ledger.post(tx, movement, now)
    return named
