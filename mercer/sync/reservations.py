"""What orders do to the stock ledger: units reserved, released, shipped, and put back by decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mercer.core.listing import DeductAt, FulfilledBy
from mercer.core.stock import Balance, Movement, MovementKind
from mercer.core.stock_rule import reserve_at
from mercer.store import catalogue, incidents, ledger, orders, stock_rules, versions
from mercer.store.database import Transaction
from mercer.store.ledger import Done, Located, OfOrder
from mercer.store.offers import OfferRow
from mercer.sync.places import arriving_at
from mercer.sync.session import Session
from mercer.sync.stock_rules import rule_of


@dataclass(frozen=True, slots=True)
class LineVersion:
    """What an order line now says. `version`: when its order was changed to say so.

    `root`: the order, or the one that it was split off. `row` is the line as it is stored; where
    several orders of one root carry it, with the units of all of them.
    """

    root: str
    version: datetime
    row: Mapping[str, Any]

    @property
    def key(self) -> OfOrder:
        return OfOrder(self.row["channel"], self.root, self.row["line"])

    def with_(self, other: LineVersion) -> LineVersion:
        units = {name: self.row[name] + other.row[name] for name in ("quantity", "shipped")}
        return LineVersion(self.root, max(self.version, other.version), {**other.row, **units})

    @property
    def moves(self) -> bool:
        ours = self.row["fulfilled_by"] == FulfilledBy.SELLER.value
        return self.row["sku"] is not None and self.row["deducted_at"] is not None and ours

    @property
    def parts(self) -> dict[str, int]:
        parts: dict[str, int] | None = self.row["parts"]
        return parts or {self.row["sku"]: 1}


def together(said: Iterable[LineVersion]) -> list[LineVersion]:
    """One for each line: where several orders of one root carry it, with the units of all."""
    found: dict[OfOrder, LineVersion] = {}
    for each in said:
        before = found.get(each.key)
        found[each.key] = each if before is None else before.with_(each)
    return list(found.values())


def move_stock(tx: Transaction, session: Session, said: Iterable[LineVersion]) -> set[str]:
    """Bring the ledger to what order lines now say; return the SKUs that moved.

    What is posted is the difference to what a line has done so far, so any order of arrival ends
    the same, and twice in is once done.
    """
    due = [each for each in said if each.moves]
    if not due:
        return set()
    mover = _Mover.of(tx, session, due)
    for each in due:
        mover.move(each)
    return mover.finished()


@dataclass(slots=True)
class _Mover:
    """The ledger is read once and written once, however many lines there are.

    `there` and `done` are as if every movement so far was posted.
    """

    tx: Transaction
    session: Session
    there: dict[str, dict[str, Located]]
    done: dict[OfOrder, dict[str, Done]]
    made: list[tuple[Movement, OfOrder]] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, tx: Transaction, session: Session, due: Sequence[LineVersion]) -> _Mover:
        roots: dict[str, set[str]] = {}
        for each in due:
            roots.setdefault(each.key.channel, set()).add(each.root)
        done: dict[OfOrder, dict[str, Done]] = {}
        for channel, theirs in roots.items():
            done |= ledger.moved_by_lines(tx, channel, theirs)
        there = ledger.located(tx, {part for each in due for part in each.parts})
        return cls(tx, session, there, done)

    def move(self, said: LineVersion) -> None:
        row, since = said.row, said.row["deducted_at"]
        for part, each in said.parts.items():
            so_far = self.done.get(said.key, {}).get(part, Done())
            shipped = row["shipped"] * each - so_far.shipped
            reserved = (row["quantity"] - row["shipped"]) * each - so_far.reserved
            places = available_at(self.there.get(part, {}), since)
            if not places or not (shipped or reserved):
                continue
            # Where a line was first reserved it stays, and is shipped from.
            location = so_far.location
            if location is None:
                channel, units = said.key.channel, shipped + reserved
                location = choose_location(
                    self.tx, self.session, channel, row["sku"], places, units
                )
            self._post(said, part, location, _steps(shipped, reserved, so_far.reserved))
            if shipped + reserved > 0 and self._left(part) < 0:
                self._oversold(part, said)

    def _post(
        self,
        said: LineVersion,
        part: str,
        location: str,
        steps: Iterable[tuple[MovementKind, int, int]],
    ) -> None:
        row, line = said.row, said.key
        done, places = self.done.setdefault(line, {}), self.there[part]
        so_far = done.get(part, Done())
        version = f"{said.version.isoformat()}/{so_far.steps}"
        key = f"{line.channel}/{line.root}/{line.line}/{part}/{version}"
        reason = f"order {row['order']} on {line.channel}"
        since = row["deducted_at"]
        for kind, on_hand, held in steps:
            movement = Movement(
                f"{key}/{kind.value}", part, location, kind, on_hand, held, since, reason
            )
            self.made.append((movement, line))
            done[part] = done.get(part, Done()).after(location, on_hand, held)
            if location in places:
                before = places[location]
                places[location] = replace(before, balance=before.balance + Balance(on_hand, held))
        self.moved.add(part)

    def _left(self, part: str) -> int:
        return sum(each.balance.available for each in self.there[part].values())

    def _oversold(self, part: str, said: LineVersion) -> None:
        """The incident names every order that wants the SKU, so they all have to be posted first."""
        self._write()
        channel, order, now = said.key.channel, said.row["order"], self.session.clock.now()
        incidents.record(self.tx, part, channel, order, self._left(part), now)

    def _write(self) -> None:
        ledger.post_all(self.tx, self.made, self.session.clock.now())
        self.made.clear()

    def finished(self) -> set[str]:
        self._write()
        enough = [part for part in self.moved if self._left(part) >= 0]
        incidents.settle(self.tx, enough, self.session.clock.now())
        if self.moved:
            versions.bump(self.tx, "stock")
        return self.moved


def available_at(there: Mapping[str, Located], since: datetime) -> dict[str, int]:
    """What is available where the SKU was counted before an order of then.

    Platforms tell whole seconds: an order in the second of the count came after it.
    """
    return {
        location: each.balance.available
        for location, each in there.items()
        if since >= each.since.replace(microsecond=0)
    }


def choose_location(
    tx: Transaction,
    session: Session,
    channel: str,
    sku: str,
    available: Mapping[str, int],
    units: int,
) -> str:
    """Where to reserve: of the locations that the channel's rule for this SKU draws on, in its order.

    Where it lies at none of those, what is sold is reserved all the same.
    """
    if len(available) == 1:
        return next(iter(available))
    own = stock_rules.of_skus(tx, [sku]).get(sku, {})
    drawn = rule_of(session, channel, own).contributing(available) or sorted(available)
    return reserve_at(units, {location: available[location] for location in drawn})


def _steps(shipped: int, reserved: int, held: int) -> Iterator[tuple[MovementKind, int, int]]:
    """The movements for so many more units shipped and reserved, of a line that holds `held`.

    Each is kind, on hand, reserved. Fewer shipped than before corrects a wrong count: goods that a
    buyer sends back are another matter, see `restock`.
    """
    if shipped > 0:
        taken = min(shipped, held)
        yield MovementKind.SHIPMENT, -shipped, -taken
        reserved += taken
    elif shipped < 0:
        yield MovementKind.ADJUSTMENT, -shipped, 0
    if reserved:
        yield MovementKind.RESERVATION if reserved > 0 else MovementKind.RELEASE, 0, reserved


def resolve_lines(
    tx: Transaction, session: Session, linked: Sequence[tuple[OfferRow, str]]
) -> set[str]:
    """Lines that were sold before their offer was linked move stock now. Returns the SKUs moved."""
    said = []
    for row, sku in linked:
        for line in orders.unresolved(tx, row.channel, row.listing, row.offer):
            paid = row.deduct_at is DeductAt.PAYMENT
            line |= {
                "sku": sku,
                "parts": catalogue.parts_of(tx, [sku]).get(sku),
                "deducted_at": line["paid_at"] if paid else line["created_at"],
            }
            orders.resolve(tx, line)
            said.append(LineVersion(line["root"], line["updated_at"], line))
    return move_stock(tx, session, together(said))


def replay_since_opening(tx: Transaction, session: Session, skus: Iterable[str]) -> set[str]:
    """After an opening balance: orders since its time move stock, though they came in earlier."""
    moved: set[str] = set()
    for sku, opened in ledger.openings(tx, skus).items():
        touched = [sku, *catalogue.bundles_with(tx, [sku])]
        lines = orders.lines_since(tx, touched, opened.replace(microsecond=0))
        said = [LineVersion(line["root"], line["updated_at"], line) for line in lines]
        moved |= move_stock(tx, session, together(said))
    return moved


def restock(
    tx: Transaction,
    session: Session,
    sku: str,
    location: str,
    units: int,
    key: str,
    who: str,
    reason: str,
) -> bool:
    """Goods that a buyer sent back are on hand again, by somebody's decision; once for each `key`.

    Tell whether it was new. Cells are to be renewed. Raise `InputError` where the SKU was never
    counted, or lies at several locations and none is named.
    """
    place = arriving_at(tx, session, sku, location, key)
    now = session.clock.now()
    movement = Movement(key, sku, place, MovementKind.RETURN, units, 0, now, reason, who)
    if not ledger.post(tx, movement, session.clock.now()):
        return False
    watch_oversell(tx, session, [sku])
    versions.bump(tx, "stock")
    return True


def watch_oversell(tx: Transaction, session: Session, skus: Iterable[str]) -> None:
    """After stock moved by no order: an incident begins where less is left than was promised, and
    all of a SKU's end where there is enough for everybody again.
    """
    now = session.clock.now()
    enough = []
    for sku, balance in ledger.balances(tx, skus).items():
        if balance.available >= 0:
            enough.append(sku)
        else:
            incidents.record(tx, sku, "", "", balance.available, now)
    incidents.settle(tx, enough, now)
