"""A plan as a file: to be reviewed, kept, or handed to `mercer apply`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from mercer.commands import documents
from mercer.commands.plan_shapes import Shape
from mercer.commands.plan_words import SUMS, approval, change_words, sums, ways
from mercer.commands.show import shown
from mercer.core.cell import MONEY_FIELDS, money_from_text
from mercer.core.plan import Change, ChangeKind
from mercer.core.review import Scale
from mercer.files.pages import Page, Table, write_html, write_markdown
from mercer.files.plan_sheet import write_plan
from mercer.files.records import Cells
from mercer.files.targets import Target, opened
from mercer.store import plans
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.sync.approval import Standing, standing
from mercer.sync.session import Session
from mercer.sync.stored_plan import check

_CHANGES: Final = (
    "channel", "offer", "sku", "field", "before", "after", "move", "margin", "units", "at stake",
    "why", "guard",
)  # fmt: skip
_NUMBERS: Final = frozenset({"before", "after", "move", "margin", "units", "at stake"})


def write(tx: Transaction, session: Session, plan: Plan, target: Target, shape: Shape) -> None:
    """Raise `RefusedError` for a plan that is not what was checksummed: nothing is written then."""
    check(tx, plan)
    scale = Scale.of(plan.totals)
    changes = plans.by_risk(tx, plan.header.id, scale.weights)
    stands = standing(tx, session, plan)
    if shape == "json":
        _write_json(plan, changes, stands, target)
    elif shape == "html":
        write_html(_page(plan, changes, stands), target)
    elif shape == "markdown":
        write_markdown(_page(plan, changes, stands), target)
    else:
        write_plan((_cells(each, scale) for each in changes), target, shape)


def _write_json(plan: Plan, changes: Iterable[Change], stands: Standing, target: Target) -> None:
    """One change a line, so that two files compare well and none has to fit into memory."""
    scale = Scale.of(plan.totals)
    with opened(target, "utf-8") as stream:
        stream.write("{\n")
        for name, value in documents.plan_head(plan, stands).items():
            stream.write(f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)},\n")
        stream.write('  "changes": [')
        for number, change in enumerate(changes):
            told = json.dumps(documents.change(change, scale), ensure_ascii=False)
            stream.write(f"{',' if number else ''}\n    {told}")
        stream.write("\n  ]\n}\n")


def _page(plan: Plan, changes: Iterable[Change], stands: Standing) -> Page:
    scale = Scale.of(plan.totals)
    words = (change_words(change, scale) for change in changes)
    rows = (
        (
            each.channel, each.offer, each.sku, each.field, each.before, each.after, each.move,
            each.margin, each.units, each.stake, each.why, each.guard,
        )
        for each in words
    )  # fmt: skip
    return Page(
        f"Plan {plan.header.id}",
        list(_facts(plan, stands)),
        [
            Table(SUMS, list(sums(plan.totals)), frozenset(SUMS[1:])),
            Table(_CHANGES, rows, _NUMBERS),
        ],
    )


def _facts(plan: Plan, stands: Standing) -> Iterator[tuple[str, str]]:
    header = plan.header
    by = f" by {header.who}" if header.who else ""
    yield "made", f"{header.made_at:%Y-%m-%d %H:%M} UTC{by}"
    yield "expires", f"{header.expires_at:%Y-%m-%d %H:%M} UTC"
    yield "checksum", plan.checksum
    for line in approval(plan, stands):
        yield "approval", line
    for each in header.allowed:
        yield "let pass", each
    for way in ways(plan.totals):
        yield "way", way
    for note in plan.notes:
        yield "note", note


def _cells(change: Change, scale: Scale) -> Cells:
    """Amounts without their currency, which stands beside them once."""
    cell, figures, stake = change.cell, scale.figures(change), change.stake
    created = change.kind is ChangeKind.CREATE
    of_money = cell.field in MONEY_FIELDS and not created
    after = money_from_text(change.after) if of_money else None
    currency = after.currency if after else ""
    cost = money_from_text(stake.cost)
    return {
        "id": change.id,
        "channel": cell.channel,
        "listing": cell.listing,
        "offer": cell.offer,
        "sku": change.sku,
        "field": documents.field_name(change),
        "currency": currency,
        "before": "" if created else shown(change.before).removesuffix(f" {currency}"),
        "after": shown(change.after).removesuffix(f" {currency}"),
        "move_percent": figures.move or "",
        "margin_percent": figures.margin or "",
        "cost": cost.plain if cost else "",
        "units": "" if stake.units is None else str(stake.units),
        "at_stake": figures.moved.plain if figures.moved else "unknown" if change.is_price else "",
        "at_stake_currency": figures.moved.currency if figures.moved else "",
        "why": change.why,
        "guard": change.guard,
    }
