"""The one way out: quota, retry, redaction, one log line for each request.

An adapter hands in how to make a request (made anew for every attempt, because signatures carry the
time) and how to read the reply (which returns the result or raises an error by what can be done about
it). Bytes are sent by a `Client`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from mercer.core.answered import answered, note_answer
from mercer.core.clock import Clock
from mercer.core.contract import Quota
from mercer.core.errors import MercerError, PlatformError, Throttled
from mercer.core.quota import Charge, Limiter, urgency
from mercer.core.waiting import wait
from mercer.plugins.retry import retrying

T = TypeVar("T")

log: Final = logging.getLogger("mercer.transport")


@dataclass(frozen=True, slots=True)
class Request:
    """Bytes to be sent. `repr` shows neither headers nor content: they carry secrets."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    content: bytes = field(default=b"", repr=False)
    files: Mapping[str, tuple[str, bytes, str]] | None = field(default=None, repr=False)
    """For multipart uploads: field -> (file name, content, content type). `form` goes before it."""
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request does. `name` is the platform's own name for it.

    `costs` are units by quota. `repeatable`: sending it twice is sending it once, so it may be sent
    again even when the first attempt is in doubt. Reads are; writes only with an idempotency key.
    """

    name: str
    costs: Mapping[str, float]
    repeatable: bool


class Client(Protocol):
    """What sends bytes; all channels of a process share one."""

    async def send(self, request: Request, what: str) -> Reply:
        """Raise `Transient` for no answer to `what`, and `ProtocolBroken` for what cannot be sent."""
        ...


class Transport:
    """One channel's way out. `request_id` finds the platform's own id of a request in a reply."""

    def __init__(
        self,
        client: Client,
        limiter: Limiter,
        clock: Clock,
        *,
        channel: str,
        account: str,
        rng: random.Random | None = None,
    ) -> None:
        self._client = client
        self._limiter = limiter
        self._clock = clock
        self._channel = channel
        self._account = account
        self._rng = rng or random.Random()
        self._quotas: dict[str, Quota] = {}

    def declare(self, quotas: Sequence[Quota]) -> None:
        """The quotas that operations may name, as they now stand."""
        self._quotas = {quota.name: quota for quota in quotas}

    def report(self, quota: Quota, available: float) -> None:
        """The platform told what is left of a quota, and what its rate and burst are."""
        self._quotas[quota.name] = quota
        self._limiter.report(Charge(self._account, quota), available, self._clock.now())

    async def call(
        self,
        operation: Operation,
        prepare: Callable[[], Request],
        interpret: Callable[[Reply], T],
        request_id: Callable[[Reply], str] = lambda _: "",
    ) -> T:
        """Send, wait where the quota or the platform says so, and return what `interpret` makes of it.

        Raise `PlatformError`s with the channel and operation filled in.
        """

        async def attempt(number: int) -> T:
            await self._admit(operation)
            started = self._clock.now()
            note_answer("")
            reply: Reply | None = None
            failure: MercerError | None = None
            try:
                reply = await self._client.send(prepare(), operation.name)
                note_answer(request_id(reply))
                return interpret(reply)
            except PlatformError as error:
                failure = self._placed(error, operation)
                self._ban(operation, error)
                raise
            finally:
                seconds = (self._clock.now() - started).total_seconds()
                self._log(operation, number, reply, failure, answered(), seconds)

        return await retrying(attempt, self._clock, self._rng, repeatable=operation.repeatable)

    async def _admit(self, operation: Operation) -> None:
        level = urgency()
        charges = []
        for name, cost in operation.costs.items():
            quota = self._quotas[name]
            charges.append(Charge(self._account, quota, cost, level.reserve(quota)))
        while charges and (seconds := self._limiter.acquire(charges, self._clock.now())):
            if seconds > level.patience:
                raise Throttled(
                    f"the quota of account {self._account} is used up for {seconds:.0f} s",
                    hint="run again later; nothing was sent",
                    delay=seconds,
                    channel=self._channel,
                    operation=operation.name,
                )
            await wait(self._clock, seconds, f"the quota of {operation.name}")

    def _placed(self, error: PlatformError, operation: Operation) -> PlatformError:
        error.channel = error.channel or self._channel
        error.operation = error.operation or operation.name
        error.request_id = error.request_id or answered()
        return error

    def _ban(self, operation: Operation, error: PlatformError) -> None:
        if isinstance(error, Throttled) and error.shared and error.delay:
            for name in operation.costs:
                charge = Charge(self._account, self._quotas[name])
                self._limiter.ban(charge, error.delay, self._clock.now())

    def _log(
        self,
        operation: Operation,
        attempt: int,
        reply: Reply | None,
        failure: MercerError | None,
        request_id: str,
        seconds: float,
    ) -> None:
        log.info(
            "request",
            extra={
                "channel": self._channel,
                "operation": operation.name,
                "attempt": attempt,
                "status": reply.status if reply else None,
                "bytes": len(reply.content) if reply else 0,
                "error": failure.kind if failure else None,
                "code": getattr(failure, "code", None) or None,
                "request_id": request_id or None,
                "seconds": round(seconds, 3),
            },
        )
