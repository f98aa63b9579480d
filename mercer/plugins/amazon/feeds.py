"""JSON_LISTINGS_FEED: many submissions in one document, with a report that names each that failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from mercer.core.answered import answered
from mercer.core.clock import Clock
from mercer.core.contract import ItemOutcome, Way
from mercer.core.errors import PlatformError, ProtocolBroken, Transient
from mercer.core.outcome import Result
from mercer.plugins.amazon import documents
from mercer.plugins.amazon.quotas import FEED, QUOTAS
from mercer.plugins.amazon.submissions import Submission
from mercer.plugins.amazon.wire import Call, Wire, part, rendered
from mercer.plugins.outcomes import partly

PATCH: Final = "patchListingsItem"
"""One submission by itself."""

MOST: Final = 25_000
"""Messages in one feed. The document must stay under 10 MiB."""

_BASE: Final = "/feeds/2021-06-30"
_CONTENT_TYPE: Final = "application/json; charset=UTF-8"
_USUAL_SECONDS: Final = 45.0
_SECONDS_A_MESSAGE: Final = 0.02
"""From upload to result; ours, since Amazon promises none."""


def ways(count: int) -> list[Way]:
    """How so many submissions may travel, the sooner way first."""
    patches = Way(PATCH, count, {PATCH: count})
    polls, seconds = documents.polls(_USUAL_SECONDS + count * _SECONDS_A_MESSAGE)
    feed = Way(
        FEED,
        polls + 5,  # a document made and uploaded, the feed, its report found and fetched
        {
            "createFeedDocument": 1.0,
            "createFeed": 1.0,
            FEED: 1.0,
            "getFeed": polls,
            "getFeedDocument": 1.0,
        },
        seconds,
    )
    if not 0 < count <= MOST:
        return [patches]
    return [feed, patches] if patches_seconds(count) > seconds else [patches, feed]


def patches_seconds(count: int) -> float:
    """How long so many patches take at the declared quota, beyond what goes at once."""
    quota = QUOTAS[PATCH]
    return max(count - quota.burst, 0.0) / quota.rate


def is_sooner(count: int) -> bool:
    """Whether a feed of so many messages is done before as many patches are sent."""
    return ways(count)[0].name == FEED


async def feed_all(
    wire: Wire, clock: Clock, submissions: Sequence[Submission]
) -> list[ItemOutcome]:
    """One outcome for each. Once Amazon has the feed, whatever fails leaves all of it in doubt."""
    document = await _uploaded(wire, submissions)
    body = {
        "feedType": FEED,
        "marketplaceIds": [wire.settings.marketplace_id],
        "inputFeedDocumentId": document,
    }
    create = Call(
        "createFeed",
        "POST",
        f"{_BASE}/feeds",
        body=body,
        answers=("feedId",),
        write=True,
        repeatable=False,
    )
    id = str((await wire.run(create))["feedId"])
    request = answered()
    try:
        issues = await _issues(wire, clock, id)
    except _Cancelled as error:
        raise Transient(str(error), in_doubt=False) from None
    except PlatformError as error:
        raise partly(error) from error
    return [
        _outcome(each, request, issues.get(number)) for number, each in enumerate(submissions, 1)
    ]


class _Cancelled(Exception):
    """Somebody cancelled the feed while it waited: nothing of it was done."""


async def _uploaded(wire: Wire, submissions: Sequence[Submission]) -> str:
    made = await wire.run(
        Call(
            "createFeedDocument",
            "POST",
            f"{_BASE}/documents",
            body={"contentType": _CONTENT_TYPE},
            answers=("feedDocumentId", "url"),
        )
    )
    content = rendered(document(wire.settings.seller_id, submissions)).encode()
    await wire.upload(made["url"], _CONTENT_TYPE, content)
    return str(made["feedDocumentId"])


def document(seller: str, submissions: Sequence[Submission]) -> dict[str, Any]:
    """Messages are numbered from 1, in the order of the submissions."""
    messages = [
        {"messageId": number, "sku": each.sku, "operationType": "PATCH", **each.body}
        for number, each in enumerate(submissions, 1)
    ]
    return {"header": {"sellerId": seller, "version": "2.0"}, "messages": messages}


async def _issues(wire: Wire, clock: Clock, id: str) -> dict[int, dict[str, Any]]:
    """The first error of each message that has one.

    A feed that ends `FATAL` may have been applied in part, so it raises like one that never ends.
    """
    feed = await documents.ended(wire, clock, "getFeed", f"{_BASE}/feeds/{part(id)}")
    status = feed["processingStatus"]
    if status == "CANCELLED":
        raise _Cancelled(f"the feed {id} was cancelled")
    if status != "DONE" or "resultFeedDocumentId" not in feed:
        raise Transient(f"the feed {id} ended {status}", in_doubt=True, code=status)
    path = f"{_BASE}/documents/{part(feed['resultFeedDocumentId'])}"
    content, _ = await documents.fetched(wire, "getFeedDocument", path)
    try:
        report = json.loads(content)
        errors = [issue for issue in report["issues"] if issue["severity"] == "ERROR"]
    except (ValueError, KeyError, TypeError):
        raise ProtocolBroken(f"the report of feed {id} cannot be read") from None
    if any("messageId" not in issue for issue in errors):
        raise ProtocolBroken(f"the report of feed {id} names no message", words=str(errors[0]))
    return {int(issue["messageId"]): issue for issue in reversed(errors)}


def _outcome(submission: Submission, request: str, issue: dict[str, Any] | None) -> ItemOutcome:
    if issue is None:
        return submission.ended(request, Result.ACCEPTED)
    return submission.ended(request, Result.REJECTED, str(issue.get("code", "")), issue["message"])
