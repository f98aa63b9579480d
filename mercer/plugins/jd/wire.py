"""The classic gateway (`routerjson`) on the wire: signed form posts in, one JSON envelope out.

JD tells no id of a request on this gateway (UNVERIFIED); one in the envelope is kept.

Every parameter travels in the body, so that no secret stands in a URL. The business parameters are
one JSON string, made once: what is signed is what is sent. JD ignores keys that it does not know
without a word, so each call's own spelling matters (`pageSize`, `page_size`, `order_id`, `orderId`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from mercer.core.clock import Clock
from mercer.core.contract import Quota
from mercer.core.errors import PlatformError, ProtocolBroken
from mercer.plugins.answers import Answers, request_id
from mercer.plugins.beijing import beijing
from mercer.plugins.jd.errors import business_error, error_of
from mercer.plugins.jd.settings import JdSettings
from mercer.plugins.signing import md5_signature
from mercer.plugins.transport import Operation, Reply, Request, Transport
from mercer.plugins.values import text

CALLS: Final = Quota("calls", rate=5.0, burst=10.0)
"""Ours, and cautious: JD publishes no rate per second, only daily caps in the app's console."""

ANSWERS: Final = Answers("JD", "check the channel's address and gateway")

PARAMETERS: Final = "360buy_param_json"

_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
_TRUE: Final = frozenset({"true", "True", "1"})
_CODES: Final = ("errorCode", "numberCode")
_WORDS: Final = (
    "zh_desc",
    "en_desc",
    "errorMessage",
    "chineseErrCode",
    "englishErrCode",
    "message",
)


def root_of(method: str) -> str:
    """The key that an answer stands under, misspelt as JD has it."""
    return method.replace(".", "_") + "_responce"


def rows(parent: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects; missing, `null` and `{}` are empty, and a single object may come bare."""
    value = parent.get(name)
    found = value if isinstance(value, list) else [value] if value else []
    if not all(isinstance(row, dict) for row in found):
        raise ProtocolBroken(f"{name} holds something other than objects")
    return found


def node(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise ProtocolBroken(f"an answer without {name}")
    return value


def succeeded(result: Mapping[str, Any]) -> bool:
    """`success` comes as a boolean or as text, and `"false"` is not true."""
    return str(result.get("success")) in _TRUE


class Jos:
    """One shop's authorisation at the classic gateway."""

    def __init__(self, settings: JdSettings, transport: Transport, clock: Clock) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        transport.declare([CALLS])

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        verdict: str = "",
        write: bool = False,
    ) -> dict[str, Any]:
        """What stands inside the answer's envelope. Parameters that are `None` are not sent.

        `verdict` is where the business tells whether it succeeded, as in
        `searchorderinfo_result.apiResult`. Raise a `PlatformError`; a write whose effect is in
        doubt is never sent again.
        """
        operation = Operation(method, {CALLS.name: 1.0}, repeatable=not write)

        def opened(reply: Reply) -> dict[str, Any]:
            body = self._opened(method, reply, write=write)
            self._insist(body, verdict, write=write)
            return body

        return await self._transport.call(
            operation, lambda: self._request(method, params or {}), opened, request_id
        )

    def _request(self, method: str, params: Mapping[str, Any]) -> Request:
        business = {name: value for name, value in params.items() if value is not None}
        sent = {
            "method": method,
            "app_key": self._settings.app_key,
            "access_token": self._settings.access_token.get_secret_value(),
            "timestamp": beijing(self._clock.now()),
            "v": "2.0",
            PARAMETERS: json.dumps(business, ensure_ascii=False, separators=(",", ":")),
        }
        sent["sign"] = md5_signature(sent, self._settings.app_secret.get_secret_value())
        return Request("POST", self._settings.url, _HEADERS, content=urlencode(sent).encode())

    def _opened(self, method: str, reply: Reply, *, write: bool) -> dict[str, Any]:
        document = ANSWERS.always_200(reply, write=write)
        root = root_of(method)
        for name in (root, root.replace("_responce", "_response")):
            if isinstance(body := document.get(name), dict):
                if (told := text(body, "code") or "").strip("0"):
                    raise self._refusal(told, body, write=write)
                return body
        failure = document.get("error_response", document)
        if isinstance(failure, dict) and (told := text(failure, "code") or "").strip("0"):
            raise self._refusal(told, failure, write=write)
        raise ANSWERS.broken(f"an answer without {root}", write=write)

    def _insist(self, body: Mapping[str, Any], verdict: str, *, write: bool) -> None:
        """Raise the business's own refusal, which comes inside an outer success.

        An answer that does not say is taken for a success: not every API's form is known.
        """
        result = body
        for name in filter(None, verdict.split(".")):
            result = result.get(name, {})
            if not isinstance(result, dict):
                raise ANSWERS.broken(f"an answer without {verdict}", write=write)
        if "success" in result and not succeeded(result):
            code = next((found for name in _CODES if (found := text(result, name))), "")
            raise business_error(code, self._words(result), write=write)

    def _refusal(self, code: str, body: Mapping[str, Any], *, write: bool) -> PlatformError:
        return error_of(code, self._words(body), write=write)

    def _words(self, body: Mapping[str, Any]) -> str:
        words = " / ".join(found for name in _WORDS if (found := text(body, name)))
        return redacted(words, self._settings)


def redacted(words: str, settings: JdSettings) -> str:
    """JD's refusal of a token repeats the token."""
    for secret in (settings.access_token, settings.app_secret):
        words = words.replace(secret.get_secret_value(), "***")
    return words
