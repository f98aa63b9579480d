"""The queue that notifications wait in: a small port, and Amazon SQS behind it.

SQS speaks the AWS JSON protocol: a signed POST that names the operation in a header.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from mercer.core.clock import Clock
from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    ProtocolBroken,
    Rejected,
    Throttled,
    Transient,
)
from mercer.plugins.amazon import sigv4
from mercer.plugins.amazon.errors import request_id
from mercer.plugins.paging import chunks
from mercer.plugins.transport import Operation, Reply, Request, Transport

AT_ONCE: Final = 10
"""Messages that one call receives or deletes at most."""

HIDDEN: Final = 8
"""Seconds for which a message is nobody else's. It is kept and deleted within one; where the process
dies in between, or it is another channel's, it is not to wait for the queue's own half a minute.
"""

_REGION: Final = re.compile(r"\bsqs[.]([a-z0-9-]+)[.]")
_USUAL_REGION: Final = "us-east-1"
"""Of an address that names none, as a sandbox's."""

_MEDIA: Final = "application/x-amz-json-1.0"
_KEYS: Final = re.compile("Signature|Token|AccessDenied|AccessKey")
_BUSY: Final = re.compile("Throttl|OverLimit")
_HINT: Final = "check `aws_access_key_id` and `aws_secret_access_key`, and what that user may do"


@dataclass(frozen=True, slots=True)
class Message:
    """`receipt` deletes it, as long as nobody received it again."""

    receipt: str
    body: str = field(repr=False)


class Queue(Protocol):
    """At least once, in no order. What is received and not deleted comes again after a while."""

    async def receive(self) -> list[Message]:
        """Some messages; none where none waits, or where all are with another reader."""

    async def delete(self, receipts: Sequence[str]) -> None: ...


class SqsQueue:
    """`url` is the queue's address: the service's, then the owner's number, then the name."""

    def __init__(self, url: str, keys: sigv4.Keys, transport: Transport, clock: Clock) -> None:
        self._url = url
        self._keys = keys
        self._transport = transport
        self._clock = clock
        self._service = url.rsplit("/", 2)[0] + "/"
        region = _REGION.search(url)
        self._scope = sigv4.Scope(region[1] if region else _USUAL_REGION, "sqs")

    async def receive(self) -> list[Message]:
        asked = {"MaxNumberOfMessages": AT_ONCE, "VisibilityTimeout": HIDDEN}
        answer = await self._call("ReceiveMessage", asked)
        try:
            return [
                Message(each["ReceiptHandle"], each["Body"])
                for each in answer.get("Messages") or ()
            ]
        except (KeyError, TypeError):
            raise ProtocolBroken("SQS gave a message without receipt or body") from None

    async def delete(self, receipts: Sequence[str]) -> None:
        """What SQS fails to delete comes again, and is known by then."""
        for some in chunks(receipts, AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(some)
            ]
            await self._call("DeleteMessageBatch", {"Entries": entries})

    async def reach(self) -> None:
        """Whether the queue answers; a message that it shows stays visible to all."""
        await self._call("ReceiveMessage", {"MaxNumberOfMessages": 1, "VisibilityTimeout": 0})

    async def _call(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Receiving and deleting twice harms nothing."""
        content = json.dumps({"QueueUrl": self._url, **body}).encode()
        return await self._transport.call(
            Operation(operation, costs={}, repeatable=True),
            lambda: self._request(operation, content),
            _answer,
            request_id,
        )

    def _request(self, operation: str, content: bytes) -> Request:
        """Signed anew for every attempt: a signature is good for minutes."""
        place = urlsplit(self._service)
        headers = {
            "content-type": _MEDIA,
            "host": place.netloc,
            "x-amz-date": sigv4.stamp(self._clock.now()),
            "x-amz-target": f"AmazonSQS.{operation}",
        }
        authorization = sigv4.authorization(
            "POST", place.path, {}, headers, content, self._keys, self._scope
        )
        headers["authorization"] = authorization
        return Request("POST", self._service, headers, content=content)


def _answer(reply: Reply) -> dict[str, Any]:
    try:
        parsed = json.loads(reply.content)
    except ValueError:
        parsed = None
    answer: dict[str, Any] | None = parsed if isinstance(parsed, dict) else None
    if reply.status != 200:
        raise _refusal(reply, answer or {})
    if answer is None:
        raise ProtocolBroken("SQS answered no JSON object", hint="check `queue_url`")
    return answer


def _refusal(reply: Reply, answer: Mapping[str, Any]) -> PlatformError:
    """The type tells what is wrong: bad keys and a busy queue may both be a 400 or a 403."""
    code = str(answer.get("__type") or reply.status).rpartition("#")[2]
    words = str(answer.get("message") or answer.get("Message") or "")
    place = {"code": code, "words": words, "request_id": request_id(reply)}
    if reply.status >= 500:
        return Transient(f"SQS failed with HTTP {reply.status}", in_doubt=False, **place)
    if _BUSY.search(code):
        return Throttled("SQS is asked too often", delay=1.0, shared=True, **place)
    if _KEYS.search(code) or reply.status in (401, 403):
        return AuthExpired(f"SQS refuses access: {words or code}", hint=_HINT, **place)
    return Rejected(f"SQS does not take this: {words or code}", hint="check `queue_url`", **place)
