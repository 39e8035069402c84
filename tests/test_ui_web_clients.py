"""The rooms of the client book, of one client and of their taste, as a browser without pages meets them."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.records.messages import may_contact
from recsys.schema import Client, Interaction
from tests.surface_world import ACTORS
from tests.web_world import Rooms, open_rooms
from ui.rest.app import build_api

HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    """A house in which nothing is changed."""
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as opened:
        yield opened


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Rooms]:
    """A house of its own, to write in."""
    with open_rooms(tmp_path) as opened:
        yield opened


def key_of(text: str, suffix: str = "") -> str:
    """Return a form's key, as a browser sends it back."""
    found = re.search(rf'name="key" value="([^"]*{suffix})"', text)
    assert found is not None
    return found[1]


def give(browser: TestClient, to: str, *client_ids: str, **more: str) -> str:
    key = key_of(browser.get("/room/clients").text)
    answer = browser.post("/room/clients/hand-over", data={"key": key, "to": to, "client": list(client_ids), **more})
    assert answer.status_code == 200, answer.text
    return answer.text


# ---- the book ---------------------------------------------------------------------------------------------------


def test_an_associate_sees_the_own_book_and_no_way_to_hand_over(rooms: Rooms) -> None:
    text = rooms.enter("own").get("/room/clients").text

    assert 'data-open="c1"' in text
    assert 'data-open="c2"' not in text
    assert "hand-over" not in text
    assert 'data-open="c2"' not in rooms.enter("own").get("/room/clients/rows?associate=a2").text


def test_a_manager_sees_everybody_or_one_book(rooms: Rooms) -> None:
    browser = rooms.enter("manager")

    assert all(f'data-open="{one}"' in browser.get("/room/clients").text for one in ("c1", "c2", "c3"))
    own = browser.get("/room/clients/rows", params={"associate": "a2"}).text
    assert 'data-open="c2"' in own
    assert 'data-open="c1"' not in own


def test_search_answers_with_rows_and_says_when_nobody_is_found(rooms: Rooms) -> None:
    browser = rooms.enter("own")

    assert 'data-open="c1"' in browser.get("/room/clients/rows?words=TEA").text  # of a note
    assert "Nobody is found" in browser.get("/room/clients/rows?words=bo").text
    assert browser.get("/room/clients/rows?sort=backwards").status_code == 422


@pytest.mark.parametrize("path", ["/room/clients", "/room/clients/rows", "/room/client", "/room/client/body"])
def test_a_shopper_has_no_book(rooms: Rooms, path: str) -> None:
    assert rooms.enter("shopper").get(path, headers=rooms.talk("shopper", "c1")).status_code == 403


def test_hostile_names_and_words_stay_text(fresh: Rooms) -> None:
    with fresh.world.assistant.shop.boutique.writer() as writer:
        hostile = {"city": HOSTILE, "shoe size": HOSTILE}
        writer.upsert_clients([Client(client_id="x1", name=HOSTILE, associate_id="a1", preferences=hostile)])
    browser, talk = fresh.enter("own"), fresh.talk("own", "x1")
    browser.post("/room/client/notes", headers=talk, data={"key": "k" * 12, "text": HOSTILE})

    for answer in (
        browser.get("/room/clients/rows", params={"words": HOSTILE}),
        browser.get("/room/client", headers=talk),
        browser.get("/room/taste", headers=talk),
    ):
        assert answer.status_code == 200
        assert "<img src=x" not in answer.text
        assert "&lt;img src=x" in answer.text


# ---- hand-over --------------------------------------------------------------------------------------------------


def test_a_client_handed_over_is_gone_for_the_old_associate_everywhere(fresh: Rooms) -> None:
    old, talk = fresh.enter("own"), fresh.talk("own", "c1")
    assert old.get("/room/client", headers=talk).status_code == 200

    assert "1 client was handed over to a2" in give(fresh.enter("manager"), "a2", "c1")

    assert old.get("/room/client", headers=talk).status_code == 404  # a conversation open already
    assert old.get("/room/taste", headers=talk).status_code == 404
    assert 'data-open="c1"' not in old.get("/room/clients").text
    rest = TestClient(build_api(fresh.world.assistant, clock=fresh.world.clock), base_url="http://127.0.0.1")
    assert rest.get("/v1/clients/c1", headers=fresh.world.header("own")).status_code in (403, 404)
    assert rest.get("/v1/clients/c1", headers=fresh.world.header("foreign")).status_code == 200


