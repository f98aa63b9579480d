"""Buyers' names, phones, e-mails and streets are in nothing that Mercer writes, whatever happens."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from mercer.commands.line import run
from tests.answer import Answer
from tests.e2e.conftest import Shops, sandbox

CHANNELS = ("shopify", "taobao", "jd", "amazon")
SANDBOX = ("--products", "8", "--seed", "5", "--channels", "shopify,taobao,jd,amazon:EUR")

ZEBULON = {
    "key": "zk1",
    "name": "Zebulon Quackenbush",
    "phone": "+15855559876",
    "email": "zebulon@quackmail.example",
    "street": "9 Marmalade Arcade",
    "city": "Quackville",
    "region": "NY",
    "postcode": "14699",
    "country": "US",
}
XIAOTONG = {
    "key": "zk2",
    "name": "欧阳晓彤",
    "phone": "13998765432",
    "email": "xiaotong.ouyang@maijia.example",
    "street": "望湖路907号3单元1101室",
    "city": "鸭子市",
    "region": "浙江省",
    "postcode": "317788",
    "country": "CN",
}
BUYERS = {"shopify": ZEBULON, "taobao": XIAOTONG, "jd": XIAOTONG, "amazon": ZEBULON}
PERSONAL = ("name", "phone", "email", "street", "city")
OUTSIDE = {"sandbox.json"}
"""The world itself: it stands for the platforms, which know their buyers."""

STATUS_OF_A_NEW_KIND = {"taobao": "status", "jd": "state", "amazon": "status"}
"""Where a simulator keeps an order's status. Shopify's is an enumeration that lets nothing else out."""


def forms(text: str) -> Iterator[bytes]:
    """As plain text, in JSON, in addresses, in UTF-16, and as somebody's debugger shows bytes."""
    yield text.encode()
    yield json.dumps(text)[1:-1].encode()
    yield quote(text, safe="").encode()
    yield quote_plus(text).encode()
    yield text.encode("utf-16-le")
    yield repr(text.encode())[2:-1].encode()


PLANTED = {
    form: f"{key} of {each['name']}"
    for each in (ZEBULON, XIAOTONG)
    for key in PERSONAL
    for form in forms(each[key])
}


def leaks(written: bytes) -> list[str]:
    return sorted({what for form, what in PLANTED.items() if form in written})


@dataclass
class Diary:
    """Everything that commands have said, called in this process: there are many."""

    folder: Path
    said: dict[str, str] = field(default_factory=dict)

    def mercer(self, *args: str) -> Answer:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run([*args, "--workspace", str(self.folder)])
        answer = Answer(code, out.getvalue(), err.getvalue())
        self.said[f"{len(self.said)} {' '.join(args)}"] = answer.out + answer.err
        return answer

    def everywhere(self, *args: str) -> None:
        """For people, for programs, and for whoever looks for a fault."""
        for how in ((), ("--json",), ("--debug",)):
            self.mercer(*args, *how)


def buys(shops: Shops, channel: str) -> str:
    sku = min(shops.offers(channel))
    order = {"merchant_code": sku, "quantity": 1, "buyer": BUYERS[channel]}
    made: str = shops.world("POST", f"{channel}/order", order)["order"]
    return made


def spoil(folder: Path, channel: str, order: str) -> None:
    """The platform invents a status that no connector has heard of."""
    path = folder / "sandbox.json"
    world = json.loads(path.read_text("utf-8"))
    shop = world["shops"][channel]
    orders = shop.get("orders") or shop["trades"]
    orders[order][STATUS_OF_A_NEW_KIND[channel]] = "A_STATUS_OF_A_NEW_KIND"
    path.write_text(json.dumps(world, ensure_ascii=False), "utf-8")


