"""One client: the card, the brief for a colleague, the look-book; every line from the records."""

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest

from agent.context import Actor, TurnContext
from agent.errors import Refused
from agent.events import Brief, ClientCard, LookBook, TurnEvent
from agent.floor.client_card import profile
from agent.floor.client_lines import measured_turn, turned
from agent.floor.client_search import find_clients
from agent.floor.client_sheet import client_sheet
from agent.floor.handover import handover_brief
from agent.floor.look_books import make_look_book
from agent.floor.shop import Shop
from agent.floor.sizes import concluded
from agent.records.facts import Fact
from agent.records.look_books import LookBooks
from agent.records.notes import ClientNotes, StoredNote
from agent.records.opinions import Feedback, ReasonFeedback
from agent.state import SlateState, View, to_remember
from recsys.drift import AttributeMove, DriftPoint, find_drifts
from recsys.errors import InputError, NotFound
from recsys.schema import Evidence, Explanation
from recsys.seller.facts import Owned
from tests.book_world import (
    MINIMAL,
    NOW,
    ORNATE,
    TODAY,
    associate,
    bought,
    client,
    open_shop,
    promise,
    remember,
    wish,
    written_to,
)
from tests.small_world import CATALOGUE, GUIDED

A1, SHOPPER = associate("a1"), Actor("c1", "shopper")
ITEMS = MINIMAL + ORNATE


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    rows = bought("c1", ITEMS, dt.date(2026, 10, 23)) + [wish("c1", "i6", dt.date(2026, 9, 1))]
    back = rows[15].model_copy(update={"kind": "return", "at": NOW - dt.timedelta(days=10)})
    person = client("c1", "a1", shoe_size="38", birthday_month="May", language="Italian")
    made = open_shop(tmp_path, [person, client("c2", "a2")], [*rows, back])
    remember(made, A1, "c1", Fact("size", "shoe size", "39", None, "said in conversation", "a1", NOW))
    remember(made, A1, "c1", Fact("avoid", "wool", "material", None, "said in conversation", "a1", NOW))
    made.opinions.add(A1, "c1", Feedback("i10", "dislike", "itches", NOW), key="o1")
    made.opinions.add(A1, "c1", Feedback("i8", "like", "", NOW), key="o2")
    ClientNotes(made.boutique).add(A1, "c1", StoredNote("SECRET-written", "a1", NOW), [], key="n")
    promise(made, A1, "c1", "SECRET-promise", TODAY + dt.timedelta(days=3))
    written_to(made, A1, "c1", NOW - dt.timedelta(days=2))
    said = ReasonFeedback("i8", "helpful", "It is plain, like your tote.", "template", "", "a1", NOW)
    made.opinions.add_of_reason(A1, "c1", said, key="r")
    return made


def card_of(shop: Shop, actor: Actor, client_id: str = "c1") -> tuple[ClientCard, str]:
    events: list[TurnEvent] = []
    result = profile(shop, TurnContext(actor, client_id, "t"), events.append)
    assert isinstance(events[-1], ClientCard)
    return events[-1], repr(result) + repr(events)


def test_the_card_says_what_the_records_say(shop: Shop) -> None:
    card, _ = card_of(shop, A1)
    kept = [row.item_id for row in shop.purchases(TurnContext(A1, "c1", "t"))]
    assert len(kept) == 15  # the last of the sixteen came back
    sections = card.sections
    assert sections["Purchases"][0].startswith("15 pieces kept since July 2025: ")
    assert "the Borea jewelled clutch, September 2026, catalogue price €1,200" in sections["Purchases"]
    assert "1 piece brought back, last the Duna printed silk scarf in November 2026" in sections["Purchases"]
    assert sections["Sizes"][:2] == (
        "shoe size 38 (on file)",
        "shoe size 39 (said in conversation, 22 November 2026; the file has 38)",
    )
    assert "usually buys every 30 days" in sections["Dates"]
    assert "birthday month: May (on file)" in sections["Dates"]
    assert sections["Wish list and basket"] == ("wish list: the Cirro cable cardigan, €600, since September 2026",)
    assert sections["Likes and dislikes"] == (
        'turned down the Duna wool scarf (22 November 2026): "itches"',
        "likes the Duna linen scarf (22 November 2026)",
    )
    assert "avoids wool (said in conversation, 22 November 2026)" in sections["Remembered"]
    assert "language: Italian" in sections["On file"]
    assert sections["Notes"][0] == "22 November 2026, a1: SECRET-written"
    assert sections["Follow-ups"] == ('due 25 November 2026: SECRET-promise (a1); once done, write "done 1"',)
    assert sections["Last contact"] == ("e-mail on 20 November 2026 by a1: news",)
    assert "the earliest day is 5 December 2026" in sections["Consent"][-1]


