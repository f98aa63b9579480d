"""A catalogue to play with: real-looking products, the same ones for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from mercer.core.money import Money
from mercer.core.product import Product, Sku
from mercer.plugins.simulation import ShopProduct


@dataclass(frozen=True, slots=True)
class Article:
    """A product with what its SKUs cost in each currency, and how many of each there are.

    `prices` and `compare_at` are by currency, then by SKU; `quantities` by SKU.
    """

    product: Product
    prices: dict[str, dict[str, Money]]
    compare_at: dict[str, dict[str, Money]]
    quantities: dict[str, int]

    def on(self, currency: str) -> ShopProduct:
        """As a shop of this currency has it on its shelf."""
        return ShopProduct(
            product=self.product,
            prices=self.prices[currency],
            quantities=self.quantities,
            compare_at=self.compare_at.get(currency, {}),
        )


@dataclass(frozen=True, slots=True)
class _Kind:
    """`yuan` is the price range; `options` are those that a product may come in, one at a time."""

    code: str
    chinese: str
    english: str
    yuan: tuple[int, int]
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()


_SIZES: Final = ("Size", ("S", "M", "L", "XL"))
_COLOURS: Final = ("Color", ("Black", "White", "Navy", "Sage", "Rust", "Sand"))
_KINDS: Final = (
    _Kind("SH", "衬衫", "Shirt", (129, 299), (_SIZES, _COLOURS)),
    _Kind("TS", "T恤", "T-Shirt", (59, 149), (_SIZES, _COLOURS)),
    _Kind("DR", "连衣裙", "Dress", (199, 459), (_SIZES, _COLOURS)),
    _Kind("TR", "长裤", "Trousers", (149, 329), (_SIZES, _COLOURS)),
    _Kind("SC", "围巾", "Scarf", (79, 199), (_COLOURS,)),
    _Kind("BG", "帆布包", "Tote Bag", (69, 189), (_COLOURS,)),
    _Kind("CU", "马克杯", "Mug", (39, 89), (_COLOURS,)),
    _Kind("TW", "毛巾", "Towel", (29, 79), (_COLOURS,)),
    _Kind("CA", "香薰蜡烛", "Scented Candle", (59, 159)),
    _Kind("TE", "茶叶罐", "Tea Caddy", (89, 239)),
    _Kind("NB", "笔记本", "Notebook", (19, 59)),
    _Kind("LP", "台灯", "Desk Lamp", (159, 399)),
)
_STYLES: Final = (
    ("亚麻", "Linen"),
    ("纯棉", "Cotton"),
    ("复古", "Vintage"),
    ("简约", "Plain"),
    ("手工", "Handmade"),
    ("条纹", "Striped"),
    ("轻便", "Light"),
    ("经典", "Classic"),
    ("水洗", "Washed"),
    ("宽松", "Relaxed"),
)
_SKUS: Final = ((1, 40), (2, 25), (3, 20), (4, 10), (6, 5))
"""How many SKUs a product has, and how often in a hundred: 2.2 on average."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """How price tags of a currency look: its minor units come in steps of `step` and end in `ending`.

    `worth` is that of 100 minor units in fen; a reduced price was higher by `reduction`.
    """

    worth: int
    step: int
    ending: int
    reduction: int


_TAGS: Final = {
    "CNY": _Tag(100, 1, 0, 4000),
    "USD": _Tag(700, 100, 90, 600),
    "EUR": _Tag(760, 100, 99, 500),
    "GBP": _Tag(900, 100, 99, 400),
    "PLN": _Tag(180, 100, 99, 2000),
    "JPY": _Tag(470, 100, 80, 800),
}
CURRENCIES: Final = tuple(_TAGS)
"""What the goods of a sandbox have prices in."""


def generate(n_products: int, seed: int) -> list[Article]:
    """Products with about 2.2 SKUs each, titled in Chinese and English, priced in `CURRENCIES`."""
    rng = random.Random(f"catalogue {seed}")
    return [_article(number, rng) for number in range(1, n_products + 1)]


def _article(number: int, rng: random.Random) -> Article:
    chinese, english = rng.choice(_STYLES)
    wanted = rng.choices([count for count, _ in _SKUS], [share for _, share in _SKUS])[0]
    kind = rng.choice([each for each in _KINDS if wanted == 1 or each.options])
    code = f"{kind.code}-{number:04}"
    skus = tuple(
        Sku(
            sku="-".join([code, *(value[:3].upper() for _, value in options)]),
            barcode=_barcode(number * 10 + index),
            options=options,
        )
        for index, options in enumerate(_variants(kind, wanted, rng))
    )
    product = Product(
        code=code.lower(),
        title=f"{chinese}{kind.chinese} {english} {kind.english}",
        description=f"{chinese}{kind.chinese}，编号 {code}。{english} {kind.english.lower()}, no. {code}.",
        vendor="Mercer Goods",
        kind=kind.english,
        tags=(english.lower(), kind.english.lower()),
        skus=skus,
    )
    return _priced(product, rng.randint(*kind.yuan) // 10 * 10 + 9, rng)


def _variants(kind: _Kind, wanted: int, rng: random.Random) -> list[tuple[tuple[str, str], ...]]:
    if wanted == 1:
        return [()]
    name, values = rng.choice([option for option in kind.options if len(option[1]) >= wanted])
    chosen = sorted(rng.sample(values, wanted), key=values.index)
    return [((name, value),) for value in chosen]


def _priced(product: Product, yuan: int, rng: random.Random) -> Article:
    fen = {sku.sku: yuan * 100 for sku in product.skus}
    if len(fen) > 2 and rng.random() < 0.3:
        fen[product.skus[-1].sku] += 2000
    reduced = rng.random() < 0.2
    return Article(
        product=product,
        prices={currency: _tagged(fen, currency) for currency in CURRENCIES},
        compare_at={
            currency: _before_reduction(fen, currency) if reduced else {} for currency in CURRENCIES
        },
        quantities={sku: rng.choice((3, 12, 25, 40, 60, 80, 120, 200)) for sku in fen},
    )


def _tagged(fen: dict[str, int], currency: str) -> dict[str, Money]:
    tag = _TAGS[currency]
    return {
        sku: Money(each * 100 // tag.worth // tag.step * tag.step + tag.ending, currency)
        for sku, each in fen.items()
    }


def _before_reduction(fen: dict[str, int], currency: str) -> dict[str, Money]:
    reduction = Money(_TAGS[currency].reduction, currency)
    return {sku: price + reduction for sku, price in _tagged(fen, currency).items()}


def _barcode(number: int) -> str:
    """An EAN-13 of the range that is free for one's own use, so that it is nobody else's."""
    digits = f"2{number:011}"
    weighted = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
