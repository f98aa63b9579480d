"""What goes into a parcel, and whether the platform may be told of it at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mercer.core.contract import Declared
from mercer.core.errors import RefusedError
from mercer.core.order import OrderStatus
from mercer.core.shipping import Packed
from mercer.sync.told_parcels import DONE, Standing

_SHIPPABLE = frozenset({OrderStatus.PAID, OrderStatus.PARTLY_SHIPPED})


def pack(
    standing: Standing, wanted: Mapping[str, int], declared: Declared
) -> tuple[tuple[Packed, ...], bool]:
    """What is in it of an order, and whether that is all that is left.

    `wanted` maps an order line, or a SKU of it, to units; empty is everything that is left. Raise
    `RefusedError` where this parcel must not be told to the platform.
    """
    _refuse_unless_open(standing)
    left = standing.left
    packed = _packed(left, standing.skus, wanted)
    inside = {each.line: each.quantity for each in packed}
    whole = all(units == inside.get(line, 0) for line, units in left.items())
    if not whole and not declared.partial_shipments:
        note = declared.notes.get("partial_shipments")
        raise RefusedError(note or "this platform ships an order whole: leave the lines out")
    return packed, whole


def _refuse_unless_open(standing: Standing) -> None:
    status, waiting = standing.order.status, [each for each in standing.told if each.open]
    if standing.hold is not None:
        raise RefusedError(f"the order is held: {standing.hold.reason}")
    if waiting:
        tracking = waiting[0].shipment.tracking
        raise RefusedError(f"whether parcel {tracking} of it is known there is not clear yet")
    if status in DONE:
        raise RefusedError(f"the order is {status.value} already")
    if status not in _SHIPPABLE:
        raise RefusedError(f"the order is {status.value.replace('_', ' ')}")


def _packed(
    left: Mapping[str, int], skus: Mapping[str, Sequence[str]], wanted: Mapping[str, int]
) -> tuple[Packed, ...]:
    """What goes into the parcel, by order line. Raise `RefusedError` for what cannot.

    A SKU that several lines are of is taken from them in their order.
    """
    if not wanted:
        packed = tuple(Packed(line, units) for line, units in left.items() if units > 0)
        if not packed:
            raise RefusedError("nothing of the order is left to ship")
        return packed
    inside: dict[str, int] = {}
    for name, units in wanted.items():
        lines = [name] if name in left else skus.get(name)
        if lines is None:
            known = ", ".join(sorted(skus)) or ", ".join(left)
            raise RefusedError(
                f"the order has no line or SKU {name!r}; it has {known}; name one as SKU or SKU*2"
            )
        there = {line: left[line] - inside.get(line, 0) for line in lines}
        if not 0 < units <= sum(there.values()):
            raise RefusedError(f"only {sum(there.values())} of {name} left to ship, not {units}")
        for line, number in there.items():
            taken = min(units, number)
            units -= taken  # noqa: PLW2901 - what is still to be found
            if taken:
                inside[line] = inside.get(line, 0) + taken
    return tuple(Packed(line, number) for line, number in inside.items())
