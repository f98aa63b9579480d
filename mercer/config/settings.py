"""A workspace's settings once they are read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from mercer.config.places import Places
from mercer.config.secrets import resolve
from mercer.core.account import Channel
from mercer.core.approval import ApprovalRules
from mercer.core.errors import SettingsError
from mercer.core.risk import OrderCheck
from mercer.core.terms import Terms


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """`settings` are for the plugin's own model: as written, secrets still references."""

    channel: Channel
    settings: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Due:
    """When a job is due, by a cron line in a time zone. Without a channel it is the workspace's."""

    job: str
    channel: str
    cron: str
    zone: str


@dataclass(frozen=True, slots=True)
class Config:
    """`path` is the file itself, absolute. `sandbox` is the address whose clock this workspace
    goes by; `None` where it goes by the machine's. `checks` look at new orders.
    A rate of exchange older than `rates_last` is not used. `approval`: `None` where no plan needs any.
    `personal_key` refers to the keys of
    personal data; `None` where none is to be kept. `database` is a SQLite file or the address of a
    PostgreSQL database, `database_password` refers to its password. `at_once`: bulky jobs that one
    worker does side by side. Plans are carried out under `terms`.
    """

    path: Path
    name: str
    database: Path | str
    database_password: str | None
    reporting_currency: str
    sandbox: str | None
    personal_key: str | None
    channels: Mapping[str, ChannelConfig]
    checks: tuple[OrderCheck, ...]
    rates_last: timedelta
    approval: ApprovalRules | None
    schedule: tuple[Due, ...]
    at_once: int
    terms: Terms
    places: Places = field(repr=False, compare=False)

    @property
    def base(self) -> Path:
        """The folder that relative paths of the file start from."""
        return self.path.parent

    def channel(self, name: str) -> ChannelConfig:
        """Raise `SettingsError` for a name that the file does not have."""
        if name not in self.channels:
            known = ", ".join(sorted(self.channels)) or "none yet: mercer channel add"
            raise SettingsError(f"{self.path} has no channel {name!r}", hint=f"channels: {known}")
        return self.channels[name]

    def personal_keys(self) -> list[str]:
        """The first seals, every one opens. Raise `SettingsError` naming the line."""
        return self._secret("personal", "key", self.personal_key).split()

    def password(self) -> str:
        """The database's; empty where none is named. Raise `SettingsError` naming the line."""
        return self._secret("workspace", "database_password", self.database_password)

    def _secret(self, table: str, key: str, reference: str | None) -> str:
        try:
            return resolve(reference or "", self.base)
        except SettingsError as error:
            where = self.places.near(table, key)
            message = f"{where}: {table}.{key}: {error.message}"
            raise SettingsError(message, hint=error.hint) from None

    def resolved(self, name: str) -> dict[str, str]:
        """A channel's settings with every secret read. Raise `SettingsError` naming the line."""
        found = {}
        for key, reference in self.channel(name).settings.items():
            try:
                found[key] = resolve(reference, self.base)
            except SettingsError as error:
                keys = ("channels", name, "settings", key)
                message = f"{self.places.near(*keys)}: {'.'.join(keys)}: {error.message}"
                raise SettingsError(message, hint=error.hint, channel=name) from None
        return found
