"""Change `mercer.toml` as a careful person would: comments and order stay, nothing broken is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

from mercer.config.reading import load, parse
from mercer.config.saving import replace
from mercer.config.secrets import FOLDER, keep_personal_key, keep_secret
from mercer.config.tables import KEEP_DAYS
from mercer.core.errors import RefusedError

__all__ = ["add_channel", "create", "keep_secret", "point_at_sandbox", "remove_channel"]


def create(
    path: Path,
    name: str,
    reporting_currency: str,
    *,
    database: str = "mercer.db",
    database_password: str | None = None,
    sandbox: str | None = None,
) -> None:
    """Make a new `mercer.toml` at `path`, and a key for personal data.

    Raise `RefusedError` where there is one already, `SettingsError` where a value is not allowed.
    """
    if path.exists():
        raise RefusedError(
            f"there is a {path} already", hint="work in it, or choose another folder"
        )
    document = tomlkit.document()
    document.add(
        tomlkit.comment("Secrets do not belong in this file: write env:NAME or file:PATH.")
    )
    workspace = tomlkit.table()
    workspace.update({"name": name, "database": database, "reporting_currency": reporting_currency})
    if database_password is not None:
        workspace["database_password"] = database_password
    document["workspace"] = workspace
    path.parent.mkdir(parents=True, exist_ok=True)
    document["personal"] = {"key": keep_personal_key(path.parent), "keep_days": KEEP_DAYS}
    if sandbox is not None:
        document["clock"] = {"sandbox": sandbox}
    _save(path, document)


def add_channel(
    path: Path,
    name: str,
    *,
    platform: str,
    currency: str,
    settings: Mapping[str, str],
    account: str | None = None,
    zone: str = "UTC",
    tax_included: bool = True,
    create_listings: bool = True,
    stock_with: str | None = None,
) -> None:
    """Raise `RefusedError` where the name is taken, `SettingsError` where a value is not allowed."""
    if name in load(path).channels:
        raise RefusedError(f"{path} has a channel {name!r} already", hint="choose another name")

    def change(document: tomlkit.TOMLDocument) -> None:
        channel = tomlkit.table()
        channel["platform"] = platform
        if account is not None:
            channel["account"] = account
        channel["currency"] = currency
        channel["zone"] = zone
        channel["tax_included"] = tax_included
        channel["create_listings"] = create_listings
        if stock_with is not None:
            channel["stock_with"] = stock_with
        channel["settings"] = dict(settings)
        if "channels" not in document:
            document["channels"] = tomlkit.table(is_super_table=True)
        _table(document, "channels")[name] = channel

    _edit(path, change)


def remove_channel(path: Path, name: str) -> None:
    """Take a channel out, and delete the secrets kept for it that no other channel refers to."""
    config = load(path)
    own = set(config.channel(name).settings.values())
    others = {
        reference
        for other, channel in config.channels.items()
        if other != name
        for reference in channel.settings.values()
    }

    def change(document: tomlkit.TOMLDocument) -> None:
        del _table(document, "channels")[name]

    _edit(path, change)
    for reference in own - others:
        if reference.startswith(f"file:{FOLDER}/{name}."):
            (config.base / reference.removeprefix("file:")).unlink(missing_ok=True)


def point_at_sandbox(path: Path, address: str, settings: Mapping[str, Mapping[str, str]]) -> None:
    """A sandbox came up at another address: `settings` are the channels' settings that change."""

    def change(document: tomlkit.TOMLDocument) -> None:
        _table(document, "clock")["sandbox"] = address
        for name, values in settings.items():
            _table(document, "channels", name, "settings").update(values)

    _edit(path, change)


def _edit(path: Path, change: Callable[[tomlkit.TOMLDocument], None]) -> None:
    document = tomlkit.parse(path.read_text("utf-8-sig"))
    change(document)
    _save(path, document)


def _save(path: Path, document: tomlkit.TOMLDocument) -> None:
    text = tomlkit.dumps(document)
    parse(text, path)
    replace(path, text, mode=path.stat().st_mode & 0o777 if path.exists() else 0o644)


def _table(document: tomlkit.TOMLDocument, *keys: str) -> Table:
    table: Any = document
    for key in keys:
        table = table[key]
    found: Table = table
    return found
