"""The composition root: settings -> store, clock, transport, adapters -> a session of the engine."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr, ValidationError

from mercer import config, log
from mercer.config import Config
from mercer.core.clock import Clock, SystemClock
from mercer.core.errors import MercerError, SettingsError
from mercer.core.policy import BUILT_IN, Unplugged
from mercer.log import Redactor
from mercer.store.database import Database, open_database
from mercer.store.engine_database import has_engine_schema
from mercer.store.vault import Vault
from mercer.sync.engine.place import Place
from mercer.sync.engine.stopping import StoppableClock, Stopping
from mercer.sync.session import Connection, Progress, Session, Silent

if TYPE_CHECKING:
    from mercer.config.price_rules import RuleKind
    from mercer.core.risk import OrderCheck
    from mercer.plugins.client import HttpClient
    from mercer.plugins.platform import Platform
    from mercer.plugins.transport import Client, Reply, Request
    from mercer.sync.worker import Worker


@dataclass(frozen=True, slots=True)
class Workspace:
    """One seller's settings, database and clock, open."""

    config: Config
    database: Database
    clock: Clock
    redactor: Redactor

    def session(self, progress: Progress | None = None) -> Session:
        """For what goes on at home: no channel is connected, no secret is read."""
        channels = {name: each.channel for name, each in self.config.channels.items()}
        return Session(
            self.database,
            self.clock,
            {},
            channels,
            progress or Silent(),
            _who(),
            vault=Vault(self._personal_keys) if self.config.personal_key else None,
            rates_last=self.config.rates_last,
            reporting_currency=self.config.reporting_currency,
            approval=self.config.approval,
            terms=self.config.terms,
        )

    @property
    def engine_place(self) -> Place:
        """Where the jobs of this workspace are kept."""
        database = self.config.database
        if isinstance(database, str):
            return Place(address=database, password=self.config.password())
        return Place(file=database.with_name("engine.db"))

    @property
    def has_jobs(self) -> bool:
        """Whether a worker has ever been here."""
        place = self.engine_place
        if place.file is not None:
            return place.file.exists()
        with self.database.read() as tx:
            return has_engine_schema(tx)

    def worker(self, session: Session, stopping: Stopping, tell: Callable[[str], None]) -> Worker:
        """For a session whose waits end with the worker: see `stoppable`.

        Raise `SettingsError` for a check of orders that cannot be loaded.
        """
        from mercer.sync.schedule import Line  # only a worker needs it
        from mercer.sync.worker import Worker

        session.checks()  # while a person looks on, not at the first order
        lines = [
            Line(each.job, each.channel, each.cron, each.zone) for each in self.config.schedule
        ]
        at_once = self.config.at_once
        return Worker(self.engine_place, session, self.clock, lines, stopping, at_once, tell)

    def stoppable(self, stopping: Stopping) -> Workspace:
        """The same, where waiting never ends once it is to stop."""
        return replace(self, clock=StoppableClock(self.clock, stopping))

    def _personal_keys(self) -> list[str]:
        keys = self.config.personal_keys()
        for key in keys:
            self.redactor.add(key)
        return keys

    @asynccontextmanager
    async def connected(
        self, names: Iterable[str] = (), progress: Progress | None = None
    ) -> AsyncIterator[tuple[Session, dict[str, MercerError]]]:
        """The session with the named channels connected, or all; and those that could not be.

        Nothing is sent yet. Raise `SettingsError` for a named channel that cannot be connected, and
        where none can be.
        """
        from mercer.plugins import registry  # pluggy

        named = [self.config.channel(name).channel.name for name in names]
        home = self.session(progress)
        connections: dict[str, Connection] = {}
        failed: dict[str, MercerError] = {}
        async with AsyncExitStack() as stack:
            # What is on loopback is not reached through the machine's proxy.
            client = _WayOut(trust_env=self.config.sandbox is None)
            stack.push_async_callback(client.aclose)
            for name in named or self.config.channels:
                try:
                    platform = registry.load(self.config.channel(name).channel.platform)
                    connections[name] = self._connect(name, platform, client)
                except MercerError as error:
                    error.channel = error.channel or name
                    failed[name] = error
            if failed and (named or not connections):
                raise next(iter(failed.values()))
            yield replace(home, connections=connections, checks=cache(self._checks)), failed

    def _checks(self) -> tuple[OrderCheck, ...]:
        from mercer.plugins import registry  # every plugin

        return (*self.config.checks, *registry.order_checks())

    def _connect(self, name: str, platform: Platform, client: Client) -> Connection:
        from mercer.plugins.transport import Transport
        from mercer.store.quota import SharedLimiter

        channel = self.config.channel(name).channel
        values = self.config.resolved(name)
        for key, reference in self.config.channel(name).settings.items():
            if values[key] != reference:  # it was kept elsewhere, so it is a secret
                self.redactor.add(values[key])
        settings = checked_settings(platform.settings, name, values, self.config)
        for field in type(settings).model_fields:
            value = getattr(settings, field)
            if isinstance(value, SecretStr):
                self.redactor.add(value.get_secret_value())
        transport = Transport(
            client,
            SharedLimiter(self.database),
            self.clock,
            channel=name,
            account=channel.account,
        )
        return Connection(channel, platform.connect(channel, settings, transport, self.clock))