def test_the_turns_shown_are_the_turns_computed(shop: Shop) -> None:
    card, _ = card_of(shop, A1)
    context = TurnContext(A1, "c1", "t")
    purchases = shop.purchases(context)
    drifts = find_drifts(GUIDED, shop.internal(purchases))
    assert drifts
    assert len(card.moves) == len(drifts)
    for shown, drift in zip(card.moves, drifts, strict=True):
        at = purchases[drift.index].at
        assert at is not None
        assert shown.when == f"{at:%B %Y}"
        assert list(shown.moves) == [f"{_degree(move.size)} {_phrase(move)}" for move in drift.moves]
        assert len(shown.purchases) == len(drift.bent_by)
    taste = GUIDED.recency(len(purchases)) @ GUIDED.raw[shop.internal(purchases)]
    bars = {bar.label: bar.value for bar in card.taste}
    assert bars["minimal"] == pytest.approx(float(taste[0]) / 9, abs=1e-6)


def _degree(size: float) -> str:
    return "a little" if abs(size) < 0.5 else "much" if abs(size) >= 1.5 else "clearly"


def _phrase(move: AttributeMove) -> str:
    known = next(one for one in GUIDED.attribute_set.attributes if one.name == move.attribute)
    return (known.more if move.direction > 0 else known.less)[0]


@pytest.mark.parametrize(
    ("size", "direction", "said"),
    [
        (0.49, 1, "a little more minimal"),
        (0.5, 1, "clearly more minimal"),
        (-1.49, -1, "clearly less minimal"),
        (-1.5, -1, "much less minimal"),
        (-0.2, 1, "more minimal"),  # the means do not go its way, so no degree is claimed
    ],
)
def test_how_far_a_taste_turned_is_said_in_words(size: float, direction: int, said: str) -> None:
    owned = [Owned(CATALOGUE.item("i1"), dt.date(2026, 5, 1))]
    drift = DriftPoint(0, 0.01, (AttributeMove("minimal", direction, size, 0.01, 5.0),), ())
    assert turned(owned, drift, GUIDED.attribute_set) == f"turned in May 2026: {said}"
    assert measured_turn(drift) == f"minimal {size:+.1f} catalogue standard deviations, p = 0.010"


def test_a_shopper_sees_themselves_without_what_the_staff_wrote(shop: Shop) -> None:
    card, everything = card_of(shop, SHOPPER)
    assert "SECRET" not in everything
    assert {"Notes", "Follow-ups", "Look-books"}.isdisjoint(card.sections)
    assert "you avoid wool (said in conversation, 22 November 2026)" in card.sections["Remembered"]
    assert "you usually buy every 30 days" in card.sections["Dates"]
    assert "you like the Duna linen scarf (22 November 2026)" in card.sections["Likes and dislikes"]
    assert "You have kept 15 pieces" in everything
    assert card.sections["Sizes"] == card_of(shop, A1)[0].sections["Sizes"]


def test_nobody_else_is_seen(shop: Shop) -> None:
    for actor, client_id in ((A1, "c2"), (SHOPPER, "c2"), (associate("a2"), "c1")):
        with pytest.raises(Refused):
            card_of(shop, actor, client_id)
        with pytest.raises(Refused):
            handover_brief(shop, TurnContext(actor, client_id, "t"), list[TurnEvent]().append)
    with pytest.raises(InputError):
        profile(shop, TurnContext(A1, None, "t"), list[TurnEvent]().append)


