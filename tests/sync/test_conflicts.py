"""What waits for a person: nothing of it is written meanwhile, and each way out does what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.account import Channel
from mercer.core.cell import NOTHING, Field
from mercer.core.errors import InputError
from mercer.core.merge import Cause, Owner, State
from mercer.core.money import Money
from mercer.core.outcome import Outcome
from mercer.core.policy import ASK, LOWEST, OURS, THEIRS
from mercer.core.price import PriceEntry
from mercer.store import conflicts, decisions, overrides
from mercer.store.conflicts import Choice, Waiting
from mercer.store.decisions import Decision, How
from mercer.store.overrides import Kept
from mercer.sync.catalogue import set_prices
from mercer.sync.catching_up import catch_up
from mercer.sync.conflicts import Answer, Resolved, canonical, resolve, tell
from mercer.sync.overrides import end
from tests.sync.conftest import Seller, yuan

pytestmark = pytest.mark.both_databases

SKU = "TEE-S"
PRICE = Field.PRICE


def waiting(seller: Seller, **choice: object) -> list[Waiting]:
    with seller.database.write() as tx:
        catch_up(tx, seller.session, sorted(seller.channels))
        return list(conflicts.listed(tx, Choice(**choice)))  # type: ignore[arg-type]


def settle(seller: Seller, how: How, **more: object) -> Resolved:
    found = waiting(seller)
    return resolve(seller.session, found, Answer(how, "because", **more))  # type: ignore[arg-type]


def decided(seller: Seller, channel: str = "north", field: Field = PRICE) -> list[Decision]:
    key = seller.cell(channel, SKU, field).key
    with seller.database.read() as tx:
        return decisions.of_cell(tx, key)


def kept(seller: Seller) -> list[Kept]:
    with seller.database.read() as tx:
        return list(overrides.listed(tx))


def edit(seller: Seller, price: str, channel: str = "north", compare_at: str = "") -> None:
    strike = yuan(compare_at) if compare_at else None
    seller.shops[channel].change("tee", f"tee/{SKU}", price=yuan(price), compare_at=strike)
    seller.later()


async def agree_without_strike(seller: Seller) -> None:
    """All agree on the price, and that there is no compare-at price."""
    await seller.agree("tee", SKU)
    set_prices(seller.session, [PriceEntry(SKU, yuan("10.00"), compare_at=NOTHING)])


async def conflict(seller: Seller, theirs: str = "12.00", ours: str = "9.00") -> None:
    """North's shop and our book both leave 10.00, and north asks."""
    seller.rule("north", policies={PRICE: ASK, Field.COMPARE_AT: ASK})
    await agree_without_strike(seller)
    edit(seller, theirs)
    seller.set_price(SKU, ours)
    await seller.pull()


def state(seller: Seller, channel: str = "north", field: Field = PRICE) -> State:
    return seller.cell(channel, SKU, field).state


class TestNothingInConflictIsWritten:
    async def test_a_plan_leaves_it_out_and_the_other_channels_go_on(self, seller: Seller) -> None:
        await conflict(seller)
        plan = seller.plan()
        assert {change.cell.channel for change in seller.changes(plan)} == {"south"}
        await seller.apply(plan)
        assert (seller.price("north", SKU), seller.price("south", SKU)) == ("12.00 CNY", "9.00 CNY")

    async def test_a_conflict_that_comes_between_plan_and_apply_stays_unwritten(
        self, seller: Seller
    ) -> None:
        seller.rule("north", policies={PRICE: ASK})
        await seller.agree("tee", SKU)
        seller.set_price(SKU, "9.00")
        plan = seller.plan(channels=("north",))
        edit(seller, "12.00")
        applied = await seller.apply(plan)
        assert [item.outcome for item in applied.items] == [Outcome.STALE]
        assert seller.price("north", SKU) == "12.00 CNY"
        assert state(seller) is State.CONFLICT

    async def test_a_plan_older_than_the_conflict_does_not_settle_it(self, seller: Seller) -> None:
        seller.rule("north", policies={PRICE: ASK})
        await seller.agree("tee", SKU)
        seller.set_price(SKU, "9.00")
        plan = seller.plan(channels=("north",))
        edit(seller, "12.00")
        await seller.pull()
        await seller.apply(plan)
        assert seller.price("north", SKU) == "12.00 CNY"
        settle(seller, How.OURS)
        applied = await seller.apply(plan)
        assert [item.outcome for item in applied.items] == [Outcome.STALE]
        assert seller.price("north", SKU) == "12.00 CNY"

    async def test_a_group_writes_what_is_ours_and_leaves_what_waits_as_the_shop_has_it(
        self, seller: Seller
    ) -> None:
        seller.rule("north", policies={Field.COMPARE_AT: ASK})
        await agree_without_strike(seller)
        seller.shops["north"].change("tee", f"tee/{SKU}", compare_at=yuan("9.50"))
        seller.later()
        await seller.pull()
        seller.set_price(SKU, "9.00")
        assert state(seller, field=Field.COMPARE_AT) is State.DRIFT
        await seller.apply(seller.plan(channels=("north",)))
        _, offer = seller.shops["north"].find(SKU)
        assert (offer.price, offer.compare_at) == (yuan("9.00"), yuan("9.50"))

    async def test_where_a_groups_mate_comes_to_wait_the_whole_group_is_left(
        self, seller: Seller
    ) -> None:
        seller.rule("north", policies={PRICE: ASK})
        await agree_without_strike(seller)
        entry = PriceEntry(SKU, yuan("9.00"), compare_at=yuan("14.00"))
        set_prices(seller.session, [entry])
        plan = seller.plan(channels=("north",))
        assert len(seller.changes(plan)) == 2
        edit(seller, "12.00")
        applied = await seller.apply(plan)
        assert {item.outcome for item in applied.items} == {Outcome.STALE}
        _, offer = seller.shops["north"].find(SKU)
        assert (offer.price, offer.compare_at) == (yuan("12.00"), NOTHING)


