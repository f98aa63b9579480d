"""Feeds 2021-06-30: a document uploaded, messages carried out one by one, a report on those that failed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.plugins.amazon.quotas import FEED
from mercer.plugins.amazon.simulator.documents import (
    document_operation,
    field,
    known,
    link,
    queued,
    store,
    told,
)
from mercer.plugins.amazon.simulator.listings import submit
from mercer.plugins.amazon.simulator.protocol import Answer, Call, Operation, Refused
from mercer.plugins.amazon.simulator.seller import parsed
from mercer.plugins.amazon.simulator.shop import Job, Shop

_A_MESSAGE: Final = timedelta(milliseconds=20)
_MOST: Final = 25_000


def _create_document(shop: Shop, call: Call) -> Answer:
    content_type = field(call, "contentType")
    id = store(shop, content_type)
    return 201, {"feedDocumentId": id, "url": link(call, id)}


def _create_feed(shop: Shop, call: Call) -> Answer:
    type, document = field(call, "feedType"), field(call, "inputFeedDocumentId")
    stored = shop.documents.get(document)
    if stored is None or stored.text is None:
        raise Refused(400, "InvalidInput", f"Feed document {document} is not uploaded.")
    count = stored.text.count('"messageId"')
    job = queued(shop, type, call.now, _A_MESSAGE * count)
    job.document, job.lost = document, call.lost
    if shop.stuck:
        job.ended = call.now + timedelta(days=1)
    if type != FEED:
        job.outcome = "FATAL"  # the XML and flat-file listing feeds have ended
    shop.feeds[job.id] = job
    return 202, {"feedId": job.id}


def _get_feed(shop: Shop, call: Call) -> Answer:
    job = known(shop.feeds, call)
    result = {"resultFeedDocumentId": job.result} if job.result else {}
    return 200, {"feedId": job.id, "feedType": job.type, **told(shop, job, call.now), **result}


def catch_up(shop: Shop, now: datetime) -> None:
    """Do the feeds whose time has come, in the order they came in."""
    for job in shop.feeds.values():
        if not job.done and job.ended <= now:
            job.done = True
            if job.outcome == "DONE":
                _process(shop, job)


def _process(shop: Shop, job: Job) -> None:
    try:
        feed = parsed(shop.documents[job.document].text)
        header, messages = feed["header"], feed["messages"]
        if header["sellerId"] != shop.seller.id or not 1 <= len(messages) <= _MOST:
            raise ValueError("not this seller's feed")
        numbers = {message["messageId"]: message["sku"] for message in messages}
        if len(numbers) != len(messages):
            raise ValueError("two messages of one number")
    except (ValueError, KeyError, TypeError):
        job.outcome = "FATAL"
        return
    call = Call((), {}, None, job.ended, "", lost=job.lost)
    issues = [issue for message in messages for issue in _message(shop, message, call)]
    invalid = len({issue["messageId"] for issue in issues})
    report = {
        "header": {"sellerId": shop.seller.id, "version": "2.0", "feedId": job.id},
        "issues": issues,
        "summary": {
            "errors": len(issues),
            "warnings": 0,
            "messagesProcessed": len(messages),
            "messagesAccepted": len(messages) - invalid,
            "messagesInvalid": invalid,
        },
    }
    job.result = store(shop, "application/json; charset=UTF-8", json.dumps(report))
    shop.documents[job.result].packed = True


def _message(shop: Shop, message: dict[str, Any], call: Call) -> list[dict[str, Any]]:
    place = {"messageId": message["messageId"], "sku": message["sku"]}
    try:
        issues = submit(shop, message["sku"], message, call)
    except Refused as error:
        first = error.body["errors"][0]
        return [{**place, "code": "4000001", "severity": "ERROR", "message": first["message"]}]
    if issues is None:
        words = f"SKU '{message['sku']}' does not match any item."
        return [{**place, "code": "13013", "severity": "ERROR", "message": words}]
    return [
        {
            **place,
            "code": issue["code"],
            "severity": issue["severity"],
            "message": issue["message"],
            "attributeName": issue["attributeNames"][0],
        }
        for issue in issues
    ]


_PATH: Final = "/feeds/2021-06-30"

OPERATIONS: Final = (
    Operation("createFeedDocument", "POST", f"{_PATH}/documents", _create_document),
    Operation(
        "getFeedDocument",
        "GET",
        f"{_PATH}/documents/([^/]+)",
        document_operation("feedDocumentId"),
    ),
    Operation("createFeed", "POST", f"{_PATH}/feeds", _create_feed, writes=True),
    Operation("getFeed", "GET", f"{_PATH}/feeds/([^/]+)", _get_feed),
)
