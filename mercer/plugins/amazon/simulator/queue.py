"""The seller's own SQS queue, as the AWS JSON protocol speaks of it. Signatures are checked.

A Standard queue: at least once, in no order. What was received is hidden for half a minute, and what is
not deleted comes again. Nothing is kept for more than four days, nor more than so many messages.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

from mercer.plugins.amazon import sigv4
from mercer.plugins.amazon.simulator.protocol import Refused
from mercer.plugins.amazon.simulator.seller import Message, Seller

NAME: Final = "000000000000/mercer-notifications"
REGION: Final = "us-east-1"
TARGET: Final = "x-amz-target"
MEDIA: Final = "application/x-amz-json-1.0"

_HIDDEN: Final = 30
"""Seconds."""
_KEPT: Final = timedelta(days=4)
_MOST_KEPT: Final = 20_000
_MOST_RECEIVED: Final = 10
_SKEW: Final = timedelta(minutes=15)
_EVERY: Final = 5
"""One in so many notifications is delivered twice."""


def put(seller: Seller, body: str, now: datetime) -> None:
    number = seller.new_id()
    for copy in range(2 if number % _EVERY == 0 else 1):
        id = f"{number:x}-{copy}"
        seller.queue[id] = Message(id, body, now, now)
    while len(seller.queue) > _MOST_KEPT:
        del seller.queue[next(iter(seller.queue))]


def answered(
    seller: Seller, operation: str, body: Any, now: datetime, *, lost: bool
) -> dict[str, Any]:
    """Raise `Refused` for another queue or operation."""
    if not isinstance(body, dict) or not str(body.get("QueueUrl", "")).endswith(NAME):
        raise Refused(400, "com.amazonaws.sqs#QueueDoesNotExist", "There is no such queue.")
    match operation:
        case "AmazonSQS.ReceiveMessage":
            most = int(body.get("MaxNumberOfMessages", 1))
            if not 1 <= most <= _MOST_RECEIVED:
                raise Refused(400, "com.amazonaws.sqs#InvalidParameterValue", "1 to 10 messages.")
            hidden = timedelta(seconds=int(body.get("VisibilityTimeout", _HIDDEN)))
            some = list(islice(_visible(seller, now), most))
            messages = [_received(each, now + hidden) for each in some]
            return {"Messages": messages} if messages else {}
        case "AmazonSQS.DeleteMessageBatch":
            entries = body.get("Entries", [])
            if not 1 <= len(entries) <= _MOST_RECEIVED:
                raise Refused(400, "com.amazonaws.sqs#TooManyEntriesInBatchRequest", "1 to 10.")
            for entry in entries if not lost else ():
                _delete(seller, str(entry["ReceiptHandle"]))
            return {"Successful": [{"Id": entry["Id"]} for entry in entries], "Failed": []}
    raise Refused(400, "com.amazon.coral.service#UnknownOperationException", operation)


def _visible(seller: Seller, now: datetime) -> Iterator[Message]:
    """The youngest of every few first: in no order."""
    while seller.queue and next(iter(seller.queue.values())).sent_at < now - _KEPT:
        del seller.queue[next(iter(seller.queue))]
    waiting = (each for each in seller.queue.values() if each.visible_at <= now)
    while few := list(islice(waiting, 3)):
        yield from reversed(few)


def _received(message: Message, until: datetime) -> dict[str, str]:
    message.visible_at = until
    message.received += 1
    return {"MessageId": message.id, "ReceiptHandle": message.receipt, "Body": message.body}


def _delete(seller: Seller, receipt: str) -> None:
    """By the newest receipt only; an older one deletes nothing, and is not told so."""
    message = seller.queue.get(receipt.partition("#")[0])
    if message is not None and message.receipt == receipt:
        del seller.queue[message.id]


def admit(
    seller: Seller, address: str, path: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Check the signature as AWS would. Raise `Refused`. `path` is below `address`."""
    at = sigv4.moment(headers.get("x-amz-date", ""))
    if at is None or abs(now - at) > _SKEW:
        raise _unsigned("Signature expired or without a date.")
    given = headers.get("authorization", "")
    signed = {name: headers.get(name, "") for name in sigv4.signed_names(given)}
    if not {"host", "x-amz-date"} <= signed.keys():
        raise _unsigned("'Host' and 'X-Amz-Date' must be signed headers.")
    keys, scope = sigv4.Keys(seller.aws_key_id, seller.aws_secret), sigv4.Scope(REGION, "sqs")
    path = urlsplit(address).path + path
    wanted = sigv4.authorization("POST", path, {}, signed, body, keys, scope)
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise _unsigned("The request signature we calculated does not match the one you provided.")


def _unsigned(message: str) -> Refused:
    return Refused(403, "com.amazon.coral.service#InvalidSignatureException", message)


def spelled(error: Refused) -> bytes:
    """An error in the shape of AWS's JSON protocol, which is not SP-API's."""
    (first,) = error.body["errors"]
    return json.dumps({"__type": first["code"], "message": first["message"]}).encode()
