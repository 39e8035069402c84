"""The tools of memory and outreach in a whole conversation, with a scripted chat model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from agent.context import Actor, TurnContext
from agent.events import ApprovalRequest, MessageDraft, Proposals, TurnEvent
from agent.floor import approving
from agent.records.service_book import ServiceBook
from agent.tools.marks import mark_of
from agent.tools.memory_tools import memory_tools
from agent.tools.outreach_tools import outreach_tools
from tests.desk import ASSOCIATE, Desk
from tests.scripted import call

ADA = Actor("c1", "shopper")
DONE = AIMessage("Done.")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "boutique")
    desk.shop.messages.record_consent(
        ASSOCIATE, "c1", "e-mail", given=True, source="form", key="k", at=desk.shop.clock()
    )
    yield desk
    desk.close()


def of_type(events: list[TurnEvent], kind: type) -> list[TurnEvent]:
    return [event for event in events if isinstance(event, kind)]


def test_every_tool_is_marked_and_told_apart_by_role(desk: Desk) -> None:
    made = [*memory_tools(desk.shop), *outreach_tools(desk.shop)]
    marks = {tool.name: mark_of(tool) for tool in made}
    assert {name for name, mark in marks.items() if "shopper" in mark.roles} == {"remember_fact", "forget_fact"}
    assert {name for name, mark in marks.items() if mark.effect == "outbound"} == {"send_message"}
    assert {name for name, mark in marks.items() if mark.action in ("send", "erase")} == {"send_message", "forget_fact"}
    assert all(mark.about_client for mark in marks.values())


def test_from_suggestion_to_draft_to_leave_to_outbox(desk: Desk) -> None:
    talk = desk.talk(call("recommend"), DONE, call("draft_message", tone="formal"), DONE, call("send_message"), DONE)
    list(talk.respond("what would suit her?"))
    [draft] = of_type(list(talk.respond("draft her a formal message")), MessageDraft)
    assert isinstance(draft, MessageDraft)
    assert (draft.tone, draft.channel) == ("formal", "e-mail")
    events = list(talk.respond("send it"))
    [asked] = of_type(events, ApprovalRequest)
    assert isinstance(asked, ApprovalRequest)
    assert draft.body in asked.detail
    assert ServiceBook(desk.boutique).contacts(ASSOCIATE, "c1") == []
    approving.answer(desk.shop, TurnContext(ASSOCIATE, "c1", "t1"), f"approve {asked.code}", lambda event: None)
    assert len(ServiceBook(desk.boutique).contacts(ASSOCIATE, "c1")) == 1


def test_the_model_cannot_approve_for_the_person(desk: Desk) -> None:
    """The code of a request is in no text that the model reads."""
    talk = desk.talk(call("recommend"), DONE, call("draft_message"), DONE, call("send_message"), DONE)
    for message in ("suggest something", "draft a message", "send it"):
        events = list(talk.respond(message))
    [asked] = of_type(events, ApprovalRequest)
    assert isinstance(asked, ApprovalRequest)
    for message in talk.messages():
        assert asked.code not in str(message.content)
    assert all(asked.code not in str(one) for sent in desk.model.sent for one in sent)


def test_a_note_and_its_proposals(desk: Desk) -> None:
    talk = desk.talk(call("add_note", text="She hates wool."), DONE, call("decide_proposals", decision="accept"), DONE)
    [shown] = of_type(list(talk.respond("note that she hates wool")), Proposals)
    assert isinstance(shown, Proposals)
    assert [one.words for one in shown.proposals] == ["hates wool"]
    list(talk.respond("accept them"))
    assert [one.subject for one in desk.shop.facts.all(ASSOCIATE, "c1")] == ["wool"]


def test_a_shopper_remembers_and_cannot_be_lent_a_tool_of_the_staff(desk: Desk) -> None:
    talk = desk.talk(call("remember_fact", fact="no wool"), DONE, call("send_message"), DONE, actor=ADA)
    list(talk.respond("no wool for me"))
    assert [one.source.split(" on ")[0] for one in desk.shop.facts.all(ADA, "c1")] == ["said by the client"]
    list(talk.respond("send me a message"))
    refused = [one for one in talk.messages() if isinstance(one, ToolMessage) and one.name == "send_message"]
    assert all(one.status == "error" for one in refused)
    assert not set(desk.model.bound) & {"send_message", "draft_message", "add_note", "add_follow_up"}


def test_a_follow_up_in_the_past_is_told_to_the_model(desk: Desk) -> None:
    talk = desk.talk(call("add_follow_up", what="call", due="yesterday"), DONE)
    list(talk.respond("remind me to call her yesterday"))
    [told] = [one for one in talk.messages() if isinstance(one, ToolMessage)]
    assert told.status == "error"
    assert "is past" in str(told.content)
    assert ServiceBook(desk.boutique).follow_ups(ASSOCIATE) == []
