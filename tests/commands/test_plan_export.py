"""A plan written down for review, in every shape."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from mercer.store import tables
from mercer.store.database import open_database
from tests.commands.conftest import Mercer, Seller


@pytest.fixture
def planned(stocked: Seller, mercer: Mercer) -> Seller:
    """Plan p1 cuts TEE-S, raises TEE-M, and would make a slip with MUG; each costs 4.00."""
    rows = "".join(f"{sku},{price},CNY,4.00\n" for sku, price in PRICES.items())
    mercer("import", "prices", stocked.file("prices.csv", f"sku,price,currency,cost\n{rows}"))
    mercer("plan", "--channel", "north")
    return stocked


PRICES = {"TEE-S": "8.00", "TEE-M": "11.00", "MUG": "1.00"}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def test_a_sheet_has_every_change_with_the_most_at_risk_first(
    planned: Seller, mercer: Mercer
) -> None:
    file = planned.folder / "plan.csv"
    assert mercer("plan", "export", "--out", file).out == f"wrote {file}\n"
    rows = rows_of(file.read_text("utf-8"))
    told = [
        (row["sku"], row["before"], row["after"], row["move_percent"], row["margin_percent"],
         row["units"], row["at_stake"])
        for row in rows
    ]  # fmt: skip
    assert told == [
        ("TEE-S", "10.00", "8.00", "-20.0", "50.0", "5", "-10.00"),
        ("TEE-M", "10.00", "11.00", "+10.0", "63.6", "5", "5.00"),
        ("MUG", "10.00", "1.00", "-90.0", "-300.0", "5", "-45.00"),
    ]
    assert "decimal-slip" in rows[2]["guard"]
    assert all(row["why"].startswith("price book v") for row in rows)


def test_a_workbook_has_the_same_with_numbers_as_numbers(planned: Seller, mercer: Mercer) -> None:
    file = planned.folder / "plan.xlsx"
    assert mercer("plan", "export", "p1", "--out", file, "--json").json["plan"] == "p1"
    sheet = load_workbook(BytesIO(file.read_bytes())).active
    assert sheet is not None
    header, first, *_ = sheet.iter_rows(values_only=True)
    row = dict(zip(header, first, strict=True))
    assert (row["before"], row["move_percent"], row["at_stake"]) == (10, -20, -10)
    assert row["sku"] == "TEE-S"


def test_pages_tell_totals_and_who_made_the_plan(planned: Seller, mercer: Mercer) -> None:
    for name in ("plan.html", "plan.md"):
        file = planned.folder / name
        mercer("plan", "export", "--out", file)
        text = file.read_text("utf-8")
        assert "Plan p1" in text
        assert mercer("plan", "show", "--json").json["checksum"] in text
        for sku in PRICES:
            assert sku in text
        assert text.index("TEE-S") < text.index("TEE-M") < text.index("MUG")


def test_json_is_what_apply_takes_and_what_is_shown(planned: Seller, mercer: Mercer) -> None:
    file = planned.folder / "plan.json"
    mercer("plan", "export", "--out", file)
    shown = mercer("plan", "show", "--json").json
    assert json.loads(file.read_text("utf-8")) == shown
    assert mercer("plan", "export", "--json").json == shown
    assert mercer("apply", file, "--yes", "--json").json["confirmed"] == 2


def test_what_was_planned_is_shown_alike_tomorrow(planned: Seller, mercer: Mercer) -> None:
    before = mercer("plan", "export", "p1", "--format", "csv").out
    rows = "sku,price,currency,cost\nTEE-S,9.00,CNY,7.00\n"
    mercer("import", "prices", planned.file("prices.csv", rows))
    mercer("stock", "set", "TEE-S", "900")
    assert mercer("plan", "export", "p1", "--format", "csv").out == before


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), "add --out FILE or --format"),
        (("--format", "xlsx"), "a workbook needs a file"),
        (("--out", "plan.txt"), "end it in .csv, .xlsx, .json, .html, .md"),
        (("--out", "no/such/place.csv"), "cannot be written"),
        (("p99", "--format", "csv"), "there is no plan 'p99'"),
    ],
)
def test_a_wrong_call_is_told_what_to_do(
    planned: Seller, mercer: Mercer, args: tuple[str, ...], told: str
) -> None:
    del planned
    answer = mercer("plan", "export", *args)
    assert answer.code != 0
    assert told in answer.err


def test_a_plan_is_not_made_for_a_file_that_cannot_be_written(
    planned: Seller, mercer: Mercer
) -> None:
    del planned
    assert mercer("plan", "--out", "plan.txt").code == 1
    assert mercer("plan", "show", "--json").json["id"] == "p1"


def test_a_plan_that_was_tampered_with_is_not_written_down(planned: Seller, mercer: Mercer) -> None:
    database = open_database(planned.folder / "mercer.db")
    with database.write() as tx:
        tx.execute(update(tables.changes).values(units=1))
    database.close()
    answer = mercer("plan", "export", "--out", "plan.csv")
    assert "not what was reviewed" in answer.err
    assert not Path("plan.csv").exists()


def test_a_formula_in_a_title_does_not_run_in_a_spreadsheet(
    stocked: Seller, mercer: Mercer
) -> None:
    title = "=HYPERLINK(1)"
    rows = f"product,title,sku\ntee,{title},TEE-S\ntee,,TEE-M\n"
    mercer("import", "products", stocked.file("p.csv", rows), "--currency", "CNY")
    mercer("plan", "--field", "content")
    (north, south) = rows_of(mercer("plan", "export", "--format", "csv").out)
    assert north["after"] == south["after"] == f"'{title}"
