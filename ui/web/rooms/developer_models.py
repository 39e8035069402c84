"""Which chat model answers in the conversation that is open, and a choice of another for it alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from agent.chat_models.choices import Choice
from recsys.errors import ClientellerError
from ui.web.house import House
from ui.web.rules import Rule, What
from ui.web.talking import Here
from ui.web.talks import Talk
from ui.web.templating import page

_MANAGER = Rule("manage", ("manager",))
RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/developer/models"): _MANAGER,
    ("POST", "/room/developer/models"): _MANAGER,
}
router = APIRouter()


@dataclass(frozen=True)
class ModelsView:
    """The chat models to choose from.

    Attributes:
        chosen: Key of the one that answers.
        problem: Why the one just wanted does not, "" if it does.
    """

    choices: Sequence[Choice]
    chosen: str
    problem: str = ""


@router.get("/room/developer/models")
def show_models(request: Request, house: What, talk: Here) -> Response:
    """Which models there are, and which one answers here."""
    return page(request, "developer_models.html", models=models_view(house, talk))


@router.post("/room/developer/models")
def choose_model(
    request: Request, house: What, talk: Here, choice: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    """Let another model answer from the next message on; where it cannot be opened, the old one stays."""
    problem = ""
    try:
        _switch(house, talk, choice)
    except ClientellerError as error:
        problem = str(error)
    return page(request, "developer_models.html", models=models_view(house, talk, problem))


def models_view(house: House, talk: Talk, problem: str = "") -> ModelsView:
    """Return the choices of a conversation."""
    assistant = house.assistant
    return ModelsView(assistant.choices.all(), assistant.choice_of(talk.key), problem)


def _switch(house: House, talk: Talk, choice: str) -> None:
    context = talk.context
    talk.conversation = house.assistant.conversation(
        context.actor, context.client_id, context.thread_id, choice=choice or None
    )
