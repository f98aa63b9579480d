"""The three-way merge of price, content and status: one pure function over canonical text.

Stock is not merged three ways: see `mercer.core.stock`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from mercer.core.cell import Field
from mercer.core.policy import Dispute, Policy, Side, prevailing


class Owner(StrEnum):
    """Who decides a field on a channel."""

    MERCER = "mercer"
    CHANNEL = "channel"


class State(StrEnum):
    AGREED = "agreed"
    PUSH = "push"
    IN_FLIGHT = "in_flight"
    UNAGREED = "unagreed"
    DRIFT = "drift"
    CONFLICT = "conflict"
    BLOCKED = "blocked"
    MISSING = "missing"
    FOLLOWED = "followed"
    UNLINKED = "unlinked"


class Cause(StrEnum):
    """Why a cell is in its state, where the state alone does not say."""

    MOVED = "moved"
    DRIFT = "drift"
    CONFLICT = "conflict"
    UNEXPLAINED = "unexplained"
    OVERTAKEN = "overtaken"
    NO_DESIRED = "no desired value"
    NO_OBSERVED = "never read"


class Sides(NamedTuple):
    """What is known of a cell. `None` is unknown; an empty text is known to be nothing."""

    base: str | None
    desired: str | None
    observed: str | None
    in_flight: str | None = None
    gone: bool = False


class Verdict(NamedTuple):
    """`base` and `in_flight` are what the cell holds from now on.

    `override` is the value to keep as this channel's own, where the channel's hand prevails.
    """

    state: State
    base: str | None
    in_flight: str | None = None
    cause: Cause | None = None
    override: str | None = None


def merge(
    sides: Sides, owner: Owner, policy: Policy, field: Field = Field.PRICE, channel: str = ""
) -> Verdict:
    """`field` and `channel` are what a policy may look at beside the sides."""
    base, desired, observed, in_flight = sides.base, sides.desired, sides.observed, sides.in_flight
    if sides.gone:
        return Verdict(State.MISSING, base)
    if in_flight is not None and observed == in_flight:
        base, in_flight = in_flight, None
    if in_flight is not None:
        return Verdict(State.IN_FLIGHT, base, in_flight)
    if owner is Owner.CHANNEL:
        return Verdict(State.FOLLOWED, observed)
    if desired is None:
        return Verdict(State.BLOCKED, base, cause=Cause.NO_DESIRED)
    if observed is None:
        return Verdict(State.BLOCKED, base, cause=Cause.NO_OBSERVED)
    if observed == desired:
        return Verdict(State.AGREED, observed)
    if base is None:
        return Verdict(State.UNAGREED, None)
    if observed == base:
        return Verdict(State.PUSH, base, cause=Cause.MOVED)
    return _settled(Dispute(channel, field, base, desired, observed), policy)


def _settled(dispute: Dispute, policy: Policy) -> Verdict:
    base, observed = dispute.base, dispute.observed
    drifted = dispute.desired == base
    cause = Cause.DRIFT if drifted else Cause.CONFLICT
    match prevailing(policy, dispute):
        case Side.OURS:
            return Verdict(State.PUSH, base, cause=cause)
        case Side.THEIRS:
            return Verdict(State.AGREED, observed, cause=cause, override=observed)
        case _:
            return Verdict(State.DRIFT if drifted else State.CONFLICT, base, cause=cause)
