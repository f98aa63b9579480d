"""`[[price_rules]]` of `mercer.toml`: each kind with what it takes, made into rules of channels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, ValidationError, model_validator
from pydantic import Field as Limits

from mercer.config.faults import described
from mercer.config.places import Places
from mercer.config.tables import Currency, Sum, Table, Text
from mercer.core.errors import InputError, SettingsError
from mercer.core.money import Money
from mercer.core.price_rule import (
    Amount,
    Base,
    Convert,
    Fees,
    Margin,
    Markup,
    NamedRule,
    Percent,
    PriceRule,
    Round,
)
from mercer.core.rounding import Direction

RuleKind = Callable[[Mapping[str, Any]], PriceRule]
"""Makes a rule of its settings. Raise `InputError` for settings that are not allowed."""

MoreKinds = Callable[[], Mapping[str, RuleKind]]
"""The kinds that plugins bring; asked for only where the file has one that is not built in."""


def _exact(value: object) -> object:
    """A whole number, or a number with a point: TOML's own is exact here, as text is."""
    plain = isinstance(value, (int, str, Decimal)) and not isinstance(value, bool)
    try:
        found = Decimal(str(value)) if plain else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise ValueError("a number such as 35 or 7.5")
    return found


def _ending(value: object) -> object:
    try:
        Money.of(str(value), "KWD")
    except InputError:
        raise ValueError('an amount in quotes, such as "0.99"') from None
    return str(value)


Exact = Annotated[Decimal, BeforeValidator(_exact)]
Share = Annotated[Exact, Limits(ge=0, lt=100)]
Ending = Annotated[str, BeforeValidator(_ending)]


class RuleTable(Table):
    """What every rule has. `channels` and `tags` that are left out are all of them."""

    kind: Text
    name: Text = ""
    channels: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()


class BuiltIn(RuleTable):
    @abstractmethod
    def rule(self) -> PriceRule: ...


class BaseTable(BuiltIn):
    currency: Currency | None = None

    def rule(self) -> PriceRule:
        return Base(self.currency or "")


class MarkupTable(BuiltIn):
    percent: Annotated[Exact, Limits(ge=0)]
    currency: Currency | None = None

    def rule(self) -> PriceRule:
        return Markup(self.percent, self.currency or "")


class MarginTable(BuiltIn):
    percent: Share
    currency: Currency | None = None

    def rule(self) -> PriceRule:
        return Margin(self.percent, self.currency or "")


class PercentTable(BuiltIn):
    percent: Annotated[Exact, Limits(gt=-100)]

    def rule(self) -> PriceRule:
        return Percent(self.percent)


class AmountTable(BuiltIn):
    amount: Sum

    def rule(self) -> PriceRule:
        return Amount(self.amount)


class FeesTable(BuiltIn):
    commission: Share = Decimal(0)
    shipping: Sum | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if not self.commission and self.shipping is None:
            raise ValueError("commission, shipping, or both")
        return self

    def rule(self) -> PriceRule:
        return Fees(self.commission, self.shipping)


class ConvertTable(BuiltIn):
    currency: Currency | None = None

    def rule(self) -> PriceRule:
        return Convert(self.currency or "")


class RoundTable(BuiltIn):
    to: Ending | None = None
    endings: tuple[Ending, ...] = ()
    direction: Direction = Direction.NEAREST

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.to is None) == (not self.endings):
            raise ValueError('either to = "0.05" or endings = ["0.99"]')
        return self

    def rule(self) -> PriceRule:
        return Round(self.to or "", self.endings, self.direction)


KINDS: Final[dict[str, type[BuiltIn]]] = {
    "base": BaseTable,
    "markup": MarkupTable,
    "margin": MarginTable,
    "percent": PercentTable,
    "amount": AmountTable,
    "fees": FeesTable,
    "convert": ConvertTable,
    "round": RoundTable,
}


def rules_by_channel(
    tables: Sequence[Mapping[str, Any]],
    channels: Sequence[str],
    places: Places,
    more_kinds: MoreKinds | None,
) -> dict[str, tuple[NamedRule, ...]]:
    """The rules of each channel in their order. Without `more_kinds` those of plugins are left out.

    Raise `SettingsError` naming the line.
    """
    found: dict[str, list[NamedRule]] = {name: [] for name in channels}
    names: set[str] = set()
    for index, table in enumerate(tables):
        keys = ("price_rules", str(index))
        common, rule = _made(table, keys, places, more_kinds)
        if rule is None:
            continue
        name = common.name or f"{common.kind}-{index + 1}"
        if name in names:
            raise _fault(places, (*keys, "name"), f"{name!r} is the name of a rule before it")
        names.add(name)
        for channel in common.channels:
            if channel not in found:
                known = ", ".join(channels) or "none yet"
                said = f"there is no channel {channel!r}; channels: {known}"
                raise _fault(places, (*keys, "channels"), said)
        named = NamedRule(name, rule, tuple(sorted(common.tags)), places.of(*keys))
        for channel in common.channels or channels:
            found[channel].append(named)
    return {channel: tuple(rules) for channel, rules in found.items()}


def _made(
    table: Mapping[str, Any], keys: tuple[str, ...], places: Places, more_kinds: MoreKinds | None
) -> tuple[RuleTable, PriceRule | None]:
    own = {name: value for name, value in table.items() if name in RuleTable.model_fields}
    kind = table.get("kind")
    try:
        if isinstance(kind, str) and kind in KINDS:
            made = KINDS[kind].model_validate(table)
            return made, made.rule()
        common = RuleTable.model_validate(own)
    except ValidationError as error:
        model: type[RuleTable] = KINDS.get(str(kind), RuleTable)
        faults = [
            described(each, places, keys, sorted(model.model_fields))
            for each in error.errors(include_url=False)
        ]
        raise SettingsError("\n".join(faults), hint="mend it and run again") from None
    if more_kinds is None:
        return common, None
    brought = more_kinds()
    if common.kind not in brought:
        known = ", ".join([*KINDS, *sorted(brought)])
        said = f"there is no kind {common.kind!r} of price rule; allowed: {known}"
        raise _fault(places, (*keys, "kind"), said)
    settings = {name: value for name, value in table.items() if name not in own}
    try:
        return common, brought[common.kind](settings)
    except InputError as error:
        raise _fault(places, keys, error.message, error.hint) from None


def _fault(
    places: Places, keys: tuple[str, ...], message: str, hint: str = "mend it and run again"
) -> SettingsError:
    return SettingsError(f"{places.near(*keys)}: {'.'.join(keys)}: {message}", hint=hint)
