"""A platform that tells nonsense in one place of its answers, each time in the next one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import httpx

from mercer.plugins.simulation import Simulator
from mercer.testkit.mount import Mount

NONSENSE: Final[tuple[object, ...]] = ("☂ neither a number nor a time", None, -1, [])

Place = tuple[Any, ...]
"""Keys and indexes that lead to a value."""


class Spoiled(httpx.AsyncBaseTransport):
    """Reaches one simulator, and spoils one value of those answers in JSON that tell of `about`.

    While `advance` says so there is another value to be spoiled.
    """

    def __init__(self, channel: str, simulator: Simulator, about: str, nonsense: object) -> None:
        self._mount = Mount({channel: simulator})
        self._about = about
        self._nonsense = nonsense
        self._wanted = -1
        self._seen = 0
        self.place: Place | None = ()
        """What was spoiled in this round, `None` if there was nothing left."""

    def advance(self) -> bool:
        more = self.place is not None
        self._wanted += 1
        self._seen = 0
        self.place = None
        return more

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._mount.handle_async_request(request)
        text = (await response.aread()).decode(errors="replace")
        if self._about not in text:
            return response
        try:
            content = json.loads(text)
        except ValueError:
            return response
        return httpx.Response(response.status_code, json=self._spoil(content))

    def _spoil(self, content: Any) -> Any:
        for place in list(_leaves(content)):
            if self._seen == self._wanted:
                self.place = place
                content = _replaced(content, place, self._nonsense)
            self._seen += 1
        return content


def _leaves(content: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _leaves(value, (*place, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _leaves(value, (*place, index))
    else:
        yield place


def _replaced(content: Any, place: Place, value: object) -> Any:
    if not place:
        return value
    content[place[0]] = _replaced(content[place[0]], place[1:], value)
    return content
