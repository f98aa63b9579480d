"""Files in and out: every fault is named by file, line and column, and nothing is half-imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import CATALOGUE, Mercer, Seller


def names(err: str, *parts: str) -> bool:
    return any(all(part in line for part in parts) for line in err.splitlines())


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("TEE-M,-5.00", "price", "negative"),
        ('TEE-M,"1,299.00"', "price", "thousands separators"),
        ("TEE-M,1.2E+03", "price", "write the digits out"),
        ("NOPE,9.00", "sku", "no SKU 'NOPE'"),
        ("TEE-S,9.00", "sku", "already have a price on line 2"),
        ("TEE-M,", "price", "blank"),
        ("TEE-M,0", "price", "zero"),
    ],
)
def test_a_bad_price_row_is_named_and_nothing_is_imported(
    stocked: Seller, mercer: Mercer, row: str, column: str, words: str
) -> None:
    file = stocked.file("p.csv", f"sku,price\nTEE-S,11.00\n{row}\n")
    before = mercer("export", "prices").out
    answer = mercer("import", "prices", file, "--currency", "CNY")
    assert answer.code == 1
    assert names(answer.err, "p.csv:3:", f"{column}:", words), answer.err
    assert "nothing was imported" in answer.err
    assert "--good-rows" in answer.err
    assert mercer("export", "prices").out == before


def test_the_good_rows_are_taken_where_that_is_asked_for(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.file("p.csv", "sku,price\nTEE-S,11.00\nNOPE,9.00\nTEE-M,x\nMUG,12.00\n")
    answer = mercer("import", "prices", file, "--currency", "CNY", "--good-rows", "--json")
    assert answer.code == 0
    assert answer.json["prices"] == 2
    assert [(fault["line"], fault["column"]) for fault in answer.json["faults"]] == [
        (3, "sku"),
        (4, "price"),
    ]
    assert "MUG,12.00,CNY" in mercer("export", "prices").out


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "the file is empty"),
        ("sku,price\nTEE-S,caf\u00e9 9\n".encode("latin-1"), 2, "wrong encoding"),
        (b"sku,price\n", 1, "no rows"),
        (b"name,price\nTEE-S,9\n", 1, "'sku' is missing"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    stocked: Seller, mercer: Mercer, content: bytes, line: int, words: str
) -> None:
    file = stocked.folder / "p.csv"
    file.write_bytes(content)
    answer = mercer("import", "prices", file, "--currency", "CNY")
    assert answer.code == 1
    assert names(answer.err, f"p.csv:{line}:", words), answer.err


def test_faults_are_data_under_json(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.file("p.csv", "sku,price\nTEE-S,-1\n")
    answer = mercer("import", "prices", file, "--currency", "CNY", "--json")
    assert answer.json["imported"] == 0
    assert answer.json["faults"][0]["line"] == 2
    assert answer.error["kind"] == "input"


def test_a_channel_that_is_not_there_is_a_fault_of_its_row(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.file("p.csv", "sku,price,channel\nTEE-S,9.00,north\nTEE-M,9.00,west\n")
    answer = mercer("import", "prices", file, "--currency", "CNY")
    assert names(answer.err, "p.csv:3:", "channel:", "west")


def test_a_bundle_of_something_unknown_is_a_fault_and_spoils_only_its_own_product(
    stocked: Seller, mercer: Mercer
) -> None:
    file = stocked.file(
        "b.csv",
        "product,title,sku,price,parts\nduo,Duo,DUO,20.00,MUG*2\npack,Pack,PACK,20.00,NOPE*2\n",
    )
    answer = mercer("import", "products", file, "--currency", "CNY")
    assert answer.code == 1
    assert names(answer.err, "b.csv:3:", "parts:", "'NOPE'")
    answer = mercer("import", "products", file, "--currency", "CNY", "--good-rows", "--json")
    assert answer.json["products"] == 1
    assert "PACK" not in mercer("export", "products").out


def test_a_stocktake_names_unknown_skus_and_corrects_the_rest(
    stocked: Seller, mercer: Mercer
) -> None:
    file = stocked.file("s.csv", "sku,quantity\nTEE-S,9\nNOPE,3\nTEE-M,5\n")
    answer = mercer("import", "stock", file)
    assert answer.code == 1
    assert names(answer.err, "s.csv:3:", "sku:", "NOPE")
    answer = mercer("import", "stock", file, "--good-rows", "--json")
    assert (answer.json["opened"], answer.json["adjusted"], answer.json["unchanged"]) == (0, 1, 1)


def test_a_product_files_quantities_never_correct_what_the_ledger_counted(
    stocked: Seller, mercer: Mercer
) -> None:
    file = stocked.file("again.csv", CATALOGUE.replace(",5\n", ",99\n") + "hat,Hat,HAT,8.00,2\n")
    answer = mercer("import", "products", file, "--currency", "CNY", "--json")
    assert answer.json["stock"] == {"opened": 1, "left": 3}
    assert "TEE-S,5" in mercer("export", "stock").out


def test_what_is_exported_is_imported_back_equal(stocked: Seller, mercer: Mercer) -> None:
    for what in ("products", "prices", "stock"):
        for ending in ("csv", "json", "xlsx"):
            file = stocked.folder / f"out.{ending}"
            assert mercer("export", what, file).code == 0
            before = mercer("export", what).out
            answer = mercer("import", what, file)
            assert answer.code == 0, answer.err
            assert mercer("export", what).out == before


def test_a_file_that_is_not_there_is_an_error_with_its_path(
    stocked: Seller, mercer: Mercer
) -> None:
    del stocked
    answer = mercer("import", "products", Path("nowhere.csv"))
    assert answer.code == 1
    assert "nowhere.csv cannot be read" in answer.err


DATA = Path(__file__).parents[3] / "shared" / "data" / "shopify-product-csvs"


@pytest.mark.shared
@pytest.mark.skipif(not DATA.exists(), reason="the reference files are not here")
@pytest.mark.parametrize("name", ["apparel", "home-and-garden", "jewelery"])
@pytest.mark.usefixtures("seller")
def test_a_real_export_comes_in_whole_and_made_up_skus_are_told(mercer: Mercer, name: str) -> None:
    answer = mercer("import", "products", DATA / f"{name}.csv", "--currency", "USD", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["faults"] == []
    assert answer.json["products"] > 15
    assert answer.json["prices"] == answer.json["skus"]
    assert any("no SKU is given; it is called" in note for note in answer.json["notes"])
