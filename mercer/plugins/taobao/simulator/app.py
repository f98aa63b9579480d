"""The gateway: one address, HTTP status 200 whatever happens, XML unless JSON is asked for."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from mercer.plugins.gateway import merged
from mercer.plugins.simulation import FaultKind, Replica, World
from mercer.plugins.taobao.simulator import (
    account,
    after_sales,
    listings,
    messages,
    orders,
    schema,
    shipping,
)
from mercer.plugins.taobao.simulator.gate import admitted, expired, identified, permitted, throttled
from mercer.plugins.taobao.simulator.protocol import Api, Call, TopError, business
from mercer.plugins.taobao.simulator.shop import Shop
from mercer.plugins.taobao.simulator.xml import rendered
from mercer.plugins.taobao.wire import root_of

PATH: Final = "/router/rest"

_APIS: Final[dict[str, Api]] = {
    **account.APIS,
    **listings.APIS,
    **messages.APIS,
    **after_sales.APIS,
    **schema.APIS,
    **shipping.APIS,
    **orders.APIS,
}


class Gateway:
    """`shop` may be replaced, as when a dumped state is taken up."""

    def __init__(self, channel: str, world: World, shop: Shop) -> None:
        self.shop = shop
        self._channel = channel
        self._world = world
        self._replica: Replica[Shop] = Replica(world)
        self._names = random.Random(f"{world.seed} {channel}")
        self.app = Router([Route(PATH, self._respond, methods=["GET", "POST"])])

    async def _respond(self, request: Request) -> Response:
        params = await merged(request)
        request_id = f"{self._names.getrandbits(60):015x}"
        try:
            body = {**self._answer(params), "request_id": request_id}
            document = {root_of(params["method"]): body}
        except TopError as error:
            document = error.body(request_id)
        if params.get("format") == "json":
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            return Response(text.encode(), media_type="text/javascript;charset=UTF-8")
        return Response(rendered(document), media_type="text/xml;charset=UTF-8")

    def _answer(self, params: Mapping[str, str]) -> dict[str, Any]:
        name = params.get("method", "")
        if not name:
            raise TopError(21, "Missing method")
        if name not in _APIS:
            raise TopError(22, "Invalid method")
        api = _APIS[name]
        now = self._world.clock.now()
        identified(self.shop, params, now)
        fault = self._world.faults.draw(self._channel, write=api.write)
        if fault is FaultKind.EXPIRED:
            raise expired()
        if fault is FaultKind.THROTTLE:
            raise throttled(self.shop.flow, name, now, self._world.rng)
        admitted(self.shop.flow, name, now, self._world.rng)
        permitted(self.shop, name, params, api, now)
        filled = {key: value for key, value in params.items() if value}
        call = Call(filled, self._world.now)

        def run(lost: bool) -> dict[str, Any]:
            del lost  # the replica knows
            return api.answer(self._replica.shop(self.shop, fault, write=api.write), call)

        return self._world.struck(fault, run, _failed)


def _failed(fault: FaultKind) -> NoReturn:
    """Both spellings are seen."""
    tail = "-tmall" if fault is FaultKind.ERROR_AFTER else ""
    raise business(f"isp.top-remote-connection-timeout{tail}", "远程连接超时")
