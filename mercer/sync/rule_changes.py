"""Change what a channel may show of one SKU."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from mercer.core.audit import Kind, Line
from mercer.core.errors import InputError
from mercer.store import catalogue, stock_rules, versions
from mercer.store.database import Transaction
from mercer.store.stock_rules import SkuRule
from mercer.sync import audit
from mercer.sync.catalogue import refuse_unknown
from mercer.sync.renew import renew_skus
from mercer.sync.session import Session


def set_rule(session: Session, given: SkuRule) -> SkuRule:
    """Change what `given` names of a SKU's rule on a channel; the rest stays. Return the rule.

    An allocation begins anew when it is given. Raise `InputError` for a SKU or channel that is not
    there, an allocation of a bundle, and settings that contradict each other or the channel's.
    """
    _check(session, given)
    with session.database.write() as tx:
        refuse_unknown(tx, [given.sku])
        if given.allocation is not None and catalogue.parts_of(tx, [given.sku]):
            raise InputError(
                f"{given.sku} is a bundle: it has no units of its own to allocate",
                hint="allocate its parts",
            )
        now = session.clock.now()
        known = stock_rules.of_skus(tx, [given.sku]).get(given.sku, {}).get(given.channel)
        changed = {
            each.name: value
            for each in fields(SkuRule)
            if (value := getattr(given, each.name)) not in (None, "")
        }
        began: dict[str, Any] = {} if given.allocation is None else {"allocated_at": now}
        rule = replace(known or given, **changed, **began, who=session.who, set_at=now)
        rule.over(session.channels[given.channel].stock_rule).check()
        stock_rules.save(tx, rule)
        audit.note(tx, session, _line(Kind.RULE_SET, given.sku, given.channel, known, rule))
        _renew(tx, session, given.sku)
    return rule


def clear_rule(session: Session, sku: str, channel: str) -> bool:
    """The channel's rule holds for the SKU again. Tell whether it had one of its own."""
    with session.database.write() as tx:
        refuse_unknown(tx, [sku])
        known = stock_rules.of_skus(tx, [sku]).get(sku, {}).get(channel)
        cleared = stock_rules.clear(tx, channel, sku)
        if cleared:
            audit.note(tx, session, _line(Kind.RULE_CLEARED, sku, channel, known, None))
            _renew(tx, session, sku)
    return cleared


def end_lapsed(tx: Transaction, session: Session) -> None:
    """SKUs that were disabled until now may be shown again."""
    skus = stock_rules.end_lapsed(tx, session.clock.now())
    if skus:
        versions.bump(tx, "stock")
        renew_skus(tx, session, skus)


def _line(
    kind: Kind, sku: str, channel: str, before: SkuRule | None, after: SkuRule | None
) -> Line:
    reason = after.reason if after else None
    return Line(
        kind, channel, sku=sku, before=_told(before), after=_told(after) or "", reason=reason
    )


def _told(rule: SkuRule | None) -> str | None:
    """What is different for the SKU, as `buffer 2, maximum 10`."""
    if rule is None:
        return None
    names = [each.name for each in fields(SkuRule) if each.name not in _NO_SETTINGS]
    given = {name: getattr(rule, name) for name in names}
    return ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)


_NO_SETTINGS = ("channel", "sku", "allocated_at", "reason", "who", "set_at")


def _check(session: Session, given: SkuRule) -> None:
    channel = session.channel(given.channel)
    if channel.stock_with:
        raise InputError(
            f"the stock of {given.channel} is kept on {channel.stock_with}",
            hint=f"set the rule there: --channel {channel.stock_with}",
        )
    if given.disabled_until is not None and not given.reason.strip():
        raise InputError("disabled-until needs a reason", hint="say why: --reason ...")


def _renew(tx: Transaction, session: Session, sku: str) -> None:
    """On every channel: an allocation here is what others may no longer show."""
    versions.bump(tx, "stock")
    renew_skus(tx, session, [sku])
