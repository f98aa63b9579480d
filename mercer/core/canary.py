"""Which changes of a plan are tried before the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mercer.core.plan import Change, ChangeKind
from mercer.core.terms import Share

Unit = list[Change]
"""What a platform takes only together, or one change."""


def chosen(changes: Sequence[Change], share: Share) -> list[Change]:
    """So many of the changes, a few of each channel and from all over its part of the plan.

    Every channel that has a change is tried with one at least, and a group is taken whole, so they may
    be a few more. Listings to be created are never among them: nothing takes one back.
    """
    by_channel = _units(changes)
    total = sum(len(unit) for units in by_channel.values() for unit in units)
    wanted = max(share.of(total), 1)
    found: list[Change] = []
    for units in by_channel.values():
        found += _spread(units, wanted, total)
    return found


def _units(changes: Iterable[Change]) -> dict[str, list[Unit]]:
    by_channel: dict[str, dict[str, Unit]] = {}
    for change in changes:
        if change.kind is ChangeKind.UPDATE and not change.blocked:
            units = by_channel.setdefault(change.cell.channel, {})
            units.setdefault(change.group or change.id, []).append(change)
    return {channel: list(units.values()) for channel, units in by_channel.items()}


def _spread(units: Sequence[Unit], wanted: int, total: int) -> Iterable[Change]:
    """Units at equal distances, the first among them, with `wanted` of `total` changes or a little more."""
    taken, passed = 0, 0
    for unit in units:
        passed += len(unit)
        if taken * total < passed * wanted:
            yield from unit
            taken += len(unit)