class _WayOut:
    """A client opened with the first request: planning sends none, and HTTP takes long to load."""

    def __init__(self, *, trust_env: bool) -> None:
        self._trust_env = trust_env
        self._client: HttpClient | None = None

    async def send(self, request: Request, what: str) -> Reply:
        if self._client is None:
            from mercer.plugins.client import opened  # httpx

            self._client = opened(trust_env=self._trust_env)
        return await self._client.send(request, what)

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()


@contextmanager
def open_workspace(explicit: Path | None = None, *, verbose: bool = False) -> Iterator[Workspace]:
    """The workspace at `explicit`, or the one around the current folder."""
    settings = _plugged(config.load(config.find(Path.cwd(), explicit), _price_rule_kinds))
    redactor = log.configure(settings.base, verbose=verbose)
    password = settings.password()
    redactor.add(password)
    database = open_database(settings.database, password)
    try:
        with _clock(settings) as clock:
            yield Workspace(settings, database, clock, redactor)
    finally:
        database.close()


def _price_rule_kinds() -> Mapping[str, RuleKind]:
    from mercer.plugins import registry  # pluggy

    return registry.price_rule_kinds()


def _plugged(settings: Config) -> Config:
    """With the policies of plugins in place. Raise `SettingsError` naming one that nobody brings."""
    named = {
        (name, field): policy
        for name, each in settings.channels.items()
        for field, policy in each.channel.policies.items()
        if isinstance(policy, Unplugged)
    }
    if not named:
        return settings
    from mercer.plugins import registry  # pluggy, and every plugin

    found = registry.policies()
    channels = dict(settings.channels)
    for (name, field), unplugged in named.items():
        if unplugged.name not in found:
            keys = ("channels", name, "policy", field.value)
            allowed = ", ".join([*BUILT_IN, *sorted(found)])
            raise SettingsError(
                f"{settings.places.near(*keys)}: {'.'.join(keys)} is {unplugged.name!r}, "
                f"which no installed plugin brings; allowed: {allowed}",
                hint="name one of these, or install the package that brings it",
            )
        channel = channels[name].channel
        policies = channel.policies | {field: found[unplugged.name]}
        channels[name] = replace(channels[name], channel=replace(channel, policies=policies))
    return replace(settings, channels=channels)


@contextmanager
def _clock(settings: Config) -> Iterator[Clock]:
    if settings.sandbox is None:
        yield SystemClock()
        return
    from mercer.sandbox.clock import SandboxClock  # a tester's, not a seller's

    with closing(SandboxClock(settings.sandbox)) as clock:
        yield clock


def checked_settings(
    model: type[BaseModel], channel: str, values: dict[str, str], place: Config
) -> BaseModel:
    """A platform's settings of one channel. Raise `SettingsError` naming what to mend, no value."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = []
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            setting = ".".join(str(key) for key in each["loc"])
            keys = ("channels", channel, "settings", *([setting] if setting else []))
            what = "it is missing" if each["type"] == "missing" else _plain(each["msg"])
            field = model.model_fields.get(setting)
            about = f" ({field.description})" if field and field.description else ""
            faults.append(f"{place.places.near(*keys)}: {'.'.join(keys)}{about}: {what}")
        raise SettingsError(
            "\n".join(faults),
            hint=f"mend it in {place.path}, then: mercer doctor --channel {channel}",
            channel=channel,
        ) from None


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return "mercer"