@pytest.fixture(scope="module")
def diary(place: Path) -> Iterator[Diary]:
    """Two days of four shops: orders, changes, faults, and orders that cannot be read."""
    diary = Diary(place)
    with sandbox(place, *SANDBOX) as shops:
        # Somebody looks into the database all along, so that its log is not put away.
        watcher = sqlite3.connect(place / "mercer.db")
        diary.mercer("pull")
        watcher.execute("SELECT count(*) FROM orders").fetchone()
        diary.mercer("adopt", "shopify", "--theirs")
        diary.mercer("link")
        for channel in CHANNELS[1:]:
            diary.mercer("adopt", channel, "--theirs")
        orders = {channel: buys(shops, channel) for channel in CHANNELS}
        shops.world("POST", "clock/advance", {"seconds": 300})
        diary.everywhere("pull", "orders")
        diary.everywhere("plan")
        diary.everywhere("sync")
        for fault in ("throttle", "error-before", "error-after", "timeout"):
            for channel in CHANNELS:
                orders[channel] = buys(shops, channel)
            shops.world("POST", "faults", {"kind": fault, "rate": 0.5})
            diary.mercer("sync", "--debug")
            shops.world("DELETE", "faults")
        for channel in CHANNELS:
            orders[channel] = buys(shops, channel)
    for channel in STATUS_OF_A_NEW_KIND:
        spoil(place, channel, orders[channel])
    with sandbox(place) as shops:
        # An hour, so that no quota puts the look at the spoilt orders off.
        shops.world("POST", "clock/advance", {"seconds": 3600})
        diary.everywhere("pull", "orders")
        diary.everywhere("sync")
        # `maintain` empties it.
        (place / "watched.wal").write_bytes((place / "mercer.db-wal").read_bytes())
        for command in (
            ("status",),
            ("doctor",),
            ("orders", "list"),
            ("orders", "held"),
            ("orders", "retry"),
            ("orders", "show", orders["shopify"]),
            ("after-sales", "list"),
            ("customers", "list"),
            ("customers", "find", "--key", "nobody"),
            ("customers", "erasures"),
            ("history", orders["shopify"]),
            ("export", "products", "--currency", "USD"),
            ("export", "prices"),
            ("export", "stock"),
            ("maintain",),
        ):
            diary.everywhere(*command)
        diary.mercer("export", "stock", str(place / "stock.csv"))
        watcher.close()
        yield diary
    log = logging.getLogger("mercer")
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


def test_the_day_was_a_full_one(diary: Diary) -> None:
    """Orders of every shop were taken in, some were set aside, and what was planted is there to leak."""
    customers = json.loads(diary.mercer("customers", "list", "--json").out)["customers"]
    assert {name for each in customers for name in each["channels"]} >= {"shopify", "taobao", "jd"}
    database = sqlite3.connect(diary.folder / "mercer.db")
    kinds = dict(database.execute("SELECT kind, count(*) FROM personal GROUP BY kind"))
    database.close()
    assert kinds["order"] >= 10
    assert kinds["quarantine:order"] == len(STATUS_OF_A_NEW_KIND)
    assert leaks((diary.folder / "sandbox.json").read_bytes())
    assert (diary.folder / "mercer.log").stat().st_size > 0


def test_the_audit_tells_of_the_day_and_of_nobody(diary: Diary) -> None:
    database = sqlite3.connect(diary.folder / "mercer.db")
    lines = database.execute("SELECT * FROM audit").fetchall()
    database.close()
    assert len(lines) > 20
    assert leaks(repr(lines).encode()) == []
    assert any(" history " in call for call in diary.said)


def test_only_show_opens_what_is_kept(diary: Diary) -> None:
    aside = Diary(diary.folder)
    shown = "".join(aside.mercer("customers", "show", str(number)).out for number in (1, 2, 3))
    assert "Zebulon Quackenbush" in shown


def test_no_command_says_anything_personal(diary: Diary) -> None:
    assert {
        call: found for call, said in diary.said.items() if (found := leaks(said.encode()))
    } == {}


def test_no_file_has_anything_personal_in_it(diary: Diary) -> None:
    files = [each for each in diary.folder.rglob("*") if each.is_file()]
    written = {each.name: leaks(each.read_bytes()) for each in files if each.name not in OUTSIDE}
    assert written.keys() >= {"mercer.db", "mercer.log", "watched.wal", "stock.csv"}
    assert {name: found for name, found in written.items() if found} == {}


def test_no_key_is_written_anywhere_but_into_its_file(diary: Diary) -> None:
    key = (diary.folder / "secrets" / "personal.key").read_bytes().strip()
    files = [each for each in diary.folder.rglob("*") if each.is_file()]
    assert [each.name for each in files if key in each.read_bytes()] == ["personal.key"]
    assert not [call for call, said in diary.said.items() if key.decode() in said]
