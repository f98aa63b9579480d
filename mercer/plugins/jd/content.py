"""Writing a ware's own fields. JD changes only those that are sent."""

from __future__ import annotations

from typing import Any

from mercer.core.contract import ContentWrite, ItemOutcome
from mercer.core.errors import Rejected
from mercer.plugins.jd.wire import Jos
from mercer.plugins.outcomes import accepted, refused


async def write_content(jos: Jos, write: ContentWrite) -> list[ItemOutcome]:
    """Title and description together or neither. The description is the desktop one
    (`introduction`); the one for phones (`mobileDesc`) has a form of its own and is left alone.
    """
    ware: dict[str, Any] = {"wareId": int(write.listing.listing)}
    if write.title is not None:
        ware["title"] = write.title
    if write.description is not None:
        ware["introduction"] = write.description
    try:
        await jos.call("jingdong.ware.write.updateWare", {"ware": ware}, write=True)
    except Rejected as error:
        return [refused(write.listing.listing, "", error)]
    return [accepted(write.listing.listing)]
