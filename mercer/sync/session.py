"""What every step of the engine is handed: the store, the clock, and the connected channels."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import uuid4

from mercer.core.account import Channel
from mercer.core.approval import ApprovalRules
from mercer.core.clock import Clock
from mercer.core.contract import Adapter, Declared
from mercer.core.errors import InputError, MercerError
from mercer.core.listing import Listing
from mercer.core.risk import OrderCheck
from mercer.core.terms import Terms
from mercer.store.database import Database
from mercer.store.vault import Vault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Connection:
    """A channel and the adapter that speaks for it.

    `shown`: listings as they were last read, the latest of them. `read_at`: when this process began to
    read each.
    """

    channel: Channel
    adapter: Adapter
    shown: dict[str, Listing] = field(default_factory=dict, repr=False, compare=False)
    read_at: dict[str, datetime] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.channel.name

    @property
    def declared(self) -> Declared:
        return self.adapter.declared


class Progress(Protocol):
    """Where long work says how far it is; `total` may be unknown."""

    def begin(self, channel: str, what: str, total: int | None) -> None: ...

    def advance(self, channel: str, what: str, by: int = 1) -> None: ...

    def end(self, channel: str, what: str) -> None: ...


class Silent:
    def begin(self, channel: str, what: str, total: int | None) -> None:
        """Says nothing."""

    def advance(self, channel: str, what: str, by: int = 1) -> None:
        """Says nothing."""

    def end(self, channel: str, what: str) -> None:
        """Says nothing."""


def fresh_key() -> str:
    """An idempotency key that nobody ever used."""
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class Session:
    """`who` is the person or job in whose name things are done; it is kept with overrides.

    `checks` gives those that look at each new order, which nobody loads before one has come. Without
    a `vault` no personal data is kept. A rate of exchange that is older than `rates_last` is not used.
    Without a `reporting_currency` nothing is summed over channels, and without rules of `approval` no
    plan needs any. `new_key` makes the idempotency keys of what is sent. Plans are carried out under
    `terms` where nobody names others.
    """

    database: Database
    clock: Clock
    connections: Mapping[str, Connection]
    channels: Mapping[str, Channel]
    progress: Progress = field(default_factory=Silent)
    who: str = "mercer"
    checks: Callable[[], Sequence[OrderCheck]] = tuple
    vault: Vault | None = None
    rates_last: timedelta = timedelta(days=7)
    reporting_currency: str = ""
    approval: ApprovalRules | None = None
    new_key: Callable[[], str] = fresh_key
    terms: Terms = field(default_factory=Terms)

    def connection(self, name: str) -> Connection:
        return _named(self.connections, name)

    def channel(self, name: str) -> Channel:
        return _named(self.channels, name)

    def chosen(self, names: Iterable[str]) -> list[Connection]:
        """The named channels, or all of them."""
        wanted = list(names) or sorted(self.connections)
        return [self.connection(name) for name in wanted]


def _named(known: Mapping[str, T], name: str) -> T:
    try:
        return known[name]
    except KeyError:
        raise InputError(
            f"there is no channel {name!r}",
            hint=f"channels: {', '.join(sorted(known)) or 'none yet'}",
        ) from None


async def on_each(
    connections: Iterable[Connection], work: Callable[[Connection], Awaitable[T]]
) -> tuple[dict[str, T], dict[str, MercerError]]:
    """Work on channels side by side. One channel's failure leaves the others done.

    So does a fault of its adapter, which is raised when they are.
    """
    done: dict[str, T] = {}
    failed: dict[str, MercerError] = {}
    faults: list[Exception] = []

    async def one(connection: Connection) -> None:
        try:
            done[connection.name] = await work(connection)
        except MercerError as error:
            error.channel = error.channel or connection.name
            failed[connection.name] = error
        except Exception as fault:
            faults.append(fault)

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(one(connection))
    if faults:
        raise faults[0]
    return done, failed