def test_the_next_associate_finds_a_brief_held_against_the_records(fresh: Rooms) -> None:
    give(fresh.enter("manager"), "a2", "c1")
    browser, talk = fresh.enter("foreign"), fresh.talk("foreign", "c1")

    assert "Handed over on" in browser.get("/room/client", headers=talk).text
    brief = browser.get("/room/client/brief", headers=talk).text
    assert "Cirro fine tee" in brief
    assert "on record" in brief
    assert "changed since" not in brief


def test_a_whole_book_is_handed_over_at_once(fresh: Rooms) -> None:
    told = give(fresh.enter("manager"), "a2", everyone_of="a1")

    assert "2 clients were handed over to a2" in told
    assert "There is nobody in your book" in fresh.enter("own").get("/room/clients").text


@pytest.mark.parametrize("who", ["own", "shopper", "guest"])
def test_only_a_manager_hands_over(rooms: Rooms, who: str) -> None:
    data = {"key": "k" * 12, "to": "a2", "client": "c1"}

    assert rooms.enter(who).post("/room/clients/hand-over", data=data).status_code == 403
    assert rooms.world.assistant.shop.book.client(ACTORS["own"], "c1")


def test_a_hand_over_without_anybody_or_to_nobody_is_refused_in_words(rooms: Rooms) -> None:
    browser = rooms.enter("manager")

    nobody = browser.post("/room/clients/hand-over", data={"key": "k" * 12, "to": "a2"})
    assert (nobody.status_code, "no client is chosen" in nobody.text) == (422, True)
    unsaid = browser.post("/room/clients/hand-over", data={"key": "k" * 12, "client": "c1"})
    assert (unsaid.status_code, "no associate is chosen" in unsaid.text) == (422, True)
    assert browser.post("/room/clients/hand-over", data={"to": "a2", "client": "c1"}).status_code == 422


# ---- the card ---------------------------------------------------------------------------------------------------


def test_the_card_shows_closet_notes_and_activity(rooms: Rooms) -> None:
    text = rooms.enter("own").get("/room/client", headers=rooms.talk("own", "c1")).text

    assert "/pictures/i7.svg" in text
    assert "Likes tea" in text
    assert "€850" in text  # 400 + 300 + 150, what is kept
    assert 'data-say="What would suit them?"' in text


def test_a_client_of_whom_nothing_is_known_is_told_in_words(rooms: Rooms) -> None:
    text = rooms.enter("own").get("/room/client", headers=rooms.talk("own", "c3")).text

    for said in ("Nothing was bought yet", "No note yet", "Nothing is promised", "Nothing is on file"):
        assert said in text


def test_the_room_of_a_client_needs_a_conversation_about_one(rooms: Rooms) -> None:
    browser = rooms.enter("own")

    assert browser.get("/room/client", headers=rooms.talk("own", None)).status_code == 422
    assert browser.get("/room/client").status_code == 404
    assert browser.get("/room/client", headers=rooms.talk("foreign", "c2")).status_code == 404
    assert browser.get("/room/client/brief", headers=rooms.talk("own", "c1")).status_code == 404


def test_a_note_is_kept_once_and_what_it_suggests_waits_for_a_decision(fresh: Rooms) -> None:
    browser, talk = fresh.enter("own"), fresh.talk("own", "c1")
    sent = {"key": key_of(browser.get("/room/client", headers=talk).text, "-note"), "text": "Shoe size 39, avoids wool"}
    shop = fresh.world.assistant.shop

    first = browser.post("/room/client/notes", headers=talk, data=sent)
    again = browser.post("/room/client/notes", headers=talk, data=sent)

    assert first.status_code == again.status_code == 200
    assert again.text.count("Shoe size 39, avoids wool</span>") == 1
    assert "Nothing of it counts until you accept it" in again.text
    assert shop.facts.all(ACTORS["own"], "c1") == []
    decided = {"key": key_of(again.text, "-1"), "number": "1", "decision": "accept"}
    assert "Accepted" in browser.post("/room/client/proposals", headers=talk, data=decided).text
    decided = {"key": key_of(again.text, "-2"), "number": "2", "decision": "reject"}
    assert "Rejected" in browser.post("/room/client/proposals", headers=talk, data=decided).text
    assert [fact.subject for fact in shop.facts.all(ACTORS["own"], "c1")] == ["shoe size"]