def test_a_new_client_has_a_card_too(tmp_path: Path) -> None:
    made = open_shop(tmp_path, [client("c1", "a1")], [])
    card, everything = card_of(made, A1)
    assert card.sections["Purchases"] == ("no purchases on record yet",)
    assert (card.taste, card.moves) == ((), ())
    assert "Namec1 has no purchases on record yet." in everything


def test_few_purchases_tell_no_path(tmp_path: Path) -> None:
    made = open_shop(tmp_path, [client("c1", "a1")], bought("c1", MINIMAL, TODAY))
    card, _ = card_of(made, A1)
    assert "8 pieces, too few to tell a path: 10 are needed" in card.sections["Taste"]


def test_every_line_of_the_brief_can_be_checked(shop: Shop) -> None:
    events: list[TurnEvent] = []
    result = handover_brief(shop, TurnContext(A1, "c1", "t"), events.append)
    brief = events[-1]
    assert isinstance(brief, Brief)
    known = {fact.evidence_id: fact for fact in result.evidence}
    assert len(known) == len(result.evidence)
    lines = [line for section in brief.sections.values() for line in section]
    for line in lines:
        text, name = line.rsplit(" [", 1)
        fact = known[name.rstrip("]")]
        assert fact.key == text
        assert fact.statement.startswith(text)  # and what was measured stands behind it
        assert not re.search(r"deviation|p = ", text)
    assert list(brief.sections) == [
        "Who", "What they buy", "Taste and where it moved", "Sizes", "What works", "What to avoid",
        "Open follow-ups and wishes", "Last contacts", "Newest notes",
    ]  # fmt: skip
    told = " ".join(lines)
    for fact in ("turned in", "It is plain, like your tote.", "avoids wool", "brought back", "SECRET-promise", "a1"):
        assert fact in told


@pytest.mark.parametrize(
    ("sizes", "line"),
    [
        ((("sizes", "35–46"), ("sizes", "34–41")), "all 2 kept pieces with sizes are made in 35 to 41"),
        ((("sizes", "70–100 cm"), ("sizes", "75–90 cm")), "made in 75 to 90 cm"),
        ((("size", "38"), ("size", "38"), ("size", "39")), "size 38 in 2 of the 3 kept pieces that carry a size"),
        ((("sizes", "35–41"),), None),
        ((("sizes", "35–38"), ("sizes", "40–44")), None),
        ((("sizes", "XS–XL"), ("sizes", "XS–XL")), None),
    ],
)
def test_sizes_are_concluded_as_far_as_the_pieces_allow(sizes: tuple[tuple[str, str], ...], line: str | None) -> None:
    item = CATALOGUE.item("i1")
    owned = [Owned(item.model_copy(update={"attributes": dict([one])}), None) for one in sizes]
    found = concluded(owned)
    assert found == [] if line is None else line in found[0]


# Look-books


def on_show(*reasons: Explanation) -> SlateState:
    view = View(slate=["i8", "i7"], moves={}, filters={}, query="", like="", reasons=to_remember(reasons))
    return SlateState(messages=[], view=view)


REASON = Explanation(
    "It is plain.", (Evidence("a1", "attribute", "minimal", "You lean towards plain", "plain"),), {}, "model"
)


def test_a_look_book_keeps_the_reasons_as_they_were_shown(shop: Shop) -> None:
    events: list[TurnEvent] = []
    context = TurnContext(A1, "c1", "t")
    for _ in range(2):
        result = make_look_book(shop, context, on_show(REASON, REASON), ["2"], "t:1", events.append)
    kept = LookBooks(shop.boutique).all(A1, "c1")
    assert len(kept) == 1
    assert [(page.item_id, page.reason, page.evidence) for page in kept[0].pages] == [
        ("i7", "It is plain.", ("You lean towards plain",))
    ]
    shown = events[-1]
    assert isinstance(shown, LookBook)
    assert (shown.look_book_id, shown.title) == (kept[0].look_book_id, "For Namec1, 22 November 2026")
    assert [card.reason for card in shown.cards] == [REASON]
    assert result.references == ["i7"]


