"""The three-way merge of price, content and status: one pure function over canonical text.

Stock is not merged three ways: see `mercer.core.stock`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mercer.core.cell import money_from_text
from mercer.core.errors import InputError


class Owner(StrEnum):
    """Who decides a field on a channel."""

    MERCER = "mercer"
    CHANNEL = "channel"


class Policy(StrEnum):
    """What to do when the channel left what both sides agreed on."""

    OURS = "ours"
    THEIRS = "theirs"
    LOWEST = "lowest"
    HIGHEST = "highest"
    ASK = "ask"


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


@dataclass(frozen=True, slots=True)
class Sides:
    """What is known of a cell. `None` is unknown; an empty text is known to be nothing."""

    base: str | None
    desired: str | None
    observed: str | None
    in_flight: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`base` and `in_flight` are what the cell holds from now on.

    `override` is the value to keep as this channel's own, where the channel's hand prevails.
    """

    state: State
    base: str | None
    in_flight: str | None = None
    cause: Cause | None = None
    override: str | None = None


def merge(sides: Sides, owner: Owner, policy: Policy) -> Verdict:
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
    if desired == base:
        return _settle(base, desired, observed, policy, State.DRIFT, Cause.DRIFT)
    return _settle(base, desired, observed, policy, State.CONFLICT, Cause.CONFLICT)


def _settle(
    base: str, desired: str, observed: str, policy: Policy, unsettled: State, cause: Cause
) -> Verdict:
    winner = _winner(desired, observed, policy)
    if winner is None:
        return Verdict(unsettled, base, cause=cause)
    if winner == desired:
        return Verdict(State.PUSH, base, cause=cause)
    return Verdict(State.AGREED, observed, cause=cause, override=observed)


def _winner(desired: str, observed: str, policy: Policy) -> str | None:
    """`None`: a person decides. Amounts in two currencies, or no amounts, are never ordered."""
    if policy is Policy.OURS:
        return desired
    if policy is Policy.THEIRS:
        return observed
    if policy is Policy.ASK:
        return None
    ours, theirs = _amount(desired), _amount(observed)
    if ours is None or theirs is None or ours[1] != theirs[1]:
        return None
    lowest, highest = sorted([(ours[0], desired), (theirs[0], observed)])
    return lowest[1] if policy is Policy.LOWEST else highest[1]


def _amount(text: str) -> tuple[int, str] | None:
    try:
        money = money_from_text(text)
    except InputError:
        return None
    return (money.minor, money.currency) if money else None
