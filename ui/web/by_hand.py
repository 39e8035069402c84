"""What a room does in the conversation by hand: one turn of it, run to its end, and what it had to say."""

from __future__ import annotations

from collections import deque

from agent.conversation import Act
from ui.turn import Remark, Words
from ui.web.talks import Talk

CHAT_CHANGED = {"HX-Trigger": "chatChanged"}
"""The header of an answer by which the page shows the conversation again."""


def done(talk: Talk, said: str, act: Act) -> str:
    """Do something as a turn of the conversation and return what was answered, or why it was not done.

    Args:
        said: What was done, as the conversation keeps it.
        act: Does it.
    """
    shown = deque(talk.do(said, act), maxlen=1)
    blocks = shown[0] if shown else ()
    answers = [
        one.text for one in blocks[-3:] if isinstance(one, Remark) or (isinstance(one, Words) and not one.by_client)
    ]
    return answers[-1].strip() if answers else ""
