"""The shopper's rooms: shelf, sliders, presses, saved pieces, the account; as a browser without pages meets them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.floor.dossier import read_dossier
from agent.records.facts import Fact
from recsys.schema import Item
from tests.surface_world import ACTORS, NOW, recommended
from tests.web_world import Rooms, open_rooms
from ui.turn import Words
from ui.web.rooms.saved import totals
from ui.web.talks import Talk

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("shelf"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser(rooms: Rooms) -> TestClient:
    return rooms.enter("shopper")


@pytest.fixture
def talk(rooms: Rooms) -> Talk:
    """A conversation of the shopper with three suggestions on show."""
    talk = rooms.house.talks.open(ACTORS["shopper"], "c1")
    rooms.world.model.script.extend(recommended())
    list(talk.answer("What do you suggest?"))
    return talk


def about(talk: Talk) -> dict[str, str]:
    return {"X-Talk": talk.key}


def slate(talk: Talk) -> list[str]:
    return list(talk.conversation.view()["slate"])


def pressed(html: str, mark: str, item_id: str) -> str:
    found = re.search(rf'data-mark="{mark}" data-item="{item_id}" aria-pressed="(\w+)"', html)
    assert found is not None
    return found[1]


def test_the_empty_shelf_says_how_to_begin_and_has_sliders(rooms: Rooms, browser: TestClient) -> None:
    html = browser.get("/room/shelf", headers=rooms.talk("shopper", "c1")).text
    assert "Nothing is on show yet" in html
    assert html.count('type="range"') == 3
    moved = browser.post("/room/shelf/sliders", headers=rooms.talk("shopper", "c1"), data={"warmth": "1"})
    assert moved.text.count("<article") == 3


def test_a_slider_ranks_again_and_tells_the_conversation(browser: TestClient, talk: Talk) -> None:
    begun = slate(talk)
    answer = browser.post("/room/shelf/sliders", headers=about(talk), data={"warmth": "3", "minimal": "0"})
    assert answer.headers["HX-Trigger"] == "chatChanged"
    assert slate(talk) != begun
    assert answer.text.count("<article") == 3
    assert "very much warmer" in answer.text
    assert re.search(r'<output id="ct-said-warmth"[^>]*hx-swap-oob="true">very much warmer<', answer.text)
    assert 'type="range"' not in answer.text  # the slider stays under the hand that moves it
    assert talk.conversation.turns()[-1].message == "Very much warmer (+3)"

    turns = len(talk.conversation.turns())
    browser.post("/room/shelf/sliders", headers=about(talk), data={"warmth": "3"})
    assert len(talk.conversation.turns()) == turns  # nothing was moved: no turn


def test_undo_reset_and_a_removed_chip_bring_the_slate_back(browser: TestClient, talk: Talk) -> None:
    begun = slate(talk)
    for way, form in (("undo", {}), ("reset", {}), ("drop", {"axis": "warmth"})):
        browser.post("/room/shelf/sliders", headers=about(talk), data={"warmth": "3"})
        answer = browser.post(f"/room/shelf/{way}", headers=about(talk), data=form)
        assert slate(talk) == begun, way
        assert 'value="0.0"' in answer.text
        assert "very much warmer" not in answer.text


@pytest.mark.parametrize("form", [{"nonsense": "1"}, {"warmth": "much"}, {"warmth": "nan"}, {"warmth": HOSTILE}])
def test_what_is_no_slider_is_refused_as_text(browser: TestClient, talk: Talk, form: dict[str, str]) -> None:
    begun = slate(talk)
    answer = browser.post("/room/shelf/sliders", headers=about(talk), data=form)
    assert answer.status_code == 422
    assert HOSTILE not in answer.text
    assert slate(talk) == begun


def test_ticked_cards_are_compared(browser: TestClient, talk: Talk) -> None:
    first, second, _ = slate(talk)
    html = browser.get("/room/shelf/comparison", headers=about(talk), params={"item": [first, second]}).text
    assert html.count('scope="col"') == 2
    assert "For you" in html
    one = browser.get("/room/shelf/comparison", headers=about(talk), params={"item": [first, "i99", HOSTILE]}).text
    assert "Tick two" in one
    assert HOSTILE not in one


def test_presses_show_on_cards_and_in_the_saved_room(browser: TestClient, talk: Talk) -> None:
    item = slate(talk)[0]
    form = {"item": item, "wanted": "true"}
    for mark in ("wishlist", "basket", "like", "helpful"):
        for _ in range(2):  # a press that arrives twice is one
            answer = browser.post("/room/press", headers=about(talk), data={**form, "mark": mark})
            assert answer.json()["pressed"] is True
        assert pressed(browser.get("/room/shelf", headers=about(talk)).text, mark, item) == "true"
        assert item in browser.get("/room/marks", headers=about(talk)).json()[mark]
    saved = browser.get("/room/saved", headers=about(talk)).text
    assert saved.count('data-mark="wishlist" data-wanted="false"') == 1
    assert "Together" in saved
    assert "Nothing is ordered or paid here" in saved
    for mark in ("wishlist", "basket", "like", "helpful"):
        answer = browser.post("/room/press", headers=about(talk), data={"item": item, "mark": mark})
        assert answer.json()["pressed"] is False  # without a wish it is turned over
    empty = browser.get("/room/saved", headers=about(talk)).text
    assert "No wishes yet" in empty
    assert "The basket is empty" in empty


def test_cards_of_the_conversation_carry_the_same_buttons_by_item(talk: Talk, browser: TestClient) -> None:
    gone = slate(talk)[0]
    browser.post("/room/shelf/sliders", headers=about(talk), data={"warmth": "3", "formality": "-3"})
    assert gone not in slate(talk)  # its position means another piece now; its id does not
    answer = browser.post("/room/press", headers=about(talk), data={"item": gone, "mark": "wrong", "wanted": "true"})
    assert answer.json()["pressed"] is True
    never = next(one for one in ("i1", "i2", "i7") if one not in slate(talk))
    refused = browser.post("/room/press", headers=about(talk), data={"item": never, "mark": "wrong"})
    assert refused.status_code == 422


def test_the_same_buttons_serve_an_associate(rooms: Rooms) -> None:
    browser, talk = rooms.enter("own"), rooms.house.talks.open(ACTORS["own"], "c1")
    answer = browser.post("/room/press", headers=about(talk), data={"item": "i4", "mark": "wishlist", "wanted": "true"})
    assert answer.json()["pressed"] is True
    assert "Borea jewelled clutch" in browser.get("/room/saved", headers=about(talk)).text
    assert browser.get("/room/you", headers=about(talk)).status_code == 403


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("get", "/room/shelf"),
        ("get", "/room/shelf/cards"),
        ("get", "/room/shelf/comparison"),
        ("post", "/room/shelf/sliders"),
        ("post", "/room/shelf/undo"),
        ("post", "/room/shelf/reset"),
        ("get", "/room/saved"),
        ("get", "/room/marks"),
        ("get", "/room/you"),
    ],
)
def test_nobody_sees_or_moves_anothers_shelf(rooms: Rooms, talk: Talk, verb: str, path: str) -> None:
    begun = slate(talk)
    assert rooms.enter("other shopper").request(verb, path, headers=about(talk)).status_code == 404
    assert slate(talk) == begun


def test_a_press_in_anothers_conversation_writes_nothing(rooms: Rooms, talk: Talk) -> None:
    other = rooms.enter("other shopper")
    form = {"item": "i6", "mark": "wishlist", "wanted": "true"}
    assert other.post("/room/press", headers=about(talk), data=form).status_code == 404
    assert "i6" not in rooms.enter("shopper").get("/room/marks", headers=about(talk)).json()["wishlist"]


def test_the_account_shows_purchases_and_what_is_remembered_as_text(
    rooms: Rooms, browser: TestClient, talk: Talk
) -> None:
    fact = Fact("preference", HOSTILE, "", None, "said by the client", "c1", NOW)
    rooms.house.assistant.shop.facts.put(ACTORS["shopper"], "c1", fact, key="hostile")
    html = browser.get("/room/you", headers=about(talk)).text
    assert "Alba plain tote" in html
    assert "you said so" in html
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html


def test_forgetting_takes_two_presses(rooms: Rooms, browser: TestClient, talk: Talk) -> None:
    def known() -> list[str]:
        return [one.subject for one in rooms.house.assistant.shop.facts.all(ACTORS["shopper"], "c1")]

    fact = Fact("size", "shoe size", "39", None, "said by the client", "c1", NOW)
    rooms.house.assistant.shop.facts.put(ACTORS["shopper"], "c1", fact, key="shoe")
    form, codes = {"kind": "size", "subject": "shoe size"}, list[str]()

    for answer, is_kept in (("false", True), ("true", False)):
        asked = browser.post("/room/you/forget", headers=about(talk), data=form).text
        assert "Erase it for good?" in asked
        assert "shoe size" in known()
        found = re.search(r'name="code" value="(\w+)"', asked)
        assert found is not None
        codes.append(found[1])
        other = rooms.enter("other shopper").post(
            "/room/you/answer", headers=rooms.talk("other shopper", "c2"), data={"code": found[1], "yes": "true"}
        )
        assert "shoe size" in known(), other.text
        browser.post("/room/you/answer", headers=about(talk), data={"code": found[1], "yes": answer})
        assert ("shoe size" in known()) is is_kept
    again = browser.post("/room/you/answer", headers=about(talk), data={"code": codes[-1], "yes": "true"})
    assert "Forgotten" not in again.text


def test_consent_is_given_and_withdrawn_by_channel(browser: TestClient, talk: Talk) -> None:
    def agreed() -> list[str]:
        return list(browser.get("/room/you/data.json").json()["may_be_written_to_by"])

    for wanted in ("true", "true", "false", "true"):
        answer = browser.post("/room/you/consent", headers=about(talk), data={"channel": "WhatsApp", "wanted": wanted})
        assert answer.status_code == 200
        assert ("WhatsApp" in agreed()) is (wanted == "true")
    refused = browser.post("/room/you/consent", headers=about(talk), data={"channel": HOSTILE, "wanted": "true"})
    assert refused.status_code == 403
    assert HOSTILE not in refused.text


def test_the_download_holds_ones_own_data_and_nobody_elses(rooms: Rooms, browser: TestClient, talk: Talk) -> None:
    answer = browser.get("/room/you/data.json")
    assert "attachment" in answer.headers["content-disposition"]
    document = json.loads(answer.text)
    assert [one["item_id"] for one in document["interactions"]] == ["i1", "i2", "i7"]
    assert any(turn["you"] == "What do you suggest?" for one in document["conversations"] for turn in one["turns"])
    assert "SECRET-BO" not in answer.text
    assert "Likes tea" not in answer.text
    assert rooms.enter("own").get("/room/you/data.json").status_code == 403
    assert rooms.enter("nobody").get("/room/you/data.json").status_code == 401


def test_a_guest_is_told_what_is_kept_and_how_long(rooms: Rooms) -> None:
    browser = rooms.enter("guest")
    session = rooms.house.session(browser.cookies[next(iter(browser.cookies))])
    assert session is not None
    talk = rooms.house.talks.open(session.actor, session.actor.actor_id)
    html = browser.get("/room/you", headers=about(talk)).text
    assert "You are here as a guest" in html
    assert "at the latest after 12 hours" in html
    assert "May the boutique write to you" not in html
    assert browser.get("/room/you/data.json").json()["interactions"] == []
    rooms.world.model.script.extend(recommended())
    list(talk.answer("What would suit me?"))
    shelf = browser.get("/room/shelf", headers=about(talk)).text
    assert shelf.count("<article") == 3
    assert "No taste is known yet" in shelf
    assert "No strong reason" not in shelf


def test_a_guest_is_greeted_with_what_to_do_and_first_wishes_but_no_number(rooms: Rooms) -> None:
    browser = rooms.enter("guest")
    session = rooms.house.session(browser.cookies[next(iter(browser.cookies))])
    assert session is not None
    talk = rooms.house.talks.open(session.actor, session.actor.actor_id)
    said = talk.blocks[-1]
    assert isinstance(said, Words)
    assert "Say what you wish for" in said.text
    assert said.chips[-1] == "What would suit me?"
    assert session.actor.actor_id not in browser.get("/room/taste", headers=about(talk)).text
    assert read_dossier(rooms.house.assistant.shop, talk.context).name == "You"


def test_an_undo_that_cannot_be_says_so_on_the_shelf(browser: TestClient, talk: Talk) -> None:
    nothing = "There is no earlier slate to go back to."
    assert nothing in browser.post("/room/shelf/undo", headers=about(talk)).text
    browser.post("/room/shelf/sliders", headers=about(talk), data={"warmth": "1"})
    assert 'class="ct-note">Back' not in browser.post("/room/shelf/undo", headers=about(talk)).text
    assert nothing not in browser.get("/room/shelf", headers=about(talk)).text


def test_totals_are_of_each_currency_and_leave_out_what_has_no_price(rooms: Rooms) -> None:
    shop = rooms.house.assistant.shop
    cards = [shop.card(n, one) for n, one in enumerate(("i1", "i2"), start=1)]
    assert totals(cards) == [(70_000, "EUR")]
    assert totals([]) == []
    bare = Item(item_id="x", title="Without a price")
    assert totals([type(cards[0])(1, bare, "", (), None)]) == []
