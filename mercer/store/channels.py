"""How far each channel has been read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, select

from mercer.store.tables import channels
from mercer.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class ChannelState:
    """`enumerated_at`: when a complete enumeration last began; only it can prove an absence.

    `orders_watermark`: every order changed up to then has been taken in; `cases_watermark` is the
    same of after-sales cases. `reconciled_at`: when all of it was last compared with the shop's truth,
    and the last decision and finding that were reported then.
    `judged_by`: owner and policy of each field, as one text, that the cells' states rest on.
    """

    name: str
    listings_pulled_at: datetime | None = None
    enumerated_at: datetime | None = None
    orders_pulled_at: datetime | None = None
    orders_watermark: datetime | None = None
    cases_pulled_at: datetime | None = None
    cases_watermark: datetime | None = None
    reconciled_at: datetime | None = None
    decisions_told: int | None = None
    findings_told: int | None = None
    judged_by: dict[str, str] | None = None


def state_of(connection: Connection, name: str) -> ChannelState:
    row = connection.execute(select(channels).where(channels.c.name == name)).one_or_none()
    return ChannelState(*row) if row else ChannelState(name)


def save_state(connection: Connection, state: ChannelState) -> None:
    row = {field.name: getattr(state, field.name) for field in fields(state)}
    upsert(connection, channels, [row])
