"""Parcels: what leaves, with whom, and under which number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Packed:
    """So many units of an order's line in one parcel."""

    line: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as a platform knows it. `carrier` is the platform's own code or name.

    `lines` is empty where the platform does not tell what is in it.
    """

    tracking: str
    carrier: str
    lines: tuple[Packed, ...] = ()


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel that is to be told to a platform.

    `carrier` is one of `Carrier`'s values, or a name. `lines` holds every line of the order that is
    in this parcel, and `whole` says that with it the order has nothing left to ship. `key` is unique
    to this parcel, for platforms that take one. `seal` is the customer's, where the order has one.
    """

    order: str
    carrier: str
    tracking: str
    lines: tuple[Packed, ...]
    whole: bool
    key: str
    seal: str | None = None
