"""Every error Mercer raises on purpose, ordered by what can be done about it.

MercerError
├── InputError           a person mends a file or an argument
├── SettingsError        a person mends mercer.toml or a secret
├── WorkspaceError       a person mends the database or the machine
├── RefusedError         Mercer declines: a guard, an expired plan, a missing adoption
├── Interrupted          a person stopped it between two steps; asked for again, it goes on there
└── PlatformError        something came of a request to a platform
    ├── Throttled        wait `delay` seconds, then send again
    ├── Transient        send again; `in_doubt` says whether the effect may already be there
    ├── AuthExpired      a person renews the credentials; the channel stops
    ├── Rejected         the platform refuses this item; the others go on
    ├── Stale            compare-and-set lost: read again, compute again
    ├── Unsupported      the platform or the adapter has no such thing
    └── ProtocolBroken   the platform broke its own contract
"""

from __future__ import annotations

from typing import ClassVar


class MercerError(Exception):
    """`message` is one plain sentence; `hint` says what to do; `kind` is stable in JSON output."""

    kind: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", channel: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.channel = channel


class InputError(MercerError):
    kind = "input"


class SettingsError(MercerError):
    kind = "settings"


class WorkspaceError(MercerError):
    kind = "workspace"


class RefusedError(MercerError):
    kind = "refused"


class Interrupted(MercerError):
    kind = "interrupted"


class PlatformError(MercerError):
    """`code` and `words` are the platform's own; `request_id` is what its support asks for."""

    kind = "platform"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        channel: str = "",
        operation: str = "",
        code: str = "",
        words: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message, hint=hint, channel=channel)
        self.operation = operation
        self.code = code
        self.words = words
        self.request_id = request_id

    @property
    def reason(self) -> str:
        """In the platform's words, or in ours where it has none."""
        return self.words or self.message

    @property
    def coded_reason(self) -> str:
        """The platform's code and words, or our sentence where it gave neither."""
        return f"{self.code} {self.words}".strip() or self.message


class Throttled(PlatformError):
    """`delay` is in seconds, as the platform asked; `None` where it did not say.

    `shared`: nothing else of the account may pass in the meantime. False where the platform said
    how much of the quota is left, so that smaller requests may.
    """

    kind = "throttled"

    def __init__(
        self, message: str, *, delay: float | None = None, shared: bool = True, **place: str
    ) -> None:
        super().__init__(message, **place)
        self.delay = delay
        self.shared = shared


class Transient(PlatformError):
    """`in_doubt`: the request may have taken effect; read before sending a write again."""

    kind = "transient"

    def __init__(self, message: str, *, in_doubt: bool, **place: str) -> None:
        super().__init__(message, **place)
        self.in_doubt = in_doubt


class AuthExpired(PlatformError):
    kind = "auth"


class Rejected(PlatformError):
    kind = "rejected"


class Stale(PlatformError):
    kind = "stale"


class Unsupported(PlatformError):
    kind = "unsupported"


class ProtocolBroken(PlatformError):
    kind = "protocol"
