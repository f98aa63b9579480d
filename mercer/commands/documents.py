"""The JSON that commands give: an interface, so its keys only ever grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mercer.commands.failures import error_document
from mercer.core.cell import MONEY_FIELDS, Field, money_from_text, to_text
from mercer.core.outcome import Outcome
from mercer.core.plan import Change, ChangeKind, Totals
from mercer.core.review import Scale
from mercer.core.scheduled import scheduled_from_text

if TYPE_CHECKING:  # a command loads the rooms that it works in, not those of every other document
    from mercer.core.approval import Approval
    from mercer.core.cellstate import Cell
    from mercer.core.errors import MercerError
    from mercer.files import Fault
    from mercer.store.breakers import Open
    from mercer.store.plans import Plan
    from mercer.store.workers import Worker
    from mercer.sync.after_sales import TakenCases
    from mercer.sync.apply import Applied, Item
    from mercer.sync.approval import Standing
    from mercer.sync.engine.protocol import JobRun
    from mercer.sync.intake import Taken
    from mercer.sync.status import ChannelStatus


def money(text: str | None) -> dict[str, str] | None:
    """`None` where the amount is not known, or there is none."""
    found = money_from_text(text)
    return {"amount": found.plain, "currency": found.currency} if found else None


def value(field: Field, text: str | None) -> dict[str, str] | int | str | None:
    if text is None:
        return None
    if field in MONEY_FIELDS:
        return money(text)
    if field is Field.SCHEDULED:
        return _scheduled(text)
    return int(text) if field is Field.STOCK else text


def _scheduled(text: str) -> dict[str, str] | None:
    found = scheduled_from_text(text)
    if found is None:
        return None
    starts_at, ends_at = (each.isoformat() for each in found.times)
    return {
        "amount": found.price.plain,
        "currency": found.price.currency,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }


def change(change: Change, scale: Scale) -> dict[str, Any]:
    """What only prices have is null of everything else, and where it is not known."""
    cell, found = change.cell, scale.figures(change)
    creation = change.kind is ChangeKind.CREATE
    return {
        "id": change.id,
        "kind": change.kind.value,
        "channel": cell.channel,
        "listing": cell.listing,
        "offer": cell.offer,
        "sku": change.sku,
        "field": field_name(change),
        "scope": cell.scope,
        "group": change.group,
        "before": None if creation else value(cell.field, change.before),
        "after": change.after if creation else value(cell.field, change.after),
        "guard": change.guard or None,
        "why": change.why,
        "move_percent": found.move,
        "margin_percent": found.margin,
        "cost": money(change.stake.cost),
        "units": change.stake.units,
        "at_stake": money(to_text(found.moved)),
    }


def field_name(change: Change) -> str:
    return "listing" if change.kind is ChangeKind.CREATE else change.cell.field.value


def plan(plan: Plan, changes: Iterable[Change], standing: Standing) -> dict[str, Any]:
    scale = Scale.of(plan.totals)
    return {**plan_head(plan, standing), "changes": [change(each, scale) for each in changes]}


def plan_head(plan: Plan, standing: Standing) -> dict[str, Any]:
    """All of it but its changes."""
    header, totals = plan.header, plan.totals
    return {
        "id": header.id,
        "checksum": plan.checksum,
        "made_at": header.made_at.isoformat(),
        "made_by": header.who or None,
        "expires_at": header.expires_at.isoformat(),
        "allowed": list(header.allowed),
        "approval": approval(standing),
        "totals": {
            "changes": totals.changes,
            "blocked": totals.blocked,
            "offers": sum(each.offers for each in totals.sums),
            "calls": totals.calls,
            "seconds": totals.seconds,
            "cuts": money(totals.cuts),
            "rises": money(totals.rises),
        },
        "channels": list(_shares(totals)),
        "at_risk": at_risk(plan),
        "notes": list(plan.notes),
    }


def _shares(totals: Totals) -> Iterator[dict[str, Any]]:
    """Of each channel: what its changes come to, and what they take."""
    takes = {each.channel: each for each in totals.channels}
    for each in totals.sums:
        took = takes.get(each.channel)
        yield {
            "channel": each.channel,
            "offers": each.offers,
            "changes": each.changes,
            "blocked": each.blocked,
            "cuts": money(each.cuts),
            "rises": money(each.rises),
            "rate": each.rate,
            "calls": took.calls if took else 0,
            "seconds": took.seconds if took else 0.0,
            "ways": list(took.ways) if took else [],
        }


def approval(standing: Standing) -> dict[str, Any]:
    return {
        "needed": list(standing.needed),
        "given": given(standing.given),
        "lacks": standing.lacks or None,
    }


def given(approvals: Iterable[Approval]) -> list[dict[str, Any]]:
    return [
        {"who": each.who, "at": each.at.isoformat(), "reason": each.reason or None}
        for each in approvals
    ]


def at_risk(plan: Plan) -> dict[str, dict[str, str] | None]:
    """Channel -> what its cuts come to, over all units they apply to."""
    pairs = (each.split(": ", 1) for each in plan.totals.at_risk)
    return {channel: money(text) for channel, text in pairs}


def taken(taken: Taken | TakenCases) -> dict[str, Any]:
    """The orders or cases of one channel; where the rest was put off, until when."""
    return {
        key: each.isoformat() if isinstance(each, datetime) else each
        for key, each in asdict(taken).items()
    }


def applied(applied: Applied) -> dict[str, Any]:
    return {
        "run": applied.run,
        "plan": applied.plan,
        **{outcome.value: applied.count(outcome) for outcome in Outcome},
        "stopped": applied.stopped or None,
        "canary": applied.canary,
        "items": [_item(each) for each in applied.items],
        "failed": failures(applied.failed),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "channel": item.change.cell.channel,
        "listing": item.change.cell.listing,
        "offer": item.change.cell.offer,
        "sku": item.change.sku,
        "field": field_name(item.change),
        "outcome": item.outcome.value,
        "reason": item.reason,
    }


def failures(failed: Mapping[str, MercerError]) -> list[dict[str, str]]:
    return [error_document(error) for error in failed.values()]


def fault(fault: Fault) -> dict[str, Any]:
    return asdict(fault)


def difference(cell: Cell) -> dict[str, Any]:
    """A cell that another hand moved: `ours` is what it should show, `theirs` what it shows."""
    key = cell.key
    return {
        "channel": key.channel,
        "listing": key.listing,
        "offer": key.offer,
        "sku": cell.sku,
        "field": key.field.value,
        "cause": cell.cause.value if cell.cause else None,
        "state": cell.state.value,
        "agreed": value(key.field, cell.base),
        "ours": value(key.field, cell.desired),
        "theirs": value(key.field, cell.observed),
    }


def status(channels: Sequence[ChannelStatus], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            key: each.isoformat() if isinstance(each, datetime) else each
            for key, each in asdict(replace(channel, confirmed=())).items()
            if key != "confirmed"
        }
        | {"freshness": _freshness(channel, now)}
        for channel in channels
    ]


def _freshness(channel: ChannelStatus, now: datetime) -> dict[str, Any]:
    """Ages are whole seconds; `null` is never."""
    return {
        "fields": {
            each.field.value: {
                "cells": each.cells,
                "p95": each.most.isoformat(),
                "p95_age": age(each.most, now),
                "oldest": each.oldest.isoformat(),
                "oldest_age": age(each.oldest, now),
            }
            for each in channel.confirmed
        },
        "orders_age": age(channel.orders_known_until, now),
        "enumerated_age": age(channel.enumerated_at, now),
    }


def age(at: datetime | None, now: datetime) -> int | None:
    return None if at is None else max(int((now - at).total_seconds()), 0)


def job(run: JobRun, *, dead: bool) -> dict[str, Any]:
    """`dead`: it failed for good, and nothing has made good for it since."""
    return {
        "job": run.key,
        "channel": run.channel or None,
        "state": run.state.value,
        "submitted_at": run.submitted_at.isoformat(),
        "began_at": run.began_at.isoformat() if run.began_at else None,
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "worker": run.worker or None,
        "error": dict(run.error) if run.error else None,
        "dead": dead,
    }


def resting(each: Open) -> dict[str, Any]:
    return {
        "channel": each.channel,
        "since": each.opened_at.isoformat(),
        "until": each.until.isoformat(),
        "kind": each.kind,
        "reason": each.reason,
    }


def worker(each: Worker) -> dict[str, Any]:
    return {
        "worker": each.id,
        "host": each.host,
        "process": each.process,
        "began_at": each.began_at.isoformat(),
        "seen_at": each.seen_at.isoformat(),
    }
