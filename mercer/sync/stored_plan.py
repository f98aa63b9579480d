"""A plan as it was stored, held to its checksum and its expiry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mercer.core.errors import InputError, RefusedError
from mercer.core.plan import Change, Checksum
from mercer.store import plans
from mercer.store.database import Transaction
from mercer.store.plans import Plan


def stored(tx: Transaction, id: str) -> Plan:
    plan = plans.find(tx, id)
    if plan is None:
        raise InputError(f"there is no plan {id!r}", hint="make one: mercer plan")
    return plan


def checked(tx: Transaction, plan: Plan) -> Iterator[Change]:
    """Every change as it was planned. After the last, raise `RefusedError` if the checksum differs."""
    digest = Checksum(plan.header)
    for change in plans.changes_of(tx, plan.header.id):
        digest.add(change)
        yield change
    if digest.sealed(plan.totals) != plan.checksum:
        raise RefusedError(
            f"plan {plan.header.id} is not what was reviewed: its checksum does not match",
            hint="make a new one: mercer plan",
        )


def check(tx: Transaction, plan: Plan) -> None:
    """Raise `RefusedError` for a plan that is not what was checksummed."""
    for _ in checked(tx, plan):
        pass


def not_expired(plan: Plan, now: datetime) -> None:
    if plan.header.expires_at <= now:
        raise RefusedError(
            f"plan {plan.header.id} expired at {plan.header.expires_at:%Y-%m-%d %H:%M} UTC",
            hint="make a new one: mercer plan",
        )
