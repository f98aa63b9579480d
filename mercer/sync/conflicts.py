"""A person says whose value holds on a channel, and what that will write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mercer.core.account import Channel
from mercer.core.cell import MONEY_FIELDS, CellKey, Field, money_from_text
from mercer.core.cellstate import Cell
from mercer.core.errors import InputError
from mercer.core.listing import ListingStatus
from mercer.core.money import Money
from mercer.store import cells, conflicts, decisions, overrides, prices
from mercer.store.conflicts import Waiting
from mercer.store.database import Transaction
from mercer.store.decisions import Decision, How
from mercer.store.overrides import Override
from mercer.sync.decisions import Ruling, decide
from mercer.sync.renew import renew
from mercer.sync.session import Session

_SLICE = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """`how` is `ours`, `theirs` or `value`. `value` is as a person writes it.

    `until`: the channel keeps its own value no longer than that.
    """

    how: How
    reason: str
    value: str = ""
    until: datetime | None = None


@dataclass(slots=True)
class Resolved:
    """`settled` as they stand now; `left` stay as they were: id and why."""

    settled: list[Waiting] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)


def resolve(session: Session, shown: Sequence[Waiting], answer: Answer) -> Resolved:
    """Settle these as they were shown; one that has moved since is left for another look.

    Nothing is sent: `ours` and `value` go out with the next plan. Raise `InputError` for an end that
    is past, or that an answer has which needs none.
    """
    if answer.until is not None and answer.until <= session.clock.now():
        raise InputError(f"{answer.until:%Y-%m-%d %H:%M} UTC is past", hint="name a later time")
    if answer.until is not None and answer.how is How.OURS:
        raise InputError(
            "ours holds until somebody moves it", hint="--until goes with --theirs or --value"
        )
    done = Resolved()
    for start in range(0, len(shown), _SLICE):
        with session.database.write() as tx:
            _resolve(tx, session, shown[start : start + _SLICE], answer, done)
    return done


def _resolve(
    tx: Transaction, session: Session, shown: Sequence[Waiting], answer: Answer, done: Resolved
) -> None:
    ids = tuple(each.id for each in shown)
    fresh = {each.id: each.cell for each in conflicts.listed(tx, conflicts.Choice(ids=ids))}
    touched: dict[str, set[str]] = {}
    settled = []
    for each in shown:
        cell = fresh.get(each.id)
        if cell is None or _sides(cell) != _sides(each.cell):
            done.left.append((each.id, "it moved meanwhile: look again"))
            continue
        try:
            ruling = _ruling(session, cell, answer)
        except InputError as error:
            done.left.append((each.id, error.message))
            continue
        decide(tx, session, cell, ruling)
        # Both sides start from what the shop shows, so that what differs from it is ours to write.
        cells.save(tx, [replace(cell, base=cell.observed, base_at=cell.observed_at)])
        touched.setdefault(cell.key.channel, set()).add(cell.key.listing)
        settled.append(each.id)
    for name, listings in touched.items():
        renew(tx, session, session.channels[name], sorted(listings))
    for id in settled:
        now = conflicts.cell_of(tx, id)
        assert now is not None  # it was just written
        done.settled.append(Waiting(id, now))


def _sides(cell: Cell) -> tuple[str | None, str | None, str | None]:
    return cell.base, cell.desired, cell.observed


def _ruling(session: Session, cell: Cell, answer: Answer) -> Ruling:
    """Raise `InputError` where this cell cannot be settled so."""
    if answer.how is How.OURS:
        return Ruling(How.OURS, session.who, answer.reason)
    channel = session.channels[cell.key.channel]
    if cell.key.field is Field.STOCK:
        raise InputError("stock follows the ledger: settle it as ours, or count it")
    if answer.how is How.VALUE:
        value = canonical(channel, cell.key.field, answer.value)
    else:
        value = cell.observed or ""
        _check_currency(channel, cell.key, value)
    return Ruling(answer.how, session.who, answer.reason, value, answer.until)


def _check_currency(channel: Channel, key: CellKey, value: str) -> None:
    if key.field not in MONEY_FIELDS:
        return
    money = money_from_text(value)
    if money is not None and money.currency != channel.currency:
        raise InputError(f"the shop shows {value}, and {channel.name} sells in {channel.currency}")


def canonical(channel: Channel, field: Field, text: str) -> str:
    """A value as a person writes it, as cells hold it. Raise `InputError` for what the field has not.

    An amount may come with its currency; `none` is a compare-at price that is not set.
    """
    if field is Field.STATUS:
        allowed = (ListingStatus.LISTED.value, ListingStatus.DELISTED.value)
        if text not in allowed:
            raise InputError(f"{text!r} is no status: {' or '.join(allowed)}")
        return text
    if field not in MONEY_FIELDS:
        if not text.strip():
            raise InputError(f"a {field.value} is not blank")
        return text
    if field is Field.COMPARE_AT and text == "none":
        return ""
    amount, _, currency = text.partition(" ")
    money = Money.of(amount, currency or channel.currency)
    if money.currency != channel.currency:
        raise InputError(f"{channel.name} sells in {channel.currency}, not in {money.currency}")
    if money.minor <= 0:
        raise InputError(f"{money} is no price")
    return str(money)


# ------------------------------------------------------------------ one of them, told whole


@dataclass(frozen=True, slots=True)
class Told:
    """`override`: our side is what somebody set for this channel. `priced`: else the version of the
    price book that set it, and when. `past`: what was decided about it before. `beside`: what else
    of the same offer waits and travels with it.
    """

    waiting: Waiting
    override: Override | None
    priced: tuple[int, datetime] | None
    past: list[Decision]
    beside: list[Waiting]


def tell(session: Session, id: int) -> Told:
    """Raise `InputError` for a number that no cell has, and for a cell that waits for nobody."""
    with session.database.read() as tx:
        cell = conflicts.cell_of(tx, id)
        if cell is None:
            raise InputError(f"there is no conflict c{id}", hint="see all: mercer conflicts list")
        if cell.state not in conflicts.WAITING:
            raise InputError(
                f"c{id} ({cell.sku} {cell.key.field.value} on {cell.key.channel}) waits for nobody: "
                f"it is {cell.state.value}",
                hint="see all: mercer conflicts list",
            )
        pair = (cell.key.channel, cell.key.listing)
        own = overrides.in_force(tx, [pair], session.clock.now()).get(cell.key)
        return Told(
            Waiting(id, cell),
            own,
            None if own else _priced(tx, session, cell),
            decisions.of_cell(tx, cell.key),
            conflicts.beside(tx, cell.key),
        )


def _priced(tx: Transaction, session: Session, cell: Cell) -> tuple[int, datetime] | None:
    if cell.key.field not in MONEY_FIELDS or cell.sku is None:
        return None
    currency = session.channels[cell.key.channel].currency
    return prices.set_at(tx, cell.sku, cell.key.channel, currency, session.clock.now())
