"""Replays a recorded turn on a copy of the boutique: the same message from the same slate, and what differs now."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from agent.assistant import Assistant
from agent.context import Actor
from agent.floor.phrasing import slate_lines
from agent.journeys.stage import copy_boutique
from agent.settings import Settings
from agent.state import View, empty_view
from agent.tracing.difference import Difference, differences
from agent.tracing.trace import TurnTrace


@dataclass(frozen=True)
class Replay:
    """A turn as it was and as it is now."""

    before: TurnTrace
    after: TurnTrace

    @property
    def differences(self) -> list[Difference]:
        """Where the two differ in shape."""
        return differences(self.before, self.after)


def replay(settings: Settings, recorded: TurnTrace) -> Replay:
    """Run a recorded turn once more; the boutique itself is not touched.

    What was written about the client since then counts, and so does what earlier turns of the thread said: only the
    slate that was on show and the message are as they were.

    Args:
        settings: Of the boutique; its chat model answers, which may be another than the one recorded.

    Raises:
        Refused: If the one who asked may not see the client any more.
    """
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        copy = Path(folder) / "boutique"
        copy_boutique(settings.boutique, copy)
        assistant = Assistant.open(replace(settings, boutique=copy))
        try:
            actor = Actor(recorded.actor_id, recorded.role)
            conversation = assistant.conversation(actor, recorded.client_id)
            view = cast(View, {**empty_view(), **recorded.before})
            if view["slate"]:
                items = [assistant.shop.catalogue.item(item_id) for item_id in view["slate"]]
                conversation.set_out(view, slate_lines(items))
            for _ in conversation.respond(recorded.message):
                pass
            return Replay(recorded, assistant.traces.of_thread(conversation.context.thread_id)[-1])
        finally:
            assistant.close()
