from typing import Any

import pytest

from agent.journeys.file import Journey, Turn
from agent.journeys.grade import grade
from agent.journeys.record_checks import client_faults, record_faults
from agent.journeys.slate_checks import change_faults, slate_faults
from agent.journeys.tool_checks import tool_faults
from agent.journeys.transcript import ToolCall, Written
from tests.played import TODAY, WORLD, card, journey_of, played, turn, words
from tests.small_world import CATALOGUE

# The tool


@pytest.mark.parametrize(
    ("wanted", "calls", "n_faults"),
    [
        (turn(tool="reply"), [], 0),
        (turn(tool="reply"), [("recommend", {})], 1),
        (turn(tool=["recommend", "search_catalogue"]), [("search_catalogue", {"query": "x"})], 0),
        (turn(tool="refine"), [("client_profile", {}), ("refine", {"critique": "x"})], 0),
        (turn(tool="refine"), [("refine", {"critique": "x"}), ("add_note", {"text": "x"})], 1),
        (turn(tool="explain", arguments={"item": "2"}), [("explain", {"item": "the second"})], 0),
        (turn(tool="explain", arguments={"item": "2"}), [("explain", {"item": "Alba slim clutch"})], 0),
        (turn(tool="explain", arguments={"item": "2"}), [("explain", {"item": "1"})], 1),
        (turn(tool="compare", arguments={"items": ["1", "2"]}), [("compare", {"items": ["2", "1"]})], 0),
        (turn(tool="compare", arguments={"items": ["1", "2"]}), [("compare", {"items": []})], 0),
        (turn(tool="save_item", arguments={"place": "wishlist"}), [("save_item", {"place": "basket"})], 1),
        (turn(tool="add_note", words="minimal"), [("add_note", {"text": "wants Minimal things"})], 0),
        (turn(tool="add_note", words="minimal"), [("add_note", {"text": "wants things"})], 1),
    ],
)
def test_calls_are_right_by_what_they_refer_to(wanted: Turn, calls: list[Any], n_faults: int) -> None:
    made = [ToolCall(name=name, args=args) for name, args in calls]
    assert len(tool_faults(wanted, played(before=["i1", "i2"], calls=made), CATALOGUE)) == n_faults


# The slate


@pytest.mark.parametrize(
    ("wanted", "shown", "n_faults"),
    [
        ({"category": "bag"}, ["i1", "i2"], 0),
        ({"category": ["knitwear", "bags"]}, ["i1", "i5"], 0),
        ({"category": "Bags"}, ["i1", "i5"], 1),
        ({"not_category": "Bags"}, ["i5"], 0),
        ({"colour": "navy"}, ["i1", "i5"], 0),
        ({"not_colour": "navy"}, ["i1"], 1),
        ({"material": "wool"}, ["i6"], 0),
        ({"not_material": "wool"}, ["i6", "i5"], 1),
        ({"brand": "Alba", "max_price": 400}, ["i1", "i2"], 0),
        ({"max_price": 399}, ["i1", "i2"], 1),
        ({"min_price": 350}, ["i1", "i2"], 1),
        ({"n": 3}, ["i1", "i2"], 1),
        ({"n": 0}, ["i1"], 1),
        ({"has": "clutch"}, ["i1", "i2"], 0),
        ({"extreme": {"by": "price", "end": "most"}}, ["i11", "i1"], 0),
        ({"extreme": {"by": "price", "end": "most"}}, ["i4"], 1),
        ({"extreme": {"by": "warmth", "end": "most", "category": "scarves"}}, ["i10"], 0),
        ({"extreme": {"by": "warmth", "end": "least", "category": "dresses"}}, ["i11"], 0),  # the other is sold out
        ({"extreme": {"by": "price", "end": "least", "category": "Bags"}}, ["i7"], 1),
    ],
)
def test_the_slate_is_held_to_what_was_asked_for(wanted: dict[str, Any], shown: list[str], n_faults: int) -> None:
    expected = turn(slate=wanted).slate
    assert expected is not None
    assert len(slate_faults(expected, played(*(card(one) for one in shown)), [], WORLD)) == n_faults


def test_the_slate_is_held_to_what_was_shown_before() -> None:
    first, second = played(card("i1"), number=0), played(card("i2"), number=1, before=["i1"])
    again = played(card("i1"), number=2, before=["i2"])
    new, back = turn(slate={"new": True}), turn(slate={"as_after": 1})
    assert new.slate is not None
    assert back.slate is not None
    assert slate_faults(new.slate, second, [first], WORLD) == []
    assert slate_faults(new.slate, again, [first, second], WORLD) == ["shown before: i1"]
    assert slate_faults(back.slate, again, [first, second], WORLD) == []
    assert len(slate_faults(back.slate, second, [first], WORLD)) == 1


@pytest.mark.parametrize(
    ("change", "right"),
    [({"price": "down"}, True), ({"price": "up"}, False), ({"warmth": "up"}, False), ({"minimal": "up"}, True)],
)
def test_a_critique_is_held_to_its_direction(change: dict[str, Any], right: bool) -> None:
    one = played(card("i1"), card("i2"), before=["i3", "i4"])
    assert (change_faults(change, one, WORLD) == []) is right


def test_a_change_without_a_slate_before_is_a_fault() -> None:
    assert len(change_faults({"price": "down"}, played(card("i1")), WORLD)) == 1


