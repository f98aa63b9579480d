"""What a tester sends to the world's controls, as JSON."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    model_validator,
)

from mercer.core.after_sales import CaseKind
from mercer.plugins.simulation import FaultKind

LONGEST_ADVANCE: Final = 366 * 86400.0
"""Seconds."""

_OTHER_WORDS: Final = {
    "500-before": FaultKind.ERROR_BEFORE,
    "500-after": FaultKind.ERROR_AFTER,
    "accepted-but-not-applied": FaultKind.LOST_WRITE,
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoBody(_Body):
    """Nothing needs to be said."""


class Amount(_Body):
    amount: str
    currency: str


class ClockBody(_Body):
    seconds: float | None = Field(default=None, ge=0, le=LONGEST_ADVANCE, allow_inf_nan=False)
    to: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.seconds is None) == (self.to is None):
            raise ValueError("give either seconds or to")
        return self


class EditBody(_Body):
    """What is left out stays; a `compare_at` of null takes the strike-through away."""

    merchant_code: str
    price: str | Amount | None = None
    compare_at: str | Amount | None = None
    quantity: int | None = Field(default=None, ge=0, strict=True)
    title: str | None = Field(default=None, min_length=1)
    status: Literal["listed", "delisted"] | None = None


class LineBody(_Body):
    merchant_code: str
    quantity: int = Field(default=1, ge=1, strict=True)


class BuyerBody(_Body):
    key: str = Field(min_length=1)
    name: str
    phone: str
    email: str
    street: str
    city: str
    region: str
    postcode: str
    country: str = Field(pattern="^[A-Z]{2}$")


class LinesBody(_Body):
    """Either `lines`, or the one line itself."""

    lines: list[LineBody] = Field(default_factory=list, max_length=100)
    merchant_code: str | None = None
    quantity: int = Field(default=1, ge=1, strict=True)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.lines) == (self.merchant_code is not None):
            raise ValueError("give either lines or a merchant_code")
        return self

    def wanted(self) -> list[tuple[str, int]]:
        if self.merchant_code is not None:
            return [(self.merchant_code, self.quantity)]
        return [(line.merchant_code, line.quantity) for line in self.lines]


class OrderBody(LinesBody):
    """Without a `buyer` it is one of the shop's own."""

    paid: StrictBool = True
    buyer: BuyerBody | None = None


class AskBackBody(LinesBody):
    order: str
    kind: CaseKind


class SettleBody(_Body):
    case: str
    agreed: StrictBool


class OrderedBody(_Body):
    """Something is done to an order."""

    order: str


def _kind(word: object) -> object:
    return _OTHER_WORDS.get(word, word) if isinstance(word, str) else word


class FaultBody(_Body):
    kind: Annotated[FaultKind, BeforeValidator(_kind)]
    rate: float = Field(default=1.0, ge=0, le=1)
    count: int | None = Field(default=None, ge=1, strict=True)
    channel: str = ""
    writes_only: StrictBool = False
