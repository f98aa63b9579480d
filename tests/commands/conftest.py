"""A workspace with two shops in memory, and `mercer` called in this process."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from mercer.commands.line import run
from mercer.config import editing
from mercer.core.cell import NOTHING
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.stock import StockReading
from mercer.plugins.memory.shop import Shop, shop_named
from tests.answer import Answer

Mercer = Callable[..., Answer]


@pytest.fixture
def mercer(capsys: pytest.CaptureFixture[str]) -> Iterator[Mercer]:
    def call(*args: str | Path) -> Answer:
        code = run([str(arg) for arg in args])
        shown = capsys.readouterr()
        return Answer(code, shown.out, shown.err)

    yield call
    log = logging.getLogger("mercer")
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


@dataclass(frozen=True)
class Seller:
    """`north` and `south` sell in CNY. Offer ids are `<product>/<sku>`."""

    folder: Path
    north: Shop
    south: Shop

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def show(self, shop: Shop, code: str, *skus: str, price: str = "10.00", stock: int = 5) -> None:
        money = Money.of(price, "CNY")
        offers = tuple(
            Offer(f"{code}/{sku}", sku, money, NOTHING, (StockReading("", stock),)) for sku in skus
        )
        shop.put(Listing(code, f"Title of {code}", ListingStatus.LISTED, offers, "", code))


@pytest.fixture
def seller(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Seller:
    shutil.copy(migrated, tmp_path / "mercer.db")
    path = tmp_path / "mercer.toml"
    editing.create(path, "test", "CNY")
    shops = {}
    for name in ("north", "south"):
        place = f"{name}-{uuid4()}"
        settings = {"shop": place}
        editing.add_channel(path, name, platform="memory", currency="CNY", settings=settings)
        shops[name] = shop_named(place, "CNY")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MERCER_WORKSPACE", raising=False)
    return Seller(tmp_path, shops["north"], shops["south"])


CATALOGUE = """product,title,sku,price,quantity
tee,Title of tee,TEE-S,10.00,5
tee,,TEE-M,10.00,5
mug,Title of mug,MUG,10.00,5
"""


@pytest.fixture
def stocked(seller: Seller, mercer: Mercer) -> Seller:
    """Both shops show the whole catalogue, and agree with it."""
    for shop in (seller.north, seller.south):
        seller.show(shop, "tee", "TEE-S", "TEE-M")
        seller.show(shop, "mug", "MUG")
    products = seller.file("products.csv", CATALOGUE)
    assert mercer("import", "products", products, "--currency", "CNY").code == 0
    assert mercer("pull").code == 0
    assert mercer("link").code == 0
    return seller
