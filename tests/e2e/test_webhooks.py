"""A simulated Shopify calls a real `mercer serve`, over loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.conftest import Shops, sandbox


@contextmanager
def serving(folder: Path, port: str) -> Iterator[str]:
    words = ["serve", "--json", "--port", port, "--workspace", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "mercer", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["webhooks"]["shopify"]
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0


def reserved(shops: Shops, sku: str) -> int:
    (found,) = [each for each in shops.ok("stock", "show")["skus"] if each["sku"] == sku]
    units: int = found["reserved"]
    return units


def wait_for_the_call(shops: Shops) -> None:
    """The order's own, which the shop sends a moment after it was placed."""
    deadline = time.monotonic() + 60
    while "orders/create" not in (shops.folder / "mercer.log").read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        shops.world("POST", "clock/advance", {"seconds": 1})


def test_units_are_held_when_a_shop_calls_and_its_order_is_read_by_the_next_sync(
    tmp_path: Path, free_port: str
) -> None:
    called = f"http://127.0.0.1:{free_port}"
    with sandbox(tmp_path, "--products", "3", "--webhooks", called) as shops:
        shops.ok("pull")
        shops.ok("adopt", "shopify", "--theirs")
        sku = min(shops.offers("shopify"))
        with serving(tmp_path, free_port) as url:
            assert url == f"{called}/webhooks/shopify"
            shops.world("POST", "shopify/order", {"merchant_code": sku, "quantity": 2})
            wait_for_the_call(shops)
            assert reserved(shops, sku) == 2
            assert shops.ok("orders", "list")["orders"] == []
        shops.ok("sync", "--channel", "shopify")
        assert len(shops.ok("orders", "list")["orders"]) == 1
        assert reserved(shops, sku) == 2


def test_a_sandbox_calls_nobody_but_this_machine(tmp_path: Path) -> None:
    shops = Shops(tmp_path, "")
    answer = shops.mercer("sandbox", "--webhooks", "http://192.0.2.1/", "--json")
    assert answer.code == 1
    assert "not an http address of this machine" in answer.error["message"]
