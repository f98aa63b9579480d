"""What is known of a buyer only ever gets better."""

from __future__ import annotations

from mercer.core.customer import Customer

PLAIN = Customer("k1", "欧阳晓彤", "13912345678", "a@b.example", "望湖路1号")
MASKED = Customer("k1", "欧阳**", "139****5678", None, "望湖路**", seal="oaid-2", masked=True)


def test_silence_wipes_nothing() -> None:
    assert PLAIN.renewed(Customer()) == PLAIN
    assert MASKED.renewed(Customer("k1")) == MASKED


def test_masks_do_not_cover_what_was_told_plainly_but_bring_their_seal() -> None:
    known = PLAIN.renewed(MASKED)
    assert (known.name, known.masked, known.seal) == ("欧阳晓彤", False, "oaid-2")


def test_what_is_told_plainly_takes_the_place_of_masks() -> None:
    known = MASKED.renewed(PLAIN)
    assert (known.name, known.email, known.masked) == ("欧阳晓彤", "a@b.example", False)
    assert known.seal == "oaid-2"


def test_a_new_address_replaces_the_old_one_and_leaves_the_rest() -> None:
    known = PLAIN.renewed(Customer("k1", address="西湖路2号"))
    assert (known.address, known.phone) == ("西湖路2号", "13912345678")


def test_nothing_of_a_customer_is_shown() -> None:
    assert repr(PLAIN) == f"{PLAIN}" == "Customer(…)"
