"""Secrets stay out of `mercer.toml`: it holds references, read when they are needed.

`env:NAME` is an environment variable, `file:PATH` a file that only its owner can read, with a
relative path starting at the folder of `mercer.toml`. Anything else is the value itself.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from mercer.config.saving import replace
from mercer.core.errors import SettingsError

FOLDER: Final = "secrets"
LARGEST: Final = 64 * 1024
"""Bytes; private keys are a few thousand."""

_PLAIN_NAME: Final = re.compile(r"[a-z0-9_-]+")


def resolve(reference: str, base: Path) -> str:
    """Raise `SettingsError` where the secret is missing, empty, or open to others."""
    scheme, _, place = reference.partition(":")
    match scheme:
        case "env":
            return _from_environment(place)
        case "file":
            return _from_file(base / Path(place).expanduser())
        case _:
            return reference


def _from_environment(name: str) -> str:
    if value := os.environ.get(name, ""):
        return value
    raise SettingsError(
        f"the environment variable {name} is not set", hint=f"export {name} before running mercer"
    )


def _from_file(path: Path) -> str:
    try:
        mode, size = path.stat().st_mode, path.stat().st_size
        if os.name == "posix" and mode & 0o077:
            raise SettingsError(f"others can read the secret {path}", hint=f"chmod 600 {path}")
        if size > LARGEST:
            raise SettingsError(f"{path} is larger than any secret", hint="is it the right file?")
        value = path.read_text("utf-8").strip()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SettingsError(
            f"the secret {path} cannot be read: {why}", hint="write the file, or mend its path"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"the secret {path} is not UTF-8 text", hint="write it anew") from None
    if not value:
        raise SettingsError(f"the secret {path} is empty", hint="write the value into it")
    return value


def keep_secret(base: Path, channel: str, field: str, value: str) -> str:
    """Write a secret where only its owner can read it; return the reference for `mercer.toml`."""
    if not _PLAIN_NAME.fullmatch(channel) or not _PLAIN_NAME.fullmatch(field):
        raise SettingsError(
            f"{channel}.{field} cannot name a file", hint="use lower-case letters, digits, hyphens"
        )
    folder = base / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    replace(folder / ".gitignore", "*\n", mode=0o600)
    replace(folder / f"{channel}.{field}", f"{value}\n", mode=0o600)
    return f"file:{FOLDER}/{channel}.{field}"
