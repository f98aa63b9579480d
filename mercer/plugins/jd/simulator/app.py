"""Both gateways and the authorisation server: HTTP status 200 whatever happens, JSON always."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from mercer.plugins.gateway import body_of, merged
from mercer.plugins.jd.simulator import account, listings, orders, services, slips, sp, stock
from mercer.plugins.jd.simulator.gate import (
    admitted,
    expired,
    identified,
    identified_sp,
    limited,
    permitted,
)
from mercer.plugins.jd.simulator.protocol import Api, Call, JdError, busy, invalid
from mercer.plugins.jd.simulator.shop import Shop
from mercer.plugins.jd.sp.wire import ACCESS_TOKEN, APP_KEY, SIGN, TIMESTAMP
from mercer.plugins.jd.wire import PARAMETERS, root_of
from mercer.plugins.simulation import FaultKind, Replica, World

CLASSIC: Final = "/routerjson"
SP: Final = "/rest"
_OAUTH: Final = "/oauth2/refresh_token"

_APIS: Final[dict[str, Api]] = {
    **account.APIS,
    **orders.APIS,
    **slips.APIS,
    **services.APIS,
    **stock.APIS,
    **listings.APIS,
}
_HEADERS: Final = (APP_KEY, ACCESS_TOKEN, TIMESTAMP, SIGN)


class Gateway:
    """`shop` may be replaced, as when a dumped state is taken up."""

    def __init__(self, channel: str, world: World, shop: Shop) -> None:
        self.shop = shop
        self._channel = channel
        self._world = world
        self._replica: Replica[Shop] = Replica(world)
        self._dice = random.Random(f"{world.seed} {channel}")
        self.app = Router(
            [
                Route(CLASSIC, self._classic, methods=["GET", "POST"]),
                Route(_OAUTH, self._oauth, methods=["GET", "POST"]),
                *(self._route(name, api) for name, api in sp.APIS.items()),
            ]
        )

    # ------------------------------------------------------------ the classic gateway

    async def _classic(self, request: Request) -> Response:
        params = await merged(request)
        try:
            name, api = _named(params)
            identified(self.shop, params, self._world.clock.now())
            if api is None:
                raise JdError("15", "不存在的方法名", "Invalid method")
            token = params.get("access_token", "")
            body = self._answer(name, api, token, _business(params))
        except JdError as error:
            told = [("code", error.code), ("zh_desc", error.zh), ("en_desc", error.en)]
            self._dice.shuffle(told)
            return _json({"error_response": dict(told)})
        return _json({root_of(name): {"code": "0", **body}})

    # ------------------------------------------------------------ SP-API

    def _route(self, name: str, api: Api) -> Route:
        verb, path = name.split()

        async def respond(request: Request) -> Response:
            named = {key: str(value) for key, value in request.path_params.items()}
            content = (await body_of(request)).decode("utf-8", "replace")
            query = dict(request.query_params)
            headers = {key: request.headers[key] for key in _HEADERS if key in request.headers}
            try:
                now = self._world.clock.now()
                identified_sp(self.shop, headers, query, named, content, now)
                params = {**query, **_parsed(content or "{}"), **named}
                body = self._answer(name, api, headers.get(ACCESS_TOKEN, ""), params)
            except JdError as error:
                failure = {"code": error.code, "message": error.zh, "details": error.en}
                return _json({"success": False, "data": None, "errorList": [failure]})
            return _json({"success": True, **body, "errorList": [], "extension": {}})

        return Route(SP + path, respond, methods=[verb])

    # ------------------------------------------------------------ what both do

    def _answer(self, name: str, api: Api, token: str, params: Mapping[str, Any]) -> dict[str, Any]:
        now = self._world.clock.now()
        permitted(self.shop, name, api, token, now)
        fault = self._world.faults.draw(self._channel, write=api.write)
        if fault is FaultKind.EXPIRED:
            raise expired(token)
        if fault is FaultKind.THROTTLE:
            raise limited()
        admitted(self.shop, now)
        call = Call(params, self._world.now, self._dice)

        def run(lost: bool) -> dict[str, Any]:
            del lost  # the replica knows
            return api.answer(self._replica.shop(self.shop, fault, write=api.write), call)

        return self._world.struck(fault, run, _failed)

    async def _oauth(self, request: Request) -> Response:
        params = await merged(request)
        return _json(account.renewed(self.shop, params, self._world.clock.now(), self._dice))


def _failed(fault: FaultKind) -> NoReturn:
    del fault  # JD has one word for all
    raise busy()


def _named(params: Mapping[str, str]) -> tuple[str, Api | None]:
    """Case matters."""
    if not (name := params.get("method", "")):
        raise JdError("14", "缺少方法名参数", "Missing method")
    return name, _APIS.get(name)


def _business(params: Mapping[str, str]) -> dict[str, Any]:
    return _parsed(params.get(PARAMETERS) or "{}")


def _parsed(content: str) -> dict[str, Any]:
    """Fractions stay text, so that none loses a digit."""
    try:
        found = json.loads(content, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise invalid(PARAMETERS) from None
    if not isinstance(found, dict):
        raise invalid(PARAMETERS)
    return found


def _json(document: dict[str, Any]) -> Response:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), media_type="application/json;charset=UTF-8")