class TestWaysOut:
    async def test_ours_is_written_by_the_next_plan_and_who_said_so_is_kept(
        self, seller: Seller
    ) -> None:
        await conflict(seller)
        done = settle(seller, How.OURS)
        assert [each.cell.state for each in done.settled] == [State.PUSH]
        assert seller.price("north", SKU) == "12.00 CNY"
        await seller.sync()
        assert seller.price("north", SKU) == "9.00 CNY"
        (decision,) = decided(seller)
        assert (decision.how, decision.who, decision.reason) == (How.OURS, "tester", "because")
        sides = (decision.base, decision.desired, decision.observed)
        assert sides == ("10.00 CNY", "9.00 CNY", "12.00 CNY")
        assert waiting(seller) == []
        assert kept(seller) == []

    async def test_theirs_is_the_channels_own_and_never_the_catalogues(
        self, seller: Seller
    ) -> None:
        await conflict(seller)
        settle(seller, How.THEIRS)
        await seller.sync()
        assert (seller.price("north", SKU), seller.price("south", SKU)) == ("12.00 CNY", "9.00 CNY")
        (own,) = kept(seller)
        assert (own.override.value, own.override.who, own.override.reason) == (
            "12.00 CNY", "tester", "because",
        )  # fmt: skip
        seller.set_price(SKU, "8.00")
        assert {change.cell.channel for change in seller.changes(seller.plan())} == {"south"}

    async def test_a_value_for_the_channel_is_written_to_it_alone(self, seller: Seller) -> None:
        await conflict(seller)
        settle(seller, How.VALUE, value="11.00")
        await seller.sync()
        assert (seller.price("north", SKU), seller.price("south", SKU)) == ("11.00 CNY", "9.00 CNY")

    async def test_a_channels_own_value_ends_and_is_judged_anew(self, seller: Seller) -> None:
        await conflict(seller)
        settle(seller, How.THEIRS, until=seller.clock.now() + timedelta(days=1))
        await seller.sync()
        assert state(seller) is State.AGREED
        seller.later(86_400)
        (change,) = seller.changes(seller.plan())
        assert (change.cell.channel, change.after) == ("north", "9.00 CNY")
        assert kept(seller) == []
        assert [each.how for each in decided(seller)] == [How.THEIRS, How.EXPIRED]

    async def test_an_override_that_expires_between_plan_and_apply_makes_its_change_stale(
        self, seller: Seller
    ) -> None:
        await conflict(seller)
        settle(seller, How.VALUE, value="11.00", until=seller.clock.now() + timedelta(hours=1))
        plan = seller.plan(channels=("north",))
        seller.later(7_200)
        applied = await seller.apply(plan)
        assert [item.outcome for item in applied.items] == [Outcome.STALE]
        assert seller.price("north", SKU) == "12.00 CNY"

    async def test_an_override_that_a_person_ends_lets_ours_hold_again(
        self, seller: Seller
    ) -> None:
        await conflict(seller)
        settle(seller, How.THEIRS)
        end(seller.session, kept(seller), "the sale is over")
        assert state(seller) is State.PUSH
        await seller.sync()
        assert seller.price("north", SKU) == "9.00 CNY"
        assert [each.reason for each in decided(seller)] == ["because", "the sale is over"]

    async def test_what_moved_since_it_was_shown_is_left(self, seller: Seller) -> None:
        await conflict(seller)
        shown = waiting(seller)
        edit(seller, "13.00")
        await seller.pull()
        done = resolve(seller.session, shown, Answer(How.THEIRS, "because"))
        assert done.left == [(shown[0].id, "it moved meanwhile: look again")]
        assert state(seller) is State.CONFLICT
        assert kept(seller) == []

    async def test_stock_is_settled_as_ours_and_never_by_a_shops_number(
        self, seller: Seller
    ) -> None:
        seller.own("tee", SKU, quantity=10)
        for channel in seller.channels:
            seller.show(channel, "tee", SKU, quantity=7)
        await seller.pull()
        stock = waiting(seller, fields=(Field.STOCK,), channels=("north",))
        done = resolve(seller.session, stock, Answer(How.THEIRS, "because"))
        assert done.left[0][1].startswith("stock follows the ledger")
        assert resolve(seller.session, stock, Answer(How.OURS, "because")).settled
        await seller.sync()
        assert seller.quantity("north", SKU) == 10

    async def test_an_end_is_refused_that_is_past_or_that_ours_would_have(
        self, seller: Seller
    ) -> None:
        await conflict(seller)
        now = seller.clock.now()
        with pytest.raises(InputError, match="is past"):
            settle(seller, How.THEIRS, until=now)
        with pytest.raises(InputError, match="until somebody moves it"):
            settle(seller, How.OURS, until=now + timedelta(days=1))


