"""What buyers ask for between two reads, as events.

JD calls nobody that is known: no topic, signature or acknowledgement of its message push could be
verified, and no queue to poll either. The nearest is to ask for the refund slips of orders that were
not shipped (取消订单退款审核单, `jingdong.pop.afs.soa.refundapply.queryPageList`): there is nothing to
verify, because the question itself is signed. They only speed up what reading cases finds anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.contract import Event, EventKind
from mercer.plugins.jd.after_sales_mapping import SLIP
from mercer.plugins.jd.order_mapping import moment
from mercer.plugins.jd.wire import node, rows
from mercer.plugins.values import needed, text

TOPIC: Final = "jingdong.pop.afs.soa.refundapply"


def events(answer: Mapping[str, Any]) -> list[Event]:
    """Of one answer of `queryPageList`. A slip is an event again whenever its status moves on."""
    return [_event(slip) for slip in rows(node(answer, "queryResult"), "result")]


def _event(slip: Mapping[str, Any]) -> Event:
    number = needed(slip, "id")
    key = f"{number}/{text(slip, 'status') or ''}"
    at = moment(slip, "checkTime") or moment(slip, "applyTime")
    return Event(key, EventKind.CASE, SLIP + number, TOPIC, at=at)
