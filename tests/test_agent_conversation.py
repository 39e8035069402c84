from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage

from agent.context import Actor, TurnContext
from agent.events import Card, Chips, Comparison, TextDelta, ToolFinished, TurnEvent
from agent.state import TurnResult
from agent.tracing.store import TraceStore
from agent.turns.stream import TurnStream
from recsys.errors import InputError
from recsys.seller.drafters import Task
from recsys.seller.explainer import Explainer
from recsys.seller.template import reason_by_template
from tests.desk import ASSOCIATE, Desk
from tests.scripted import ScriptedChatModel, call
from tests.small_world import CATALOGUE, GUIDED, recommender


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "boutique")
    yield desk
    desk.close()


def kinds(events: list[TurnEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def text_of(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def cards_of(events: list[TurnEvent]) -> list[Card]:
    return [event for event in events if isinstance(event, Card)]


def test_a_recommendation_shows_step_cards_with_reasons_chips_and_words(desk: Desk) -> None:
    events = list(
        desk.talk(call("recommend"), AIMessage("Three quiet pieces for Ada.")).respond("what would suit her?")
    )
    assert kinds(events)[:3] == ["Acknowledged", "ToolStarted", "Card"]
    assert [card.reference for card in cards_of(events)] == [1, 2, 3]
    assert all(
        card.reason is not None and card.price.startswith("€") and len(card.bars) == 2 for card in cards_of(events)
    )
    assert any(isinstance(event, Chips) for event in events)
    assert any(isinstance(event, ToolFinished) and event.ok for event in events)
    assert text_of(events).strip() == "Three quiet pieces for Ada."


def test_identity_comes_from_the_context_and_not_from_arguments(desk: Desk) -> None:
    from agent.tools.all_tools import build_tools

    for tool in build_tools(desk.shop, "manager"):
        assert not {"client_id", "actor", "role", "thread_id", "runtime"} & set(
            tool.tool_call_schema.model_json_schema()["properties"]
        )
    events = list(desk.talk(call("client_profile", client_id="c2"), AIMessage("There.")).respond("and Bo?"))
    assert "SECRET-BO" not in repr(events)
    assert "Ada" in repr(events)


@pytest.mark.parametrize("actor", [Actor("a2", "associate"), Actor("c2", "shopper")])
def test_another_persons_client_is_refused_by_every_tool(desk: Desk, actor: Actor) -> None:
    desk_talk = desk.talk(
        call("client_profile"), AIMessage("Sorry."), call("recommend"), AIMessage("Sorry."), actor=actor
    )
    for message in ("who is she?", "suggest something"):
        events = list(desk_talk.respond(message))
        assert not cards_of(events)
        assert "tea" not in repr(events)
        assert any(isinstance(event, ToolFinished) and not event.ok for event in events)


def test_a_shopper_never_sees_the_staffs_notes(desk: Desk) -> None:
    events = list(desk.talk(call("client_profile"), AIMessage("There."), actor=Actor("c1", "shopper")).respond("me?"))
    assert "Likes tea" not in repr(events)
    assert any(isinstance(event, ToolFinished) and event.ok for event in events)


def test_items_on_show_stay_resolvable_in_later_turns(desk: Desk) -> None:
    conversation = desk.talk(
        call("recommend"), AIMessage("Here."), call("explain", item="the second"), AIMessage("So.")
    )
    shown = cards_of(list(conversation.respond("suggest")))
    explained = cards_of(list(conversation.respond("why the second one?")))
    assert [card.item.item_id for card in explained] == [shown[1].item.item_id]


def test_a_critique_moves_the_slate_and_undo_restores_it_exactly(desk: Desk) -> None:
    conversation = desk.talk(
        call("recommend"), AIMessage("Here."),
        call("refine", critique="warmer"), AIMessage("Moved."),
        call("refine", critique="undo"), AIMessage("Back."),
    )  # fmt: skip
    first = [card.item.item_id for card in cards_of(list(conversation.respond("suggest")))]
    moved = [card.item.item_id for card in cards_of(list(conversation.respond("warmer")))]
    back = [card.item.item_id for card in cards_of(list(conversation.respond("undo")))]

    def warmth(slate: list[str]) -> float:
        return float(GUIDED.raw[[CATALOGUE.ids.to_internal(one) for one in slate], 2].mean())

    assert warmth(moved) > warmth(first)
    assert not set(moved) & set(first)
    assert back == first
    assert conversation.view()["moves"] == {}


def test_cheaper_is_cheaper_than_what_was_shown(desk: Desk) -> None:
    conversation = desk.talk(call("recommend"), AIMessage("."), call("refine", critique="cheaper"), AIMessage("."))
    first = sorted(card.item.price_minor or 0 for card in cards_of(list(conversation.respond("suggest"))))
    second = [card.item.price_minor or 0 for card in cards_of(list(conversation.respond("cheaper")))]
    assert second
    assert max(second) < first[1]


def test_a_search_finds_by_words_and_says_so_when_there_is_nothing(desk: Desk) -> None:
    conversation = desk.talk(
        call("search_catalogue", query="silk scarf", category="scarves"), AIMessage("Found."),
        call("search_catalogue", query="surfboard"), AIMessage(""),
    )  # fmt: skip
    found = cards_of(list(conversation.respond("silk scarves?")))
    assert found[0].item.item_id == "i9"
    nothing = list(conversation.respond("a surfboard?"))
    assert not cards_of(nothing)
    assert "surfboard" in text_of(nothing)


def test_a_comparison_puts_items_side_by_side(desk: Desk) -> None:
    conversation = desk.talk(call("recommend"), AIMessage("."), call("compare", items=["1", "3"]), AIMessage("."))
    list(conversation.respond("suggest"))
    table = next(event for event in conversation.respond("compare 1 and 3") if isinstance(event, Comparison))
    assert [card.reference for card in table.cards] == [1, 3]
    assert all(len(cells) == 2 for cells in table.rows.values())
    assert "Price" in table.rows


def test_feedback_is_written_once_and_a_disliked_item_stays_away(desk: Desk) -> None:
    conversation = desk.talk(
        call("recommend"), AIMessage("."),
        call("record_feedback", item="1", verdict="dislike", reason="too plain"), AIMessage("Noted."),
        call("recommend"), AIMessage("."),
    )  # fmt: skip
    first = cards_of(list(conversation.respond("suggest")))[0].item.item_id
    list(conversation.respond("not the first, too plain"))
    again = [card.item.item_id for card in cards_of(list(conversation.respond("suggest")))]
    assert first not in again
    entry = desk.shop.opinions.all(ASSOCIATE, "c1")[0]
    assert (entry.item_id, entry.verdict, entry.reason) == (first, "dislike", "too plain")


def test_a_reference_to_nothing_is_said_so_and_the_turn_goes_on(desk: Desk) -> None:
    events = list(desk.talk(call("explain", item="7"), AIMessage("")).respond("why number seven?"))
    assert "ask for suggestions or search first" in text_of(events)


def test_figures_and_brands_that_no_tool_gave_are_struck(desk: Desk) -> None:
    reply = AIMessage(
        "Here are three pieces. The first costs 99 euros. Borea made it. See https://evil.example now. Enjoy them."
    )
    events = list(desk.talk(call("recommend", category="Scarves"), reply).respond("scarves"))
    assert text_of(events).split() == "Here are three pieces. Enjoy them.".split()


def test_a_model_that_says_nothing_leaves_the_codes_own_words(desk: Desk) -> None:
    events = list(desk.talk(call("recommend"), AIMessage("")).respond("suggest"))
    assert text_of(events) == "Three suggestions. Each card says why."


def test_when_the_model_fails_the_planner_answers_and_it_is_said(desk: Desk) -> None:
    planner = ScriptedChatModel(script=[call("recommend"), AIMessage("By the planner.")])
    for step in planner.script:
        assert isinstance(step, AIMessage)
        step.response_metadata = {"planner": True}
    conversation = desk.talk(RuntimeError("down"), RuntimeError("down"), fallback=planner)
    events = list(conversation.respond("suggest"))
    assert len(cards_of(events)) == 3
    assert text_of(events).strip() == "By the planner."


def test_with_no_fallback_a_failing_model_ends_in_one_sentence(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    conversation = desk.talk()
    desk.model.script[:] = [RuntimeError("postgres://user:password@host")] * 3
    events = list(conversation.respond("suggest"))
    assert set(kinds(events)) == {"Acknowledged", "TextDelta"}
    assert "not dealt with" in text_of(events)
    assert "password" not in repr(events) + caplog.text
    desk.model.script[:] = [call("recommend"), AIMessage("Here.")]
    assert len(cards_of(list(conversation.respond("suggest")))) == 3  # the thread is usable


def test_a_turn_that_was_cut_short_does_not_break_the_thread(desk: Desk) -> None:
    conversation = desk.talk(call("recommend"), AIMessage("Here."), AIMessage("Hello."))
    stream = conversation.respond("suggest")
    next(stream)
    stream.close()  # the browser went away in the middle of the turn
    desk.model.script[:] = [AIMessage("Hello.")]
    assert text_of(list(conversation.respond("hello"))).strip() == "Hello."
    sent = desk.model.sent[-1]
    calls = {one["id"] for message in sent if isinstance(message, AIMessage) for one in message.tool_calls}
    assert calls == {message.tool_call_id for message in sent if isinstance(message, ToolMessage)}


def test_a_looping_model_is_stopped(desk: Desk) -> None:
    loop = [
        call("client_profile").model_copy(
            update={"tool_calls": [{"name": "client_profile", "args": {}, "id": f"c{n}", "type": "tool_call"}]}
        )
        for n in range(30)
    ]
    events = list(desk.talk(*loop).respond("again"))
    assert len(desk.model.sent) == 8
    assert "more steps than one message may take" in text_of(events)
    again = [event for event in events if isinstance(event, ToolFinished) and "done already" in event.detail]
    assert len(again) == 7  # the same call is run once


@pytest.mark.parametrize(("message", "match"), [("  ", "empty"), ("x" * 4_001, "at most 4,000")])
def test_a_message_out_of_bounds_is_refused(desk: Desk, message: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        list(desk.talk().respond(message))


class Numbering:
    """A drafter that never says the same twice, so that a reason written again would show."""

    source: Literal["seller", "model"] = "model"

    def __init__(self) -> None:
        self.written = 0

    def draft(self, tasks: Sequence[Task]) -> Iterator[str | None]:
        for task in tasks:
            self.written += 1
            yield reason_by_template(task.evidence, None, np.random.default_rng(self.written))[0]


def test_why_tells_the_reason_that_was_shown_and_writes_none_anew(tmp_path: Path) -> None:
    drafter = Numbering()
    desk = Desk(tmp_path / "boutique", Explainer(recommender(), drafter))
    conversation = desk.talk(
        call("recommend"), AIMessage("Here."), call("explain", item="1"), AIMessage("So.")
    )  # fmt: skip
    shown = cards_of(list(conversation.respond("suggest something")))
    written = drafter.written
    (explained,) = cards_of(list(conversation.respond("why the first?")))
    assert explained.reason == shown[0].reason
    assert drafter.written == written
    desk.close()


def test_threads_do_not_leak_into_each_other(desk: Desk) -> None:
    one = desk.talk(call("recommend"), AIMessage("."), thread="t1")
    list(one.respond("suggest"))
    other = desk.talk(thread="t2", client_id="c3")
    assert not other.view()
    assert not other.messages()
    assert isinstance(one.messages()[0], HumanMessage)


def test_a_new_client_gets_suggestions_without_an_invented_reason(desk: Desk) -> None:
    cards = cards_of(list(desk.talk(call("recommend"), AIMessage("."), client_id="c3").respond("suggest")))
    assert {card.reason.source for card in cards if card.reason} == {"none"}


def test_more_like_one_on_show_is_searched_in_the_guided_space(desk: Desk) -> None:
    conversation = desk.talk(
        call("search_catalogue", query="sweater", category="knitwear"), AIMessage("Found."),
        call("search_catalogue", query="something like the first"), AIMessage("Found."),
    )  # fmt: skip
    first = cards_of(list(conversation.respond("sweaters?")))[0]
    assert first.item.item_id == "i5"
    alike = [card.item.item_id for card in cards_of(list(conversation.respond("more like the first")))]
    rows = GUIDED.standard / np.linalg.norm(GUIDED.standard, axis=1, keepdims=True).clip(1e-9)
    nearest = [CATALOGUE.ids.to_external(int(row)) for row in np.argsort(-(rows @ rows[5]))[:3]]
    assert alike
    assert "i5" not in alike
    assert set(alike) & set(nearest)


def test_what_code_answers_reaches_no_model_and_the_thread_remembers_it(desk: Desk) -> None:
    def by_code(context: TurnContext, message: str, emit: Callable[[TurnEvent], None]) -> TurnResult | None:
        if not message.startswith("approve "):
            return None
        emit(TextDelta(f"Sent for {context.client_id}."))
        return TurnResult("sent", "Sent.")

    conversation = desk.talk(call("recommend"), AIMessage("Here."), AIMessage("Yes, I did."), by_code=by_code)
    list(conversation.respond("suggest"))
    slate = conversation.view()["slate"]
    n_sent = len(desk.model.sent)
    assert text_of(list(conversation.respond("approve ABC123"))) == "Sent for c1."
    assert len(desk.model.sent) == n_sent
    assert conversation.turns()[-1].answer == "Sent for c1."
    list(conversation.respond("did you send it?"))
    assert [message.text for message in desk.model.sent[-1][-3:]] == ["approve ABC123", "Sent.", "did you send it?"]
    assert conversation.view()["slate"] == slate


def test_the_record_of_a_turn_is_kept(desk: Desk, tmp_path: Path) -> None:
    traces = TraceStore(tmp_path)
    conversation = desk.talk(call("recommend"), AIMessage("Here you are. It costs 99 euros."), traces=traces)
    list(conversation.respond("suggest"))
    (trace,) = traces.of_thread("t1")
    assert (trace.message, trace.answer, trace.struck) == ("suggest", "Here you are.", ("It costs 99 euros.",))
    assert [tool.name for tool in trace.tools] == ["recommend"]
    assert len(trace.shown) == 3
    assert len(trace.models) == 2
    stream = conversation.respond("again")
    next(stream)
    stream.close()
    assert traces.of_thread("t1")[1].fault == "GeneratorExit"
    traces.close()


def test_half_a_character_as_a_terminal_may_send_it_is_answered_like_any_other(desk: Desk) -> None:
    conversation = desk.talk(AIMessage("Hello."))
    assert text_of(list(conversation.respond("caf\udce9?"))) == "Hello."
    assert conversation.turns()[0].message == "caf??"


def test_paragraphs_stand_apart_once_however_they_come() -> None:
    answer = "One is here.\n\nTwo is there.\n\nThree is gone."
    pieces = [AIMessageChunk(content=answer[start : start + 7], id="a") for start in range(0, len(answer), 7)]
    steps: list[Any] = [("messages", (piece, {"langgraph_node": "model"})) for piece in pieces]
    steps.append(("updates", {"model": {"messages": [AIMessage(answer, id="a")]}}))
    events = list(TurnStream(HumanMessage("?"), (), planned=False).events(iter(steps)))
    assert text_of(events) == answer
