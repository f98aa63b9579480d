"""Writing products: prices, own fields, whole products, publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLError

from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.plugins.shopify.simulator.resolvers import Info, number, resolves, shop
from mercer.plugins.shopify.simulator.shop import Payload, Shop, user_error
from mercer.plugins.shopify.simulator.state import Product, ProductVariant

_NO_PRODUCT: Final = "Product does not exist"
_FIELDS: Final = {
    "title": "title",
    "descriptionHtml": "description_html",
    "status": "status",
    "vendor": "vendor",
    "productType": "product_type",
}


# ---------------------------------------------------------------- prices


@resolves("Mutation.productVariantsBulkUpdate")
def _update_variants(
    _source: None,
    info: Info,
    productId: str,
    variants: Sequence[Mapping[str, Any]],
    allowPartialUpdates: bool = False,
) -> Payload:
    """With partial updates the answer lists all rows, those refused at their old price."""
    found = shop(info)
    product = found.product(number(productId, "Product"))
    if product is None:
        missing = user_error(["productId"], _NO_PRODUCT, "PRODUCT_DOES_NOT_EXIST")
        return {"product": None, "productVariants": None, "userErrors": [missing]}
    errors: list[Payload] = []
    good: list[tuple[ProductVariant, Mapping[str, Any]]] = []
    listed: list[ProductVariant] = []
    for index, row in enumerate(variants):
        variant = found.variant(number(row.get("id") or "", "ProductVariant"))
        listed += [variant] if variant else []
        if error := _variant_error(product, variant, index, row):
            errors.append(error)
        elif variant:
            good.append((variant, row))
    if errors and not allowPartialUpdates:
        return {"product": product, "productVariants": None, "userErrors": errors}
    for variant, row in good:
        _price(variant, row, found.state.currency)
        found.touch(product, variant)
    return {"product": product, "productVariants": listed, "userErrors": errors}


def _variant_error(
    product: Product, variant: ProductVariant | None, index: int, row: Mapping[str, Any]
) -> Payload | None:
    path = ["variants", str(index)]
    if not row.get("id"):
        words = "Product variant is missing ID attribute"
        return user_error([*path, "id"], words, "PRODUCT_VARIANT_ID_MISSING")
    if variant is None or variant.product != product.id:
        words = "Product variant does not exist"
        return user_error([*path, "id"], words, "PRODUCT_VARIANT_DOES_NOT_EXIST")
    if _negative(row.get("price")):
        words = "Price must be greater than or equal to 0"
        return user_error([*path, "price"], words, "GREATER_THAN_OR_EQUAL_TO")
    if _negative(row.get("compareAtPrice")):
        words = "Compare at price must be greater than or equal to 0"
        return user_error([*path, "compareAtPrice"], words, "GREATER_THAN_OR_EQUAL_TO")
    return None


def _price(variant: ProductVariant, row: Mapping[str, Any], currency: str) -> None:
    """`compareAtPrice: null` clears it; leaving it out keeps it."""
    if row.get("price") is not None:
        variant.price = _money(row["price"], currency)
    if "compareAtPrice" in row:
        text = row["compareAtPrice"]
        variant.compare_at_price = None if text is None else _money(text, currency)
    if "barcode" in row:
        variant.barcode = row["barcode"]
    if row.get("inventoryPolicy"):
        variant.inventory_policy = row["inventoryPolicy"]


def _negative(amount: object) -> bool:
    return amount is not None and str(amount).startswith("-")


def _money(text: object, currency: str) -> Money:
    try:
        return Money.of(str(text), currency)
    except InputError as error:
        raise GraphQLError(str(error), extensions={"code": "INVALID_FIELD_ARGUMENTS"}) from None


# ---------------------------------------------------------------- a product's own fields


@resolves("Mutation.productUpdate")
def _update_product(_source: None, info: Info, product: Mapping[str, Any] | None = None) -> Payload:
    """A refused product comes back unchanged."""
    given = product or {}
    found = shop(info).product(number(given.get("id") or "", "Product"))
    if found is None:
        return {"product": None, "userErrors": [user_error(["id"], _NO_PRODUCT)]}
    if error := _title_error(given, ["title"]):
        return {"product": found, "userErrors": [error]}
    handle = given.get("handle")
    if handle and handle != found.handle:
        words = f"Handle '{handle}' cannot be changed in this simulation"
        return {"product": found, "userErrors": [user_error(["input", "handle"], words)]}
    _assign(found, given)
    shop(info).touch(found)
    return {"product": found, "userErrors": []}


def _title_error(given: Mapping[str, Any], path: list[str]) -> Payload | None:
    title = given.get("title")
    if title is not None and not title.strip():
        return user_error(path, "Title can't be blank", "INVALID_PRODUCT")
    if title is not None and len(title) > 255:
        return user_error(path, "is too long (maximum is 255 characters)", "INVALID_PRODUCT")
    return None


def _assign(product: Product, given: Mapping[str, Any]) -> None:
    for name, attribute in _FIELDS.items():
        if given.get(name) is not None:
            setattr(product, attribute, given[name])
    if given.get("tags") is not None:
        distinct = {tag.strip().lower(): tag.strip() for tag in reversed(given["tags"])}
        product.tags = sorted(distinct.values())


@resolves("Mutation.publishablePublish")
def _publish(_source: None, info: Info, id: str, input: Sequence[Mapping[str, Any]]) -> Payload:
    product = shop(info).product(number(id, "Product"))
    wanted = [number(each.get("publicationId") or "", "Publication") for each in input]
    if product is None:
        return {"publishable": None, "userErrors": [user_error(["id"], "Resource does not exist")]}
    if not set(wanted) <= shop(info).state.publications.keys():
        words = "Publication does not exist or is not publishable"
        error = user_error(["input", "0", "publicationId"], words)
        return {"publishable": None, "userErrors": [error]}
    product.publications = sorted({*product.publications, *wanted})
    return {"publishable": product, "userErrors": []}


# ---------------------------------------------------------------- whole products


@resolves("Mutation.productSet")
def _set_product(
    _source: None,
    info: Info,
    input: Mapping[str, Any],
    identifier: Mapping[str, Any] | None = None,
    synchronous: bool = True,
) -> Payload:
    """Upsert by handle or id. Variants that are not given are deleted."""
    if not synchronous:
        raise GraphQLError("the simulator only sets products synchronously")
    found = shop(info)
    if error := _set_error(input, identifier or {}):
        return {"product": None, "userErrors": [error]}
    product = _identified(found, input, identifier or {})
    if product is None and (identifier or {}).get("id"):
        error = user_error(["input", "id"], _NO_PRODUCT, "PRODUCT_DOES_NOT_EXIST")
        return {"product": None, "userErrors": [error]}
    if product is None:
        product = found.add_product(input["handle"], input.get("title") or "", "ACTIVE")
    _assign(product, input)
    if input.get("files") is not None:
        product.images = [each["originalSource"] for each in input["files"]]
    if input.get("variants") is not None:
        _set_variants(found, product, input["variants"])
    elif not product.variants:
        found.add_variant(product, "", Money.zero(found.state.currency), tracked=False)
    found.touch(product)
    return {"product": product, "userErrors": []}


def _identified(
    found: Shop, input: Mapping[str, Any], identifier: Mapping[str, Any]
) -> Product | None:
    if identifier.get("id"):
        return found.product(number(identifier["id"], "Product"))
    return found.by_handle(identifier.get("handle") or input.get("handle") or "")


def _set_error(input: Mapping[str, Any], identifier: Mapping[str, Any]) -> Payload | None:
    if identifier.get("handle") and not input.get("handle"):
        words = "The handle field is required in the input when it is the identifier."
        return user_error(["input"], words, "MISSING_FIELD_REQUIRED")
    if identifier.get("handle") not in (None, input.get("handle")):
        words = "The handle in the input must match the identifier."
        return user_error(["input", "handle"], words, "INPUT_MISMATCH")
    if not input.get("title") and not identifier.get("id"):
        return user_error(["input", "title"], "Title can't be blank", "INVALID_PRODUCT")
    if error := _title_error(input, ["input", "title"]):
        return error
    if input.get("variants") is None:
        words = "Variants input is required when updating product options"
        options = input.get("productOptions") is not None
        error = user_error(["input", "variants"], words, "VARIANTS_INPUT_MISSING")
        return error if options else None
    return _rows_error(input["variants"])


def _rows_error(rows: Sequence[Mapping[str, Any]]) -> Payload | None:
    seen: set[tuple[tuple[str, str], ...]] = set()
    for index, row in enumerate(rows):
        path = ["input", "variants", str(index)]
        options = tuple(_option_values(row))
        if options in seen:
            title = " / ".join(value for _, value in options)
            words = f"The variant '{title}' already exists. "
            words += "Please change at least one option value."
            return user_error(path, words, "INVALID_VARIANT")
        seen.add(options)
        if _negative(row.get("price")):
            words = "Price must be greater than or equal to 0"
            return user_error([*path, "price"], words, "INVALID_VARIANT")
    return None


def _set_variants(found: Shop, product: Product, rows: Sequence[Mapping[str, Any]]) -> None:
    """A row finds its variant by id, else by its options; without either it makes one."""
    by_options = {tuple(each.options): each for each in product.variants}
    kept = []
    for row in rows:
        variant = found.variant(number(row.get("id") or "", "ProductVariant")) or by_options.get(
            tuple(_option_values(row))
        )
        if variant is None:
            zero = Money.zero(found.state.currency)
            variant = found.add_variant(product, "", zero, _option_values(row), tracked=False)
            found.stock(variant, 0)
        _set_variant(found, variant, row)
        kept.append(variant)
    found.keep_variants(product, kept)


def _set_variant(found: Shop, variant: ProductVariant, row: Mapping[str, Any]) -> None:
    _price(variant, row, found.state.currency)
    item = row.get("inventoryItem") or {}
    if item.get("tracked") is not None:
        variant.inventory_item.tracked = item["tracked"]
    sku = row.get("sku") or item.get("sku")
    if sku is not None:
        variant.sku = sku
    for quantity in row.get("inventoryQuantities") or ():
        level = found.level(variant.inventory_item, number(quantity["locationId"], "Location"))
        level.is_active = True
        found.move(level, quantity["quantity"])


def _option_values(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(each.get("optionName") or "", each.get("name") or "") for each in row["optionValues"]]
