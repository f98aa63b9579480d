"""A big workspace made by bulk inserts: agreed everywhere but for the share that is to be pushed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mercer.core.cell import Field
from mercer.core.merge import Cause, State
from mercer.core.money import Money
from mercer.core.stock import MovementKind
from mercer.store.database import Database, open_database
from mercer.store.tables import cells, channels, listings, movements, offers, prices, products, skus

CHANNEL = "shop"
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_SLICE = 10_000

PRICES = 90_000

CONFIG = f"""\
[workspace]
name = "bench"
database = "mercer.db"
reporting_currency = "CNY"

[channels.{CHANNEL}]
platform = "memory"
currency = "CNY"

[channels.{CHANNEL}.guards]
max_changed_percent = "off"
"""


def make_workspace(folder: Path, n_offers: int, every: int, n_prices: int = PRICES) -> Database:
    """`n_offers` offers with `n_prices` different prices, of which each `every`-th has a new one in the
    book; 0 is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mercer.toml").write_text(CONFIG, encoding="utf-8")
    database = open_database(folder / "mercer.db")
    for start in range(0, n_offers, _SLICE):
        numbers = range(start, min(start + _SLICE, n_offers))
        with database.write() as tx:
            tx.execute(products.insert(), [_product(n) for n in numbers])
            tx.execute(skus.insert(), [_sku(n) for n in numbers])
            tx.execute(prices.insert(), [_price(n, every, n_prices) for n in numbers])
            tx.execute(movements.insert(), [_counted(n) for n in numbers])
            tx.execute(listings.insert(), [_listing(n) for n in numbers])
            tx.execute(offers.insert(), [_offer(n) for n in numbers])
            tx.execute(cells.insert(), [row for n in numbers for row in _cells(n, every, n_prices)])
    with database.write() as tx:
        tx.execute(channels.insert().values(name=CHANNEL, enumerated_at=_NOW))
        tx.exec_driver_sql("ANALYZE")
    os.sync()  # what is measured next must not wait for these writes
    return database


def _changed(n: int, every: int) -> bool:
    return bool(every) and n % every == 0


def _was(n: int, n_prices: int) -> str:
    """Prices differ, as a shop's do."""
    return str(Money(1000 + n * 7 % n_prices, "CNY"))


def _want(n: int, every: int, n_prices: int) -> str:
    if not _changed(n, every):
        return _was(n, n_prices)
    return str(Money(950 + n * 7 % n_prices, "CNY"))


def _product(n: int) -> dict[str, Any]:
    code = f"p{n:07}"
    return {"code": code, "title": f"商品 {code}", "status": "active", "tags": [], "images": []}


def _sku(n: int) -> dict[str, Any]:
    return {"sku": f"SKU-{n:07}", "product": f"p{n:07}", "position": 0, "options": []}


def _price(n: int, every: int, n_prices: int) -> dict[str, Any]:
    return {
        "sku": f"SKU-{n:07}",
        "channel": "",
        "currency": "CNY",
        "price": _want(n, every, n_prices),
        "version": 1,
        "set_at": _NOW,
    }


def _counted(n: int) -> dict[str, Any]:
    return {
        "key": f"opening:SKU-{n:07}",
        "sku": f"SKU-{n:07}",
        "location": "",
        "kind": MovementKind.OPENING.value,
        "on_hand": 5,
        "reserved": 0,
        "at": _NOW,
        "posted_at": _NOW,
        "reason": "",
    }


def _listing(n: int) -> dict[str, Any]:
    return {
        "channel": CHANNEL,
        "listing": f"L{n:07}",
        "product": f"p{n:07}",
        "title": f"商品 p{n:07}",
        "seen_at": _NOW,
    }


def _offer(n: int) -> dict[str, Any]:
    return {
        "channel": CHANNEL,
        "listing": f"L{n:07}",
        "offer": f"O{n:07}",
        "merchant_code": f"SKU-{n:07}",
        "options": [],
        "deduct_at": "order",
        "fulfilled_by": "seller",
        "sku": f"SKU-{n:07}",
        "linked_by": "code",
        "seen_at": _NOW,
    }


def _cells(n: int, every: int, n_prices: int) -> Iterator[dict[str, Any]]:
    code, offer = f"p{n:07}", f"O{n:07}"
    wanted = _want(n, every, n_prices)
    book, stock = "price book v1: base price in CNY", "rule all: 5 available"
    yield _cell(n, "", Field.TITLE, f"商品 {code}", f"商品 {code}", f"title of {code}")
    yield _cell(n, "", Field.STATUS, "listed", "listed", f"{code} is active")
    yield _cell(n, offer, Field.PRICE, wanted, _was(n, n_prices), book)
    yield _cell(n, offer, Field.COMPARE_AT, None, "", "no compare-at price declared")
    yield _cell(n, offer, Field.STOCK, "5", "5", stock)


def _cell(
    n: int, offer: str, field: Field, desired: str | None, observed: str, why: str
) -> dict[str, Any]:
    followed, agreed = desired is None, desired == observed
    return {
        "channel": CHANNEL,
        "listing": f"L{n:07}",
        "offer": offer,
        "field": field.value,
        "scope": "",
        "sku": f"SKU-{n:07}",
        "desired": desired,
        "why": why,
        "observed": observed,
        "observed_at": _NOW,
        "base": None if followed else observed,
        "base_at": None if followed else _NOW,
        "gone": False,
        "state": (State.FOLLOWED if followed else State.AGREED if agreed else State.PUSH).value,
        "cause": Cause.MOVED.value if not (agreed or followed) else None,
        "unexplained": 0,
    }


if __name__ == "__main__":
    make_workspace(Path(sys.argv[1]), *map(int, sys.argv[2:])).close()
