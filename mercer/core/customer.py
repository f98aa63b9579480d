"""The buyer of an order. Nothing of it is ever shown by `repr`, logged or put into a plan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Customer:
    """`key` is the platform's own opaque id; the rest may be masked by the platform, or absent."""

    key: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None

    def __repr__(self) -> str:
        return "Customer(…)"
