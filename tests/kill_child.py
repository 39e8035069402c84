"""A process that chats until it is killed, and says on stdout what it has been promised.

Run as a script it waits for lines "SEED" on stdin and forks one chatting child for each, so that the imports are paid
once. Lines on stdout: "pid N", "ready", "turn THREAD NUMBER" and "liked THREAD NUMBER", each after the fact is safe.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable

from agent.context import Actor, TurnContext
from agent.conversation import Conversation
from agent.events import ToolFinished
from agent.floor.shop import Shop
from agent.graph import build_graph, open_saver
from agent.intent.wishes import Wishes
from agent.tools.all_tools import build_tools
from agent.turns.journal import Journal
from recsys.data.boutique import Boutique
from recsys.seller.explainer import Explainer
from recsys.vector_store import VectorStore
from tests.scripted import call
from tests.small_world import CATALOGUE, GUIDED, WordEncoder, recommender

OWNER = Actor("a1", "associate")
THREADS = tuple(f"thread-{number}" for number in range(4))
CALLS = {
    "suggest something": call("recommend"),
    "I like the first": call("record_feedback", item="1", verdict="like"),
    "I like the second": call("record_feedback", item="2", verdict="like"),
    "scarves?": call("search_catalogue", query="scarf"),
    "why the first?": call("explain", item="1"),
}


class KnowingChatModel(BaseChatModel):
    """Knows the right call for every message, and leaves the words to the tools."""

    @property
    def _llm_type(self) -> str:
        return "knowing"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        last = messages[-1]
        answer = CALLS[last.text].model_copy() if isinstance(last, HumanMessage) else AIMessage("")
        return ChatResult(generations=[ChatGeneration(message=answer)])


class Desk:
    """The boutique as a process that starts anew finds it; the model always knows what to do."""

    def __init__(self, folder: Path) -> None:
        self.boutique = Boutique.open(folder)
        self.store = VectorStore(folder / "index")
        self.saver = open_saver(folder / "threads.db")
        self.journal = Journal(folder)
        ranked = recommender()
        wishes = Wishes(CATALOGUE, GUIDED, WordEncoder())
        shop = Shop(self.boutique, ranked, self.store, wishes, Explainer(ranked))
        self.graph = build_graph(
            build_tools(shop, OWNER.role), KnowingChatModel(), None, self.saver,
            book=shop.book, names=CATALOGUE.brands, boutique="Test", role=OWNER.role,
        )  # fmt: skip

    def conversation(self, thread: str) -> Conversation:
        context = TurnContext(OWNER, "c1", thread)
        return Conversation(self.graph, context, CATALOGUE.brands, planned=True, journal=self.journal)

    def close(self) -> None:
        self.store.close()
        self.saver.conn.close()
        self.journal.close()
        self.boutique.close()


def chat(folder: Path, rng: random.Random) -> None:
    """Send again what was interrupted, then go on for ever."""
    desk = Desk(folder)
    say("ready")
    for thread in THREADS:
        conversation = desk.conversation(thread)
        if conversation.interrupted is not None:
            answer(conversation, conversation.interrupted.message)
        if not conversation.view():
            answer(conversation, "suggest something")
    while True:
        answer(desk.conversation(rng.choice(THREADS)), rng.choice(list(CALLS)))


def answer(conversation: Conversation, message: str) -> None:
    thread = conversation.context.thread_id
    liked = False
    for event in conversation.respond(message):
        if isinstance(event, ToolFinished) and event.tool == "record_feedback" and event.ok:
            liked = True
            say(f"liked {thread} {conversation.turns()[-1].number}")
    say(f"turn {thread} {conversation.turns()[-1].number} {int(liked)}")


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main() -> None:
    folder = Path(sys.argv[1])
    for line in sys.stdin:
        if os.fork() == 0:
            say(f"pid {os.getpid()}")
            chat(folder, random.Random(int(line)))
        os.wait()
        say("gone")


if __name__ == "__main__":
    main()
