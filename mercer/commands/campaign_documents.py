"""Campaigns, as `--json` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mercer.commands import documents
from mercer.core.campaign import Campaign, ChannelEdge, overall
from mercer.core.review import Scale
from mercer.sync.campaign_approval import Beforehand, Needs
from mercer.sync.campaign_preview import EdgePlan, Key
from mercer.sync.campaign_progress import ChannelProgress, EdgeProgress
from mercer.sync.campaigns import Overlap


def campaign(found: Campaign) -> dict[str, Any]:
    return {
        "name": found.name,
        "start": found.start,
        "end": found.end,
        "start_tolerance": str(found.start_tolerance),
        "end_tolerance": str(found.end_tolerance),
        "allowed": list(found.allowed),
        "reason": found.reason,
        "checksum": found.checksum,
        "price_book": found.price_book or None,
        "who": found.who,
        "made_at": found.made_at.isoformat(),
        "cancelled_at": found.cancelled_at.isoformat() if found.cancelled_at else None,
        "cancelled_by": found.cancelled_by or None,
        "edges": [_edge(each) for each in found.edges],
    }


def _edge(found: ChannelEdge) -> dict[str, Any]:
    return {
        "channel": found.channel,
        "edge": found.edge.value,
        "at": found.window.at.isoformat(),
        "earliest": found.window.earliest.isoformat(),
        "latest": found.window.latest.isoformat(),
        "begins_at": found.begins_at.isoformat(),
        "calls": found.calls,
        "seconds": found.seconds,
    }


def approval(found: Beforehand) -> dict[str, Any]:
    return {"approved": found.counts, "approvals": documents.given(found.given)}


def plans(campaign: Campaign, found: Mapping[Key, EdgePlan], needs: Needs) -> list[dict[str, Any]]:
    return [
        {
            **_plan(*key, each),
            "as_foreseen": campaign.edge(*key).checksum == each.checksum,
            "needs_approval": list(needs.get(key, ())),
        }
        for key, each in sorted(found.items())
    ]


def _plan(channel: str, edge: str, found: EdgePlan) -> dict[str, Any]:
    totals = found.plan.totals
    scale = Scale.of(totals)
    return {
        "channel": channel,
        "edge": edge,
        "at": found.at.isoformat(),
        "offers": found.offers,
        "left": {state.value: number for state, number in sorted(found.left.items())},
        "changes": [documents.change(each, scale) for each in found.changes],
        "blocked": totals.blocked,
        "calls": totals.calls,
        "seconds": totals.seconds,
        "at_risk": documents.at_risk(found.plan).get(channel),
    }


def overlap(found: Overlap) -> dict[str, Any]:
    return {
        "channel": found.channel,
        "campaign": found.campaign or None,
        "skus": list(found.skus),
    }


def progress(found: Sequence[ChannelProgress]) -> dict[str, Any]:
    return {
        "state": overall(each.state for each in found).value,
        "channels": [
            {
                "channel": each.channel,
                "state": each.state.value,
                "offers": each.offers,
                "overlaid": each.overlaid,
                "handed": each.handed,
                "start": _edge_progress(each.start),
                "end": _edge_progress(each.end),
            }
            for each in found
        ],
    }


def _edge_progress(found: EdgeProgress) -> dict[str, Any]:
    return {
        "confirmed": found.confirmed,
        "waiting": found.waiting,
        "first_late": _seconds(found.earliest),
        "last_late": _seconds(found.latest),
        "kept": found.kept,
    }


def _seconds(late: timedelta | None) -> float | None:
    return None if late is None else late.total_seconds()
