"""By which names sellers know carriers."""

from __future__ import annotations

import pytest

from mercer.core.carrier import Carrier, known_as


@pytest.mark.parametrize(
    ("name", "carrier"),
    [
        ("顺丰", Carrier.SF),
        ("顺丰速运", Carrier.SF),
        ("ＳＦ", Carrier.SF),
        ("SF Express", Carrier.SF),
        (" shunfeng ", Carrier.SF),
        ("圆通速递", Carrier.YTO),
        ("Zhongtong Express", Carrier.ZTO),
        ("韵达快递", Carrier.YUNDA),
        ("J&T Express", Carrier.JTEXPRESS),
        ("极兔速递", Carrier.JTEXPRESS),
        ("邮政EMS", Carrier.EMS),
        ("中国邮政", Carrier.CHINA_POST),
        ("China Post", Carrier.CHINA_POST),
        ("德邦快递", Carrier.DEPPON),
        ("京东物流", Carrier.JD_LOGISTICS),
        ("DHL Express", Carrier.DHL),
        ("FedEx", Carrier.FEDEX),
        ("Royal Mail", Carrier.ROYAL_MAIL),
        ("佐川急便", Carrier.SAGAWA),
    ],
)
def test_a_carrier_is_known_by_its_usual_names(name: str, carrier: Carrier) -> None:
    assert known_as(name) == carrier


@pytest.mark.parametrize("name", ["德邦物流", "韵达快运", "Bring", "2087", "快递", ""])
def test_any_other_name_stays_as_the_seller_gave_it(name: str) -> None:
    assert known_as(name) == name


@pytest.mark.parametrize("carrier", Carrier)
def test_mercers_own_name_of_a_carrier_is_kept(carrier: Carrier) -> None:
    assert known_as(carrier) == carrier
    assert known_as(carrier.upper()) == carrier
