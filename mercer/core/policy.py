"""Policies: whose value prevails on a channel where the shop left what both sides agreed on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from mercer.core.cell import Field, money_from_text
from mercer.core.errors import InputError
from mercer.core.money import Money


class Side(StrEnum):
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Dispute:
    """Canonical texts of one cell. The shop shows `observed`, which is neither `base` nor `desired`;
    where only the shop has moved, `desired` is `base`.
    """

    channel: str
    field: Field
    base: str
    desired: str
    observed: str


@runtime_checkable
class Policy(Protocol):
    """`name` is what `mercer.toml` says; plans rest on it."""

    @property
    def name(self) -> str: ...

    def prevailing(self, dispute: Dispute) -> Side | None:
        """Whose value holds; `None` leaves it to a person. Pure: no I/O, the same for the same."""


@dataclass(frozen=True, slots=True)
class Always:
    name: str
    side: Side | None

    def prevailing(self, dispute: Dispute) -> Side | None:
        del dispute  # whatever it is about
        return self.side


@dataclass(frozen=True, slots=True)
class ByAmount:
    """The lower or the higher amount; what are no two amounts is not ordered."""

    name: str
    lowest: bool

    def prevailing(self, dispute: Dispute) -> Side | None:
        ours, theirs = _amount(dispute.desired), _amount(dispute.observed)
        if ours is None or theirs is None or ours.currency != theirs.currency:
            return None
        return Side.OURS if (ours.minor < theirs.minor) == self.lowest else Side.THEIRS


@dataclass(frozen=True, slots=True)
class Unplugged:
    """A policy by its name alone, until the plugin that brings it is found: a person decides."""

    name: str

    def prevailing(self, dispute: Dispute) -> None:
        """Nobody knows what it would say."""


OURS: Final = Always("ours", Side.OURS)
THEIRS: Final = Always("theirs", Side.THEIRS)
ASK: Final = Always("ask", None)
LOWEST: Final = ByAmount("lowest", lowest=True)
HIGHEST: Final = ByAmount("highest", lowest=False)

BUILT_IN: Final[dict[str, Policy]] = {
    each.name: each for each in (OURS, THEIRS, LOWEST, HIGHEST, ASK)
}


def prevailing(policy: Policy, dispute: Dispute) -> Side | None:
    """What the policy says, made safe: a person decides where a plugin's own fails or says nonsense,
    and where the shop's value would be kept in another currency than ours.
    """
    try:
        side = policy.prevailing(dispute)
    except Exception:  # whatever a stranger's policy does, the other cells go on
        return None
    if side is Side.THEIRS and _is_foreign(dispute):
        return None
    return side if isinstance(side, Side) else None


def _is_foreign(dispute: Dispute) -> bool:
    ours, theirs = _amount(dispute.desired), _amount(dispute.observed)
    return ours is not None and theirs is not None and ours.currency != theirs.currency


def _amount(text: str) -> Money | None:
    try:
        return money_from_text(text)
    except InputError:
        return None
