"""Seal personal data before it is stored, and open it again.

AES-128-CBC with HMAC-SHA256, as Fernet of the `cryptography` package puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mercer.core.errors import SettingsError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class Unopenable(Exception):
    """Sealed with a key that the vault does not have, or damaged."""


class Vault:
    """The first key seals, every key opens.

    `keys` are read when the first value is sealed or opened, and once more when a value does not
    open: another process may have put a new key in front since. Nothing shows them.
    """

    def __init__(self, keys: Callable[[], Sequence[str]]) -> None:
        self._read = keys
        self._box: MultiFernet | None = None

    def __repr__(self) -> str:
        return "Vault(…)"

    def seal(self, text: str) -> bytes:
        return self._known().encrypt(text.encode("utf-8"))

    def open(self, sealed: bytes) -> str:
        """Raise `Unopenable`; whoever knows whose it is says so."""
        return self._tried(lambda box: box.decrypt(sealed)).decode("utf-8")

    def reseal(self, sealed: bytes) -> bytes:
        """The same under the first key. Raise `Unopenable` where no key opens it."""
        return self._tried(lambda box: box.rotate(sealed))

    def reread(self) -> None:
        """Take the keys as they are now: another one may be the first."""
        self._box = None

    def _tried(self, act: Callable[[MultiFernet], bytes]) -> bytes:
        from cryptography.fernet import InvalidToken

        try:
            return act(self._known())
        except InvalidToken:
            self.reread()
        try:
            return act(self._known())
        except InvalidToken:
            raise Unopenable from None

    def _known(self) -> MultiFernet:
        """Raise `SettingsError` where a key cannot be read, or is none."""
        if self._box is None:
            self._box = _box(self._read())
        return self._box


def _box(keys: Sequence[str]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    boxes = []
    for number, key in enumerate(keys, start=1):
        try:
            boxes.append(Fernet(key))
        except ValueError:
            raise SettingsError(
                f"[personal] key: key {number} of {len(keys)} is not 32 bytes as base64",
                hint="a key is one line such as `mercer init` writes into secrets/personal.key",
            ) from None
    return MultiFernet(boxes)
