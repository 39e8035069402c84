"""What the page's server remembers: the blocks of each open conversation, and which one is being answered."""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from recsys.errors import ClientellerError
from ui.room import ClientProfile, Room
from ui.turn import Block, Remark, Words, blocks_of, settled

MAX_MESSAGE = 4_000  # characters
MAX_OPEN = 500  # conversations kept; the oldest is forgotten first
MAX_BLOCKS = 400  # of one conversation; the oldest scroll away

TOO_LONG = "That message has {length:,} characters; please keep it under {limit:,}."
BUSY = "The last message is still being answered; please wait for it."
ENDED = "This conversation has ended: choose the client again."
NOBODY = "There is no client to choose from yet: ingest a boutique first."
FAULT = "Something went wrong on our side and the message was not answered. Please try again."

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown:
    """A conversation that has just begun; without `profile` it could not begin, and `blocks` say why."""

    key: str
    profile: ClientProfile | None
    blocks: tuple[Block, ...]


class Desk:
    """Every conversation on the page. A key is the only way to one, and keys cannot be guessed."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._blocks: OrderedDict[str, tuple[Block, ...]] = OrderedDict()
        self._answering: set[str] = set()
        self._replaced: OrderedDict[str, str] = OrderedDict()  # a conversation left by its page, and what it shows now
        self._lock = Lock()

    def begin(self, client_id: str | None, instead_of: str = "") -> Shown:
        """Open a conversation about a client, with a greeting and what could be asked.

        Args:
            instead_of: Key of the conversation that the page showed until now; an answer to it still on its way ends.
        """
        profile: ClientProfile | None = None
        blocks: tuple[Block, ...]
        try:
            key = self._room.open_conversation(client_id or "")
            greeting, starters = self._room.greeting(key)
            profile, blocks = self._room.profile(key), (Words(greeting, chips=starters),)
        except ClientellerError as error:
            key, blocks = secrets.token_urlsafe(), (Remark(str(error) if client_id else NOBODY),)
        self._remember(key, blocks)
        if instead_of:
            self._replace(instead_of, key)
        return Shown(key, profile, blocks)

    def blocks(self, key: str) -> tuple[Block, ...]:
        """Return what a conversation shows."""
        with self._lock:
            return self._blocks.get(key, (Remark(ENDED),))

    def answer(self, key: str, message: str) -> Iterator[tuple[Block, ...]]:
        """Yield the whole conversation again and again while a message is answered.

        A message that is empty, too long, or sent while the last one is being answered never reaches the room. When
        the page has left the conversation meanwhile, the last thing shown is the conversation it shows now.
        """
        message = message.strip()
        before = self.blocks(key)
        if not message or before == (Remark(ENDED),):
            yield before
        elif len(message) > MAX_MESSAGE:
            yield (*before, Remark(TOO_LONG.format(length=len(message), limit=MAX_MESSAGE)))
        else:
            yield from self._turn(key, message, before)

    def _turn(self, key: str, message: str, before: tuple[Block, ...]) -> Iterator[tuple[Block, ...]]:
        asked = (*before, Words(message, by_client=True))
        shown = asked
        with self._alone(key) as alone:
            if not alone:
                yield (*before, Remark(BUSY))
                return
            yield shown
            try:
                for blocks in blocks_of(self._room.respond(key, message)):
                    shown = (*asked, *blocks)
                    self._remember(key, shown)
                    if key in self._replaced:
                        break
                    yield shown
            except Exception:
                # The page shows no inner workings; whoever runs it finds them in the log.
                _log.exception("a turn failed")
                shown = (*settled(shown), Remark(FAULT))
                yield shown
            finally:
                self._remember(key, shown)
        if key in self._replaced:
            yield self.blocks(self._shown_now(key))

    @contextmanager
    def _alone(self, key: str) -> Iterator[bool]:
        with self._lock:
            alone = key not in self._answering
            self._answering.add(key)
        try:
            yield alone
        finally:
            if alone:
                self._answering.discard(key)

    def _replace(self, key: str, successor: str) -> None:
        with self._lock:
            self._replaced[key] = successor
            while len(self._replaced) > MAX_OPEN:
                self._replaced.popitem(last=False)

    def _shown_now(self, key: str) -> str:
        with self._lock:
            while key in self._replaced:
                key = self._replaced[key]
            return key

    def _remember(self, key: str, blocks: tuple[Block, ...]) -> None:
        with self._lock:
            self._blocks[key] = blocks[-MAX_BLOCKS:]
            self._blocks.move_to_end(key)
            while len(self._blocks) > MAX_OPEN:
                self._blocks.popitem(last=False)
