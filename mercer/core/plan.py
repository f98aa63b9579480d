"""A plan: a stored, checksummed set of changes. The checksum is the contract that apply is held to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import datetime
from enum import StrEnum
from json.encoder import encode_basestring_ascii
from typing import Final, NamedTuple

from mercer.core.cell import LANE_OF, CellKey, Field, Lane


class ChangeKind(StrEnum):
    UPDATE = "update"
    CREATE = "create"


class Stake(NamedTuple):
    """What hangs on the change of a price, as far as it was known when it was planned.

    `units` of the offer are to be sold at it; `cost` of one, as canonical text in the channel's
    currency. `moved`: by how many minor units all of them together get dearer, or cheaper where it is
    below 0.
    """

    units: int | None = None
    cost: str | None = None
    moved: int | None = None


NO_STAKE: Final = Stake()

AT_STAKE: Final = frozenset({Field.PRICE, Field.SCHEDULED})
"""The fields whose changes have a stake: what buyers pay."""


class Change(NamedTuple):
    """One cell, before -> after, as canonical text; or a listing to be created from a product.

    Changes of one `group` are planned, applied, rejected and rolled back together. A change with a
    `guard` is blocked: shown with its reason, not applied. For a creation `listing` and `offer` are
    empty, `sku` is the product's first SKU and `after` the product's code. Only a change of a price
    has a `stake`, a scheduled one too.
    """

    id: str
    kind: ChangeKind
    cell: CellKey
    sku: str
    group: str
    before: str | None
    after: str | None
    why: str
    guard: str = ""
    stake: Stake = NO_STAKE

    @property
    def lane(self) -> Lane:
        return Lane.CONTENT if self.kind is ChangeKind.CREATE else LANE_OF[self.cell.field]

    @property
    def blocked(self) -> bool:
        return bool(self.guard)

    @property
    def is_price(self) -> bool:
        return self.cell.field in AT_STAKE and self.kind is ChangeKind.UPDATE

    def canonical(self) -> str:
        """A line of JSON; put together by hand, for a plan has very many.

        What is not known of a stake is left out, as it was before plans knew of stakes.
        """
        id, kind, cell, sku, group, before, after, why, guard, stake = self
        channel, listing, offer, field, scope = cell
        said = (
            f"{_text(id)},{_text(kind)},"
            f"{_text(channel)},{_text(listing)},{_text(offer)},{_text(field)},{_text(scope)},"
            f"{_text(sku)},{_text(group)},{_known(before)},{_known(after)},"
            f"{_text(why)},{_text(guard)}"
        )
        if stake == NO_STAKE:
            return f"[{said}]"
        units, cost, moved = stake
        return f"[{said},{_count(units)},{_known(cost)},{_count(moved)}]"


_text: Final = encode_basestring_ascii
"""As `json` writes a text."""


def _known(text: str | None) -> str:
    return "null" if text is None else _text(text)


def _count(number: int | None) -> str:
    return "null" if number is None else str(number)


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """What a plan rests on beside its changes.

    `versions` names the version of every input (price book, catalogue, links, rules); `guards` the
    guard settings per channel; `allowed` what a person let pass, each with who and why. `who` had it
    made.
    """

    id: str
    made_at: datetime
    expires_at: datetime
    channels: tuple[str, ...]
    fields: tuple[Field, ...]
    versions: Mapping[str, int]
    guards: Mapping[str, str]
    allowed: tuple[str, ...] = ()
    who: str = ""


@dataclass(frozen=True, slots=True)
class ChannelEstimate:
    """What a plan takes on one channel: requests, and seconds at the quotas of its account.

    `waits` are those of the seconds that pass while the platform works or settles. `ways` says, in a
    sentence each, how writes will travel where the platform has more than one way.
    """

    channel: str
    account: str
    calls: int
    seconds: float
    waits: float = 0.0
    ways: tuple[str, ...] = ()


def longest(estimates: Iterable[ChannelEstimate]) -> float:
    """Seconds until the last of the channels is done.

    Accounts work side by side. Channels of one account take turns at its quotas, and wait together.
    """
    work: dict[str, float] = {}
    waits: dict[str, float] = {}
    for each in estimates:
        work[each.account] = work.get(each.account, 0.0) + each.seconds - each.waits
        waits[each.account] = max(waits.get(each.account, 0.0), each.waits)
    return max((work[account] + waits[account] for account in work), default=0.0)


@dataclass(frozen=True, slots=True)
class ChannelSums:
    """What a plan's changes come to on one channel, which sells in `currency`.

    What a guard stops counts as `blocked`, and nowhere else but in `changes`. `offers` would change; a
    listing's own fields count as one offer. `stock`: changes of stock. `cuts` and `rises` are in the
    reporting currency, in which one unit of the channel's is worth `rate`; `None` is not known.
    """

    channel: str
    currency: str
    offers: int
    changes: int
    blocked: int
    stock: int
    cuts: str | None
    rises: str | None
    rate: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """`seconds` is the time that the declared quotas need for `calls` requests, on all `channels`.

    `at_risk` is what the cuts of each channel come to, over the units they apply to. `cuts` and `rises`
    are those of all channels in the reporting `currency`, and `None` where a rate or a quantity that
    they need is not known: a person has to look then. `sums` has every channel with changes.
    """

    changes: int = 0
    blocked: int = 0
    calls: int = 0
    seconds: float = 0.0
    at_risk: tuple[str, ...] = field(default=())
    channels: tuple[ChannelEstimate, ...] = ()
    cuts: str | None = None
    rises: str | None = None
    currency: str = ""
    sums: tuple[ChannelSums, ...] = ()

    @property
    def going(self) -> int:
        """Changes that no guard stops."""
        return self.changes - self.blocked


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class Checksum:
    """SHA-256 over the header, every change in order, and what they come to.

    It is fed change by change, so memory stays flat. What plans did not know of once is left out
    where it is not there: one that was stored then has the checksum that it had.
    """

    def __init__(self, header: PlanHeader) -> None:
        self._digest = hashlib.sha256()
        self._feed(
            {
                "id": header.id,
                "made_at": header.made_at.isoformat(),
                "expires_at": header.expires_at.isoformat(),
                "channels": header.channels,
                "fields": header.fields,
                "versions": dict(header.versions),
                "guards": dict(header.guards),
                "allowed": header.allowed,
                **({"who": header.who} if header.who else {}),
            }
        )

    def _feed(self, value: object) -> None:
        self._digest.update(_CANONICAL.encode(value).encode() + b"\n")

    def add(self, *changes: Change) -> None:
        lines = [f"{change.canonical()}\n" for change in changes]
        self._digest.update("".join(lines).encode())

    def sealed(self, totals: Totals) -> str:
        """The checksum, once every change was added."""
        if totals.sums:
            self._feed([totals.cuts, totals.rises, *map(astuple, totals.sums)])
        return self._digest.hexdigest()


def checksum(header: PlanHeader, changes: Iterable[Change], totals: Totals = Totals()) -> str:
    digest = Checksum(header)
    digest.add(*changes)
    return digest.sealed(totals)
