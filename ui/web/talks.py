"""Conversations as the page shows them, kept on the server: found again by their owner only, one turn at a time."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import cast

from agent.assistant import Assistant
from agent.context import Actor, TurnContext
from agent.conversation import Act, Conversation
from agent.events import TurnEvent
from agent.turns.faults import report
from agent.turns.journal import Turn
from recsys.errors import ClientellerError, NotFound
from ui.turn import Block, Remark, Words, blocks_of, settled
from ui.web.greetings import greeting

MAX_MESSAGE = 4_000  # characters
MAX_OPEN = 500  # conversations kept in memory; the one used longest ago goes first, its thread stays on disk
MAX_OF_ONE = 25  # of one actor, so that nobody's many push out another's
MAX_BLOCKS = 400  # of one conversation; the oldest scroll away

TOO_LONG = "That message has {length:,} characters; please keep it under {limit:,}."
BUSY = "The last message is still being answered; please wait for it."
FAULT = "Something went wrong on our side and the message was not answered. Please try again."
CUT_OFF = "This answer was cut off. Send the message again to have it."
ENDED = "This conversation has ended, or is not yours: begin a new one."

_log = logging.getLogger(__name__)


class Talk:
    """One conversation of one actor, and what it shows.

    Args:
        conversation: The thread.
        blocks: What it shows to begin with.
    """

    def __init__(self, conversation: Conversation, blocks: tuple[Block, ...]) -> None:
        self.conversation = conversation
        self.blocks = blocks
        self._busy = threading.Lock()

    @property
    def key(self) -> str:
        """The random name of its thread."""
        return self.conversation.context.thread_id

    @property
    def context(self) -> TurnContext:
        """Who speaks, about whom."""
        return self.conversation.context

    @property
    def is_busy(self) -> bool:
        """Whether a message is being answered."""
        return self._busy.locked()

    def answer(self, message: str) -> Iterator[tuple[Block, ...]]:
        """Yield what the conversation shows again and again while a message is answered.

        A message that is empty, too long, or sent while the last one is being answered never reaches the assistant.
        """
        message = message.strip()
        if not message:
            yield self.blocks
        elif len(message) > MAX_MESSAGE:
            yield (*self.blocks, Remark(TOO_LONG.format(length=len(message), limit=MAX_MESSAGE)))
        else:
            yield from self._turn(message, self.conversation.respond(message))

    def do(self, said: str, act: Act) -> Iterator[tuple[Block, ...]]:
        """Yield what the conversation shows while something is done by hand, such as moving a slider."""
        yield from self._turn(said, self.conversation.do(said, act))

    def _turn(self, said: str, events: Iterator[TurnEvent]) -> Iterator[tuple[Block, ...]]:
        if not self._busy.acquire(blocking=False):
            yield (*self.blocks, Remark(BUSY))
            return
        try:
            yield from self._shown(said, events)
        except GeneratorExit:  # the browser went away
            self._show((*settled(self.blocks), Remark(CUT_OFF)))
            raise
        except Exception as error:
            # The page shows no inner workings; whoever runs it finds the place in the log.
            _log.error("a turn failed: %s", report(error))
            self._show((*settled(self.blocks), Remark(FAULT)))
            yield self.blocks
        finally:
            self._busy.release()

    def _shown(self, said: str, events: Iterator[TurnEvent]) -> Iterator[tuple[Block, ...]]:
        asked = (*self.blocks, Words(said, by_client=True))
        self._show(asked)
        yield self.blocks
        with closing(cast(Generator[TurnEvent, None, None], events)) as turn:
            for blocks in blocks_of(turn):
                self._show((*asked, *blocks))
                yield self.blocks

    def _show(self, blocks: tuple[Block, ...]) -> None:
        self.blocks = blocks[-MAX_BLOCKS:]


class Talks:
    """Every open conversation of the page, by owner.

    Args:
        assistant: Begins the conversations, and refuses those that the policy does not allow.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._open: OrderedDict[tuple[Actor, str], Talk] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, actor: Actor, client_id: str | None) -> Talk:
        """Begin a conversation about a client, or about the whole book; raise Refused where that is not allowed."""
        conversation = self._assistant.conversation(actor, client_id)
        return self._kept(Talk(conversation, greeting(self._assistant, conversation.context)))

    def find(self, actor: Actor, key: str) -> Talk:
        """Return an actor's own conversation about a client whom they still see; raise NotFound for any other."""
        with self._lock:
            talk = self._open.get((actor, key))
            if talk is not None:
                self._open.move_to_end((actor, key))
        talk = talk or self._reopened(actor, key)
        if talk is None or not self._assistant.sees(actor, talk.context.client_id):
            raise NotFound(ENDED)
        return talk

    def forget(self, actor: Actor) -> bool:
        """Forget an actor's conversations unless one is being answered; return whether they are forgotten."""
        with self._lock:
            theirs = [name for name in self._open if name[0] == actor]
            if any(self._open[name].is_busy for name in theirs):
                return False
            for name in theirs:
                del self._open[name]
        return True

    def _reopened(self, actor: Actor, key: str) -> Talk | None:
        """Go on with a conversation that began before this server did; of its answers the words are left."""
        try:
            conversation = self._assistant.reopen(actor, key)
        except ClientellerError:
            return None
        if conversation is None:
            return None
        blocks = greeting(self._assistant, conversation.context)
        for turn in conversation.turns():
            blocks = (*blocks, Words(turn.message, by_client=True), *_kept_of(turn))
        return self._kept(Talk(conversation, blocks[-MAX_BLOCKS:]))

    def _kept(self, talk: Talk) -> Talk:
        """Keep a conversation, and return it, or the same one if another request has just kept it."""
        name = (talk.context.actor, talk.key)
        with self._lock:
            talk = self._open.setdefault(name, talk)
            self._open.move_to_end(name)
            self._thin([one for one in self._open if one[0] == name[0]], MAX_OF_ONE)
            self._thin(list(self._open), MAX_OPEN)
        return talk

    def _thin(self, names: list[tuple[Actor, str]], most: int) -> None:
        idle = [name for name in names if not self._open[name].is_busy]
        for name in idle[: max(len(names) - most, 0)]:
            del self._open[name]


def _kept_of(turn: Turn) -> tuple[Block, ...]:
    """Return what is left of an answer: its words, or that there were none."""
    if turn.answer:
        return (Words(turn.answer),)
    return (Remark(CUT_OFF),) if turn.state == "interrupted" else ()
