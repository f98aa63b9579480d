"""How a change ended."""

from __future__ import annotations

from enum import StrEnum


class Result(StrEnum):
    """Of one item of one write, as the adapter reports it.

    `accepted`: the platform took it; it must be read back. `confirmed`: the platform returned the
    authoritative new value. `rejected`: the item is wrong. `stale`: compare-and-set lost.
    """

    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    STALE = "stale"


class Outcome(StrEnum):
    """Of one change of a run, as a person sees it.

    `open`: the run has not come to it; taken up again, it goes on there. `sent`: the platform took it,
    and a later read is to show it: only where the run was told not to wait. `unconverged`: sent, or
    tried, and not seen at the shop within the deadline; it is tried again by the next plan. `stale`:
    the shop, the catalogue or the plan moved since; nothing was written.
    """

    CONFIRMED = "confirmed"
    OPEN = "open"
    SENT = "sent"
    UNCONVERGED = "unconverged"
    REJECTED = "rejected"
    STALE = "stale"
    BLOCKED = "blocked"
