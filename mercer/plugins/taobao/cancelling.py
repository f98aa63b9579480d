"""Closing trades (关闭交易) that were not paid."""

from __future__ import annotations

from typing import Final

from mercer.core.contract import ItemOutcome
from mercer.core.errors import Rejected
from mercer.plugins.outcomes import accepted, refused
from mercer.plugins.taobao.wire import Top

REASONS: Final = (
    "未及时付款",
    "买家不想买了",
    "买家信息填写错误，重新拍",
    "恶意买家/同行捣乱",
    "缺货",
    "买家拍错了",
    "同城见面交易",
)
"""All that TOP takes."""

_UNPAID: Final = "未及时付款"


async def close(top: Top, tid: str, reason: str) -> ItemOutcome:
    """Any reason that TOP does not take is told as 未及时付款, which holds for all that can be closed.

    That only unpaid trades can be is UNVERIFIED. One younger than ten seconds is waited for.
    """
    told = reason if reason in REASONS else _UNPAID
    try:
        await top.call("taobao.trade.close", {"tid": tid, "close_reason": told}, write=True)
    except Rejected as error:
        return refused(tid, "", error)
    return accepted(tid)
