"""Whose history a person asks for: a SKU, a listing or an order, found out by its name."""

from __future__ import annotations

from collections.abc import Sequence

from mercer.core.errors import InputError
from mercer.store import history
from mercer.store.history import Event, Subject, Thing, Wanted
from mercer.sync.session import Session


def history_of(
    session: Session, name: str, subject: Subject | None, wanted: Wanted
) -> tuple[Thing, list[Event]]:
    """The one thing of that name, and what became of it, the newest last.

    A SKU goes before a listing of its name, for Amazon calls each listing by its SKU.

    Raise `InputError` where there is no such thing, or several.
    """
    channel = wanted.channel
    if channel is not None:
        session.channel(channel)
    with session.database.read() as tx:
        found = [
            each
            for each in history.things(tx, name)
            if subject in (None, each.subject)
            and (channel is None or each.channel in (None, channel))
        ]
        if subject is None and any(each.subject is Subject.SKU for each in found):
            found = [each for each in found if each.subject is not Subject.LISTING]
        thing = _the_one(name, found, f" on {channel}" if channel else "")
        return thing, history.events(tx, thing, wanted)


def _the_one(name: str, found: Sequence[Thing], where: str) -> Thing:
    if not found:
        raise InputError(
            f"there is no SKU, listing or order {name!r}{where}",
            hint="name a SKU, a listing's id, or an order's id or number",
        )
    if len(found) == 1:
        return found[0]
    places = ", ".join(_called(each) for each in found)
    if len({each.subject for each in found}) > 1:
        hint = "say which: --as sku, --as listing or --as order"
    elif len({each.channel for each in found}) > 1:
        hint = "say which: --channel NAME"
    else:
        hint = "name it by its id"
    raise InputError(f"{name!r} is several things: {places}", hint=hint)


def _called(thing: Thing) -> str:
    on = f" on {thing.channel}" if thing.channel else ""
    return f"{thing.subject.value} {thing.name}{on}"
