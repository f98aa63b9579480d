from __future__ import annotations

import json
from pathlib import Path

import pytest

from mercer.core.errors import InputError, SettingsError, Unsupported, WorkspaceError
from mercer.core.money import Money
from mercer.plugins.simulation import Edit, Fault, FaultKind
from mercer.sandbox.catalogue import generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.goods import read_articles
from mercer.sandbox.world import Sandbox, load

pytestmark = pytest.mark.usefixtures("toys")


def test_each_shop_sells_the_same_goods_in_its_own_currency(sandbox: Sandbox) -> None:
    us, cn = sandbox.simulators["us"].offers(), sandbox.simulators["cn"].offers()
    assert [each.merchant_code for each in us] == [each.merchant_code for each in cn]
    assert [each.quantity for each in us] == [each.quantity for each in cn]
    assert {each.price.currency for each in us} == {"USD"}
    assert {each.price.currency for each in cn} == {"CNY"}


def test_a_sandbox_goes_on_where_it_was_put_away(sandbox: Sandbox, code: str) -> None:
    sandbox.world.clock.advance(3600)
    sandbox.world.faults.active.append(Fault(FaultKind.THROTTLE, 0.5, 3, "us", writes_only=True))
    order = sandbox.simulators["us"].order([(code, 2)])
    again = load(json.loads(json.dumps(sandbox.dump())))
    assert again.dump() == sandbox.dump()
    assert again.world.clock.now() == sandbox.world.clock.now()
    assert again.world.faults.active == sandbox.world.faults.active
    for each in (sandbox, again):
        each.simulators["us"].cancel(order)
        each.simulators["us"].order([(code, 1)])
    assert again.dump() == sandbox.dump()


def test_shops_do_not_share_their_shelves(sandbox: Sandbox, code: str) -> None:
    before = sandbox.simulators["cn"].offers()
    sandbox.simulators["us"].edit(code, Edit(price=Money(1, "USD")))
    assert sandbox.simulators["cn"].offers() == before


@pytest.mark.parametrize(
    "change",
    [
        {"format": 1},
        {"channels": "us="},
        {"channels": 1},
        {"clock": "soon"},
        {"shops": {}},
        {"rng": []},
    ],
)
def test_a_dump_of_something_else_is_refused(sandbox: Sandbox, change: dict[str, object]) -> None:
    with pytest.raises(WorkspaceError, match="cannot be taken up"):
        load({**sandbox.dump(), **change})


def test_a_platform_that_cannot_be_simulated_is_named() -> None:
    with pytest.raises(SettingsError):
        Sandbox(read_channels("jd"))
    with pytest.raises(Unsupported, match="Bare has no simulator"):
        Sandbox(read_channels("bare"))


def test_a_shop_that_does_not_sell_in_a_currency_is_told_with_the_channel() -> None:
    with pytest.raises(InputError, match="china: no marketplace of Amazon's sells in CNY"):
        Sandbox(read_channels("china=amazon:CNY"))


def test_channels_of_one_account_are_put_away_and_taken_up_as_such() -> None:
    text = "us=toy,de=amazon:EUR,pl=amazon:PLN@de"
    sandbox = Sandbox(read_channels(text))
    sandbox.stock(generate(3, 1))
    sandbox.world.faults.active.append(Fault(FaultKind.THROTTLE, channel="pl"))
    again = load(json.loads(json.dumps(sandbox.dump())))
    assert again.channels == sandbox.channels
    assert again.channels["pl"].account == again.channels["pl"].stock_with == "de"
    assert again.dump() == sandbox.dump()


def test_a_file_keeps_its_numbers_in_every_currency(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text(
        "product,title,sku,price,compare_at,quantity\n"
        "mug,Mug,MUG-S,18.90,20.00,5\n"
        "mug,Mug,MUG-L,19.90,,\n"
        "lamp,Lamp,LAMP,,,3\n"
        "pen,Pen,PEN,1.2E+03,,3\n",
        "utf-8",
    )
    articles, faults = read_articles(path, "USD")
    (mug,) = articles
    assert mug.prices["CNY"] == {"MUG-S": Money(1890, "CNY"), "MUG-L": Money(1990, "CNY")}
    assert mug.prices["USD"]["MUG-S"] == Money(1890, "USD")
    assert mug.compare_at["CNY"] == {"MUG-S": Money(2000, "CNY")}
    assert mug.quantities == {"MUG-S": 5, "MUG-L": 0}
    assert mug.prices["JPY"] == {"MUG-S": Money(19, "JPY"), "MUG-L": Money(20, "JPY")}
    assert len(faults) == 1
    assert "products.csv:5" in faults[0]


def test_a_read_article_stands_on_the_shelf(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("product,title,sku,price\nmug,杯子,MUG,18.90\n", "utf-8")
    sandbox = Sandbox(read_channels("cn=taobao"))
    sandbox.stock(read_articles(path, "USD")[0])
    (offer,) = sandbox.simulators["cn"].offers()
    assert (offer.title, offer.price) == ("杯子", Money(1890, "CNY"))


def test_another_seed_makes_another_world() -> None:
    assert (
        Sandbox(read_channels("toy"), 1).world.rng.random()
        != Sandbox(read_channels("toy"), 2).world.rng.random()
    )
    assert generate(1, 1) != generate(1, 2)
