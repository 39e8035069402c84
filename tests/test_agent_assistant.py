"""The real assistant over the demo boutique, without a language model: opened, closed, opened again."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.assistant import Assistant
from agent.context import Actor
from agent.conversation import Conversation
from agent.errors import Refused
from agent.events import ApprovalRequest, Card, ClientList, MessageDraft, TextDelta, TurnEvent
from agent.records.facts import ClientFacts
from agent.records.messages import Messages
from agent.settings import Settings
from agent.tracing.story import story
from recsys.errors import NotFound

MANAGER = Actor("m1", "manager")


@dataclass(frozen=True)
class Begun:
    """A conversation that was begun before the assistant was closed."""

    owner: Actor
    client_id: str
    thread_id: str
    shown: list[str]


@pytest.fixture(scope="module")
def settings(demo_boutique: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("assistant") / "boutique"
    shutil.copytree(demo_boutique, folder)  # these tests write
    return Settings(boutique=folder, chat_model="none")


@pytest.fixture(scope="module")
def begun(settings: Settings) -> Begun:
    assistant = Assistant.open(settings)
    client = next(one for one in assistant.clients(MANAGER) if one.preferences.get("contact"))
    owner = Actor(client.associate_id or "", "associate")
    conversation = assistant.conversation(owner, client.client_id)
    shown = items_of(list(conversation.respond("suggest something")))
    assistant.close()
    return Begun(owner, client.client_id, conversation.context.thread_id, shown)


@pytest.fixture(scope="module")
def assistant(settings: Settings, begun: Begun) -> Iterator[Assistant]:
    opened = Assistant.open(settings)
    yield opened
    opened.close()


def items_of(events: list[TurnEvent]) -> list[str]:
    return [event.item.item_id for event in events if isinstance(event, Card)]


def text_of(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def code_asked(conversation: Conversation, message: str) -> str:
    """Say something that needs leave; return the code of the request."""
    (asked,) = [event for event in conversation.respond(message) if isinstance(event, ApprovalRequest)]
    return asked.code


def test_a_conversation_is_journalled_and_its_trace_reads_as_a_story(assistant: Assistant, begun: Begun) -> None:
    assert begun.thread_id in [thread.thread_id for thread in assistant.threads(begun.owner)]
    traces = assistant.traces.of_thread(begun.thread_id)
    assert [item.item_id for item in traces[0].shown] == begun.shown
    told = story(traces)
    for part in ("as associate", "Asked: suggest something", "recommend(", "reading", *begun.shown):
        assert part in told


def test_the_owner_goes_on_with_a_thread_after_reopening_and_nobody_else_does(
    assistant: Assistant, begun: Begun
) -> None:
    conversation = assistant.conversation(begun.owner, begun.client_id, begun.thread_id)
    assert [(turn.message, turn.state) for turn in conversation.turns()] == [("suggest something", "answered")]
    explained = items_of(list(conversation.respond("why the second one?")))
    assert explained == begun.shown[1:2]  # what was on show is remembered
    for other in (MANAGER, Actor(begun.client_id, "shopper")):
        with pytest.raises(NotFound, match="no such conversation of yours"):
            assistant.conversation(other, begun.client_id, begun.thread_id)
        assert begun.thread_id not in [thread.thread_id for thread in assistant.threads(other)]


def test_another_associates_client_is_refused(assistant: Assistant, begun: Begun) -> None:
    with pytest.raises(Refused, match="client"):
        assistant.conversation(Actor("nobody", "associate"), begun.client_id)


def test_a_fact_is_forgotten_only_when_its_owner_approves(assistant: Assistant, begun: Begun) -> None:
    conversation = assistant.conversation(begun.owner, begun.client_id)

    def facts() -> int:
        return len(ClientFacts(assistant.shop.boutique).all(begun.owner, begun.client_id))

    before = facts()
    list(conversation.respond("remember that she wears shoe size 39"))
    assert facts() == before + 1
    declined = code_asked(conversation, "forget her shoe size")
    list(conversation.respond(f"decline {declined}"))
    elsewhere = assistant.conversation(begun.owner, begun.client_id)
    code = code_asked(conversation, "please forget her shoe size")
    list(elsewhere.respond(f"approve {code}"))
    assert facts() == before + 1  # not by declining, and not from another conversation
    list(conversation.respond(f"approve {code.lower()}"))
    assert facts() == before
    again = text_of(list(conversation.respond(f"approve {code}")))
    assert again.strip()
    assert facts() == before


def test_a_message_goes_to_the_outbox_once_it_is_approved(assistant: Assistant, begun: Begun) -> None:
    conversation = assistant.conversation(begun.owner, begun.client_id)
    events = [*conversation.respond("suggest something"), *conversation.respond("write her a message")]
    draft = next(event for event in events if isinstance(event, MessageDraft))
    messages = Messages(assistant.shop.boutique)

    def state() -> str:
        return next(one.state for one in messages.all(begun.owner, begun.client_id) if one.draft_id == draft.draft_id)

    code = code_asked(conversation, "send it")
    assert state() == "draft"
    assert "outbox" in text_of(list(conversation.respond(f"approve {code}")))
    assert state() != "draft"


def test_the_whole_book_is_for_the_staff_only(assistant: Assistant, begun: Begun) -> None:
    events = list(assistant.conversation(begun.owner, None).respond("whom should I contact today?"))
    (listed,) = [event for event in events if isinstance(event, ClientList)]
    own = {client.client_id for client in assistant.clients(begun.owner)}
    assert listed.rows
    assert {row.client_id for row in listed.rows} <= own
    with pytest.raises(Refused):
        assistant.conversation(Actor(begun.client_id, "shopper"), None)


@pytest.mark.parametrize(
    ("message", "tool"),
    [("What would suit them?", "recommend"), ("What do we know of them?", "client_profile"),
     ("Show me bags", "search_catalogue"), ("What would you suggest?", "recommend")],
)  # fmt: skip
def test_what_the_page_offers_to_say_first_does_what_it_says(assistant: Assistant, message: str, tool: str) -> None:
    conversation = assistant.conversation(MANAGER, assistant.clients(MANAGER)[0].client_id)
    list(conversation.respond(message))
    (trace,) = assistant.traces.of_thread(conversation.context.thread_id)
    assert [call.name for call in trace.tools] == [tool]