def test_a_contact_made_by_other_means_counts_for_the_next_message(fresh: Rooms) -> None:
    browser, talk, shop = fresh.enter("own"), fresh.talk("own", "c1"), fresh.world.assistant.shop
    text = browser.get("/room/client", headers=talk).text
    given = {"key": key_of(text, "-consent"), "channel": "e-mail", "state": "given", "source": "signed card"}
    assert browser.post("/room/client/consents", headers=talk, data=given).status_code == 200
    now = shop.clock()
    assert may_contact(shop.boutique, ACTORS["own"], "c1", "e-mail", now).allowed

    made = {"key": key_of(text, "-contact"), "by": "telephone", "about": "asked how the tee fits"}
    for _ in range(2):
        answer = browser.post("/room/client/contacts", headers=talk, data=made)

    assert answer.text.count("telephone: asked how the tee fits") == 1
    assert not may_contact(shop.boutique, ACTORS["own"], "c1", "e-mail", now).allowed
    assert "signed card" in answer.text


@pytest.mark.parametrize(
    ("room", "data", "said"),
    [
        ("notes", {"text": "  "}, "the note is empty"),
        ("contacts", {"by": "pigeon", "about": "x"}, "by what means"),
        ("contacts", {"by": "telephone"}, "say what the contact was about"),
        ("contacts", {"by": "telephone", "about": "x", "on": "2999-01-01"}, "still to come"),
        ("consents", {"channel": "e-mail", "state": "given"}, "say how this is known"),
        ("proposals", {"number": "1", "decision": "accept"}, "no open proposal"),
    ],
)
def test_what_cannot_be_written_down_is_told_in_words(rooms: Rooms, room: str, data: dict[str, str], said: str) -> None:
    sent = {"key": "k" * 12, **data}

    answer = rooms.enter("own").post(f"/room/client/{room}", headers=rooms.talk("own", "c1"), data=sent)

    assert answer.status_code in (404, 422)
    assert said in answer.text


@pytest.mark.parametrize("room", ["notes", "contacts", "consents", "proposals"])
def test_nobody_writes_about_a_client_of_another_book(rooms: Rooms, room: str) -> None:
    theirs = rooms.talk("foreign", "c2")

    assert rooms.enter("own").post(f"/room/client/{room}", headers=theirs, data={"key": "k" * 12}).status_code == 404
    shopper = rooms.enter("shopper").post(f"/room/client/{room}", headers=rooms.talk("shopper", "c1"), data={})
    assert shopper.status_code == 403


# ---- the taste --------------------------------------------------------------------------------------------------


def test_a_shopper_sees_the_own_taste_and_nobody_elses(rooms: Rooms) -> None:
    browser = rooms.enter("shopper")

    text = browser.get("/room/taste", headers=rooms.talk("shopper", "c1")).text
    assert "Three purchases are too few to speak of a change" in text
    assert text.count('class="ct-path-column"') == 2 * 3  # drawn wide and narrow
    assert browser.get("/room/taste", headers=rooms.talk("other shopper", "c2")).status_code == 404


def test_axes_can_be_chosen_and_a_purchase_looked_at(rooms: Rooms) -> None:
    browser, talk = rooms.enter("own"), rooms.talk("own", "c1")

    text = browser.get("/room/taste?axis=warmth", headers=talk).text
    assert text.count('class="ct-path-line"') == 2  # drawn wide and narrow
    one = browser.get("/room/taste/purchases/2?axis=warmth", headers=talk).text
    assert "Alba slim clutch" in one
    assert "warmth:" in one
    assert browser.get("/room/taste/purchases/4", headers=talk).status_code == 404


def test_a_taste_without_purchases_is_told_in_words(rooms: Rooms) -> None:
    text = rooms.enter("own").get("/room/taste", headers=rooms.talk("own", "c3")).text

    assert "The path begins with the first purchase" in text
    assert "<svg" not in text


def test_purchases_without_a_day_are_drawn_by_their_order(fresh: Rooms) -> None:
    with fresh.world.assistant.shop.boutique.writer() as writer:
        writer.add_interactions(
            [Interaction(client_id="c3", item_id=f"i{number}", position=number) for number in range(1, 13)]
        )
    browser, talk = fresh.enter("own"), fresh.talk("own", "c3")

    assert browser.get("/room/taste", headers=talk).text.count('class="ct-path-column"') == 2 * 12
    assert "no date on record" in browser.get("/room/taste/purchases/12", headers=talk).text
    assert "no date on record" in browser.get("/room/client", headers=talk).text
    assert dt.date.today().isoformat() not in browser.get("/room/clients/rows?words=new", headers=talk).text
