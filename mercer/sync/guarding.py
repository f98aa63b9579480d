"""Guards over a channel's changes as a whole, and what a person let pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from mercer.core.cell import LANE_OF, Field, Lane
from mercer.core.guard import NEVER_ALLOWED, Finding, Guard, GuardSettings, PlanFigures, check_plan
from mercer.core.listing import ListingStatus
from mercer.core.merge import State
from mercer.core.money import Money
from mercer.core.plan import AT_STAKE
from mercer.store import offers, to_plan
from mercer.store.database import Transaction
from mercer.store.to_plan import ToPlan
from mercer.sync import foreseen
from mercer.sync.risk_sums import stake_of
from mercer.sync.session import Connection


def is_allowed(guard: Guard, subject: str, allowed: Iterable[str]) -> bool:
    """`subject` is a SKU, or a channel for guards over a channel's changes as a whole."""
    if guard in NEVER_ALLOWED:
        return False
    names = {entry.partition(" (")[0] for entry in allowed}
    return guard.value in names or f"{guard.value}:{subject}" in names


def blocking(findings: Sequence[Finding], sku: str, allowed: Sequence[str]) -> str:
    """What blocks, as one text; empty if nothing does or a person let it pass by name."""
    return "; ".join(
        f"{finding.guard.value}: {finding.message}"
        for finding in findings
        if finding.blocks and not is_allowed(finding.guard, sku, allowed)
    )


def alarms_of(
    tx: Transaction,
    connection: Connection,
    fields: Sequence[Field],
    skus: frozenset[str] | None,
    allowed: Iterable[str],
    now: datetime,
) -> dict[Lane, str]:
    """What stops a whole lane of a channel's plan, narrowed to `skus` if there are any."""
    name, settings = connection.name, connection.channel.guards
    passed = foreseen.uncounted(tx, name, now)
    wide = passed.get(Guard.WIDE_CHANGE, frozenset())
    figures = (
        _counted(tx, name, fields)
        if skus is None and not wide
        else _figures(_without(wide, _pushed(tx, connection, fields, skus)))
    )
    if settings.max_risk is not None:
        risky = passed.get(Guard.MONEY_AT_RISK, frozenset())
        prices = [field for field in fields if field in AT_STAKE]
        cuts = _without(risky, _pushed(tx, connection, prices, skus))
        figures = _with_risk(figures, cuts, connection.channel.currency)
    most = max(figures.changed, figures.delisted, figures.sold_out)
    if most > settings.share_from:
        enough = _enough(most, settings)
        figures = replace(figures, offers=offers.count_at_most(tx, name, enough))
    alarms: dict[Lane, str] = {}
    for finding in check_plan(figures, settings):
        if not is_allowed(finding.guard, name, allowed):
            for lane in _lanes(finding.guard):
                alarms[lane] = f"{finding.guard.value}: {finding.message}"
    return alarms


def _counted(tx: Transaction, channel: str, fields: Sequence[Field]) -> PlanFigures:
    """Counted by the index, without reading the changes."""
    wide = [field for field in fields if LANE_OF[field] is not Lane.STOCK]
    status = [field for field in fields if field is Field.STATUS]
    stock = [field for field in fields if field is Field.STOCK]
    return PlanFigures(
        0,
        to_plan.count(tx, channel, wide),
        to_plan.count(tx, channel, status, ListingStatus.DELISTED.value),
        to_plan.count(tx, channel, stock, "0"),
    )


def _pushed(
    tx: Transaction,
    connection: Connection,
    fields: Sequence[Field],
    skus: frozenset[str] | None,
) -> Iterator[ToPlan]:
    for row in to_plan.of_channel(tx, connection.name, fields):
        if row.state is State.PUSH and (skus is None or row.sku in skus):
            yield row


def _without(passed: frozenset[tuple[str, Field]], rows: Iterable[ToPlan]) -> Iterator[ToPlan]:
    """Without these prices of SKUs, whose moves a person let pass with a campaign."""
    return (row for row in rows if (row.sku, row.field) not in passed)


def _figures(rows: Iterable[ToPlan]) -> PlanFigures:
    changed: set[tuple[str, str]] = set()
    delisted: set[str] = set()
    sold_out: set[tuple[str, str]] = set()
    for row in rows:
        if row.field is not Field.STOCK:
            changed.add((row.listing, row.offer))
        elif row.desired == "0":
            sold_out.add((row.listing, row.offer))
        if row.field is Field.STATUS and row.desired == ListingStatus.DELISTED.value:
            delisted.add(row.listing)
    return PlanFigures(0, len(changed), len(delisted), len(sold_out))


def _with_risk(figures: PlanFigures, rows: Iterable[ToPlan], currency: str) -> PlanFigures:
    """What the cuts of a channel add up to, where a limit asks for it."""
    cuts, unknown = 0, 0
    for row in rows:
        moved = stake_of(row, None).moved
        if moved is None:
            unknown += row.rise is None or row.rise < 0
        else:
            cuts -= min(moved, 0)
    return replace(figures, cuts=Money(cuts, currency), unknown_quantities=unknown)


def _enough(changed: int, settings: GuardSettings) -> int:
    """A shop of this many offers may change so many: counting further would tell nothing."""
    shares = (settings.max_changed_percent, settings.max_sold_out_percent)
    return (
        changed * 100 // max(min((each for each in shares if each is not None), default=100), 1) + 1
    )


def _lanes(guard: Guard) -> tuple[Lane, ...]:
    if guard is Guard.MASS_SELL_OUT:
        return (Lane.STOCK,)
    if guard is Guard.WIDE_CHANGE:
        return (Lane.PRICE, Lane.SCHEDULED, Lane.CONTENT, Lane.STATUS)
    return (Lane.PRICE, Lane.SCHEDULED)
