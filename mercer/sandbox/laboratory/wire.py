"""What becomes of requests and answers on a bad day between Mercer and the shops."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import httpx

from mercer.core.clock import Clock
from mercer.plugins.simulation import Simulator
from mercer.sandbox.laboratory.network import Life, Network
from mercer.sandbox.laboratory.witness import Witness


class WireFault(StrEnum):
    """`REFUSED` and `GATEWAY_BEFORE` never reach the shop; the others do, and spoil the answer."""

    REFUSED = "connection refused"
    GATEWAY_BEFORE = "502 before the shop"
    GATEWAY_AFTER = "504 after the shop"
    SILENCE = "no answer in time"
    TRUNCATED = "answer cut off"
    GARBLED = "answer is no document"
    EMPTY = "empty answer"


_GARBLE: Final = b"<html><body>Service in maintenance</body></html>"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A share `rate` of requests meets one of `faults`; before a share `meanwhile`, somebody acts."""

    faults: tuple[WireFault, ...] = ()
    rate: float = 0.0
    meanwhile: float = 0.0


NO_TROUBLE: Final = Trouble()


class Wire(Network):
    """A network with trouble on it, and a witness who sees what every request did at the shop.

    `act` is what somebody else does while a request travels.
    """

    def __init__(
        self,
        simulators: Mapping[str, Simulator],
        clock: Clock,
        life: Life,
        rng: random.Random,
        witness: Witness,
        act: Callable[[], None],
    ) -> None:
        super().__init__(simulators, clock, life, rng)
        self.trouble = NO_TROUBLE
        self._dice = rng
        self._witness = witness
        self._act = act

    async def reach(self, request: httpx.Request) -> httpx.Response:
        if self._dice.random() < self.trouble.meanwhile:
            self._act()
        fault = self._drawn()
        channel = request.url.host.removesuffix(".test")
        if fault is not None:
            self._witness.tell(f"{channel}: {fault.value}")
        if fault is WireFault.REFUSED:
            raise httpx.ConnectError("refused", request=request)
        if fault is WireFault.GATEWAY_BEFORE:
            return _answer(request, 502, _GARBLE)
        with self._witness.watching(channel, request):
            reply = await super().reach(request)
        return await self._spoilt(fault, request, reply)

    def _drawn(self) -> WireFault | None:
        trouble = self.trouble
        if not trouble.faults or self._dice.random() >= trouble.rate:
            return None
        return self._dice.choice(trouble.faults)

    async def _spoilt(
        self, fault: WireFault | None, request: httpx.Request, reply: httpx.Response
    ) -> httpx.Response:
        match fault:
            case WireFault.SILENCE:
                raise httpx.ReadTimeout("no answer", request=request)
            case WireFault.GATEWAY_AFTER:
                return _answer(request, 504, _GARBLE)
            case WireFault.GARBLED:
                return _answer(request, reply.status_code, _GARBLE)
            case WireFault.EMPTY:
                return _answer(request, reply.status_code, b"")
            case WireFault.TRUNCATED:
                content = await reply.aread()
                return _answer(request, reply.status_code, content[: len(content) * 2 // 3])
        return reply


def _answer(request: httpx.Request, status: int, content: bytes) -> httpx.Response:
    return httpx.Response(status, content=content, request=request)
