"""Writing an item's own fields through its edit schema: read the schema, send what changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mercer.core.contract import ContentWrite, ItemOutcome
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.plugins.outcomes import accepted, refused
from mercer.plugins.taobao.itemrule import DESCRIPTION, TITLE, Field, Wanted, fields, find, reply
from mercer.plugins.taobao.settings import SellerType
from mercer.plugins.taobao.wire import Top
from mercer.plugins.values import text

_SCHEMA: Final[dict[SellerType, tuple[str, str]]] = {
    "C": ("alibaba.item.edit.schema.get", "result"),
    "B": ("tmall.item.increment.update.schema.get", "update_item_result"),
}
"""API and the field of its answer that holds the rule XML; Tmall's is UNVERIFIED."""

_UPDATE: Final[dict[SellerType, tuple[str, str]]] = {
    "C": ("alibaba.item.edit.fastupdate", "schema"),
    "B": ("tmall.item.schema.increment.update", "xml_data"),
}
"""API and the parameter that takes the rule XML. Both change only the fields that are sent."""


async def write_content(
    top: Top, seller_type: SellerType, write: ContentWrite
) -> list[ItemOutcome]:
    values = {}
    if write.title is not None:
        values[TITLE] = write.title
    if write.description is not None:
        values[DESCRIPTION] = write.description
    return await edited(top, seller_type, write.listing.listing, values)


async def edited(
    top: Top,
    seller_type: SellerType,
    item: str,
    values: Mapping[Wanted, str],
    offer: str = "",
) -> list[ItemOutcome]:
    """All values or none."""
    api, parameter = _UPDATE[seller_type]
    try:
        schema = await _schema(top, seller_type, item)
        document = reply(
            {_field(schema, wanted): value for wanted, value in values.items()},
            incremental=seller_type == "B",
        )
        await top.call(api, {"item_id": item, parameter: document}, write=True)
    except Rejected as error:
        return [refused(item, offer, error)]
    return [accepted(item, offer)]


async def _schema(top: Top, seller_type: SellerType, item: str) -> list[Field]:
    api, answer = _SCHEMA[seller_type]
    xml = text(await top.call(api, {"item_id": item}), answer)
    if xml is None:
        raise ProtocolBroken(f"{api} answered without {answer}")
    return fields(xml)


def _field(schema: list[Field], wanted: Wanted) -> Field:
    field = find(schema, wanted)
    if field is None:
        names = "、".join(sorted(wanted.names))
        raise Rejected(
            f"the edit schema of this item's category has no plain text field {wanted.id} ({names})"
        )
    return field