# The records


def row(item_id: str = "i1", **more: Any) -> dict[str, Any]:
    return {"item_id": item_id, "client_id": "c1", **more}


@pytest.mark.parametrize(
    ("wanted", "wrote", "n_faults"),
    [
        ({"nothing": True}, {}, 0),
        ({"nothing": True}, {"approvals": [row()]}, 0),
        ({"nothing": True}, {"notes": [row()]}, 1),
        ({"wishlist": 2}, {"saved": [row("i2", place="wishlist", state="kept")]}, 0),
        ({"wishlist": 2}, {"saved": [row("i1", place="wishlist", state="kept")]}, 1),
        ({"basket": 1}, {"saved": [row("i1", place="wishlist", state="kept")]}, 1),
        ({"not_basket": 1}, {"saved": [row("i1", place="basket", state="removed")]}, 0),
        ({"feedback": {"item": 1, "verdict": "like"}}, {"feedback": [row(verdict="like", reason="")]}, 0),
        ({"feedback": {"item": 1, "verdict": "like"}}, {"feedback": [row(verdict="dislike", reason="")]}, 1),
        (
            {"feedback": {"item": 1, "verdict": "dislike", "words": "fussy"}},
            {"feedback": [row(verdict="dislike", reason="too fussy")]},
            0,
        ),
        ({"fact": ["shoe", "40"]}, {"facts": [row(subject="shoe size", value="40")]}, 0),
        ({"fact": ["shoe", "40"]}, {"facts": [row(subject="shoe size", value="39")]}, 1),
        ({"note": "linen"}, {"notes": [row(text="asked for linen")]}, 0),
        ({"proposals": 1}, {"notes": [row(text="x")]}, 1),
        ({"decided": "accepted"}, {"proposals": [{"state": "accepted"}]}, 0),
        ({"decided": "accepted"}, {"proposals": [{"state": "rejected"}]}, 1),
        ({"follow_up": {"days": 14}}, {"follow_ups": [{"what": "call", "due": "2026-03-15"}]}, 0),
        ({"follow_up": {"days": 14}}, {"follow_ups": [{"what": "call", "due": "2026-03-16"}]}, 1),
        ({"follow_up": {"due_ends": "-03-12"}}, {"follow_ups": [{"what": "call", "due": "2027-03-12"}]}, 0),
        ({"look_book": True}, {}, 1),
        ({"sent": 0}, {"drafts": [{"state": "outbox"}]}, 1),
        ({"sent": 1}, {"drafts": [{"state": "outbox"}]}, 0),
    ],
)
def test_records_are_held_to_what_had_to_be_written(
    wanted: dict[str, Any], wrote: dict[str, list[dict[str, Any]]], n_faults: int
) -> None:
    expected = turn(records=wanted).records
    assert expected is not None
    tables = {name: Written(added=rows) for name, rows in wrote.items()}
    assert len(record_faults(expected, played(before=["i1", "i2"], wrote=tables), TODAY)) == n_faults


@pytest.mark.parametrize(
    ("wanted", "n_faults"),
    [
        ({"language": "French", "channel": "e-mail", "items": 1}, 0),
        ({"language": "Italian"}, 1),
        ({"items": 2}, 1),
        ({"channel": "letter", "tone": "warm"}, 1),
    ],
)
def test_a_draft_is_held_to_language_channel_and_items(wanted: dict[str, Any], n_faults: int) -> None:
    draft = {"state": "draft", "language": "fr", "channel": "email", "tone": "warm", "items": ["i1"]}
    expected = turn(records={"draft": wanted}).records
    assert expected is not None
    one = played(before=["i1", "i2"], wrote={"drafts": Written(added=[draft])})
    assert len(record_faults(expected, one, TODAY)) == n_faults


@pytest.mark.parametrize(
    ("wanted", "listed", "n_faults"),
    [
        ({"n_min": 1, "bought": "bags"}, ["c1"], 0),
        ({"n_min": 1, "bought": "bags"}, [], 1),
        ({"bought": "scarf"}, ["c1"], 1),
        ({"not_bought": "bags"}, ["c1"], 1),
        ({"not_bought": "sweater"}, ["c3"], 0),  # brought back
        ({"includes": "c3"}, ["c1"], 1),
        ({"n_max": 0}, ["c1"], 1),
    ],
)
def test_clients_listed_are_held_to_their_purchases(wanted: dict[str, Any], listed: list[str], n_faults: int) -> None:
    expected = turn(clients=wanted).clients
    assert expected is not None
    event = {"event": "ClientList", "title": "t", "rows": [{"client_id": one, "name": "", "why": ""} for one in listed]}
    assert len(client_faults(expected, played(event), WORLD)) == n_faults


def test_what_must_be_said_is_looked_for_in_words_and_not_in_ids() -> None:
    one = Journey.model_validate(
        {"id": "abc", "role": "shopper", "client": "c1", "kind": "k", "split": "held-out",
         "turns": [{"say": "x", "tool": "reply", "says": "40"}]}
    )  # fmt: skip
    step = {"event": "ToolFinished", "call_id": "a40", "tool": "t", "title": "", "detail": "", "ok": True}
    told = journey_of()
    told.turns.append(played(words("Size 39."), step))
    assert grade(one, told, WORLD, TODAY).turns[0].state == ["'40' is not said"]
