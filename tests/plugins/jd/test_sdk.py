"""The `jd-sdk` package from PyPI, JD's own client library, talks to the simulator over loopback.

Its distribution brings the core (signing, form, envelope) and only the calls of JD Thailand, so the
calls made here are declared the way that the package declares its own. Skipped where it is absent;
`make test-peers` installs it.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from mercer.core.account import Channel
from mercer.core.clock import VirtualClock
from mercer.plugins.beijing import beijing
from mercer.plugins.jd.simulator import JdSimulator
from mercer.plugins.simulation import World

from .bench import tee

sdk = pytest.importorskip("jd.api.base", reason="the jd-sdk package is not installed")

pytestmark = [  # the SDK leaves its connections to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Relative:
    """The SDK names the whole address in its request line, as one does to a proxy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix("http://127.0.0.1")
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)


class Server(uvicorn.Server):
    def __init__(self, app: ASGIApp, started: threading.Event) -> None:
        super().__init__(
            uvicorn.Config(
                Relative(app),
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                loop="asyncio",
            )
        )
        self._told = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._told.set()


@pytest.fixture
def simulator() -> JdSimulator:
    """On today's clock, which the SDK signs by."""
    world = World(1, VirtualClock(datetime.now(UTC)))
    simulator = JdSimulator(Channel("jd", "jd", "acme", "CNY"), world, "routerjson")
    simulator.seed([tee("tee", S=("99.00", 5), M=("99.00", 5))])
    return simulator


@pytest.fixture
def port(simulator: JdSimulator) -> Iterator[int]:
    started = threading.Event()
    server = Server(simulator.app, started)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=asyncio.run, args=(server.serve([listener]),))
        thread.start()
        started.wait()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def asked(simulator: JdSimulator, port: int, method: str, **params: Any) -> dict[str, Any]:
    """One call through the SDK."""
    made = type("Request", (sdk.RestApi,), {"getapiname": lambda _: method})
    request = made("127.0.0.1", port)
    shop = simulator.shop
    app = type("AppInfo", (), {"appkey": shop.app_key, "secret": shop.app_secret})
    request.set_app_info(app)
    for name, value in params.items():
        setattr(request, name, value)
    document = request.getResponse(shop.access_token)
    (body,) = document.values()
    assert isinstance(body, dict)
    assert body["code"] == "0", document
    return body


def test_the_sdk_writes_a_price_and_reads_it(simulator: JdSimulator, port: int) -> None:
    sku = int(simulator.offers()[0].offer)
    method = "jingdong.price.write.updateSkuJdPrice"
    asked(simulator, port, method, skuId=sku, jdPrice="88.50")
    assert [each.price.plain for each in simulator.offers()] == ["88.50", "99.00"]
    body = asked(simulator, port, "jingdong.sku.read.findSkuById", skuId=sku, field="jdPrice")
    assert body["sku"] == {"jdPrice": 88.5}


def test_the_sdk_sets_stock(simulator: JdSimulator, port: int) -> None:
    stocks = [
        {"skuId": int(each.offer), "stockNum": number, "storeId": 0}
        for each, number in zip(simulator.offers(), (7, -1), strict=True)
    ]
    req = {"updateModel": "fullStockIn", "stockRfId": "sdk-1", "skuStocks": stocks}
    body = asked(simulator, port, "jingdong.ware.stock.sku.set", req=req)
    results = body["returnType"]["obj"]["updateStockResult"]
    assert [row["data"] for row in results if not row["success"]] == [stocks[1]["skuId"]]
    assert [each.quantity for each in simulator.offers()] == [7, 5]


def test_the_sdk_finds_an_order(simulator: JdSimulator, port: int) -> None:
    order_id = simulator.order([("tee-S", 2)])
    now = simulator.placed(order_id).modified
    body = asked(
        simulator,
        port,
        "jingdong.pop.order.search",
        start_date=beijing(now - timedelta(hours=1)),
        end_date=beijing(now),
        order_state="WAIT_SELLER_STOCK_OUT",
        optional_fields="orderId,orderState,itemInfoList",
        page="1",
        page_size="10",
    )
    (found,) = body["searchorderinfo_result"]["orderInfoList"]
    assert (found["orderId"], found["orderState"]) == (order_id, "WAIT_SELLER_STOCK_OUT")
    assert found["itemInfoList"][0]["itemTotal"] == "2"
