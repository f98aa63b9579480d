"""Make a plan: what is to be pushed, guarded, estimated, checksummed and stored.

Costs what changed: only cells that need attention are read, one listing at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from mercer.core.account import Channel
from mercer.core.audit import Kind, Line
from mercer.core.cell import PLANNED, CellKey, Field
from mercer.core.contract import CreatesListings
from mercer.core.guard import Finding, Guard
from mercer.core.plan import (
    Change,
    ChangeKind,
    Checksum,
    PlanHeader,
    Totals,
    longest,
)
from mercer.store import (
    absences,
    cells,
    channels,
    plans,
    prices,
    quarantine,
    rates,
    runs,
    to_plan,
    versions,
)
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.store.to_plan import ToPlan
from mercer.sync import audit, foreseen
from mercer.sync.catching_up import catch_up
from mercer.sync.dealing import end_deals
from mercer.sync.drafts import draft_findings, drafts_of
from mercer.sync.estimate import Estimate
from mercer.sync.guarding import alarms_of, blocking
from mercer.sync.plan_changes import PlanChanges
from mercer.sync.price_looks import look, text_of
from mercer.sync.provisional import expire
from mercer.sync.renew import renew_overdue
from mercer.sync.risk_sums import RiskSums
from mercer.sync.rule_changes import end_lapsed
from mercer.sync.session import Connection, Session

LIFETIME = timedelta(hours=24)
"""How long a plan may be applied; what it rests on is looked at again anyway."""

_SLICE = 500


@dataclass(frozen=True, slots=True)
class Request:
    """What to plan. `allowed`: guards let pass, as `guard` or `guard:SKU`; `reason` says why.

    `skus` narrows the plan to these SKUs and creates nothing; `None` is everything. `cells` narrows it
    further.
    """

    channels: tuple[str, ...] = ()
    fields: tuple[Field, ...] = PLANNED
    skus: frozenset[str] | None = None
    allowed: tuple[str, ...] = ()
    reason: str = ""
    cells: frozenset[CellKey] | None = None


def make_plan(session: Session, request: Request) -> Plan:
    """Store a plan of everything that is to be pushed now, and return it."""
    connections = session.chosen(request.channels)
    with session.database.write() as tx:
        now = session.clock.now()
        catch_up(tx, session, [connection.name for connection in connections])
        end_lapsed(tx, session)
        expire(tx, session, now)
        end_deals(tx, session)
        for connection in connections:
            look(tx, session, connection.channel)
            renew_overdue(tx, session, connection.name)
        header = PlanHeader(
            f"p{versions.bump(tx, 'plan')}",
            now,
            now + LIFETIME,
            tuple(connection.name for connection in connections),
            request.fields,
            versions.inputs(tx),
            {each.name: rules_text(each.channel) for each in connections},
            (
                *(f"{name} ({session.who}: {request.reason})" for name in request.allowed),
                *foreseen.told(tx, [connection.name for connection in connections], now),
            ),
            session.who,
        )
        plans.begin(tx, header)
        making = _Making(tx, session, request, header, Checksum(header))
        for connection in connections:
            making.add_channel(connection)
        plan = making.finished()
        plans.finish(tx, plan)
        audit.note(tx, session, _line(plan))
    return plan


def _line(plan: Plan) -> Line:
    allowed = "; ".join(plan.header.allowed) or None
    return Line(Kind.PLAN_MADE, plan=plan.header.id, after=plan.checksum, reason=allowed)


def rules_text(channel: Channel) -> str:
    """What a plan for this channel rests on beside the data: apply holds it to the same."""
    rules = asdict(channel.guards) | {
        f"stock_{k}": v for k, v in asdict(channel.stock_rule).items()
    }
    rules |= {f"owner of {field}": owner.value for field, owner in sorted(channel.owners.items())}
    rules |= {f"policy of {field}": each.name for field, each in sorted(channel.policies.items())}
    rules |= {"price rules": text_of(channel)}
    return ", ".join(f"{name}={value}" for name, value in rules.items())


def _slices(rows: Iterable[ToPlan]) -> Iterator[list[ToPlan]]:
    """Whole listings, of some hundred rows together."""
    waiting: list[ToPlan] = []
    for row in rows:
        if len(waiting) >= _SLICE and row.listing != waiting[-1].listing:
            yield waiting
            waiting = []
        waiting.append(row)
    if waiting:
        yield waiting


@dataclass(slots=True)
class _Making:
    tx: Transaction
    session: Session
    request: Request
    header: PlanHeader
    checksum: Checksum
    position: int = 0
    notes: list[str] = field(default_factory=list)
    estimates: list[Estimate] = field(default_factory=list)
    sums: RiskSums = field(init=False)

    def __post_init__(self) -> None:
        currencies = {name: each.currency for name, each in self.session.channels.items()}
        known = rates.holding(self.tx, self.header.made_at, self.session.rates_last)
        self.sums = RiskSums(currencies, self.session.reporting_currency, known)

    def add_channel(self, connection: Connection) -> None:
        estimate = Estimate(connection.name, connection.channel.account, connection.adapter)
        self.estimates.append(estimate)
        has = connection.declared.fields
        fields = tuple(field for field in self.request.fields if field in has)
        asked = self.request
        alarms = alarms_of(
            self.tx, connection, fields, asked.skus, asked.allowed, self.header.made_at
        )
        rows = self._wanted(connection.name, to_plan.of_channel(self.tx, connection.name, fields))
        changes = PlanChanges(
            self.tx, self.session, connection, self.header, self.request.allowed, alarms
        )
        for slice in _slices(rows):
            made = changes.of(slice, self.position + 1)
            estimate.add(made)
            self._store(connection.name, made)
        if self.request.skus is None and Field.TITLE in self.request.fields:
            self._add_creations(connection, estimate)
        self._note_lacks(connection)

    def _wanted(self, channel: str, rows: Iterator[ToPlan]) -> Iterator[ToPlan]:
        skus, wanted = self.request.skus, self.request.cells
        if skus is not None:
            rows = (row for row in rows if row.sku in skus)
        if wanted is not None:
            rows = (row for row in rows if _key(channel, row) in wanted)
        return rows

    def _add_creations(self, connection: Connection, estimate: Estimate) -> None:
        tx, name = self.tx, connection.name
        if not connection.channel.create_listings:
            return
        if channels.state_of(tx, name).enumerated_at is None:
            return
        if not isinstance(connection.adapter, CreatesListings):
            if missing := absences.count(tx, name):
                lack = connection.declared.notes.get("create", "listings cannot be created here")
                self.notes.append(f"{name}: {missing} products have no listing; {lack}")
            return
        if unknown := quarantine.listings_never_read(tx, name):
            pages = ", ".join(unknown)
            self.notes.append(f"{name}: nothing is created while listing {pages} cannot be read")
            return
        unadopted = cells.any_unagreed(tx, name)
        doubtful = runs.creations_in_doubt(tx, name)
        if doubtful:
            codes = ", ".join(sorted(doubtful))
            self.notes.append(
                f"{name}: whether {codes} was created shows when its listings are read"
            )
        wanted = [code for code in absences.of_channel(tx, name) if code not in doubtful]
        for draft in drafts_of(tx, self.session, connection.channel, wanted):
            findings = draft_findings(tx, self.session, connection.channel, draft)
            if unadopted:
                findings.append(
                    Finding(
                        Guard.UNADOPTED,
                        f"settle first what the shop shows otherwise: mercer adopt {name}",
                    )
                )
            first = draft.offers[0].sku if draft.offers else ""
            change = Change(
                f"{self.header.id}.{self.position + 1}",
                ChangeKind.CREATE,
                CellKey(name, "", "", Field.TITLE),
                first,
                "",
                None,
                draft.code,
                f"{draft.code} is active and not on {name}",
                blocking(findings, first, self.request.allowed),
            )
            estimate.add([change])
            self._store(name, [change])

    def _note_lacks(self, connection: Connection) -> None:
        """Fields that were asked for, that the platform lacks, and that would be shown if it had them."""
        for lacking in self.request.fields:
            if lacking in connection.declared.fields:
                continue
            if lacking is Field.COMPARE_AT and not prices.any_compare_at(self.tx):
                continue
            note = connection.declared.notes.get(lacking.value)
            if note:
                self.notes.append(f"{connection.name}: {note}")

    def _store(self, channel: str, made: Sequence[Change]) -> None:
        self.checksum.add(*made)
        self.sums.add(channel, made)
        plans.add_changes(self.tx, self.header.id, self.position + 1, made)
        self.position += len(made)

    def finished(self) -> Plan:
        estimates = tuple(each.told() for each in self.estimates)
        cuts, rises, lacks = self.sums.reported()
        currency, sums = self.sums.currency, self.sums.told()
        self.notes += [f"what is at risk in {currency} is not known: {lack}" for lack in lacks]
        totals = Totals(
            self.position,
            sum(each.blocked for each in sums),
            sum(each.calls for each in estimates),
            round(longest(estimates), 1),
            self.sums.at_risk,
            tuple(each for each in estimates if each.calls),
            cuts,
            rises,
            currency,
            sums,
        )
        return Plan(self.header, self.checksum.sealed(totals), totals, tuple(self.notes))


def _key(channel: str, row: ToPlan) -> CellKey:
    return CellKey(channel, row.listing, row.offer, row.field, row.scope)
