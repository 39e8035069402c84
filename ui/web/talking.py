"""The conversation that a request of a room is about: its key comes with it, and is the session's own or none."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from recsys.errors import InputError
from ui.web.rules import What, Who
from ui.web.talks import Talk

NO_CLIENT = "This room is about one client: choose one first."


def talk_of(session: Who, house: What, x_talk: Annotated[str, Header(max_length=64)] = "") -> Talk:
    """Return the session's conversation; raise NotFound for one of somebody else."""
    return house.talks.find(session.actor, x_talk)


def talk_about_client(talk: Annotated[Talk, Depends(talk_of)]) -> Talk:
    """Return the conversation if it is about one client; raise InputError otherwise."""
    if talk.context.client_id is None:
        raise InputError(NO_CLIENT)
    return talk


Here = Annotated[Talk, Depends(talk_of)]
About = Annotated[Talk, Depends(talk_about_client)]
