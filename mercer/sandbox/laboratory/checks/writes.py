"""What Mercer wrote: only what was planned, journalled, known and ours, and told as it turned out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.cell import CellKey, Field
from mercer.sandbox.laboratory.evidence import Evidence
from mercer.sandbox.laboratory.witness import Effect

_WINDOW: Final = timedelta(seconds=60)
"""Between a look at the orders and the write that rests on it."""


def plan_first(evidence: Evidence) -> Iterator[str]:
    """Every write is a change of a stored plan."""
    plan_of = {row["id"]: row["plan"] for row in evidence.tables["runs"]}
    planned = {(row["plan"], row["id"]) for row in evidence.tables["changes"]}
    for row in evidence.tables["journal"]:
        if (plan_of.get(row["run"]), row["change"]) not in planned:
            yield f"journal row {row['id']} of {row['channel']} is of no stored plan"


def journal_first(evidence: Evidence) -> Iterator[str]:
    """When a write reached a shop, its intent was committed."""
    for effect in evidence.witness.effects:
        if not effect.vouched:
            yield f"{_said(effect)}, and its intent was not committed"


def a_plan_is_a_contract(evidence: Evidence) -> Iterator[str]:
    """What holds no longer is left out: every write is what the cell should show at that moment.

    Numbers move with every sale, in the window that remains too; so does what else a request carries.
    """
    for effect in evidence.witness.effects:
        moved = effect.desired is not None and effect.desired != effect.after
        if moved and effect.cell.field in (Field.PRICE, Field.TITLE):
            yield f"{_said(effect)}, and it should show {effect.desired} by then"


def numbers_rest_on_known_orders(evidence: Evidence) -> Iterator[str]:
    """No number is raised on a channel whose orders are not known up to what its platform lists."""
    for effect in evidence.witness.effects:
        lag = evidence.session.connection(effect.cell.channel).declared.orders.lag
        if effect.unknown > lag + _WINDOW:
            seconds = effect.unknown.total_seconds()
            yield f"{_said(effect)}, without an order that was {seconds:.0f} s old"


def null_safe(evidence: Evidence) -> Iterator[str]:
    """What nobody knows is never written, and no price is nothing."""
    setting = evidence.setting
    for effect in evidence.witness.effects:
        field, code = effect.cell.field, effect.code
        if field is Field.PRICE and (code == setting.unpriced or _is_nothing(effect.after)):
            yield f"{_said(effect)}, and nobody knows its price"
        if field is Field.STOCK and code == setting.uncounted and effect.before is not None:
            yield f"{_said(effect)}, and nobody counted it"


def ours_only(evidence: Evidence) -> Iterator[str]:
    """Goods that are not the seller's, or not agreed on yet, are left alone."""
    owned = set(evidence.setting.skus)
    late = evidence.setting.late
    unagreed = set(late.prices["CNY"]) if late else set()
    for effect in evidence.witness.effects:
        if effect.code not in owned:
            yield f"{_said(effect)}, and it is not the seller's"
        elif effect.code in unagreed and effect.cell.field is Field.PRICE:
            yield f"{_said(effect)}, and nobody has agreed on it"


def accepted_is_not_applied(evidence: Evidence) -> Iterator[str]:
    """What counts as confirmed, the shop did show between the sending and the settling.

    A number counts too where all that is lacking was sold there meanwhile: whether the shop took
    it off before the number came or after, nobody can see.
    """
    ahead = evidence.setting.skew
    for row in evidence.tables["journal"]:
        if not (row["settled"] or "").startswith("confirmed"):
            continue
        key = CellKey(row["channel"], row["listing"], row["offer"], Field(row["field"]))
        shown = evidence.witness.past.get(key)
        if shown is None:
            continue  # descriptions are not among what the back door shows
        began, ended = row["sent_at"] - ahead, row["settled_at"] - ahead
        seen = _between(shown, began, ended)
        if row["after"] not in seen and not _sold_off(evidence, row, seen, began, ended):
            yield (
                f"{row['channel']}: {row['field']} of {row['offer'] or row['listing']} counts as "
                f"confirmed at {row['after']}, which the shop never showed"
            )


def _sold_off(
    evidence: Evidence, row: Mapping[str, Any], seen: set[str], began: datetime, ended: datetime
) -> bool:
    if row["field"] != Field.STOCK.value:
        return False
    sold = sum(
        order.units.get(row["sku"], 0)
        for (channel, _), order in evidence.orders.items()
        if channel == row["channel"] and began <= order.created_at <= ended
    )
    return any(0 <= int(row["after"]) - int(number) <= sold for number in seen)


def _between(shown: list[tuple[datetime, str]], began: datetime, ended: datetime) -> set[str]:
    found = set()
    for index, (since, value) in enumerate(shown):
        until = shown[index + 1][0] if index + 1 < len(shown) else ended
        if since <= ended and until >= began:
            found.add(value)
    return found


def _is_nothing(price: str) -> bool:
    amount = price.split(" ", maxsplit=1)[0]
    return not amount.strip("0.")


def _said(effect: Effect) -> str:
    cell = effect.cell
    return (
        f"{cell.channel}: Mercer wrote {cell.field.value} of {effect.code}, "
        f"{effect.before} -> {effect.after}"
    )
