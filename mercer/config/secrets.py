"""Secrets stay out of `mercer.toml`: it holds references, read when they are needed.

`env:NAME` is an environment variable, `file:PATH` a file that only its owner can read, with a
relative path starting at the folder of `mercer.toml`, `keyring:SERVICE/NAME` an entry of the system's
keyring. Anything else is the value itself.
"""

from __future__ import annotations

import base64
import os
import re
from importlib import import_module
from pathlib import Path
from typing import Final

from mercer.config.saving import replace
from mercer.core.errors import SettingsError

FOLDER: Final = "secrets"
PERSONAL_KEY: Final = "personal.key"
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
        case "keyring":
            return _from_keyring(*place.partition("/")[::2])
        case _:
            return reference


def is_reference(text: str) -> bool:
    """It says where the value stands, and is not the value itself."""
    scheme, _, place = text.partition(":")
    return scheme in ("env", "file", "keyring") and bool(place)


def _from_environment(name: str) -> str:
    if value := os.environ.get(name, ""):
        return value
    raise SettingsError(
        f"the environment variable {name} is not set", hint=f"export {name} before running mercer"
    )


def _from_keyring(service: str, name: str) -> str:
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise SettingsError(
            "the keyring package is not installed", hint='pip install "mercer[keyring]"'
        ) from None
    value: str | None = keyring.get_password(service, name)
    if value:
        return value
    raise SettingsError(
        f"the system's keyring has no {name!r} of {service!r}",
        hint=f"put it there: keyring set {service} {name}",
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
    name = f"{channel}.{field}"
    if name == PERSONAL_KEY:
        raise SettingsError(
            f"{FOLDER}/{name} is the key of personal data", hint="give the channel another name"
        )
    _put(base, name, value)
    return f"file:{FOLDER}/{name}"


def keep_personal_key(base: Path) -> str:
    """Make the key of personal data; return its reference. One that is there stays: it opens what
    an earlier workspace in this folder has sealed.
    """
    if not (base / FOLDER / PERSONAL_KEY).exists():
        _put(base, PERSONAL_KEY, _new_key())
    return f"file:{FOLDER}/{PERSONAL_KEY}"


def add_personal_key(reference: str, base: Path) -> Path:
    """Put a new key before those that are there; return the file. Raise `SettingsError` where the
    keys are not in a file: Mercer does not write to an environment or a keyring.
    """
    scheme, _, place = reference.partition(":")
    if scheme != "file":
        raise SettingsError(
            f"the keys are in {reference}, where Mercer does not write",
            hint="put a new key before the others there, then: mercer maintain --reseal",
        )
    path = base / Path(place).expanduser()
    replace(path, "\n".join([_new_key(), *resolve(reference, base).split(), ""]), mode=0o600)
    return path


def _new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


def _put(base: Path, name: str, value: str) -> None:
    folder = base / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    replace(folder / ".gitignore", "*\n", mode=0o600)
    replace(folder / name, f"{value}\n", mode=0o600)
