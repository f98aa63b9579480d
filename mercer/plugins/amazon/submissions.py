"""What is submitted for many SKUs: each by a patch of its own, or all in one feed.

Amazon's `ACCEPTED` says that a submission is well-formed. Whether it holds shows minutes later, in
the offer and its issues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mercer.core.answered import answered
from mercer.core.contract import ItemOutcome
from mercer.core.errors import PlatformError, Rejected, Transient
from mercer.core.outcome import Result
from mercer.plugins.amazon.mapping import Patch
from mercer.plugins.amazon.pace import AT_ONCE, settled, together
from mercer.plugins.amazon.wire import Call, Wire, part
from mercer.plugins.outcomes import partly
from mercer.plugins.paging import chunks


@dataclass(frozen=True, slots=True)
class Submission:
    """`offer` is empty for a listing's own fields, as in its outcome."""

    sku: str
    offer: str
    product_type: str
    patches: tuple[Patch, ...]

    @property
    def body(self) -> dict[str, Any]:
        return {"productType": self.product_type, "patches": list(self.patches)}

    def ended(
        self, request_id: str, result: Result, code: str = "", words: str = ""
    ) -> ItemOutcome:
        return ItemOutcome(self.sku, self.offer, result, code, words, request_id)


async def patch_each(
    wire: Wire, submissions: Sequence[Submission], *, repeatable: bool
) -> list[ItemOutcome]:
    """One outcome for each. `repeatable`: nothing but us moves the value, so twice is once.

    Where a request fails after others took effect, raise `Transient(in_doubt=True)` whatever the
    failure was: part of the batch is there, and the engine must read before it goes on.
    """

    async def send(submission: Submission) -> ItemOutcome:
        return await _patch(wire, submission, repeatable=repeatable)

    done: list[ItemOutcome] = []
    for chunk in chunks(submissions, AT_ONCE):
        ended = await settled(chunk, send)
        done += [each for each in ended if isinstance(each, ItemOutcome)]
        errors = [each for each in ended if isinstance(each, BaseException)]
        if errors:
            raise _worst(errors, done)
    return done


async def preview_each(wire: Wire, submissions: Sequence[Submission]) -> list[ItemOutcome]:
    """What Amazon would make of each. Nothing is kept, so a preview may be sent again."""

    async def ask(submission: Submission) -> ItemOutcome:
        return await _patch(wire, submission, repeatable=True, preview=True)

    return await together(submissions, ask)


async def _patch(
    wire: Wire, submission: Submission, *, repeatable: bool, preview: bool = False
) -> ItemOutcome:
    settings = wire.settings
    query = {"marketplaceIds": settings.marketplace_id, "includedData": "issues"}
    path = f"/listings/2021-08-01/items/{part(settings.seller_id)}/{part(submission.sku)}"
    call = Call(
        "patchListingsItem",
        "PATCH",
        path,
        {**query, "mode": "VALIDATION_PREVIEW"} if preview else query,
        submission.body,
        answers=("status",),
        write=not preview,
        repeatable=repeatable,
    )
    try:
        answer = await wire.run(call)
    except Rejected as error:
        return submission.ended(error.request_id, Result.REJECTED, error.code, error.reason)
    if answer["status"] == ("VALID" if preview else "ACCEPTED"):
        return submission.ended(answered(), Result.ACCEPTED)
    return submission.ended(answered(), Result.REJECTED, *_refusal(answer.get("issues") or ()))


def _refusal(issues: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """Code and words of the issue that stands in the way; HTTP says 200 all the same."""
    for issue in issues:
        if issue.get("severity") == "ERROR":
            return str(issue.get("code", "")), str(issue.get("message", ""))
    return "INVALID", "Amazon finds the submission invalid and does not say why"


def _worst(errors: Sequence[BaseException], done: Sequence[ItemOutcome]) -> BaseException:
    for error in errors:
        if not isinstance(error, PlatformError):
            return error
    doubted = [each for each in errors if isinstance(each, Transient) and each.in_doubt]
    took_effect = any(outcome.result is not Result.REJECTED for outcome in done)
    first = errors[0]
    assert isinstance(first, PlatformError)
    if took_effect and not doubted:
        doubt = partly(first)
        doubt.__cause__ = first
        return doubt
    return doubted[0] if doubted else first
