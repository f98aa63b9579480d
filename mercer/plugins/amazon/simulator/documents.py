"""What takes its time on the world's clock, and the documents that it leaves in storage."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from mercer.plugins.amazon.simulator.protocol import Answer, Call, Handler, Refused, iso
from mercer.plugins.amazon.simulator.shop import Document, Job, Shop

URL_LIFE: Final = timedelta(minutes=5)

_QUEUED: Final = timedelta(seconds=15)
_WORK: Final = timedelta(seconds=30)


def store(shop: Shop, content_type: str, text: str | None = None) -> str:
    id = f"amzn1.tortuga.4.{shop.new_id():x}.T"
    shop.documents[id] = Document(content_type, text)
    return id


def link(call: Call, id: str) -> str:
    until = int((call.now + URL_LIFE).timestamp())
    return f"{call.address}/storage/{id}?X-Amz-Expires={until}"


def document_operation(name: str) -> Handler:
    """The handler that tells where a document lies; `name` is what it calls the document's id."""

    def answer(shop: Shop, call: Call) -> Answer:
        id = call.parts[0]
        if id not in shop.documents:
            raise Refused(404, "NotFound", f"Document {id} is not found.")
        packed = {"compressionAlgorithm": "GZIP"} if shop.documents[id].packed else {}
        return 200, {name: id, "url": link(call, id), **packed}

    return answer


def queued(shop: Shop, type: str, now: datetime, work: timedelta) -> Job:
    started = now + _QUEUED
    return Job(str(shop.new_id()), type, now, started, started + _WORK + work)


def told(shop: Shop, job: Job, now: datetime) -> dict[str, Any]:
    status = job.status(now)
    found = {
        "marketplaceIds": [shop.marketplace],
        "createdTime": iso(job.created),
        "processingStatus": status,
    }
    if status != "IN_QUEUE":
        found["processingStartTime"] = iso(job.started)
    if status not in ("IN_QUEUE", "IN_PROGRESS"):
        found["processingEndTime"] = iso(job.ended)
    return found


def known(jobs: dict[str, Job], call: Call) -> Job:
    if call.parts[0] not in jobs:
        raise Refused(404, "NotFound", f"{call.parts[0]} is not found.")
    return jobs[call.parts[0]]


def field(call: Call, name: str) -> str:
    value = call.body.get(name) if isinstance(call.body, dict) else None
    if not isinstance(value, str) or not value:
        raise Refused(400, "400", f"{name} is required.")
    return value
