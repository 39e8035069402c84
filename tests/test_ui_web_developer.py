"""The developer's room: traces for managers alone, another model for one conversation, the map of attributes."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from agent.chat_models.backends import Backend
from agent.chat_models.choices import Choices, Named
from agent.context import Actor
from agent.errors import ModelUnavailable
from tests.scripted import ScriptedChatModel
from tests.surface_world import ACTORS, recommended
from tests.web_world import Rooms, open_rooms
from ui.web.talks import Talk

ROOM, TURN, MODELS, MAP = (f"/room/developer{part}" for part in ("", "/turn", "/models", "/attributes"))


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("developer"))) as opened:
        yield opened


def talked(rooms: Rooms, actor: Actor, client_id: str | None, *said: str) -> Talk:
    talk = rooms.house.talks.open(actor, client_id)
    for message in said:
        rooms.world.model.script.clear()
        rooms.world.model.script.extend(recommended())
        list(talk.answer(message))
    return talk


def header(talk: Talk) -> dict[str, str]:
    return {"X-Talk": talk.key}


@pytest.mark.parametrize("path", [ROOM, TURN, MODELS, MAP])
@pytest.mark.parametrize("who", ["own", "shopper", "guest", "nobody"])
def test_nobody_but_a_manager_enters(rooms: Rooms, who: str, path: str) -> None:
    talk = rooms.talk("manager", "c1")

    assert rooms.enter(who).get(path, headers=talk).status_code == (401 if who == "nobody" else 403)


def test_before_the_first_turn_it_says_what_will_be_there(rooms: Rooms) -> None:
    shown = rooms.enter("manager").get(ROOM, headers=rooms.talk("manager", "c1"))

    assert shown.status_code == 200
    assert "Nothing was asked in this conversation yet" in shown.text
    assert "/api/docs" in shown.text


def test_a_turn_shows_its_tools_its_evidence_and_what_carried_each_piece(rooms: Rooms) -> None:
    talk = talked(rooms, ACTORS["manager"], "c1", "What do you suggest?")
    trace = rooms.house.assistant.traces.of_thread(talk.key)[-1]

    shown = unescape(rooms.enter("manager").get(TURN, headers=header(talk)).text)

    assert all(tool.name in shown for tool in trace.tools)
    assert all(str(fact["statement"]) in shown for tool in trace.tools for fact in tool.evidence)
    assert all(item.reason in shown for item in trace.shown)
    assert sum(len(item.causes) for item in trace.shown) == shown.count('<tr>\n<th scope="row">')
    assert trace.answer in shown


def test_the_second_turn_is_compared_with_the_first(rooms: Rooms) -> None:
    talk = talked(rooms, ACTORS["manager"], "c1", "What do you suggest?")
    rooms.world.model.script.append(AIMessage("Gladly."))
    list(talk.answer("Thank you"))
    browser = rooms.enter("manager")

    second = browser.get(TURN, headers=header(talk)).text
    first = browser.get(TURN, headers=header(talk), params={"number": 1}).text

    assert "Turn 2 of 2" in second
    assert "Compare with the turn before" in second
    assert '<th scope="row">tools</th><td>recommend</td><td>none</td>' in second
    assert "Turn 1 of 2" in first
    assert "Compare with the turn before" not in first


def test_hostile_words_stay_words(rooms: Rooms) -> None:
    hostile = "<img src=x onerror=alert(1)> {{ 7*7 }}"
    talk = talked(rooms, ACTORS["manager"], "c1", hostile)

    shown = rooms.enter("manager").get(TURN, headers=header(talk)).text

    assert "<img" not in shown
    assert hostile in unescape(shown)


def test_a_manager_reads_threads_of_the_staff_and_none_of_a_guest(rooms: Rooms) -> None:
    staff = talked(rooms, ACTORS["own"], "c1", "Words of an associate")
    rooms.enter("guest")
    guest_id = next(one.client_id for one in rooms.house.assistant.shop.boutique.clients() if "guest:" in one.client_id)
    guest = talked(rooms, Actor(guest_id, "shopper"), guest_id, "Words of a guest")
    browser, here = rooms.enter("manager"), rooms.talk("manager", "c1")

    listed = browser.get(TURN, headers=here).text

    assert staff.key in listed
    assert guest.key not in listed
    assert "Words of a guest" not in listed
    assert "Words of an associate" in browser.get(TURN, headers=here, params={"thread": staff.key}).text
    refused = browser.get(TURN, headers=here, params={"thread": guest.key})
    unknown = browser.get(TURN, headers=here, params={"thread": "no-such-thread"})
    assert refused.status_code == unknown.status_code == 404
    assert refused.text == unknown.text


def test_the_planner_answers_once_it_is_chosen_and_nowhere_else(rooms: Rooms) -> None:
    browser, talk = rooms.enter("manager"), rooms.house.talks.open(ACTORS["manager"], "c1")
    other = rooms.house.talks.open(ACTORS["manager"], "c2")

    answer = browser.post(MODELS, headers=header(talk), data={"choice": "none"})
    rooms.world.model.script.clear()  # the scripted model has nothing to say
    list(talk.answer("What do you suggest?"))

    assert answer.status_code == 200
    assert {call.backend for call in rooms.house.assistant.traces.of_thread(talk.key)[-1].models} == {"planner"}
    assert rooms.house.assistant.choice_of(other.key) == "usual"
    assert rooms.house.talks.find(ACTORS["manager"], talk.key).conversation.turns()[-1].answer


def test_a_model_that_cannot_be_opened_says_why_and_changes_nothing(rooms: Rooms) -> None:
    assistant, kept = rooms.house.assistant, rooms.house.assistant.choices

    def refuse(name: str) -> Backend:
        raise ModelUnavailable("no chat model weights: run 'clienteller fetch-model'")

    assistant.choices = Choices(
        assistant.backend, kept.backend("none"), [Named("openai:x@http://me:pw@h", "x@h")], refuse
    )
    try:
        talk = rooms.house.talks.open(ACTORS["manager"], "c1")
        before = talk.conversation
        answer = rooms.enter("manager").post(MODELS, headers=header(talk), data={"choice": "x@h"})
    finally:
        assistant.choices = kept

    assert "no chat model weights: run" in answer.text
    assert "pw" not in answer.text
    assert talk.conversation is before


def test_further_models_are_opened_once_bounded_and_the_embedded_one_stays() -> None:
    opened: list[str] = []

    def opener(name: str) -> Backend:
        opened.append(name)
        return Backend(ScriptedChatModel(), name, "embedded" if name == "embedded" else "remote")

    usual = Backend(ScriptedChatModel(), "Usual", "remote")
    names = ["embedded", "a", "b", "c", "d"]
    choices = Choices(usual, Backend(ScriptedChatModel(), "p", "planner"), [Named(one, one) for one in names], opener)
    for name in [*names, "embedded", "d", "a"]:
        choices.backend(name)

    assert opened == ["embedded", "a", "b", "c", "d", "a"]
    assert [one.state for one in choices.all()].count("ready") == 2 + 3


def test_every_scored_piece_is_on_the_map_and_the_taste_of_the_client_in_conversation(rooms: Rooms) -> None:
    browser = rooms.enter("manager")

    about = browser.get(MAP, headers=rooms.talk("manager", "c1"), params={"x": "warmth", "y": "formality"}).text
    book = browser.get(MAP, headers=rooms.talk("manager", None)).text

    n_items = len(rooms.house.assistant.shop.catalogue)
    assert about.count("<a href=") == book.count("<a href=") == n_items
    assert about.count("ct-dev-way-now") == 1
    assert "ct-dev-way-now" not in book
    assert '<option value="warmth" selected>' in about


@pytest.mark.parametrize("asked", [{"x": "no_such"}, {"category": "No such"}])
def test_an_unknown_axis_or_category_is_refused(rooms: Rooms, asked: dict[str, str]) -> None:
    assert rooms.enter("manager").get(MAP, headers=rooms.talk("manager", "c1"), params=asked).status_code == 422


def test_the_map_of_one_category_holds_that_alone(rooms: Rooms) -> None:
    shown = rooms.enter("manager").get(MAP, headers=rooms.talk("manager", None), params={"category": "Scarves"}).text

    assert shown.count("<a href=") == 3
