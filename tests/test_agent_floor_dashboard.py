"""What the dashboard counts: worked by hand in the small boutique, and rules that hold for any sales and messages."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from agent.errors import Refused
from agent.floor.attribution import STRENGTH, attribute, contacts_table
from agent.floor.dashboard import TABLES, Choice, Dashboard, table_of
from agent.floor.fairness import fairness_table, long_tail, standing_of
from agent.floor.figure_tables import Money, Share, Words
from agent.floor.store_taste import first_moment, quarter_of, store_taste
from agent.records.figures import DatedPurchase, Patron, Piece, Sale, Suggested, Touch
from agent.records.impressions import Impression, Impressions
from agent.records.opinions import Feedback, ReasonFeedback
from agent.records.responses import Responses
from recsys.data.service_tables import contacts, deliveries, drafts
from recsys.errors import InputError, NotFound
from recsys.schema import Interaction
from tests.service_world import ADA, ASSOCIATE, COLLEAGUE, MANAGER, START, ServiceWorld, context
from tests.small_world import CATALOGUE, GUIDED

DAY = dt.timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    opened = ServiceWorld(tmp_path)
    opened.now = START + 40 * DAY
    yield opened
    opened.close()


def _show(world: ServiceWorld, *item_ids: str, source: str = "template", day: int = 0, client_id: str = "c1") -> None:
    actor = COLLEAGUE if client_id == "c2" else ASSOCIATE
    kinds = ("attribute", "history") if source != "none" else ()
    shown = [Impression(item_id, "recommend", source, kinds) for item_id in item_ids]
    occasion = f"{day} {client_id}"
    Impressions(world.boutique).add(context(actor, client_id), shown, occasion=occasion, at=START + day * DAY)


def _sell(world: ServiceWorld, item_id: str, day: float, kind: str = "purchase", client_id: str = "c1") -> None:
    sold = Interaction(client_id=client_id, item_id=item_id, kind=kind, at=START + day * DAY)  # type: ignore[arg-type]
    with world.boutique.writer() as writer:
        writer.add_interactions([sold])


def _send(world: ServiceWorld, name: str, day: int, *, state: str | None = "sent", items: tuple[str, ...] = ()) -> None:
    at = START + day * DAY
    row = {
        "key": name,
        "draft_id": name,
        "client": 1,
        "thread": "t",
        "author": "a1",
        "channel": "e-mail",
        "tone": "warm",
    }
    row |= {
        "language": "en",
        "subject": "",
        "body": "",
        "claims": [],
        "items": list(items),
        "state": "outbox",
        "at": at,
    }
    made = {"key": name, "client": 1, "author": "a1", "at": at, "draft_id": name}
    with world.boutique.database.transaction() as connection:
        connection.execute(insert(drafts).values(**row))
        connection.execute(insert(contacts).values(**made, channel="e-mail", purpose="message"))
        if state is not None:
            connection.execute(insert(deliveries).values(**made, state=state, detail=""))


def _board(world: ServiceWorld, *choice: int | str) -> Dashboard:
    return Dashboard(world.shop, MANAGER, Choice(*choice))  # type: ignore[arg-type]


def _share(board: Dashboard, table: str, row: str, column: str) -> object:
    found = table_of(board, table)
    told = {cells[0].text if isinstance(cells[0], Words) else cells[0]: cells for cells in found.rows}
    return told[row][found.columns.index(column)]


def test_a_pair_counts_once_with_its_first_reason_and_what_came_after(world: ServiceWorld) -> None:
    _show(world, "i4", "i5", "i6")
    _show(world, "i4", source="none", day=5)
    world.shop.saved.put(ASSOCIATE, "c1", "i4", "basket", key="s", at=START + DAY)
    world.shop.saved.put(ASSOCIATE, "c1", "i6", "wishlist", key="s6", at=START - DAY)  # before: no acceptance
    world.shop.opinions.add(ASSOCIATE, "c1", Feedback("i5", "like", "", START + DAY), key="l")
    _sell(world, "i5", 20)

    board = _board(world)

    assert (board.n_shown, board.outcome.n) == (4, 3)
    assert board.outcome.accepted == Share(2, 3)
    assert board.outcome.bought == Share(1, 3)
    assert _board(world, 90, 14).outcome.bought == Share(0, 3)
    assert _share(board, "reasons", "an earlier purchase", "Liked or put aside") == Share(2, 3)
    assert _share(board, "wording", "the template", "Suggestions") == 3


def test_what_was_taken_back_or_lies_outside_the_period_does_not_count(world: ServiceWorld) -> None:
    _show(world, "i4")
    world.shop.saved.put(ASSOCIATE, "c1", "i4", "wishlist", key="s", at=START + DAY)
    world.shop.saved.remove(ASSOCIATE, "c1", "i4", "wishlist", key="r", at=START + 2 * DAY)

    assert _board(world).outcome.accepted == Share(0, 1)
    assert _board(world, 30).outcome.n == 0


def test_suggestions_whose_time_still_runs_are_said(world: ServiceWorld) -> None:
    _show(world, "i4", "i5", day=20)
    _sell(world, "i4", 25)

    assert _board(world).outcome.still_open == 1  # i5: 20 of 30 days are over
    assert _board(world, 90, 14).outcome.still_open == 0


def test_only_the_clients_of_the_chosen_book_count(world: ServiceWorld) -> None:
    _show(world, "i4")
    _show(world, "i5", "i6", client_id="c2")

    assert _board(world).outcome.n == 3
    assert _board(world, 90, 30, "a2").outcome.n == 2
    with pytest.raises(NotFound, match="no associate 'a9'"):
        _board(world, 90, 30, "a9")


def test_reasons_are_judged_by_source_and_by_what_they_rest_on(world: ServiceWorld) -> None:
    _show(world, "i4")
    for number, verdict in enumerate(["helpful", "helpful", "wrong"]):
        said = ReasonFeedback("i4", verdict, "text", "template", "", "c1", START + DAY)  # type: ignore[arg-type]
        world.shop.opinions.add_of_reason(ADA, "c1", said, key=f"v{number}")

    board = _board(world)

    assert table_of(board, "verdicts").rows == ((Words("the template"), Share(2, 3), Share(0, 3), Share(1, 3)),)
    assert _share(board, "reasons", "an earlier purchase", "Called helpful") == Share(2, 3)


def test_a_sale_counts_once_for_the_strongest_engagement_before_it(world: ServiceWorld) -> None:
    _send(world, "replied", 1)
    _send(world, "opened", 10, items=("i4",))
    Responses(world.boutique).record(ASSOCIATE, "replied", "replied", key="1", at=START + 2 * DAY)
    Responses(world.boutique).record(ASSOCIATE, "opened", "opened", key="2", at=START + 11 * DAY)
    Responses(world.boutique).record(ASSOCIATE, "opened", "visited", key="3", at=START + 30 * DAY)  # after the sale
    _sell(world, "i4", 20)

    (wide,), (narrow,) = _board(world, 90, 30).followed, _board(world, 90, 14).followed

    assert (wide.touch.draft_id, wide.engagement, wide.named) == ("replied", "replied", False)
    assert (narrow.touch.draft_id, narrow.engagement, narrow.named) == ("opened", "opened", True)
    table = table_of(_board(world, 90, 30), "outreach")
    replied, *_rest, without = table.rows
    assert replied == (Words("replied"), 1, 1, 0, Money(120_000, "EUR"))
    assert without[2] == 0


def test_returned_pieces_and_messages_that_never_left_do_not_count(world: ServiceWorld) -> None:
    _send(world, "waiting", 1, state=None)
    _send(world, "failed", 20, state="failed")
    _sell(world, "i4", 25)
    assert _board(world).followed == []
    assert _board(world).n_waiting == 2

    _send(world, "sent", 22, state="copied")
    _sell(world, "i5", 26)
    _sell(world, "i5", 30, "return")
    assert [one.sale.item_id for one in _board(world).followed] == ["i4"]


def test_contacts_too_soon_after_anybodys_are_counted(world: ServiceWorld) -> None:
    _send(world, "first", 1)
    world.shop.messages.record_contact(ASSOCIATE, "c1", "phone", "call", key="p", at=START + 10 * DAY)
    _send(world, "third", 30)

    (row, _other) = table_of(_board(world), "contacts").rows

    assert row == ("a1", 3, 1, 1, Share(0, 2), 0)


_MOMENTS = st.integers(0, 100).map(lambda day: START + day * DAY)
_SALES = st.lists(st.tuples(st.integers(1, 3), _MOMENTS), max_size=12)
_ANSWERS = st.lists(st.tuples(st.sampled_from(STRENGTH[1:]), _MOMENTS), max_size=3).map(tuple)
_TOUCHES = st.lists(st.tuples(st.integers(1, 3), _MOMENTS, st.booleans(), _ANSWERS), max_size=12)


def _sales(rows: list[tuple[int, dt.datetime]]) -> list[Sale]:
    return [Sale(n, client, str(client), "i1", "", at, 1, 100, "EUR") for n, (client, at) in enumerate(rows)]


@given(_SALES, _TOUCHES, st.integers(1, 60))
def test_attribution_holds_its_rule(sold: list, wrote: list, days: int) -> None:  # type: ignore[type-arg]
    sales = _sales(sold)
    touches = [Touch(client, "a1", at, "d", (), arrived, answers) for client, at, arrived, answers in wrote]

    found = attribute(sales, touches, days * DAY)

    numbers = [one.sale.number for one in found]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= {one.sale.number for one in attribute(sales, touches, (days + 1) * DAY)}
    for one in found:
        assert one.touch.arrived
        assert one.touch.client == one.sale.client
        assert one.touch.at <= one.sale.at <= one.touch.at + days * DAY
        rivals = [touch for touch in touches if touch.arrived and touch.client == one.sale.client]
        for rival in rivals:
            if rival.at <= one.sale.at <= rival.at + days * DAY:
                kinds = [kind for kind, at in rival.responses if at <= one.sale.at]
                assert all(STRENGTH.index(kind) <= STRENGTH.index(one.engagement) for kind in kinds)


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share(n: int, more: int) -> None:
    share = Share(n, n + more)
    low, high = share.interval

    assert 0 <= low <= high <= 1
    assert low <= share.value <= high or not share.base
    assert share.tells == (share.base >= 10)


def test_an_interval_is_wilsons() -> None:
    low, high = Share(5, 10).interval  # the textbook case: 0.2366 to 0.7634

    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)


def _suggested(client: int, item: int, source: str = "template") -> Suggested:
    return Suggested(client, item, "a1", START, "recommend", source, ("history",), False, False, False, None)


def test_groups_are_compared_on_the_same_figures() -> None:
    now = START
    patrons = [
        Patron(1, "a1", 3, now - 400 * DAY, now - 10 * DAY, 50_000.0),
        Patron(2, "a1", 1, now - 10 * DAY, now - 10 * DAY, 20_000.0),
        Patron(3, "a2", 0, None, None, None),
    ]
    pieces = [Piece(1, "i1", "Alba", 9), *(Piece(n, f"i{n}", "Borea", 0) for n in range(2, 6))]

    table = fairness_table([_suggested(1, 1), _suggested(1, 2, "none"), _suggested(2, 3)], patrons, pieces, now)

    rows = {(row[1].text if isinstance(row[1], Words) else row[1]): row[2:] for row in table.rows}
    assert rows["returning"] == (Share(1, 1), 2, Share(0, 2), Share(1, 2), Share(1, 2), 2)
    assert rows["nothing bought yet"] == (Share(0, 1), 0, Share(0, 0), Share(0, 0), Share(0, 0), 0)
    assert rows["a1"][:2] == (Share(2, 2), 3)
    assert long_tail(pieces) == {2, 3, 4, 5}


@pytest.mark.parametrize(
    ("first", "last", "standing"),
    [
        (400, 10, "returning"),
        (30, 30, "new: first purchase within 90 days"),
        (800, 366, "lapsed: no purchase for a year"),
    ],
)
def test_how_a_client_stands(first: int, last: int, standing: str) -> None:
    assert standing_of(Patron(1, None, 2, START - first * DAY, START - last * DAY, None), START) == standing


def test_prices_make_thirds_of_the_clients() -> None:
    patrons = [Patron(n, None, 1, START, START, 100.0 * n) for n in range(1, 10)]

    groups = [
        row[1] for row in fairness_table([], patrons, [], START).rows if row[0] == Words("price they usually pay")
    ]

    assert groups == [Words("lower third"), Words("middle third"), Words("upper third")]


def _bought(item_id: str, at: dt.datetime, n_clients: int, each: int = 1) -> list[DatedPurchase]:
    return [DatedPurchase(client, item_id, at) for client in range(n_clients) for _ in range(each)]


def test_a_store_that_turned_to_other_things_is_told_so() -> None:
    before, now = dt.datetime(2025, 2, 1, tzinfo=dt.UTC), dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    mixed = [*_bought("i1", before, 20), *_bought("i3", before, 20)]
    turned = [*_bought("i3", now, 36), *_bought("i1", now, 4)]

    taste = store_taste(GUIDED, CATALOGUE.ids, [*mixed, *turned])

    column = taste.names.index("minimal")
    values = [GUIDED.standard[CATALOGUE.ids.to_internal(one), column] for one in ("i1", "i3")]
    assert taste.mean[0, column] == pytest.approx(sum(values) / 2)
    assert taste.compared == ((2025, 1), (2026, 1))
    assert next(move for move in taste.moves if move.attribute == "minimal").tells
    assert next(move for move in taste.moves if move.attribute == "minimal").size < 0


def test_one_who_buys_much_makes_no_interval_narrow() -> None:
    at = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    one_each = [*_bought("i1", at, 20), *(DatedPurchase(20 + n, "i3", at) for n in range(20))]
    many_each = [one for one in one_each for _ in range(10)]

    assert store_taste(GUIDED, CATALOGUE.ids, many_each).reach == pytest.approx(
        store_taste(GUIDED, CATALOGUE.ids, one_each).reach
    )


def test_quarters_with_too_few_purchases_are_left_out() -> None:
    at = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)

    taste = store_taste(GUIDED, CATALOGUE.ids, _bought("i1", at, 9, each=10))

    assert (taste.quarters, taste.left_out, taste.moves) == ((), ((2026, 1),), ())
    assert quarter_of(first_moment(at)) == (2024, 1)


def test_only_a_manager_counts(world: ServiceWorld) -> None:
    for actor in (ASSOCIATE, ADA):
        with pytest.raises(Refused, match="only (a manager|the boutique's staff) can do this"):
            Dashboard(world.shop, actor, Choice())


def test_an_empty_boutique_fills_every_table_without_a_fault(world: ServiceWorld) -> None:
    board = _board(world, 0)

    assert all(table_of(board, name).name == name for name in TABLES)
    with pytest.raises(NotFound, match="no table 'users'"):
        table_of(board, "users")


@pytest.mark.parametrize("choice", [(7, 30), (90, 15)])
def test_only_known_periods_can_be_chosen(choice: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="no such period"):
        Choice(*choice)


def test_contacts_of_nobody_are_no_rows() -> None:
    assert contacts_table([], [], None, []).rows == ()
