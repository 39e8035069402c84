"""What the routes work on: the assistant, its open sessions, the limits, the threads of turns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from agent.assistant import Assistant
from ui.callers import Caller
from ui.limits import Quota
from ui.rest.sessions import Session, Sessions
from ui.rest.turn_stream import RunningTurn

MAX_TURNS = 32  # worked on at the same time, over all keys


class Surface:
    """One boutique as other programs reach it.

    Args:
        assistant: The boutique.
        quota: What each key has asked.
    """

    def __init__(self, assistant: Assistant, quota: Quota) -> None:
        self.assistant = assistant
        self.quota = quota
        self.sessions = Sessions(assistant)
        self._threads = ThreadPoolExecutor(MAX_TURNS, thread_name_prefix="turn")

    def close(self) -> None:
        """Let the turns under way end; take no more."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def run(self, caller: Caller, session: Session, message: str) -> RunningTurn:
        """Start a turn; the key's place and the session are held until it has ended."""
        self.quota.message(caller.key_id)
        places = ExitStack()
        places.enter_context(self.quota.working(caller.key_id))
        try:
            places.enter_context(session.alone())
        except BaseException:
            places.close()
            raise
        turn = RunningTurn(session.conversation.respond(message), places.close)
        turn.start(self._threads)
        return turn
