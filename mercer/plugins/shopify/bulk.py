"""The whole catalogue by a bulk operation: start, wait, fetch the result, put it together.

The work inside costs no points. Children stand on lines of their own, in any order, and name their
parent by `__parentId`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.errors import ProtocolBroken, Rejected, Throttled, Transient
from mercer.core.waiting import wait as waited
from mercer.plugins.shopify.connection import user_errors
from mercer.plugins.shopify.mapping import Node
from mercer.plugins.shopify.queries import bulk_text, query
from mercer.plugins.shopify.wire import Wire

FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 30.0
PATIENCE: Final = timedelta(hours=1)
WINDOW: Final = 16 * 1024 * 1024
"""Bytes that one request for the result asks for."""

_RUNNING: Final = frozenset({"CREATED", "RUNNING"})


async def products(wire: Wire, clock: Clock, location: str) -> list[tuple[Node, list[Node]]]:
    """Every product with its variants. `location` is a gid.

    Raise `Throttled` where the shop already runs as many exports as it may, `Transient` where the
    export failed, `ProtocolBroken` where its result is not as long as it says.
    """
    done = await _finished(wire, clock, await _started(wire, bulk_text(location)))
    if done["url"] is None:
        return []
    content = await _content(wire, done["url"], int(done["fileSize"]))
    return _assembled(content, int(done["objectCount"]))


async def _started(wire: Wire, text: str) -> str:
    payload = await wire.run(query("bulk_start"), {"query": text})
    for _, code, words in user_errors(payload):
        if code in ("OPERATION_IN_PROGRESS", "LIMIT_REACHED"):
            raise Throttled(
                "the shop runs as many exports as it may",
                delay=LONGEST_WAIT,
                shared=False,
                code=code,
                words=words,
            )
        raise Rejected("Shopify does not take the export", code=code, words=words)
    return str(payload["bulkOperation"]["id"])


async def _finished(wire: Wire, clock: Clock, id: str) -> dict[str, Any]:
    until, wait = clock.now() + PATIENCE, FIRST_WAIT
    while clock.now() < until:
        await waited(clock, wait, "the export")
        found: dict[str, Any] = await wire.run(query("bulk_poll"), {"id": id}) or {}
        if found.get("status") == "COMPLETED":
            return found
        if found.get("status") not in _RUNNING:
            break
        wait = min(wait * 2, LONGEST_WAIT)
    raise Transient(
        f"the export {id} did not complete",
        in_doubt=False,
        code=str(found.get("errorCode") or found.get("status") or ""),
    )


async def _content(wire: Wire, url: str, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = await wire.fetch(url, len(parts), min(len(parts) + WINDOW, size))
        if not part:
            raise ProtocolBroken(f"the export ends after {len(parts)} of {size} bytes")
        parts += part
    return bytes(parts)


def _assembled(content: bytes, count: int) -> list[tuple[Node, list[Node]]]:
    found: dict[str, tuple[Node, list[Node]]] = {}
    children: list[tuple[str, Node]] = []
    nodes = list(_lines(content))
    for node in nodes:
        if parent := node.get("__parentId"):
            children.append((parent, node))
        else:
            found[node["id"]] = (node, [])
    if len(nodes) != count:
        raise ProtocolBroken(f"the export has {len(nodes)} lines and says {count}")
    for parent, child in children:
        if parent not in found:
            raise ProtocolBroken(f"the export has a child of {parent}, but not that")
        found[parent][1].append(child)
    return list(found.values())


def _lines(content: bytes) -> Iterator[dict[str, Any]]:
    try:
        for line in content.splitlines():
            yield json.loads(line)
    except ValueError:
        raise ProtocolBroken("a line of the export is not JSON") from None