class TestWhatIsTold:
    async def test_the_queue_is_narrowed_and_ids_stay(self, seller: Seller) -> None:
        await conflict(seller)
        (first,) = waiting(seller)
        assert waiting(seller, channels=("south",)) == []
        assert waiting(seller, fields=(Field.TITLE,)) == []
        assert waiting(seller, skus=(SKU,), states=(State.CONFLICT,), ids=(first.id,)) == [first]
        assert waiting(seller, states=(State.DRIFT,)) == []
        seller.later()
        await seller.pull()
        assert [each.id for each in waiting(seller)] == [first.id]

    async def test_both_sides_tell_since_when_and_by_what(self, seller: Seller) -> None:
        await conflict(seller)
        began = seller.clock.now()
        seller.later()
        await seller.pull()
        (found,) = waiting(seller)
        told = tell(seller.session, found.id)
        assert told.waiting.cell.observed_since == began
        assert told.waiting.cell.observed_at == seller.clock.now()
        assert told.priced == (3, began)
        assert told.override is None

    async def test_what_waits_beside_it_and_what_was_decided_before_is_told(
        self, seller: Seller
    ) -> None:
        await conflict(seller)
        settle(seller, How.THEIRS)
        edit(seller, "14.00", compare_at="20.00")
        await seller.pull()
        (price,) = waiting(seller, fields=(PRICE,))
        told = tell(seller.session, price.id)
        assert [each.how for each in told.past] == [How.THEIRS]
        assert told.override is not None
        assert [each.cell.key.field for each in told.beside] == [Field.COMPARE_AT]

    async def test_a_number_that_waits_for_nobody_is_an_error(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        with pytest.raises(InputError, match="there is no conflict c999"):
            tell(seller.session, 999)
        with pytest.raises(InputError, match="waits for nobody: it is agreed"):
            tell(seller.session, 1)


class TestEdges:
    async def test_drift_seen_twice_is_one_dispute(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        edit(seller, "12.00")
        await seller.pull()
        since = seller.cell("north", SKU, PRICE).observed_since
        seller.later()
        await seller.pull()
        assert seller.cell("north", SKU, PRICE).observed_since == since
        (decision,) = decided(seller)
        assert (decision.how, decision.who) == (How.OURS, "policy ours")

    async def test_drift_that_goes_back_by_itself_is_over(self, seller: Seller) -> None:
        await conflict(seller, ours="10.00")
        assert state(seller) is State.DRIFT
        edit(seller, "10.00")
        await seller.pull()
        assert state(seller) is State.AGREED
        assert waiting(seller) == []

    async def test_an_edit_that_equals_ours_is_no_conflict(self, seller: Seller) -> None:
        await conflict(seller, theirs="9.00", ours="9.00")
        assert state(seller) is State.AGREED
        assert decided(seller) == []

    async def test_a_shop_that_leaves_its_own_value_again_is_judged_from_there(
        self, seller: Seller
    ) -> None:
        await conflict(seller)
        settle(seller, How.THEIRS)
        edit(seller, "13.00")
        await seller.pull()
        cell = seller.cell("north", SKU, PRICE)
        assert (cell.state, cell.base, cell.desired) == (State.DRIFT, "12.00 CNY", "12.00 CNY")
        settle(seller, How.OURS)
        await seller.sync()
        assert seller.price("north", SKU) == "12.00 CNY"

    async def test_a_policy_keeps_the_shops_value_with_its_name(self, seller: Seller) -> None:
        seller.rule("north", policies={PRICE: LOWEST})
        await seller.agree("tee", SKU)
        edit(seller, "8.00")
        seller.set_price(SKU, "9.00")
        await seller.pull()
        assert [each.override.who for each in kept(seller)] == ["policy lowest"]
        assert [(each.how, each.value) for each in decided(seller)] == [(How.THEIRS, "8.00 CNY")]

    async def test_an_offer_that_goes_missing_leaves_the_queue_and_comes_back_to_it(
        self, seller: Seller
    ) -> None:
        await conflict(seller)
        (found,) = waiting(seller)
        page = seller.shops["north"].listings.pop("tee")
        seller.later()
        await seller.pull()
        assert waiting(seller) == []
        done = resolve(seller.session, [found], Answer(How.THEIRS, "because"))
        assert done.left
        seller.shops["north"].put(page)
        seller.later()
        await seller.pull()
        assert [each.id for each in waiting(seller)] == [found.id]

    async def test_another_currency_waits_and_is_not_kept_as_the_channels_own(
        self, seller: Seller
    ) -> None:
        seller.rule("north", policies={PRICE: THEIRS})
        await seller.agree("tee", SKU)
        dollars = Money.of("2.00", "USD")
        seller.shops["north"].change("tee", f"tee/{SKU}", price=dollars)
        seller.later()
        await seller.pull()
        assert state(seller) is State.DRIFT
        done = settle(seller, How.THEIRS)
        assert done.left[0][1] == "the shop shows 2.00 USD, and north sells in CNY"
        assert kept(seller) == []


class TestSettingsChange:
    async def test_a_policy_switched_from_ask_settles_what_waited(self, seller: Seller) -> None:
        await conflict(seller)
        assert waiting(seller)
        seller.rule("north", policies={PRICE: OURS})
        (change,) = seller.changes(seller.plan(channels=("north",)))
        assert change.after == "9.00 CNY"
        assert seller.cell("north", SKU, PRICE).cause is Cause.CONFLICT
        assert [each.who for each in decided(seller)] == ["policy ours"]

    async def test_a_field_given_to_the_channel_is_followed_at_once(self, seller: Seller) -> None:
        await seller.agree("tee", SKU)
        seller.plan()
        seller.set_price(SKU, "9.00")
        seller.rule("north", owners={PRICE: Owner.CHANNEL})
        assert {change.cell.channel for change in seller.changes(seller.plan())} == {"south"}
        assert state(seller) is State.FOLLOWED

    async def test_a_field_taken_back_is_planned_from_what_the_shop_shows(
        self, seller: Seller
    ) -> None:
        seller.rule("north", owners={PRICE: Owner.CHANNEL})
        await seller.agree("tee", SKU)
        edit(seller, "12.00")
        await seller.pull()
        seller.plan()
        seller.rule("north", owners={})
        (change,) = seller.changes(seller.plan())
        assert (change.before, change.after) == ("12.00 CNY", "10.00 CNY")


NORTH = Channel("north", "memory", "north", "CNY")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (PRICE, "12", "12.00 CNY"),
        (PRICE, "12.5 CNY", "12.50 CNY"),
        (Field.COMPARE_AT, "none", ""),
        (Field.STATUS, "delisted", "delisted"),
        (Field.TITLE, "A tee", "A tee"),
    ],
)
def test_a_value_is_taken_as_people_write_it(field: Field, text: str, value: str) -> None:
    assert canonical(NORTH, field, text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (PRICE, "12.00 USD"),
        (PRICE, "0"),
        (PRICE, "cheap"),
        (PRICE, "none"),
        (Field.STATUS, "sold_out"),
        (Field.TITLE, " "),
    ],
)
def test_a_value_that_the_field_cannot_have_is_refused(field: Field, text: str) -> None:
    with pytest.raises(InputError):
        canonical(NORTH, field, text)
