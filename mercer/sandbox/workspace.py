"""The workspace that a sandbox makes ready: channels that work, secrets kept as secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import SecretStr

from mercer.config import FILE, Config, editing, load
from mercer.config.saving import replace
from mercer.core.errors import RefusedError, WorkspaceError
from mercer.sandbox import world
from mercer.sandbox.catalogue import Article
from mercer.sandbox.channels import Channels, read_channels, spelled
from mercer.sandbox.world import Sandbox

SAVED: Final = "sandbox.json"
REPORTING_CURRENCY: Final = "CNY"

UNLESS_TOLD: Final = "shopify,taobao"
"""A shop abroad and one at home: enough to see the work, and read in a moment."""


def open_sandbox(
    folder: Path | None,
    channels: Channels | None,
    seed: int,
    articles: Callable[[], Sequence[Article]],
) -> Sandbox:
    """The sandbox that was put away in `folder`, or a new one stocked with `articles`.

    `channels` of `None` takes what there is, or `UNLESS_TOLD`.
    Raise `RefusedError` where the folder is of real shops, or its sandbox has other channels.
    """
    saved = None
    if folder is not None:
        _refuse_real_shops(folder)
        saved = _take_up(folder)
    if saved is None:
        sandbox = Sandbox(channels or read_channels(UNLESS_TOLD), seed)
        sandbox.stock(articles())
        return sandbox
    if channels is not None and channels != saved.channels:
        raise RefusedError(
            f"the sandbox in {folder} has the channels {spelled(saved.channels)}",
            hint="leave --channels out to go on with it, or choose another folder",
        )
    return saved


def _refuse_real_shops(folder: Path) -> None:
    path = folder / FILE
    if path.exists() and load(path).sandbox is None:
        raise RefusedError(
            f"{path} is not a sandbox's workspace and stays as it is",
            hint="choose an empty folder: mercer sandbox --workspace FOLDER",
        )


def _take_up(folder: Path) -> Sandbox | None:
    path = folder / SAVED
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            f"{path} cannot be read: {error}", hint="delete it to begin a new sandbox"
        ) from None
    return world.load(state)


def put_away(sandbox: Sandbox, folder: Path) -> None:
    replace(folder / SAVED, json.dumps(sandbox.dump(), ensure_ascii=False), mode=0o600)


def make_ready(sandbox: Sandbox, folder: Path, address: str) -> Path:
    """Write `mercer.toml` for the shops served at `address`; return its path.

    In a workspace of an earlier run only the addresses are changed and missing channels added.
    """
    _refuse_real_shops(folder)
    path = folder / FILE
    if not path.exists():
        editing.create(path, "sandbox", REPORTING_CURRENCY, sandbox=address)
    settings = {
        name: _kept(sandbox, name, simulator.settings(f"{address}/{name}"), folder)
        for name, simulator in sandbox.simulators.items()
    }
    known = load(path)
    editing.point_at_sandbox(
        path, address, {name: each for name, each in settings.items() if name in known.channels}
    )
    _add_missing(sandbox, path, known, settings)
    return path


def _add_missing(
    sandbox: Sandbox, path: Path, known: Config, settings: Mapping[str, Mapping[str, str]]
) -> None:
    for name, channel in sandbox.channels.items():
        if name not in known.channels:
            editing.add_channel(
                path,
                name,
                platform=channel.platform,
                account=channel.account if channel.account != name else None,
                stock_with=channel.stock_with or None,
                currency=channel.currency,
                zone=channel.zone,
                settings=settings[name],
            )


def _kept(sandbox: Sandbox, name: str, settings: dict[str, str], folder: Path) -> dict[str, str]:
    """The settings with every secret put into its file and referred to."""
    model = sandbox.platforms[name].settings
    return {
        key: editing.keep_secret(folder, name, key, value)
        if _is_secret(model.model_fields[key].annotation)
        else value
        for key, value in settings.items()
    }


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or SecretStr in get_args(annotation)