def test_all_pieces_on_show_are_taken_and_missing_reasons_written(shop: Shop) -> None:
    events: list[TurnEvent] = []
    make_look_book(shop, TurnContext(A1, "c1", "t"), on_show(), [], "t:1", events.append)
    kept = LookBooks(shop.boutique).all(A1, "c1")[0]
    assert [page.item_id for page in kept.pages] == ["i8", "i7"]
    purchases = shop.purchases(TurnContext(A1, "c1", "t"))
    written = [shop.explainer.explain(purchases, page.item_id) for page in kept.pages]
    assert [page.reason for page in kept.pages] == ["" if one.source == "none" else one.text for one in written]


def test_a_look_book_of_nothing_or_of_what_is_not_on_show(shop: Shop) -> None:
    context = TurnContext(A1, "c1", "t")
    for state, items in ((SlateState(messages=[]), []), (on_show(REASON, REASON), ["7"])):
        with pytest.raises(NotFound):
            make_look_book(shop, context, state, items, "t:1", list[TurnEvent]().append)
    assert LookBooks(shop.boutique).all(A1, "c1") == []


def test_a_shopper_makes_no_look_book(shop: Shop) -> None:
    with pytest.raises(Refused):
        make_look_book(
            shop, TurnContext(SHOPPER, "c1", "t"), on_show(REASON, REASON), [], "t:1", list[TurnEvent]().append
        )


def test_taste_path_follows_the_kept_purchases(shop: Shop) -> None:
    from agent.floor.dossier import read_dossier

    dossier = read_dossier(shop, TurnContext(A1, "c1", "t"))
    assert dossier.trajectory is not None
    expected = GUIDED.taste(np.array([CATALOGUE.ids.to_internal(item) for item in ITEMS[:15]], dtype=np.int64))
    assert dossier.trajectory.path[-1] == pytest.approx(expected)


def test_an_address_is_said_in_no_text_about_the_client(tmp_path: Path) -> None:
    filed = {
        "contact": "e-mail",
        "e-mail address": "ada@example.org",
        "Phone_number": "+33 6 12 34",
        "language": "Italian",
    }
    person = client("c1", "a1").model_copy(update={"preferences": filed})
    shop = open_shop(tmp_path, [person], bought("c1", ITEMS, dt.date(2026, 10, 23)))
    about, said = TurnContext(A1, "c1", "t"), list[TurnEvent]()

    texts = [one.content for one in (profile(shop, about, said.append), handover_brief(shop, about, said.append))]
    told = "\n".join([*texts, repr(said), repr(find(shop, "example.org"))])

    assert "language: Italian" in told
    assert "ada@" not in told
    assert "+33" not in told
    assert client_sheet(shop, about).addresses == (
        ("e-mail address", "ada@example.org"),
        ("Phone_number", "+33 6 12 34"),
    )


def find(shop: Shop, query: str) -> list[TurnEvent]:
    events = list[TurnEvent]()
    find_clients(shop, TurnContext(A1, None, "t"), query, "", "", events.append)
    return events


def test_a_client_without_a_name_is_called_by_the_number(tmp_path: Path) -> None:
    person = client("17", "a1").model_copy(update={"name": None})
    shop = open_shop(tmp_path, [person], bought("17", ITEMS, dt.date(2026, 10, 23)))
    about, said = TurnContext(A1, "17", "t"), list[TurnEvent]()

    assert profile(shop, about, said.append).spoken.startswith("Client 17 has kept ")
    assert isinstance(said[-1], ClientCard)
    assert said[-1].name == "Client 17"
    assert "Client 17, looked after by a1" in handover_brief(shop, about, said.append).content
